/* For staff: who is writing, the menu to hand over a conversation, and quick replies. */

const byId = (id) => document.getElementById(id);
const on = (name, listener, options) => document.addEventListener(name, listener, options);
/* Before the other modules. */
const first = { capture: true };

/* Who is writing */

const AGAIN_AFTER = 20_000;
let told = -AGAIN_AFTER;
let timer = null;
const spoken = new Set();

on("input", ({ target, timeStamp }) => {
  const url = byId("vcm-presence")?.dataset.url;
  if (target.id !== "vcm-body" || !url || timeStamp < told + AGAIN_AFTER) return;
  told = timeStamp;
  const { csrfmiddlewaretoken, viewer } = target.form.elements;
  const body = new URLSearchParams([csrfmiddlewaretoken, viewer].map(({ name, value }) => [name, value]));
  fetch(url, { method: "POST", body, headers: { Accept: "application/json" } }).catch(() => {});
});

/* Each line goes by itself. It is said once. */
function showPresence() {
  clearTimeout(timer);
  const line = byId("vcm-presence")?.firstElementChild;
  if (!line) return;
  timer = setTimeout(() => (line.remove(), showPresence()), line.dataset.seconds * 1000);
  const text = line.textContent.trim();
  const key = line.parentElement.dataset.url + text;
  if (!spoken.has(key)) document.dispatchEvent(new CustomEvent("vcm:say", { detail: { text } }));
  spoken.add(key);
}

on("vcm:view", showPresence);
on("vcm:fresh", ({ detail }) => {
  detail.querySelectorAll("#vcm-fresh-presence, #vcm-fresh-answered").forEach((template) => {
    const fresh = template.content.firstElementChild;
    template.remove();
    /* An answer matters only to somebody who is writing one. */
    if (fresh.dataset.url || byId("vcm-body")?.value.trim()) byId(fresh.id)?.replaceWith(fresh);
  });
  showPresence();
});

/* The menu: without a script the button is a link to a page */

const menu = () => byId("vcm-menu");
const opener = () => byId("vcm-menu-button");
const items = () => [...(menu()?.querySelectorAll("[role=menuitem]") ?? [])];

function closeMenu() {
  menu().replaceChildren();
  opener().ariaExpanded = "false";
}

on("htmx:afterSwap", ({ detail }) => {
  if (detail.target !== menu()) return;
  opener().ariaExpanded = "true";
  items()[0]?.focus();
});

on("click", (event) => {
  if (!menu()?.firstChild || menu().contains(event.target)) return;
  if (opener().contains(event.target)) {
    event.preventDefault();
    event.stopPropagation();
  }
  closeMenu();
}, first);

on("keydown", (event) => {
  const { key, target } = event;
  const all = items();
  const at = all.indexOf(target);
  const begins = (item) => item.querySelector("bdi").textContent.toLowerCase().startsWith(key.toLowerCase());
  if (target === opener() && (key === "ArrowDown" || key === " ")) target.click();
  else if (at < 0 || key === " " || key === "Enter" || event.ctrlKey || event.metaKey || event.altKey) return;
  else if (key === "Escape" || key === "Tab") {
    opener().focus();
    closeMenu();
    if (key === "Tab") return;
  } else {
    const to = { ArrowDown: all[at + 1] ?? all[0], ArrowUp: all.at(at - 1), Home: all[0], End: all.at(-1) }[key]
      ?? [...all.slice(at + 1), ...all].find(begins);
    if (!to) return;
    to.focus();
  }
  event.preventDefault();
});

/* Quick replies: a list over the composer, filled by htmx. Choosing one inserts its text at the caret. */

const replies = () => [...document.querySelectorAll(".vcm-reply")];
let marked;
/* What has to be filled in, such as "[day and time]". */
const GAP = /\[[^\][\n]+]/g;
const gaps = new Set();

function mark(reply) {
  marked = reply ?? replies()[0];
  for (const each of replies()) each.ariaSelected = each === marked;
  byId("vcm-replies-search").setAttribute("aria-activedescendant", marked?.id ?? "");
  marked?.scrollIntoView({ block: "nearest" });
}

function showReplies(isShown) {
  byId("vcm-replies").hidden = !isShown;
  byId("vcm-replies-open").ariaExpanded = isShown;
  byId(isShown ? "vcm-replies-search" : "vcm-body").focus();
}

function insert(reply) {
  const text = reply.lastChild.textContent;
  for (const [gap] of text.matchAll(GAP)) gaps.add(gap);
  showReplies(false);
  const start = byId("vcm-body").selectionStart;
  document.execCommand("insertText", false, text); /* one step to undo */
  selectGap(start);
  byId("vcm-status").textContent = byId("vcm-saved").textContent = byId("vcm-replies-open").dataset.said;
}

function selectGap(from) {
  const body = byId("vcm-body");
  const left = [...body.value.matchAll(GAP)].find(({ 0: gap, index }) => index >= from && gaps.has(gap));
  if (left) body.setSelectionRange(left.index, left.index + left[0].length);
  return left;
}

/* In a low window the composer grows with the focus, and a click would miss. */
on("mousedown", (event) => { if (event.target.closest(".vcm-replies-toggle, .vcm-reply")) event.preventDefault(); }, first);

on("click", ({ target }) => {
  const part = target.closest(".vcm-replies-toggle, .vcm-reply");
  if (part?.role) insert(part);
  else if (part) showReplies(byId("vcm-replies").hidden);
}, first);

on("keydown", (event) => {
  const { target, key } = event;
  if (event.isComposing || event.keyCode === 229 || !target.closest("#vcm-replies")) return;
  if (key === "Escape") showReplies(false);
  else if (key === "ArrowDown") mark(marked?.nextSibling);
  else if (key === "ArrowUp") mark(marked?.previousSibling ?? replies().pop());
  else if (key === "Enter" && target.name && marked) insert(marked);
  else return;
  event.preventDefault();
}, first);

on("htmx:afterSwap", ({ target }) => { if (target.id === "vcm-replies-found") mark(); }, first);

/* Nobody should send "[day and time]" by mistake. */
on("submit", (event) => {
  const { submitter, target } = event;
  if (target.id !== "vcm-composer" || submitter?.name || submitter?.closest(".vcm-alert") || !selectGap(0)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  byId("vcm-alert").replaceChildren(byId("vcm-gap-template").content.cloneNode(true));
  byId("vcm-body").focus();
}, first);
