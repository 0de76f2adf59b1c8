/* Runs before htmx. A portal's own htmx stays as it is: what our pages need is in attributes and here. */

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

/* A refusal is shown like any other answer, unless a later listener refuses it. */
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const app = document.getElementById("vcm-app");
  if (!app?.contains(detail.target) && !app?.contains(detail.requestConfig?.elt)) return;
  detail.shouldSwap = detail.xhr.status !== 204;
});
