/*
 * Keeps an open page in step with the clinic's settings and with who is signed in.
 *
 * Each response has the version of the settings that it was made with. If that differs from the page's, the page is
 * fetched again and its pane takes the place of the old one. Where Messages is off or the person is signed out, the
 * messages and the list go, and a form with a text in it stays, closed.
 */

const app = document.getElementById("vcm-app");
const main = document.getElementById("vcm-main");
const texts = document.getElementById("vcm-texts").dataset;
const byId = (id) => document.getElementById(id);
const emit = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));
const shown = () => main.querySelector(".vcm-view");
const hasText = () => Boolean(byId("vcm-body")?.value.trim());
const hasUnsavedText = () => !document.dispatchEvent(new CustomEvent("vcm:leaving", { cancelable: true }));

let renewing = false;
let renewAgain = false;
/* The card that has replaced the page, or true if only its form is left. */
let closed = null;

/* A version of null means that the response was not a Messages page. */
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
  const view = shown();
  const asked = question();
  try {
    const response = await fetchPage(asked);
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    if (view !== shown() || asked !== question()) renewAgain = true;
    else if (response.headers.has("VCM-Page")) proceed(page);
    else if (response.status < 500) close(page, response.redirected);
  } catch {
    /* As after an error of the server, the next response tries again. */
  } finally {
    renewing = false;
    if (renewAgain) {
      renewAgain = false;
      renew();
    }
  }
}

/* The search, filter and choice in the picker; null without a picker. The text stays here. */
function question() {
  if (!byId("vcm-picker") || closed) return null;
  const form = new URLSearchParams(new FormData(byId("vcm-composer")));
  form.delete("body");
  form.set("action", "find");
  return form.toString();
}

/* Post the picker's search, so that it appears in no address. */
async function fetchPage(asked) {
  const headers = { "VCM-Background": "1" };
  if (asked !== null) {
    const body = new URLSearchParams(asked);
    const response = await fetch(shown().dataset.url, { method: "POST", body, headers });
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

/* Messages is back, and what was typed is saved first. Then the page is loaded as new. */
function reopen(page) {
  const token = page.querySelector("[name=csrfmiddlewaretoken]")?.value;
  if (token) emit("vcm:token", { token });
  if (hasUnsavedText()) emit("vcm:save", { then: () => location.reload() });
  else location.reload();
}

/* The new pane -------------------------------------------------------------------------------------------- */

function takeOver(page, { settings }) {
  const pane = page.getElementById("vcm-main").firstElementChild;
  const focused = main.contains(document.activeElement) ? document.activeElement : null;
  const refusal = pane.querySelector("#vcm-closed");
  keepForm(pane, refusal);
  keepPlace(pane);
  main.replaceChildren(pane);
  window.htmx.process(main);
  for (const id of ["vcm-start", "vcm-alert-template"]) replace(byId(id), page.getElementById(id));
  texts.settings = settings;
  emit("vcm:pane");
  if (focused) focusAgain(focused);
  if (refusal) speak(refusal);
}

/* A typed text stays, with what its form knows about sending and saving. Where nobody may write, it is closed. */
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

/* Whoever reads further up keeps the messages on the screen. */
function keepPlace(pane) {
  const box = byId("vcm-conversation");
  if (!box?.scrollTop) return;
  const { scrollTop, clientHeight } = box;
  const seen = byId("vcm-composer")?.elements.seen?.value ?? shown().dataset.seen;
  const freshSeen = pane.querySelector("[name=seen]");
  pane.querySelector("#vcm-conversation")?.replaceWith(box);
  Object.assign(pane.dataset, { unread: shown().dataset.unread, ...(seen && { seen }) });
  if (freshSeen && seen) freshSeen.value = seen;
  /* The box is upside down, so a change of its height keeps its end in place. Keep the lines in place instead. */
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

const speak = (element) => emit("vcm:say", { text: element.textContent.replace(/\s+/g, " ").trim() });

/* Closed -------------------------------------------------------------------------------------------------- */

/* A card says that Messages is off or not for this person. Any other page is for signing in. */
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

/* Take messages and list off the screen. The form stays with its label and text, but sends nothing. */
function closeAround(reason) {
  const box = document.createElement("div");
  box.id = "vcm-closed";
  box.className = "vcm-closed";
  box.append(reason, ` ${texts.kept}`);
  if (byId("vcm-closed")?.innerHTML === box.innerHTML) return;
  byId("vcm-closed")?.remove();
  byId("vcm-composer").before(box);
  main.querySelectorAll(".vcm-header, .vcm-hits, .vcm-work").forEach((part) => part.remove());
  byId("vcm-conversation")?.replaceChildren();
  byId("vcm-list").replaceChildren();
  byId("vcm-body").readOnly = true;
  app.dataset.closed = "";
  if (!closed) byId("vcm-body").focus({ preventScroll: true });
  closed = true;
  speak(box);
}

function closePage(card) {
  const hadFocus = document.activeElement === document.body || app.contains(document.activeElement);
  (closed ?? app).replaceWith(card);
  closed = card;
  card.tabIndex = -1;
  card.setAttribute("role", "status");
  if (hadFocus) card.focus();
}

function signInCard() {
  const card = document.createElement("section");
  const reason = document.createElement("p");
  const link = byId("vcm-alert-template")?.content.querySelector(".vcm-alert__sign-in").cloneNode(true);
  card.className = "vcm vcm-card";
  card.dataset.vcmScheme = app.dataset.vcmScheme;
  link.hidden = false;
  reason.append(`${texts.signedOut} `, link);
  card.append(reason);
  return card;
}

/* ------------------------------------------------------------------------------------------------------- */

/* A closed page gets no events, so ask from time to time whether Messages is back. */
function ask() {
  if (closed && !document.hidden) renew();
}

setInterval(ask, 15_000);
window.addEventListener("focus", ask);
document.addEventListener("vcm:answer", ({ detail }) => check(detail.version));
document.addEventListener("vcm:renew", renew);
document.addEventListener("htmx:afterSettle", ({ detail }) => {
  const version = detail.xhr?.getResponseHeader("VCM-Page");
  if (version) check(version);
});
