/*
 * Keeps an open page in step with the clinic's settings: notices, the form or why there is none, the button for
 * a new message, "Seen", and the people one may write to. Typed text, focus and scroll position stay.
 *
 * Each answer has the version of the settings that it was made with. If that differs from the page's, fetch the
 * page again and take over its parts with data-vcm-follows.
 */

const app = document.getElementById("vcm-app");
const texts = document.getElementById("vcm-texts").dataset;
const byId = (id) => document.getElementById(id);
const emit = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));
const shown = () => document.querySelector("#vcm-main > .vcm-view");
const textsOf = (page) => page.getElementById("vcm-texts")?.dataset ?? {};
const recipients = () => [...document.querySelectorAll("#vcm-people [name=recipient]")];
const seenField = () => byId("vcm-composer")?.elements.seen;
const focusOn = (element) => element?.focus({ preventScroll: true });

let renewing = false;
let renewAgain = false;
let card = null;
const takenAway = new Map();
const isClosed = () => card !== null || takenAway.size > 0;
let runsOfLive = 1;

/* A version of null means that the answer was not a Messages page. */
function check(version) {
  if (texts.settings === undefined || version === texts.settings) return;
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
    else if (response.headers.has("VCM-Page")) proceed(page);
    else if (response.status < 500) close(page, response.redirected);
  } catch {
    /* As after an error of the server, the next answer tries again. */
  } finally {
    renewing = false;
    if (renewAgain) {
      renewAgain = false;
      renew();
    }
  }
}

/* The search, filter and choice in the picker; null without a picker. The text is not sent. */
function question() {
  if (!byId("vcm-picker")) return null;
  const form = new URLSearchParams(new FormData(byId("vcm-composer")));
  form.delete("body");
  form.set("action", "find");
  return form.toString();
}

/* Post the picker's search, so that it appears in no URL. */
async function fetchPage(asked) {
  const headers = { "VCM-Background": "1" };
  if (asked !== null && !isClosed()) {
    const address = byId("vcm-composer").getAttribute("action");
    const response = await fetch(address, { method: "POST", body: new URLSearchParams(asked), headers });
    if (response.status !== 403) return response;
  }
  return fetch(location.href, { headers });
}

function proceed(page) {
  const { person } = textsOf(page);
  if (texts.person !== person || (isClosed() && person === undefined)) reloadForOtherPerson();
  else if (isClosed()) reopen(page);
  else takeOver(page);
}

/* Somebody else has signed in: show them nothing of the old page. */
function reloadForOtherPerson() {
  emit("vcm:forget");
  location.reload();
}

function takeOver(page) {
  const box = byId("vcm-conversation");
  const height = box?.clientHeight;
  const chosen = recipients().find((each) => each.checked)?.value;
  takeForm(page);
  document.querySelectorAll("[data-vcm-follows]").forEach((part) => replace(part, page.getElementById(part.id)));
  recipients().filter((each) => each.value === chosen).forEach((each) => { each.checked = true; });
  /* The box is upside down, so a change of its height keeps its end in place. Above the end, keep the lines in
     place instead. */
  if (box?.scrollTop) box.scrollTop += box.clientHeight - height;
  texts.settings = textsOf(page).settings;
}

/* A form with a text in it stays, with the reason above it. */
function takeForm(page) {
  const box = byId("vcm-write");
  const refusal = page.getElementById("vcm-closed");
  const isForm = byId("vcm-composer") !== null;
  if (!box) return;
  if (isForm && !refusal) byId("vcm-closed")?.remove();
  else if (isForm && byId("vcm-body").value) refuse(refusal.cloneNode(true));
  else if (isForm || !refusal) {
    replaceForm(box, page.getElementById("vcm-write"));
    emit("vcm:form");
    if (refusal) speak(refusal);
  }
}

/* The fetched page may contain messages that the reader does not have on screen yet, so keep the old "seen". */
function replaceForm(box, fresh) {
  const { dataset } = shown();
  if (seenField()) dataset.seen = seenField().value;
  replace(box, fresh);
  if (seenField() && dataset.seen) seenField().value = dataset.seen;
}

/* Put the reason above the form. The style sheet then hides what is for sending. */
function refuse(refusal) {
  const before = byId("vcm-closed");
  if (before?.innerHTML === refusal.innerHTML) return;
  const hasFocus = byId("vcm-write").contains(document.activeElement);
  before?.remove();
  byId("vcm-write").prepend(refusal);
  if (hasFocus) focusOn(byId("vcm-body"));
  speak(refusal);
}

const speak = (element) => emit("vcm:say", { text: element.textContent.replace(/\s+/g, " ").trim() });

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

/* Close the page. A card says that Messages is off or not for this person. Any other page is for signing in. */
function close(page, isElsewhere) {
  const fresh = page.querySelector(".vcm-card");
  if (fresh?.dataset.person && fresh.dataset.person !== texts.person) reloadForOtherPerson();
  else if (!app.isConnected) return;
  else if (fresh) closeWith(fresh, () => refuse(refusalOf(fresh)));
  else if (isElsewhere && !hasUnsentText()) location.reload();
  else if (isElsewhere) closeWith(signInCard(), () => emit("vcm:signed-out"));
  else return;
  document.title = page.title;
}

/* If a text is being typed, it stays with the reason above it. */
function closeWith(fresh, explain) {
  texts.settings = "";
  if (byId("vcm-body")?.value.trim()) closeAround(explain);
  else closeAll(fresh);
}

/* Whether leaving would lose a text that was typed in any conversation. */
const hasUnsentText = () => !document.dispatchEvent(new CustomEvent("vcm:leaving", { cancelable: true }));

function signInCard() {
  const box = document.createElement("section");
  const reason = document.createElement("p");
  const link = byId("vcm-alert-template").content.querySelector(".vcm-alert__sign-in").cloneNode(true);
  box.className = "vcm vcm-card";
  box.dataset.vcmScheme = app.dataset.vcmScheme;
  link.hidden = false;
  reason.append(`${texts.signedOut} `, link);
  box.append(reason);
  return box;
}

/* Remove the messages and the list from the page. The style sheet hides everything else but the text. */
function closeAround(explain) {
  const focused = document.activeElement;
  app.dataset.closed = "";
  ["vcm-conversation", "vcm-list"].map(byId).forEach(takeAway);
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

/* Replace the page by the card. The page stays in memory, with the texts typed in other conversations. */
function closeAll(fresh) {
  const hadFocus = document.activeElement === document.body || app.contains(document.activeElement);
  card = fresh;
  card.tabIndex = -1;
  card.setAttribute("role", "status");
  app.replaceWith(card);
  if (hadFocus) focusOn(card);
}

/* Messages is back: show the page as it was, then renew it. */
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

/* Use the token of the fetched page, because signing in has changed it. */
function takeToken(page) {
  const token = page.querySelector("[name=csrfmiddlewaretoken]")?.value;
  if (!token) return;
  emit("vcm:token", { token });
  delete byId("vcm-composer")?.dataset.stale;
}

/* live.js has stopped for good. A browser runs a module only once for each URL, so add a fragment to it. */
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
/* A closed page gets no events, so ask from time to time whether Messages is back. */
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
