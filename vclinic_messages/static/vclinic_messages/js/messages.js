/*
 * The frame: panes, focus, title, speech, a bad line, and the clinic's settings. docs/explanation/scripts.md describes
 * the events by which the modules talk.
 */

const byId = (id) => document.getElementById(id);
const on = (name, listener) => document.addEventListener(name, listener);
const emit = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));
const say = (text) => emit("vcm:say", { text });

const app = byId("vcm-app");
const main = byId("vcm-main");
const list = byId("vcm-list");
const texts = byId("vcm-texts").dataset;
const contentOf = (id) => byId(id).content.cloneNode(true);
const viewInPage = () => main.querySelector(".vcm-view");

/* Phrases */

/* Modules cannot share a function, so they ask by an event. */
on("vcm:phrase", ({ detail }) => { detail.text = phrase(detail.json, detail.count); });

/* The server sends a sample of each plural form of the page's language. */
function phrase(json, count) {
  const { language, separator, samples } = JSON.parse(json);
  const category = (number) => new Intl.PluralRules(language).select(number);
  const sample = Object.keys(samples).find((each) => category(Number(each)) === category(count)) ?? 100;
  return samples[sample].replace("{n}", String(count).replace(/\B(?=(...)+$)/g, separator));
}

/* Title and speech */

/* The count of unread conversations, then the portal's title with the view's title in it. */
let view = viewInPage();
const titleOf = (each) => each?.dataset.title ?? "";
const countBefore = (count) => (count ? `(${count}) ` : "");
let titleCount = countBefore(Number(byId("vcm-rows")?.dataset.unread ?? 0));
const titleFrame = document.title.replace(titleCount, "").replace(titleOf(view), "\0");

function showTitle() {
  document.title = titleCount + titleFrame.replace("\0", () => titleOf(view));
}

on("vcm:unread", ({ detail }) => {
  titleCount = countBefore(detail.count);
  if (app.isConnected) showTitle();
});

/* A screen reader says a text again only if it was gone in between. */
on("vcm:say", ({ detail }) => {
  byId("vcm-status").textContent = "";
  setTimeout(() => { byId("vcm-status").textContent = detail.text; }, 50);
});

/* Views */

const isHidden = (element) => getComputedStyle(element).display === "none";
const isOnePane = () => isHidden(byId("vcm-sidebar")) || isHidden(main);
let listScroll = 0;

function viewChanged(cause) {
  const left = view;
  view = viewInPage();
  if (!view) return;
  app.dataset.view = view.dataset.view;
  delete app.dataset.failed;
  showTitle();
  if (list) list.scrollTop = listScroll;
  if (left?.dataset.row !== view.dataset.row || byId("vcm-hits")?.dataset.said) sayView();
  emit("vcm:view", { view, cause });
  focusTarget(left, cause)?.focus();
  /* In a low window the panes are as high as the window, and the page may be scrolled. */
  if (!isOnePane()) app.scrollIntoView({ block: "nearest" });
}

function sayView() {
  const hit = byId("vcm-hits")?.dataset.said;
  say([view.dataset.said ?? view.getAttribute("aria-label"), hit].filter(Boolean).join(". "));
}

function focusTarget(left, cause) {
  const heading = byId("vcm-heading");
  if (view.dataset.view === "compose") {
    return byId(byId("vcm-write").dataset.step === "write" ? "vcm-body" : "vcm-picker-search") ?? heading;
  }
  if (view.dataset.view === "conversation") {
    if (cause.id === "vcm-composer") return byId("vcm-body") ?? heading;
    return isOnePane() || document.activeElement === document.body ? heading : null;
  }
  const row = byId(left?.dataset.row)?.querySelector(".vcm-row") ?? byId("vcm-new");
  return isOnePane() || left?.dataset.view === "compose" ? row : null;
}

list?.addEventListener("scroll", () => {
  if (list.offsetParent) listScroll = list.scrollTop;
}, { passive: true });

on("htmx:afterSwap", ({ detail }) => {
  if (detail.target === main) viewChanged(detail.requestConfig.elt);
});

/* The browser stores no copy of a pane. */
on("htmx:historyCacheMiss", (event) => {
  if (!event.detail.path.startsWith(app.dataset.inbox)) return;
  event.preventDefault();
  if (app.isConnected) fetchPane(event.detail.path);
  else location.reload();  // the portal's htmx has replaced the page
});

const fetchPane = (path) => window.htmx.ajax("GET", path, { source: main, target: main, swap: "innerHTML" });

/* An input method uses the key, as to choose a word. Safari tells it by the code 229 only. */
const isComposing = (event) => event.isComposing || event.keyCode === 229;

on("keydown", (event) => {
  if (isComposing(event) || event.key !== "Escape" || event.defaultPrevented || !app.contains(event.target)) return;
  if (event.target.type !== "search" || !event.target.value) main.querySelector(".vcm-close")?.click();
});

/* Answers */

/* A text that is being saved with the page's end is not lost. */
const hasUnsavedText = () => !document.dispatchEvent(new CustomEvent("vcm:leaving", { cancelable: true }));
const sentAgain = new WeakSet();

/* Any answer that is not ours means: signed out, switched off, or an error. */
on("htmx:beforeSwap", ({ detail }) => {
  const { xhr, requestConfig: { elt, verb, path } } = detail;
  if (!app.contains(detail.target) && !app.contains(elt)) return;
  const isOurs = xhr.getResponseHeader("VCM-Page");
  detail.isError = false;
  if (elt.id === "vcm-composer" && !elt.isConnected) {
    detail.shouldSwap = false;
    emit("vcm:late", { form: elt, isSent: isOurs && xhr.status < 400 });
    return;
  }
  detail.shouldSwap = isOurs && detail.shouldSwap && !sendsAgain(detail);
  if (isOurs) return;
  if (!reads({ elt, verb })) emit("vcm:refused", { elt, xhr });
  else if (xhr.status >= 500) showFailed({ elt, path, reason: texts.noAnswer });
  else if (hasUnsavedText()) emit("vcm:answer", { version: null });
  else location.assign(elt.href ?? path);
});

/* Its token is from before the person signed in again. */
function sendsAgain({ xhr, requestConfig: { elt, triggeringEvent } }) {
  const token = xhr.getResponseHeader("VCM-Token");
  if (token) emit("vcm:token", { token });
  if (!token || !elt.requestSubmit || sentAgain.delete(elt)) return false;
  sentAgain.add(elt);
  setTimeout(() => elt.requestSubmit(triggeringEvent?.submitter));
  return true;
}

on("vcm:token", ({ detail: { token } }) => {
  app.querySelectorAll("[name=csrfmiddlewaretoken]").forEach((each) => { each.value = token; });
  document.querySelectorAll("[data-vcm-live]").forEach((region) => { region.dataset.csrf = token; });
});

/* Nobody must see or send what somebody else has typed. */
on("vcm:other-person", () => {
  emit("vcm:forget");
  location.replace(`${location.pathname}?other_person=1`);
});

/* A bad line: the strip above both panes */

const STRIP_AFTER = 2000;
const SLOW_AFTER = 10_000;
const BACK_FOR = 4000;
const strip = byId("vcm-strip");
let failures = 0;
let stripTimer = null;

function showStrip(state) {
  strip.dataset.state = state;
  strip.replaceChildren(...(state ? [contentOf(`vcm-${state}-template`)] : []));
}

function unreached() {
  failures += 1;
  if (failures < 2 && navigator.onLine) return;
  stripTimer ??= setTimeout(() => showStrip("offline"), STRIP_AFTER);
}

function reached() {
  failures = 0;
  clearTimeout(stripTimer);
  stripTimer = null;
  const { state } = strip.dataset;
  if (state === "slow") showStrip("");
  if (state !== "offline") return;
  showStrip("online");
  setTimeout(() => { if (strip.dataset.state === "online") showStrip(""); }, BACK_FOR);
}

on("vcm:unreached", unreached);
on("vcm:reached", reached);
window.addEventListener("offline", unreached);
window.addEventListener("online", knock);

/* A login on another host is an answer. */
function knock() {
  const headers = { "VCM-Background": "1" };
  if (failures) fetch(location.href, { method: "HEAD", headers, redirect: "manual" }).then(reached, unreached);
}

/* A bad line: what is opening, and what did not open */

const PROGRESS_AFTER = 150;
/* Rows and hits of a search are posted, so that its words are in no address. */
const reads = ({ elt, verb }) => verb === "get" || elt.value === "open";

on("htmx:beforeRequest", ({ defaultPrevented, detail: { elt, xhr, target, requestConfig } }) => {
  if (defaultPrevented || !app.contains(elt)) return;
  const opens = target === main && reads(requestConfig);
  const slow = setTimeout(() => { if (!strip.dataset.state) showStrip("slow"); }, SLOW_AFTER);
  const progress = opens && setTimeout(() => {
    main.setAttribute("aria-busy", "true");
    if (elt.matches(".vcm-row")) elt.append(contentOf("vcm-progress-template"));
  }, PROGRESS_AFTER);
  xhr.addEventListener("loadend", () => {
    clearTimeout(slow);
    clearTimeout(progress);
    main.removeAttribute("aria-busy");
    app.querySelectorAll(".vcm-progress").forEach((line) => line.remove());
    if (xhr.status) reached();
  });
});

for (const [name, reason] of [["htmx:sendError", "noConnection"], ["htmx:timeout", "noAnswer"]]) {
  on(name, ({ detail: { requestConfig: { elt, path, verb, target } } }) => {
    if (!app.contains(elt)) return;
    unreached();
    if (reads({ elt, verb }) && (target === main || isInLine(elt))) showFailed({ elt, path, reason: texts[reason] });
  });
}

const isInLine = (elt) => elt.closest?.("#vcm-earlier, #vcm-newer");

function showFailed({ elt, path, reason }) {
  if (isInLine(elt)) return showFailedLine(elt, reason);
  putBack();
  const failed = contentOf("vcm-failed-template").firstElementChild;
  const title = failed.querySelector("h2");
  const name = elt.matches("a, button") && elt.querySelector(".vcm-row__name, .vcm-button__words")?.textContent;
  if (name) title.textContent = texts.notOpened.replace("{name}", name);
  failed.querySelector(".vcm-failed__reason").textContent = reason;
  const [again, back] = failed.querySelectorAll("button");
  again.addEventListener("click", () => (elt.isConnected && elt !== main ? elt.click() : fetchPane(path)));
  back.addEventListener("click", () => {
    putBack();
    if (elt.offsetParent) elt.focus();
  });
  viewInPage().hidden = true;
  main.append(failed);
  app.dataset.failed = "";
  say(`${title.textContent}. ${reason}`);
  if (!document.activeElement?.offsetParent) title.focus();
}

function putBack() {
  if (!byId("vcm-failed")) return;
  byId("vcm-failed").remove();
  viewInPage().hidden = false;
  delete app.dataset.failed;
  byId("vcm-heading")?.focus();
}

function showFailedLine(elt, reason) {
  elt.previousElementSibling?.remove();
  const line = document.createElement("span");
  line.textContent = reason;
  elt.before(line);
  elt.textContent = texts.again;
  line.scrollIntoView({ block: "nearest" });
  say(reason);
}
/* In step with the clinic: another version of the settings */

const hasText = () => Boolean(byId("vcm-body")?.value.trim());
let renewing = false;
let renewAgain = false;
/* The card that has replaced the page, or true if only its form is left. */
let closed = null;

function check(version) {
  if (texts.settings !== undefined && version !== texts.settings) renew();
}

async function renew() {
  if (renewing) {
    renewAgain = true;
    return;
  }
  /* The form is needed until its answer has come. */
  if (byId("vcm-send")?.getAttribute("aria-disabled")) {
    setTimeout(renew, 1000);
    return;
  }
  renewing = true;
  const before = viewInPage();
  const asked = question();
  try {
    const response = await fetchPage(asked);
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    if (before !== viewInPage() || asked !== question()) renewAgain = true;
    else if (response.headers.has("VCM-Page")) proceed(page);
    else if (response.status < 500) close(page, response.redirected);
  } catch {
    /* The next response tries again. */
  } finally {
    renewing = false;
    if (renewAgain) {
      renewAgain = false;
      renew();
    }
  }
}

/* What the picker shows. The text stays here. */
function question() {
  if (!byId("vcm-picker") || closed) return null;
  const form = new URLSearchParams(new FormData(byId("vcm-composer")));
  form.delete("body");
  form.set("action", "find");
  return form.toString();
}

async function fetchPage(asked) {
  const headers = { "VCM-Background": "1" };
  if (asked !== null) {
    const body = new URLSearchParams(asked);
    const response = await fetch(view.dataset.url, { method: "POST", body, headers });
    if (response.status !== 403) return response;
  }
  return fetch(location.href, { headers });
}

async function proceed(page) {
  const fresh = page.getElementById("vcm-texts").dataset;
  if (fresh.person !== texts.person) emit("vcm:other-person");
  else if (closed) reopen(page);
  else takeOver(page, fresh);
}

function reopen(page) {
  const token = page.querySelector("[name=csrfmiddlewaretoken]")?.value;
  if (token) emit("vcm:token", { token });
  const reload = () => {
    history.replaceState({ ...history.state, isBack: true }, "");
    location.reload();
  };
  if (hasUnsavedText()) emit("vcm:save", { then: reload });
  else reload();
}

function takeOver(page, { settings, until }) {
  const pane = page.getElementById("vcm-main").firstElementChild;
  const focused = main.contains(document.activeElement) ? document.activeElement : null;
  const refusal = pane.querySelector("#vcm-closed");
  const noted = byId("vcm-now")?.textContent;
  keepForm(pane, refusal);
  keepPosition(pane);
  main.replaceChildren(pane);
  window.htmx.process(main);
  for (const id of ["vcm-start", "vcm-own-absence", "vcm-alert-template"]) replace(byId(id), page.getElementById(id));
  Object.assign(texts, { settings, until });
  view = pane;
  showTitle();
  emit("vcm:view", { view, cause: null, isSame: true });
  if (focused) focusAgain(focused);
  const spoken = refusal ?? byId("vcm-now");
  if (spoken && spoken.textContent !== noted) speak(spoken);
}

function keepForm(pane, refusal) {
  const form = byId("vcm-composer");
  const fresh = pane.querySelector("#vcm-composer");
  if (!hasText()) return;
  if (!fresh && refusal) refusal.after(form);
  if (fresh) {
    for (const name of ["key", "draft", "was"]) {
      if (fresh.elements[name] && form.elements[name]) fresh.elements[name].value = form.elements[name].value;
    }
    for (const id of ["vcm-alert", "vcm-newer-draft"]) fresh.querySelector(`#${id}`).replaceWith(byId(id));
    fresh.querySelector("#vcm-body").replaceWith(byId("vcm-body"));
  }
  (fresh ?? form).querySelector("#vcm-body").readOnly = Boolean(refusal);
}

function keepPosition(pane) {
  const box = byId("vcm-conversation");
  if (!box?.scrollTop) return;
  const { scrollTop, clientHeight } = box;
  const seen = byId("vcm-composer")?.elements.seen?.value ?? view.dataset.seen;
  const freshSeen = pane.querySelector("[name=seen]");
  pane.querySelector("#vcm-conversation")?.replaceWith(box);
  Object.assign(pane.dataset, { unread: view.dataset.unread, ...(seen && { seen }) });
  if (freshSeen && seen) freshSeen.value = seen;
  /* The box is upside down, so a change of its height would move the lines. */
  requestAnimationFrame(() => { box.scrollTop = scrollTop + box.clientHeight - clientHeight; });
}

function replace(part, fresh) {
  if (!part || !fresh || part.innerHTML === fresh.innerHTML) return;
  const hadFocus = part.contains(document.activeElement);
  part.innerHTML = fresh.innerHTML;
  window.htmx.process(part);
  if (hadFocus) (part.querySelector("a") ?? part.querySelector("[tabindex]"))?.focus();
}

function focusAgain(focused) {
  const isSame = (each) => (focused.id ? each.id === focused.id
    : ["tagName", "name", "value", "href"].every((name) => each[name] === focused[name]));
  const same = [...main.querySelectorAll("a, button, input, textarea, [tabindex]")].find(isSame);
  const formIsBack = focused.id === "vcm-closed" && byId("vcm-body");
  const next = same ?? (formIsBack || (byId("vcm-closed") ?? byId("vcm-heading") ?? byId("vcm-empty")));
  next?.focus({ preventScroll: true });
  if (same && same !== focused && focused.selectionStart) same.setSelectionRange(focused.selectionStart, focused.selectionEnd);
}

const speak = (element) => say(element.textContent.replace(/\s+/g, " ").trim());

/* In step with the clinic: closed */

/* A card says that Messages is off. Any other page is for signing in. */
function close(page, isElsewhere) {
  const card = page.querySelector(".vcm-card");
  const person = card?.dataset.person;
  if (person && person !== texts.person) emit("vcm:other-person");
  else if (card) closeWith(card, card.querySelector("#vcm-reason") ?? card.textContent.trim());
  else if (isElsewhere && !hasUnsavedText() && !hasText()) location.reload();
  else if (isElsewhere) closeWith(signInCard(), signInCard().firstElementChild);
  else return;
  document.title = page.title;
}

function closeWith(card, reason) {
  texts.settings = "";
  if (hasText()) closeAround(reason);
  else if (closed !== true) closePage(card);
}

/* The form stays with its text, so that it can be copied. */
function closeAround(reason) {
  const box = document.createElement("div");
  box.id = "vcm-closed";
  box.className = "vcm-closed";
  const text = document.createElement("p");
  text.append(reason, ` ${texts.kept}`);
  box.append(text);
  if (byId("vcm-closed")?.innerHTML === box.innerHTML) return;
  byId("vcm-closed")?.remove();
  byId("vcm-composer").before(box);
  main.querySelectorAll(".vcm-header, .vcm-hits, .vcm-work").forEach((part) => part.remove());
  byId("vcm-conversation")?.replaceChildren();
  list.replaceChildren();
  byId("vcm-body").readOnly = true;
  app.dataset.closed = "";
  if (!closed) byId("vcm-body").focus({ preventScroll: true });
  closed = true;
  speak(box);
}

function closePage(card) {
  const before = closed ?? app;
  if (before.innerHTML === card.innerHTML) return;
  const hadFocus = document.activeElement === document.body || before.contains(document.activeElement);
  before.replaceWith(card);
  closed = card;
  card.tabIndex = -1;
  card.setAttribute("role", "status");
  if (hadFocus) card.focus();
}

function signInCard() {
  const card = document.createElement("section");
  const reason = document.createElement("p");
  const link = byId("vcm-alert-template").content.querySelector(".vcm-alert__sign-in").cloneNode(true);
  card.className = "vcm vcm-card";
  card.dataset.vcmScheme = app.dataset.vcmScheme;
  link.hidden = false;
  reason.append(`${texts.signedOut} `, link);
  card.append(reason);
  return card;
}

/* A field that takes no text says why. */
on("keydown", ({ key, target }) => {
  if (target.id === "vcm-body" && target.readOnly && key.length === 1 && byId("vcm-closed")) speak(byId("vcm-closed"));
});

/* A closed page gets no events. */
function ask() {
  knock();
  if (closed && !document.hidden) renew();
}

setInterval(ask, 15_000);
window.addEventListener("focus", ask);
on("vcm:answer", ({ detail }) => check(detail.version));
on("vcm:renew", renew);
on("htmx:afterSettle", ({ detail }) => {
  const version = detail.xhr?.getResponseHeader("VCM-Page");
  if (version) check(version);
});

/* Start */

app.dataset.enhanced = "";
emit("vcm:view", { view, cause: null });
say(byId("vcm-status").dataset.said ?? "");
if (history.state?.isBack) {
  history.replaceState({ ...history.state, isBack: undefined }, "");
  say(texts.back);
}
