/*
 * htmx. Where the portal uses it, our pages use the portal's and leave it as it is: what our elements need is in their
 * attributes and in this file. Otherwise ours is loaded and configured here. A meta element would not do for that, as
 * only the first one of a page counts. This module comes before htmx.
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
