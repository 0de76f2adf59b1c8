/*
 * The frame of the Messages pages: which pane shows, focus, history and title. List, conversation, form, drafts,
 * picker, connection and renewal are modules of their own. They talk by events on the document, so that no module has
 * to import another: a static files storage that renames files would not rename the import.
 *
 * A request that a page makes by itself has the header VCM-Background, so that it does not keep anybody signed in.
 *
 * vcm:view      {view, cause, isSame}  the main pane shows something else. cause: the element that asked for it, or
 *                              null. isSame: it was only fetched again
 * vcm:fresh    a fragment     what arrived for the open conversation. Whoever takes a part of it removes that
 * vcm:pane                     the pane was fetched again and shows the same as before
 * vcm:answer    {version}      an answer came, made with this version of the settings; null: not one of our answers
 * vcm:renew                    fetch the pane again
 * vcm:unread    {count}        the number of conversations with unread messages
 * vcm:arrived   {keys, texts}         the person's own messages with these idempotency keys came into the conversation
 * vcm:say       {text}         a text for screen readers
 * vcm:phrase    {json, count, text}  asks for the phrase for a number, which is put into "text"
 * vcm:sending   {form}         the text of this form is being sent; vcm:not-sent or vcm:sent {form} follows
 * vcm:unsure    {body}         nobody knows whether this text was sent
 * vcm:late      {form, isSent} the answer to a form came after another pane was opened
 * vcm:save      {then}         save every text now, and call "then" if that has worked
 * vcm:drafts                   a draft was saved or discarded, and the list does not show it yet
 * vcm:leaving                  asks whether to leave; prevented if a text is not saved yet
 * vcm:reached, vcm:unreached   the portal has answered, or could not be reached
 * vcm:failed    {elt, path, reason}  a pane could not be opened
 * vcm:other-person             somebody else has signed in
 * vcm:forget                   forget what was typed
 * vcm:refused   {elt, xhr}     an answer came that is not a Messages page, such as a login page
 * vcm:token     {token}        the person has signed in again: the forms need this CSRF token
 */

const app = document.getElementById("vcm-app");
const main = document.getElementById("vcm-main");
const status = document.getElementById("vcm-status");
const list = document.getElementById("vcm-list");
const texts = document.getElementById("vcm-texts").dataset;
const titleOf = (view) => view?.dataset.title ?? "";
const emit = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));

/* Modules cannot share a function, so they ask by an event. The answer is there at once. */
document.addEventListener("vcm:phrase", ({ detail }) => { detail.text = phrase(detail.json, detail.count); });

/* The phrase for a number. The server sends a sample of each plural form of the page's language. */
function phrase(json, count) {
  const { language, separator, samples } = JSON.parse(json);
  const category = (number) => new Intl.PluralRules(language).select(number);
  const sample = Object.keys(samples).find((each) => category(Number(each)) === category(count)) ?? 100;
  return samples[sample].replace("{n}", String(count).replace(/\B(?=(...)+$)/g, separator));
}

let listScroll = 0;
let shown = main.querySelector(".vcm-view");
/* The page's title is the count of unread conversations, then the portal's title with the view's title in it. */
const countBefore = (count) => (count ? `(${count}) ` : "");
let titleCount = countBefore(Number(document.getElementById("vcm-rows")?.dataset.unread ?? 0));
const titleFrame = document.title.replace(titleCount, "").replace(titleOf(shown), "\0");

const isOnePane = () => getComputedStyle(document.getElementById("vcm-sidebar")).display === "none"
  || getComputedStyle(main).display === "none";
/* Whether a text is not saved yet. A text that is being saved with the page's end is not lost. */
const hasUnsavedText = () => !document.dispatchEvent(new CustomEvent("vcm:leaving", { cancelable: true }));

function showTitle() {
  document.title = titleCount + titleFrame.replace("\0", () => titleOf(shown));
}

function show(cause) {
  const left = shown;
  shown = main.querySelector(".vcm-view");
  if (!shown) return;
  app.dataset.view = shown.dataset.view;
  showTitle();
  if (list) list.scrollTop = listScroll;
  emit("vcm:view", { view: shown, cause });
  moveFocus(left, cause);
}

/* Move the focus when something else is shown, but only where it must move. */
function moveFocus(left, cause) {
  focusTarget(left, cause)?.focus();
  /* In a low window the panes are as high as the window, and the page may be scrolled. */
  if (cause && !isOnePane()) app.scrollIntoView({ block: "nearest" });
}

function focusTarget(left, cause) {
  const byId = (id) => document.getElementById(id);
  const view = shown.dataset.view;
  if (view === "compose") return byId(byId("vcm-write").dataset.step === "write" ? "vcm-body" : "vcm-picker-search");
  if (view === "conversation") {
    if (cause?.id === "vcm-composer") return byId("vcm-body") ?? byId("vcm-heading");
    if (isOnePane() || !document.activeElement || document.activeElement === document.body) return byId("vcm-heading");
    return null;
  }
  if (left?.dataset.view === "compose") return byId("vcm-new");
  const row = byId(`vcm-row-${left?.dataset.conversation}`)?.querySelector(".vcm-row");
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
    titleCount = countBefore(detail.count);
    if (app.isConnected) showTitle();
  });

  document.addEventListener("vcm:token", ({ detail: { token } }) => {
    app.querySelectorAll("[name=csrfmiddlewaretoken]").forEach((each) => { each.value = token; });
    document.querySelectorAll("[data-vcm-live]").forEach((region) => { region.dataset.csrf = token; });
  });
  document.addEventListener("htmx:beforeSwap", guard);
  document.addEventListener("htmx:afterSwap", ({ detail }) => {
    if (detail.target === main) show(detail.requestConfig?.elt === main ? null : detail.requestConfig?.elt ?? null);
  });
  document.addEventListener("vcm:pane", () => {
    shown = main.querySelector(".vcm-view");
    showTitle();
    emit("vcm:view", { view: shown, cause: null, isSame: true });
  });
  /* Nobody must see or send what somebody else has typed. */
  document.addEventListener("vcm:other-person", () => {
    emit("vcm:forget");
    location.replace(`${location.pathname}?other_person=1`);
  });
  /* Back and forward fetch the pane like any other link, because the browser stores no copy of it. */
  document.addEventListener("htmx:historyCacheMiss", (event) => {
    if (!event.detail.path.startsWith(app.dataset.inbox)) return;
    event.preventDefault();
    if (app.isConnected) window.htmx.ajax("GET", event.detail.path, { source: main, target: main, swap: "innerHTML" });
    else location.reload();  // the portal's htmx has replaced the page
  });
  document.addEventListener("keydown", closeWithEscape);
  emit("vcm:view", { view: shown, cause: null });
}

/* Put only our own pages into the page. Any other answer means: signed out, switched off, or an error. */
function guard(event) {
  const { xhr, requestConfig } = event.detail;
  if (!app.contains(event.detail.target) && !app.contains(requestConfig?.elt)) return;
  const isOurs = xhr.getResponseHeader("VCM-Page");
  event.detail.isError = false;
  if (requestConfig.elt.id === "vcm-composer" && !requestConfig.elt.isConnected) {
    event.detail.shouldSwap = false;
    emit("vcm:late", { form: requestConfig.elt, isSent: isOurs && xhr.status < 400 });
    return;
  }
  event.detail.shouldSwap = isOurs && event.detail.shouldSwap && !sendsAgain(event.detail);
  if (isOurs) return;
  const { elt, verb, path } = requestConfig;
  if (verb !== "get" && elt.value !== "open") emit("vcm:refused", { elt, xhr });
  else if (xhr.status >= 500) emit("vcm:failed", { elt, path, reason: texts.noAnswer });
  else if (hasUnsavedText()) emit("vcm:answer", { version: null });
  else location.assign(elt.href ?? path);
}

/* The token of the form is from before the person signed in again: send it once more with the new one. */
const sentAgain = new WeakSet();
function sendsAgain({ xhr, requestConfig: { elt, triggeringEvent } }) {
  const token = xhr.getResponseHeader("VCM-Token");
  if (token) emit("vcm:token", { token });
  if (!token || !elt.requestSubmit || sentAgain.delete(elt)) return false;
  sentAgain.add(elt);
  setTimeout(() => elt.requestSubmit(triggeringEvent?.submitter));
  return true;
}

/* Whether an input method uses the key, as to choose a word. Safari tells it by the code 229 only. */
const isComposing = (event) => event.isComposing || event.keyCode === 229;
function closeWithEscape(event) {
  if (isComposing(event) || event.key !== "Escape" || event.defaultPrevented || shown?.dataset.view !== "compose") return;
  if (!app.contains(event.target) || (event.target.type === "search" && event.target.value)) return;
  main.querySelector(".vcm-close")?.click();
}

start();
