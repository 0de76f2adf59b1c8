/* The list of conversations. It stays up to date, but never moves rows under a moving pointer or the focus. */

const RESTS_AFTER = 1000;

const app = document.getElementById("vcm-app");
const list = document.getElementById("vcm-list");
const find = document.getElementById("vcm-find");
const search = document.getElementById("vcm-search");
const news = document.getElementById("vcm-news");
const texts = document.getElementById("vcm-texts").dataset;
const emit = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));
const rows = () => document.getElementById("vcm-rows");
const more = () => document.getElementById("vcm-more");
const items = () => [...(rows()?.querySelectorAll(".vcm-item") ?? [])];
const linkOf = (item) => item.querySelector(".vcm-row");
const positionOf = (item) => Number(item.dataset.position);
const shown = () => find?.elements.show?.value;

let opened = null;
let fresh = null;
let refreshing = false;
let refreshAgain = false;
let isMoving = false;
let movingTimer = null;

/* A click leaves the focus on its row. That does not count, or the list would stand still from then on. */
const isBusy = () => isMoving || list.querySelector(":focus-visible") !== null;

function pointerMoved() {
  isMoving = true;
  clearTimeout(movingTimer);
  movingTimer = setTimeout(() => {
    isMoving = false;
    settle();
  }, RESTS_AFTER);
}

/* Up to date -------------------------------------------------------------------------------------------- */

async function refresh() {
  if (refreshing) {
    refreshAgain = true;
    return;
  }
  refreshing = true;
  try {
    const answer = await fetchList();
    if (answer) received(answer);
  } catch {
    /* The next change, or the next look at the page, tries again. */
  } finally {
    refreshing = false;
    if (refreshAgain) {
      refreshAgain = false;
      refresh();
    }
  }
}

async function fetchList() {
  const asked = find ? new URLSearchParams(new FormData(find)).toString() : "";
  const response = await fetch(app.dataset.inbox, {
    method: "POST",
    body: asked,
    headers: { "HX-Request": "true", "HX-Target": "vcm-list", "VCM-Background": "1", "Content-Type": "application/x-www-form-urlencoded" },
  });
  const version = response.headers.get("VCM-Page");
  if (response.status < 500) emit("vcm:answer", { version });
  if (!response.ok || !version) return null;
  const holder = document.createElement("template");
  holder.innerHTML = await response.text();
  /* Meanwhile somebody may have typed or chosen something else. */
  return find && asked !== new URLSearchParams(new FormData(find)).toString() ? null : holder.content;
}

function received(answer) {
  const { unread, now } = answer.querySelector("#vcm-rows").dataset;
  fresh = [...answer.querySelectorAll(".vcm-item")];
  fresh.isComplete = !answer.querySelector("#vcm-more");
  showCounts(answer);
  emit("vcm:unread", { count: Number(unread) });
  settle();
  emit("vcm:tick", { now });
}

function showCounts(answer) {
  answer.querySelector("#vcm-counts")?.content.querySelectorAll("[id]").forEach((count) => {
    document.getElementById(count.id)?.replaceWith(count);
  });
}

/* Put the fresh rows into the list. While somebody is in it, rows only change in place, and a button offers the rest. */
function settle({ now = !isBusy() } = {}) {
  if (!fresh || !rows()) return;
  const known = new Map(items().map((item) => [item.id, item]));
  const added = fresh.filter((item) => !known.has(item.id));
  fresh.forEach((item) => known.has(item.id) && update(known.get(item.id), item));
  items().filter(isSentDraft).forEach((item) => item.remove());
  items().forEach(leave);
  offer(now ? 0 : added.length);
  if (now) {
    place(added);
    fresh = null;
  }
  select();
}

/* Copy a fresh row into the existing element, so that it keeps focus and pointer. */
function update(item, next) {
  item.dataset.position = next.dataset.position;
  const { className, childNodes } = linkOf(next);
  for (const name of ["href", "formaction", "hx-post"]) {
    if (linkOf(next).hasAttribute(name)) linkOf(item).setAttribute(name, linkOf(next).getAttribute(name));
  }
  window.htmx.process(linkOf(item));
  linkOf(item).className = className;
  linkOf(item).replaceChildren(...[...childNodes].map((node) => node.cloneNode(true)));
}

/* A draft of a new message that was sent or discarded, or has another recipient now. */
const isSentDraft = (item) => item.id.startsWith("vcm-draft-") && !fresh.some((each) => each.id === item.id);

/* A conversation that waits no more, or is read, stays where it is until the list is left, and says so. */
function leave(item) {
  const end = fresh.isComplete ? -Infinity : positionOf(fresh.at(-1));
  if (positionOf(item) < end || fresh.some((each) => each.id === item.id)) return;
  const wait = item.querySelector(".vcm-row__wait");
  if (shown() === "waiting" && wait) {
    wait.className = "vcm-row__time";
    delete wait.dataset.since;
    wait.textContent = texts.answered;
    item.querySelector(".vcm-row__taken")?.remove();
  }
  if (shown() === "unread") showRead(item);
}

function offer(count) {
  news.hidden = !count;
  if (count) news.textContent = phrase(texts.newConversations, count);
}

/* The phrase for a number, in the page's language. */
function phrase(json, count) {
  const asked = { json, count };
  emit("vcm:phrase", asked);
  return asked.text;
}

function place(added) {
  const last = more() ? Math.min(...items().map(positionOf)) : -Infinity;
  const inside = added.filter((item) => positionOf(item) >= last).map((item) => document.importNode(item, true));
  const sorted = [...items(), ...inside].sort((one, other) => positionOf(other) - positionOf(one));
  const active = document.activeElement;
  sorted.forEach((item, index) => {
    const there = rows().children[index];
    if (there !== item) rows().insertBefore(item, there ?? null);
  });
  if (list.contains(active)) active.focus({ preventScroll: true });
  if (inside.length) list.querySelector(".vcm-list__none")?.remove();
  inside.forEach((item) => window.htmx.process(item));
}

function showRead(item) {
  linkOf(item).classList.remove("vcm-row--unread");
  item.querySelectorAll(".vcm-badge, .vcm-row__unread").forEach((mark) => mark.remove());
}

function dropRepeated() {
  const seen = new Set();
  items().forEach((item) => {
    if (seen.has(item.id)) item.remove();
    seen.add(item.id);
  });
}

/* Say once that a message came to another conversation. The open one speaks for itself. */
const spoken = new Set();
function speak(events) {
  const others = events.filter(({ conversation, message }) => conversation !== opened && !spoken.has(message));
  others.forEach(({ message }) => spoken.add(message));
  const sentences = others.map(({ sender }) => {
    const text = document.querySelector("[data-vcm-live] template").content.querySelector(".vcm-toast-text").cloneNode(true);
    if (!sender) return text.dataset.anonymous;
    text.querySelector("bdi").textContent = sender;
    return text.textContent;
  });
  if (sentences.length && !document.hidden) emit("vcm:say", { text: [...new Set(sentences)].join(". ") });
}

/* Which row is open, and which one the Tab key comes to ------------------------------------------------- */

function select() {
  items().forEach((item) => {
    if (item.dataset.conversation === opened) linkOf(item).setAttribute("aria-current", "true");
    else linkOf(item).removeAttribute("aria-current");
  });
  rove(rows()?.querySelector(".vcm-row[tabindex='0']") ?? rows()?.querySelector(".vcm-row[aria-current]"));
}

function rove(to) {
  const links = items().map(linkOf);
  const stop = links.includes(to) ? to : links[0];
  links.forEach((link) => { link.tabIndex = link === stop ? 0 : -1; });
}

function move(event) {
  const links = items().map(linkOf);
  const at = links.indexOf(event.target.closest?.(".vcm-row"));
  if (at < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: links.length - 1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  links[Math.min(Math.max(to, 0), links.length - 1)].focus();
}

/* Search and filter ------------------------------------------------------------------------------------- */

/* The rows of the search before must not look like what this one found. */
function searchFailed() {
  const reason = document.createElement("p");
  reason.className = "vcm-list__none";
  reason.textContent = navigator.onLine ? texts.searchFailed : texts.searchOffline;
  list.replaceChildren(reason);
  emit("vcm:say", { text: reason.textContent });
}

const isSearch = (elt) => elt?.id === "vcm-find";
document.addEventListener("vcm:refused", ({ detail }) => { if (isSearch(detail.elt)) searchFailed(); });
for (const name of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(name, ({ detail }) => { if (isSearch(detail.requestConfig.elt)) searchFailed(); });
}

/* The filters are in the address, so that they survive a reload. Words of a search never are. */
function keepFilter() {
  const address = new URL(location);
  for (const name of ["show", "mailbox"]) {
    const value = find?.elements[name]?.value;
    if (value) address.searchParams.set(name, value);
    else if (value === "") address.searchParams.delete(name);
  }
  if (address.href !== location.href) history.replaceState({ htmx: true }, "", address);
}

/* A search looks everywhere, unless somebody then narrows it. */
let wasEmpty = true;
function typed() {
  const every = find.querySelector("[name=show][value=all]");
  if (wasEmpty && search.value && every) {
    every.checked = true;
    if (find.elements.mailbox) find.elements.mailbox.value = "";
  }
  wasEmpty = !search.value;
  showClear();
}

const showClear = () => { search.form.querySelector(".vcm-search__clear").hidden = !search.value; };

function clear() {
  search.value = "";
  search.focus();
  search.dispatchEvent(new Event("input", { bubbles: true }));
}

if (find) {
  wasEmpty = !search.value;
  showClear();
  search.addEventListener("input", typed);
  search.addEventListener("keydown", (event) => {
    const first = items()[0];
    if (event.isComposing || event.keyCode === 229 || event.key !== "ArrowDown" || !first) return;
    event.preventDefault();
    linkOf(first).focus();
  });
  find.querySelector(".vcm-search__clear").addEventListener("click", clear);
  for (const name of ["htmx:pushedIntoHistory", "htmx:replacedInHistory"]) document.addEventListener(name, keepFilter);
}

list.addEventListener("keydown", move);
list.addEventListener("pointermove", pointerMoved);
list.addEventListener("focusin", ({ target }) => { if (target.matches(".vcm-row")) rove(target); });
list.addEventListener("focusout", () => setTimeout(settle));
news.addEventListener("click", () => {
  settle({ now: true });
  list.scrollTop = 0;
  if (items()[0]) linkOf(items()[0]).focus();
});

document.addEventListener("vcm:view", ({ detail: { view, cause } }) => {
  const before = opened;
  opened = view?.dataset.conversation ?? null;
  if (cause?.matches("form")) refresh();
  else if (view?.dataset.said && opened !== before && cause) emit("vcm:say", { text: view.dataset.said });
  if (cause) keepFilter();
  select();
  const row = rows()?.querySelector(".vcm-row[aria-current]");
  if (row) rove(row);
});

document.addEventListener("vcm:drafts", refresh);
document.addEventListener("vclinic-messages:changed", ({ detail }) => {
  speak(detail.events);
  refresh();
});
document.addEventListener("vcm:day", refresh);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) refresh();
});
window.addEventListener("pageshow", (event) => {
  if (event.persisted) refresh();
});

document.addEventListener("vclinic-messages:read", ({ detail }) => {
  emit("vcm:unread", { count: detail.unread });
  const item = document.getElementById(`vcm-row-${detail.conversation}`);
  if (item) showRead(item);
});

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.target.id === "vcm-more") detail.target.dataset.count = items().length;
});

document.addEventListener("htmx:afterSettle", ({ detail }) => {
  if (detail.target === list) {
    fresh = null;
    offer(0);
    showCounts(list);
    emit("vcm:say", { text: rows().dataset.said });
    emit("vcm:unread", { count: Number(rows().dataset.unread) });
    keepFilter();
    select();
  } else if (detail.target.id === "vcm-more") {
    dropRepeated();
    const first = items()[Number(detail.target.dataset.count)];
    if (first) linkOf(first).focus();
    select();
  }
});
