/* Quick replies: a list over the composer, filled by htmx. Choosing one inserts its text at the caret. */

const find = (name) => document.getElementById(`vcm-${name}`);
const on = (name, run) => document.addEventListener(name, run, true);
const options = () => [...document.querySelectorAll(".vcm-reply")];
let marked;
/* What has to be filled in, such as "[day and time]". */
const GAP = /\[[^\][\n]+]/g;
const gaps = new Set();

function mark(option) {
  marked = option ?? options()[0];
  for (const each of options()) each.ariaSelected = each === marked;
  find("replies-search").setAttribute("aria-activedescendant", marked?.id);
  marked?.scrollIntoView({ block: "nearest" });
}

function show(isShown) {
  find("replies").hidden = !isShown;
  find("replies-open").ariaExpanded = isShown;
  find(isShown ? "replies-search" : "body").focus();
}

function insert(option) {
  const text = option.lastChild.textContent;
  for (const [gap] of text.matchAll(GAP)) gaps.add(gap);
  show(false);
  const start = find("body").selectionStart;
  document.execCommand("insertText", false, text); /* one step to undo */
  selectGap(start);
  find("status").textContent = find("saved").textContent = find("replies-open").dataset.said;
}

function selectGap(from) {
  const left = [...find("body").value.matchAll(GAP)].find(({ 0: gap, index }) => index >= from && gaps.has(gap));
  if (left) find("body").setSelectionRange(left.index, left.index + left[0].length);
  return left;
}

on("click", ({ target }) => {
  const part = target.closest(".vcm-replies-toggle, .vcm-reply");
  if (part?.role) insert(part);
  else if (part) show(find("replies").hidden);
});

on("keydown", (event) => {
  const { target, key } = event;
  if (event.isComposing || event.keyCode === 229 || !target.closest("#vcm-replies")) return;
  if (key === "Escape") show(false);
  else if (key === "ArrowDown") mark(marked?.nextSibling);
  else if (key === "ArrowUp") mark(marked?.previousSibling ?? options().pop());
  else if (key === "Enter" && target.name && marked) insert(marked);
  else return;
  event.preventDefault();
});

on("htmx:afterSwap", ({ target }) => { if (target.id === "vcm-replies-found") mark(); });

/* Nobody should send "[day and time]" by mistake. */
on("submit", (event) => {
  const { submitter, target } = event;
  if (target.id !== "vcm-composer" || submitter?.name || submitter?.closest(".vcm-alert") || !selectGap(0)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  find("alert").replaceChildren(find("gap-template").content.cloneNode(true));
  find("body").focus();
});
