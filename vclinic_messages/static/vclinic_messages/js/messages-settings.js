/*
 * What the clinic's settings decide follows them in the open page: notices, the form or why there is none, the
 * plus, "Seen", whom one may write to. What was typed, the focus and where one reads stay as they are.
 *
 * Each answer says under which version of the settings it was made. At another than the page's, the page is
 * fetched, and its parts with data-vcm-follows are taken over.
 */

const app = document.getElementById("vcm-app");
const words = document.getElementById("vcm-words").dataset;
const byId = (id) => document.getElementById(id);
const tell = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));
const shown = () => document.querySelector("#vcm-main > .vcm-view");
const wordsOf = (page) => page.getElementById("vcm-words")?.dataset ?? {};
const recipients = () => [...document.querySelectorAll("#vcm-people [name=recipient]")];
const seenField = () => byId("vcm-composer")?.elements.seen;
const focusOn = (element) => element?.focus({ preventScroll: true });

let renewing = false;
let renewAgain = false;
let card = null;
const takenAway = new Map();
const isClosed = () => card !== null || takenAway.size > 0;
let runsOfLive = 1;

/* null: the answer was none of the Messages pages. */
function check(version) {
  if (words.settings === undefined || version === words.settings) return;
  if (renewing) renewAgain = true;
  else renew();
}

async function renew() {
  renewing = true;
  const view = shown();
  const asked = question();
  try {
    const response = await fetchPage(asked);
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    if (view !== shown() || asked !== question()) renewAgain = true;
    else if (response.headers.has("VCM-Page")) goOn(page);
    else if (response.status < 500) close(page, response.redirected);
  } catch {
    /* As after a fault of the server: the next answer tries again. */
  } finally {
    renewing = false;
    if (renewAgain) {
      renewAgain = false;
      renew();
    }
  }
}

/* What the picker is asked and who is chosen in it; null without one. The text stays here. */
function question() {
  if (!byId("vcm-picker")) return null;
  const form = new URLSearchParams(new FormData(byId("vcm-composer")));
  form.delete("body");
  form.set("action", "find");
  return form.toString();
}

/* The picker's search is posted, so that it stands in no address. Signing in changes the token it needs. */
async function fetchPage(asked) {
  if (asked !== null && !isClosed()) {
    const address = byId("vcm-composer").getAttribute("action");
    const response = await fetch(address, { method: "POST", body: new URLSearchParams(asked) });
    if (response.status !== 403) return response;
  }
  return fetch(location.href);
}

function goOn(page) {
  const { person } = wordsOf(page);
  if (words.person !== person || (isClosed() && person === undefined)) startAnew();
  else if (isClosed()) reopen(page);
  else takeOver(page);
}

/* Nothing of one person's page for somebody who has signed in since. */
function startAnew() {
  tell("vcm:forget");
  location.reload();
}

function takeOver(page) {
  const thread = byId("vcm-thread");
  const height = thread?.clientHeight;
  const chosen = recipients().find((each) => each.checked)?.value;
  takeForm(page);
  document.querySelectorAll("[data-vcm-follows]").forEach((part) => replace(part, page.getElementById(part.id)));
  recipients().filter((each) => each.value === chosen).forEach((each) => { each.checked = true; });
  /* Upside down, it keeps its end in place: at the end that is right, above it the lines must not move. */
  if (thread?.scrollTop) thread.scrollTop += thread.clientHeight - height;
  words.settings = wordsOf(page).settings;
}

/* A form that holds a text stays, with the reason above it. */
function takeForm(page) {
  const box = byId("vcm-write");
  const refusal = page.getElementById("vcm-closed");
  const isForm = byId("vcm-composer") !== null;
  if (!box) return;
  if (isForm && !refusal) byId("vcm-closed")?.remove();
  else if (isForm && byId("vcm-body").value) refuse(refusal.cloneNode(true));
  else if (isForm || !refusal) {
    replaceForm(box, page.getElementById("vcm-write"));
    tell("vcm:form");
    if (refusal) speak(refusal);
  }
}

/* The page that was fetched may hold messages that the reader does not have on screen yet. */
function replaceForm(box, fresh) {
  const { dataset } = shown();
  if (seenField()) dataset.seen = seenField().value;
  replace(box, fresh);
  if (seenField() && dataset.seen) seenField().value = dataset.seen;
}

/* With it, the style sheet hides what is for sending. */
function refuse(refusal) {
  const before = byId("vcm-closed");
  if (before?.innerHTML === refusal.innerHTML) return;
  const hasFocus = byId("vcm-write").contains(document.activeElement);
  before?.remove();
  byId("vcm-write").prepend(refusal);
  if (hasFocus) focusOn(byId("vcm-body"));
  speak(refusal);
}

const speak = (element) => tell("vcm:say", { text: element.textContent.replace(/\s+/g, " ").trim() });

function replace(part, fresh) {
  if (!fresh || part.innerHTML === fresh.innerHTML) return;
  const focused = part.contains(document.activeElement) && document.activeElement;
  part.innerHTML = fresh.innerHTML;
  window.htmx.process(part);
  if (!focused) return;
  focusOn([...part.querySelectorAll("a, button, input, textarea")].find((each) => isSame(each, focused))
    ?? part.querySelector("[tabindex], textarea") ?? start());
}

const start = () => byId("vcm-heading") ?? byId("vcm-body") ?? byId("vcm-title");

function isSame(one, other) {
  if (other.id) return one.id === other.id;
  return ["tagName", "name", "value", "href"].every((each) => one[each] === other[each]);
}

/* Messages is off, or not for this person any more: the card says so. Another page: it is for signing in. */
function close(page, isElsewhere) {
  const fresh = page.querySelector(".vcm-card");
  if (fresh?.dataset.person && fresh.dataset.person !== words.person) startAnew();
  else if (!app.isConnected) return;
  else if (fresh) closeWith(fresh, () => refuse(refusalOf(fresh)));
  else if (isElsewhere && !isKept()) location.reload();
  else if (isElsewhere) closeWith(signInCard(), () => tell("vcm:signed-out"));
  else return;
  document.title = page.title;
}

/* A text that is being typed stays, with the reason above it. */
function closeWith(fresh, explain) {
  words.settings = "";
  if (byId("vcm-body")?.value.trim()) closeAround(explain);
  else closeAll(fresh);
}

/* Whether something that was typed here, in whatever conversation, would be lost. */
const isKept = () => !document.dispatchEvent(new CustomEvent("vcm:leaving", { cancelable: true }));

function signInCard() {
  const box = document.createElement("section");
  const reason = document.createElement("p");
  const link = byId("vcm-alert-template").content.querySelector(".vcm-alert__sign-in").cloneNode(true);
  box.className = "vcm vcm-card";
  box.dataset.vcmScheme = app.dataset.vcmScheme;
  link.hidden = false;
  reason.append(`${words.signedOut} `, link);
  box.append(reason);
  return box;
}

/* What was written before goes from the page, and by the style sheet everything else but the text. */
function closeAround(explain) {
  const focused = document.activeElement;
  app.dataset.closed = "";
  ["vcm-thread", "vcm-list"].map(byId).forEach(takeAway);
  explain();
  if (!focused?.isConnected) focusOn(byId("vcm-body"));
}

function refusalOf(fresh) {
  const refusal = document.createElement("div");
  refusal.id = "vcm-closed";
  refusal.className = "vcm-closed";
  refusal.append(fresh.querySelector("#vcm-reason") ?? fresh.textContent.trim());
  return refusal;
}

function takeAway(box) {
  if (!box || takenAway.has(box)) return;
  takenAway.set(box, { content: [...box.childNodes], scrollTop: box.scrollTop });
  box.replaceChildren();
}

/* Kept aside with what was typed in other conversations. */
function closeAll(fresh) {
  const hadFocus = document.activeElement === document.body || app.contains(document.activeElement);
  card = fresh;
  card.tabIndex = -1;
  card.setAttribute("role", "status");
  app.replaceWith(card);
  if (hadFocus) focusOn(card);
}

/* Messages is there again: the page goes on where it was, and is then renewed. */
function reopen(page) {
  const hadFocus = card?.contains(document.activeElement);
  card?.replaceWith(app);
  card = null;
  takenAway.forEach(({ content, scrollTop }, box) => {
    box.replaceChildren(...content);
    box.scrollTop = scrollTop;
  });
  takenAway.clear();
  delete app.dataset.closed;
  byId("vcm-alert")?.replaceChildren();
  takeToken(page);
  document.title = page.title;
  if (hadFocus) focusOn(start());
  runLiveAgain();
  renewAgain = true;
}

/* Signing in has changed it. */
function takeToken(page) {
  const name = "csrfmiddlewaretoken";
  const token = page.querySelector(`[name=${name}]`)?.value;
  if (!token) return;
  app.querySelectorAll(`[name=${name}]`).forEach((each) => { each.value = token; });
  document.querySelectorAll("[data-vcm-live]").forEach((region) => { region.dataset.csrf = token; });
  delete byId("vcm-composer")?.dataset.stale;
}

/* It has stopped for good. A browser runs a module once for each address, and the fragment belongs to it. */
function runLiveAgain() {
  document.querySelectorAll("[data-vcm-nav]").forEach((link) => { link.style.display = ""; });
  const script = document.querySelector("script[src*='/vclinic_messages/js/live']");
  runsOfLive += 1;
  if (script) import(`${script.src}#${runsOfLive}`).catch(() => {});
}

document.addEventListener("vcm:view", ({ detail: { view } }) => {
  const last = document.querySelector("#vcm-messages .vcm-msg:last-of-type");
  if (view) view.dataset.seen = seenField()?.value ?? last?.dataset.id ?? "";
});
/* Nothing tells a closed page that Messages is there again. */
function ask() {
  if (isClosed() && !document.hidden && !renewing) renew();
}

setInterval(ask, 60_000);
window.addEventListener("focus", ask);
document.addEventListener("vcm:answer", ({ detail }) => check(detail.version));
document.addEventListener("htmx:afterSettle", ({ detail }) => {
  const version = detail.xhr?.getResponseHeader("VCM-Page");
  if (version) check(version);
});
