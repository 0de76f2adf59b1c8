/* Say that the export has begun. The answer is a file, so the page stays as it is. */

document.querySelector("[data-vcm-exporting]").addEventListener("submit", ({ target }) => {
  if (!target.elements.reason.value.trim()) return;
  const detail = { clear: true, text: target.dataset.vcmExporting, type: "success" };
  document.dispatchEvent(new CustomEvent("w-messages:add", { detail }));
});
