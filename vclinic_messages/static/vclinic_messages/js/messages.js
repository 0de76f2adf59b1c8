/*
 * The Messages pages, made quicker: which pane shows, focus, history, title. List, thread, form, picker and
 * settings are modules of their own; they are told by events on the document, so that none needs another's address.
 *
 * vcm:view    {view, cause}   the main pane shows something else. cause: the element that asked, or null
 * vcm:form                    the form came or went, while the view stayed
 * vcm:answer  {version}       an answer came, made under this version of the settings; null: none of ours
 * vcm:unread  {count}         how many conversations hold something unread
 * vcm:say     {text}          to be spoken by screen readers
 * vcm:leaving                 prevented where something that was typed would be lost
 * vcm:signed-out              nobody is signed in any more, while a text is being typed
 * vcm:forget                  somebody else is signed in: what was typed is not theirs
 * vcm:refused {elt, xhr}      an answer that is not from the Messages pages, such as a login page
 */

const app = document.getElementById("vcm-app");
const main = document.getElementById("vcm-main");
const status = document.getElementById("vcm-status");
const list = document.getElementById("vcm-list");
const titleOf = (view) => view?.dataset.title ?? "";
const tell = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));

let listScroll = 0;
let shown = main.querySelector(".vcm-view");
/* The count that stands before the title, put there by the server or by live.js. */
const COUNT = /^\(\d+\+?\) /;
/* The portal's title around ours. */
const titleFrame = document.title.replace(COUNT, "").replace(titleOf(shown), "\0");

const isOnePane = () => getComputedStyle(document.getElementById("vcm-sidebar")).display === "none"
  || getComputedStyle(main).display === "none";
const hasUnsentText = () => Boolean(document.getElementById("vcm-body")?.value.trim());

function showTitle(count = document.title.match(COUNT)?.[0] ?? "") {
  document.title = count + titleFrame.replace("\0", () => titleOf(shown));
}

function show(cause) {
  const left = shown;
  shown = main.querySelector(".vcm-view");
  if (!shown) return;
  app.dataset.view = shown.dataset.view;
  showTitle();
  if (list) list.scrollTop = listScroll;
  tell("vcm:view", { view: shown, cause });
  moveFocus(left, cause);
}

/* Where focus goes when something else is shown. It stays where it is wherever that still makes sense. */
function moveFocus(left, cause) {
  const target = focusTarget(left, cause);
  target?.focus({ preventScroll: target.id === "vcm-heading" });
}

function focusTarget(left, cause) {
  const byId = (id) => document.getElementById(id);
  const view = shown.dataset.view;
  if (view === "compose") return byId("vcm-picker-search");
  if (view === "conversation") {
    if (cause?.id === "vcm-composer") return byId("vcm-body") ?? byId("vcm-heading");
    if (isOnePane() || !document.activeElement || document.activeElement === document.body) return byId("vcm-heading");
    return null;
  }
  if (left?.dataset.view === "compose") return byId("vcm-new");
  const row = byId(`vcm-row-${left?.dataset.conversation}`)?.querySelector("a");
  return isOnePane() ? row ?? byId("vcm-new") : null;
}

function start() {
  app.dataset.enhanced = "";
  list?.addEventListener("scroll", () => {
    if (list.offsetParent) listScroll = list.scrollTop;
  }, { passive: true });

  document.addEventListener("vcm:say", ({ detail }) => {
    status.textContent = "";
    setTimeout(() => { status.textContent = detail.text; }, 50);
  });
  document.addEventListener("vcm:unread", ({ detail }) => {
    if (COUNT.test(document.title)) showTitle(detail.count ? `(${detail.count}) ` : "");
  });

  document.addEventListener("htmx:beforeSwap", guard);
  document.addEventListener("htmx:afterSwap", ({ detail }) => {
    if (detail.target === main) show(detail.requestConfig?.elt === document.body ? null : detail.requestConfig?.elt ?? null);
  });
  document.addEventListener("htmx:sendError", unanswered);
  document.addEventListener("htmx:timeout", unanswered);
  /* Back and forward fetch the pane like any other link: no copy of it was kept. */
  document.addEventListener("htmx:historyCacheMiss", (event) => {
    event.preventDefault();
    window.htmx.ajax("GET", event.detail.path, { target: "#vcm-main", swap: "innerHTML" });
  });
  document.addEventListener("keydown", closeWithEscape);
  tell("vcm:view", { view: shown, cause: null });
}

/* Only our own pages are put into the page. Anything else means: signed out, switched off, a fault. */
function guard(event) {
  const { xhr, requestConfig } = event.detail;
  if (!app.contains(event.detail.target) && !app.contains(requestConfig?.elt)) return;
  if (xhr.getResponseHeader("VCM-Page")) {
    event.detail.isError = false;
    return;
  }
  event.detail.shouldSwap = false;
  event.detail.isError = false;
  if (requestConfig.verb === "get" && !hasUnsentText()) {
    location.assign(requestConfig.elt.href ?? requestConfig.path);
  } else {
    tell("vcm:refused", { elt: requestConfig.elt, xhr });
  }
}

/* A link that could not be fetched is followed as links are, unless a text would be lost. */
function unanswered({ detail }) {
  const { elt, path, verb } = detail.requestConfig;
  const isLink = elt.matches?.("a[href]") && app.contains(elt);
  if (isLink && verb === "get" && !hasUnsentText()) location.assign(path);
  else if (isLink) tell("vcm:say", { text: document.getElementById("vcm-words").dataset.offline });
}

function closeWithEscape(event) {
  if (event.key !== "Escape" || event.defaultPrevented || shown?.dataset.view !== "compose") return;
  if (!app.contains(event.target) || (event.target.type === "search" && event.target.value)) return;
  main.querySelector(".vcm-close")?.click();
}

start();
