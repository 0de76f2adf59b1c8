/*
 * Runs before htmx. If the portal has htmx, our pages use it and leave it as it is: what they need is in attributes
 * and here. A meta element would not do, as only the first of a page counts.
 */

const script = document.querySelector("script[data-vcm-htmx]");

/* A script that has moved to another document does not run. */
if (window.htmx) document.implementation.createHTMLDocument("").adoptNode(script);
else script.addEventListener("load", () => Object.assign(window.htmx.config, {
  includeIndicatorStyles: false,
  allowEval: false,
  allowScriptTags: false,
  historyCacheSize: 0,
  attributesToSettle: ["class"],
}));

/* A refusal is shown like any other answer. Later listeners may still keep an answer from the page. */
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const app = document.getElementById("vcm-app");
  if (!app?.contains(detail.target) && !app?.contains(detail.requestConfig?.elt)) return;
  detail.shouldSwap = detail.xhr.status !== 204;
});
