/* Quick replies: a list over the composer. Choosing one inserts its text at the caret. htmx searches. */

const byId = (id) => document.getElementById(id);
const emit = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));
const options = () => [...document.querySelectorAll(".vcm-reply")];
const isShown = () => byId("vcm-replies")?.hidden === false;
const GAP = /\[[^\][\n]+\]/;
let inserted = "";

function mark(index) {
  const found = options();
  const marked = found.at(index % found.length);
  for (const each of found) each.ariaSelected = each === marked;
  byId("vcm-replies-search").setAttribute("aria-activedescendant", marked?.id ?? "");
  marked?.scrollIntoView({ block: "nearest" });
}

function show(isOpen) {
  const search = byId("vcm-replies-search");
  byId("vcm-replies").hidden = !isOpen;
  byId("vcm-replies-open").ariaExpanded = isOpen;
  if (!isOpen) return;
  search.value = "";
  search.focus();
  window.htmx.trigger(search, "vcm:open");
}

function close() {
  show(false);
  byId("vcm-body").focus();
}

function insert(option) {
  const field = byId("vcm-body");
  const start = field.selectionStart;
  inserted = option.querySelector(".vcm-reply__text").textContent;
  close();
  /* One step that the person can undo. */
  document.execCommand("insertText", false, inserted);
  const gap = GAP.exec(inserted);
  if (gap) field.setSelectionRange(start + gap.index, start + gap.index + gap[0].length);
  byId("vcm-saved").textContent = byId("vcm-replies-open").dataset.said;
  emit("vcm:say", { text: byId("vcm-replies-open").dataset.said });
}

document.addEventListener("click", ({ target }) => {
  if (target.closest?.("#vcm-replies-open")) isShown() ? close() : show(true);
  else if (target.closest?.("#vcm-replies-close")) close();
  else if (target.closest?.(".vcm-reply")) insert(target.closest(".vcm-reply"));
});
/* The focus stays in the search, and the caret of the field where it was. */
document.addEventListener("mousedown", (event) => { if (event.target.closest?.(".vcm-reply")) event.preventDefault(); });
document.addEventListener("focusout", ({ target, relatedTarget }) => {
  if (relatedTarget && target.closest?.("#vcm-replies") && !relatedTarget.closest("#vcm-replies, #vcm-replies-open")) show(false);
});

document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.keyCode === 229) return;
  const { target, key } = event;
  if (target.id === "vcm-replies-open" && key === "ArrowDown") show(true);
  else if (!isShown() || !target.closest("#vcm-replies")) return;
  else if (key === "Escape") close();
  else if (target.id !== "vcm-replies-search") return;
  else {
    const at = options().findIndex((each) => each.ariaSelected === "true");
    if (key === "ArrowDown") mark(at + 1);
    else if (key === "ArrowUp") mark(at - 1);
    else if (key === "Enter") options()[at] && insert(options()[at]);
    else return;
  }
  event.preventDefault();
});

document.addEventListener("htmx:afterSwap", ({ detail: { target } }) => {
  if (target.id !== "vcm-replies-found") return;
  mark(0);
  emit("vcm:say", { text: (target.querySelector("[data-said]")?.dataset.said ?? target.textContent).trim() });
});

/* Nobody should send "[day and time]" by mistake. */
document.addEventListener("submit", (event) => {
  const field = byId("vcm-body");
  const gap = GAP.exec(inserted)?.[0];
  const { submitter, target } = event;
  if (target.id !== "vcm-composer" || !gap || submitter?.name || submitter?.closest("#vcm-alert") || !field.value.includes(gap)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const alert = byId("vcm-gap-template").content.cloneNode(true);
  alert.querySelector(".vcm-gap").textContent = gap;
  byId("vcm-alert").replaceChildren(alert);
  field.focus();
  field.setSelectionRange(field.value.indexOf(gap), field.value.indexOf(gap) + gap.length);
}, { capture: true });
