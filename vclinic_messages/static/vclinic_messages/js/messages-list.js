/* The list of conversations. It stays up to date, but never moves rows under the pointer or the focus. */

const app = document.getElementById("vcm-app");
const list = document.getElementById("vcm-list");
const emit = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));
const rows = () => document.getElementById("vcm-rows");
const positionOf = (item) => Number(item.dataset.position);
const items = () => [...(rows()?.querySelectorAll(".vcm-item") ?? [])];

let opened = null;
let postponed = [];
let refreshing = false;
let refreshAgain = false;

const isBusy = () => list.matches(":hover") || list.contains(document.activeElement);

function template(html) {
  const holder = document.createElement("template");
  holder.innerHTML = html;
  return holder.content;
}

/* Copy a fresh row into the existing element, so that it keeps focus and pointer. */
function update(item, fresh) {
  item.dataset.position = fresh.dataset.position;
  const link = item.querySelector(".vcm-row");
  const freshLink = fresh.querySelector(".vcm-row");
  link.className = freshLink.className;
  link.replaceChildren(...freshLink.childNodes);
}

/* Put a fresh row where it belongs. Leave it out if it belongs below the end of the list. */
function place(fresh, { settle = !isBusy() } = {}) {
  const item = document.getElementById(fresh.id);
  const stays = item && item.dataset.position === fresh.dataset.position;
  if (item) update(item, fresh);
  if (stays) return;
  if (!settle) {
    if (!item) postponed.push(fresh);
    return;
  }
  if (item) sort();
  else insert(fresh);
}

function insert(fresh) {
  const next = items().find((item) => positionOf(item) < positionOf(fresh));
  const more = document.getElementById("vcm-more");
  if (!next && more) return;
  const item = document.importNode(fresh, true);
  if (next) next.before(item);
  else rows().append(item);
  list.querySelector(".vcm-list__none")?.remove();
  window.htmx.process(item);
}

function sort() {
  const sorted = items().sort((one, other) => positionOf(other) - positionOf(one));
  const active = document.activeElement;
  sorted.forEach((item) => rows().insertBefore(item, document.getElementById("vcm-more")));
  if (list.contains(active)) active.focus({ preventScroll: true });
}

/* Insert the rows that were postponed while somebody was in the list. */
function settle() {
  if (isBusy() || !rows()) return;
  const late = postponed;
  postponed = [];
  late.forEach((fresh) => place(fresh, { settle: true }));
  const positions = items().map(positionOf);
  if (positions.some((each, index) => index && each > positions[index - 1])) sort();
  select();
}

function select() {
  items().forEach((item) => {
    const link = item.querySelector(".vcm-row");
    if (item.dataset.conversation === opened) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  });
}

function dropRepeated() {
  const seen = new Set();
  items().forEach((item) => {
    if (seen.has(item.dataset.conversation)) item.remove();
    seen.add(item.dataset.conversation);
  });
}

async function refresh() {
  if (refreshing) {
    refreshAgain = true;
    return;
  }
  refreshing = true;
  try {
    const fresh = await fetchRows();
    if (fresh) {
      fresh.querySelectorAll(".vcm-item").forEach((item) => place(item));
      emit("vcm:unread", { count: Number(fresh.dataset.unread) });
      select();
    }
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

async function fetchRows() {
  const form = document.getElementById("vcm-find");
  const response = await fetch(app.dataset.inbox, {
    method: "POST",
    body: form ? new URLSearchParams(new FormData(form)) : "",
    headers: { "HX-Request": "true", "HX-Target": "vcm-list", "VCM-Background": "1" },
  });
  const version = response.headers.get("VCM-Page");
  if (response.status < 500) emit("vcm:answer", { version });
  if (!response.ok || !version) return null;
  return template(await response.text()).querySelector("#vcm-rows");
}

/* The rows of the search before must not look like what this one found. */
function searchFailed() {
  const { searchFailed: text } = document.getElementById("vcm-texts").dataset;
  const reason = document.createElement("p");
  reason.className = "vcm-list__none";
  reason.textContent = text;
  list.replaceChildren(reason);
  emit("vcm:say", { text });
}

const isSearch = (elt) => elt?.id === "vcm-find";
document.addEventListener("vcm:refused", ({ detail }) => { if (isSearch(detail.elt)) searchFailed(); });
for (const name of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(name, ({ detail }) => { if (isSearch(detail.requestConfig.elt)) searchFailed(); });
}

function move(event) {
  const links = items().map((item) => item.querySelector(".vcm-row"));
  const at = links.indexOf(event.target.closest?.(".vcm-row"));
  if (at < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: links.length - 1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  links[Math.min(Math.max(to, 0), links.length - 1)].focus();
}

list.addEventListener("keydown", move);
list.addEventListener("pointerleave", () => setTimeout(settle));
list.addEventListener("focusout", () => setTimeout(settle));

document.addEventListener("vcm:view", ({ detail: { view, cause } }) => {
  opened = view?.dataset.conversation ?? null;
  if (cause?.matches("form")) refresh();
  select();
});

document.addEventListener("vclinic-messages:changed", refresh);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) refresh();
});
window.addEventListener("pageshow", (event) => {
  if (event.persisted) refresh();
});

document.addEventListener("vclinic-messages:read", ({ detail }) => {
  emit("vcm:unread", { count: detail.unread });
  const link = document.getElementById(`vcm-row-${detail.conversation}`)?.querySelector(".vcm-row");
  if (!link) return;
  link.classList.remove("vcm-row--unread");
  link.querySelectorAll(".vcm-badge, .vcm-badge + .vcm-visually-hidden").forEach((mark) => mark.remove());
});

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.target.id === "vcm-more") detail.target.dataset.count = items().length;
});

document.addEventListener("htmx:afterSettle", ({ detail }) => {
  if (detail.target === list) {
    postponed = [];
    emit("vcm:say", { text: rows().dataset.said });
    emit("vcm:unread", { count: Number(rows().dataset.unread) });
    select();
  } else if (detail.target.id === "vcm-more") {
    dropRepeated();
    items()[Number(detail.target.dataset.count)]?.querySelector(".vcm-row").focus();
    select();
  }
});
