/* The form: the counter, sending once, and a text that is never lost. */

const SPOKEN_AFTER = 1000;
const SPOKEN_AT = [500, 200, 50];
const MAX_HEIGHT = 224;

const app = document.getElementById("vcm-app");
const words = document.getElementById("vcm-words").dataset;
const field = () => document.getElementById("vcm-body");
const form = () => document.getElementById("vcm-composer");
const button = () => document.getElementById("vcm-send");
const alertRegion = () => document.getElementById("vcm-alert");
const figures = new Intl.NumberFormat(words.language);
const tell = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));

/* What was typed and not sent, while this page is open. In memory only: a text must not stay in the browser. */
const kept = new Map();
let place = null;
let sending = null;
let spoken = null;
let speakTimer = null;

/* Counter ----------------------------------------------------------------------------------------------- */

/* As the server counts: Unicode code points, a line end is one. */
const lengthOf = (text) => [...text.replace(/\r\n?/g, "\n")].length;

function phrase(json, count) {
  const rules = new Intl.PluralRules(words.language);
  const samples = Object.entries(JSON.parse(json));
  const fitting = samples.find(([sample]) => rules.select(Number(sample)) === rules.select(count)) ?? samples.at(-1);
  return fitting[1].replace("{n}", figures.format(count));
}

function count() {
  const counter = document.getElementById("vcm-counter");
  if (!counter || !field()) return;
  const left = Number(counter.dataset.limit) - lengthOf(field().value);
  counter.dataset.state = left < 0 ? "over" : left <= Number(counter.dataset.few) ? "few" : "";
  if (!field().value) counter.textContent = counter.dataset.empty;
  else if (left < 0) counter.textContent = phrase(counter.dataset.over, -left);
  else {
    counter.replaceChildren(
      part("vcm-counter__full", phrase(counter.dataset.full, left)),
      part("vcm-counter__short", phrase(counter.dataset.short, left)),
    );
    counter.lastChild.setAttribute("aria-hidden", "true");
  }
  if (left < 0) field().setAttribute("aria-invalid", "true");
  else field().removeAttribute("aria-invalid");
  clearTimeout(speakTimer);
  speakTimer = setTimeout(() => speak(left, counter), SPOKEN_AFTER);
}

function part(name, text) {
  const span = document.createElement("span");
  span.className = name;
  span.textContent = text;
  return span;
}

/* Not each number: only when a mark was passed, or when it is too long. */
function speak(left, counter) {
  const mark = left < 0 ? left : SPOKEN_AT.findLast((each) => left <= each) ?? null;
  if (mark !== spoken && mark !== null) {
    document.getElementById("vcm-counter-status").textContent =
      (counter.querySelector(".vcm-counter__full") ?? counter).textContent;
  }
  spoken = mark;
}

function grow() {
  const text = field();
  if (!text || CSS.supports("field-sizing", "content")) return;
  text.style.height = "auto";
  text.style.height = `${Math.min(text.scrollHeight, MAX_HEIGHT)}px`;
}

function typed() {
  if (field().value) kept.set(place, field().value);
  else kept.delete(place);
  attend();
}

/* What follows the text in the field. */
function attend() {
  count();
  grow();
  watch();
}

/* What was typed here before comes back. */
function fill() {
  const text = field();
  if (!text) return watch();
  if (!text.value && kept.has(place)) text.value = kept.get(place);
  else if (text.value) kept.set(place, text.value);
  attend();
}

/* Leaving the Messages pages would lose it. Only while there is something to lose: a page that always asks is
   not kept by the browser for going back. */
const isAtRisk = () => [...kept.values()].some((text) => text.trim());
const askFirst = (event) => isCalling || event.preventDefault();

function watch() {
  (isAtRisk() ? addEventListener : removeEventListener)("beforeunload", askFirst);
}

/* For a link to telephone or mail browsers say that the page is left, although it stays. */
let isCalling = false;
let callTimer = null;
document.addEventListener("click", ({ target }) => {
  isCalling = !/^https?:$/.test(target.closest?.("a[href]")?.protocol ?? "https:");
  clearTimeout(callTimer);
  callTimer = setTimeout(() => { isCalling = false; }, 1000);
}, { capture: true });

/* Sending ----------------------------------------------------------------------------------------------- */

const isSending = (event) => !["continue", "find"].includes(event.detail.requestConfig.triggeringEvent?.submitter?.value);

function label(text, { again = false } = {}) {
  button().querySelector(".vcm-send__text").textContent = text;
  button().querySelector(".vcm-send__icon-again").hidden = !again;
  button().querySelector(".vcm-send__icon").hidden = again || text === words.sending;
}

function setSending(isOn) {
  sending = isOn ? place : null;
  field().readOnly = isOn;
  if (isOn) {
    button().setAttribute("aria-disabled", "true");
    label(words.sending);
    alertRegion().replaceChildren();
  } else {
    button().removeAttribute("aria-disabled");
    label(words.again, { again: true });
  }
}

/* The alert is in its region: what else a failed try changes. */
function failed() {
  const alert = alertRegion().querySelector(".vcm-alert");
  if (!alert) return;
  label(words.again, { again: true });
  if (alert.dataset.key) form().elements.key.value = alert.dataset.key;
  document.getElementById("vcm-picker")?.toggleAttribute("data-invalid", alert.dataset.field === "recipient");
  alert.scrollIntoView({ block: "nearest" });
  if (alert.dataset.field === "body") {
    field().setAttribute("aria-invalid", "true");
    field().focus();
  } else if (alert.dataset.field === "recipient") document.getElementById("vcm-picker-search")?.focus();
  else if (document.activeElement === document.body || document.activeElement === field()) button().focus();
}

/* No answer of ours: say why as far as one can know, and keep everything. */
function fail(reason, options) {
  if (!form()) return;
  explain(reason, options);
  failed();
}

function explain(reason, { offerSignIn = false } = {}) {
  const alert = document.getElementById("vcm-alert-template").content.cloneNode(true);
  alert.querySelector(".vcm-alert__reason").textContent = `${reason} `;
  alert.querySelector(".vcm-alert__sign-in").hidden = !offerSignIn;
  alertRegion().replaceChildren(alert);
}

async function refused({ elt, xhr }) {
  if (!form() || !elt || !app.contains(elt)) return;
  const page = new DOMParser().parseFromString(xhr.responseText, "text/html");
  const reason = page.getElementById("vcm-reason")?.textContent.trim();
  if (reason) return fail(reason);
  form().dataset.stale = "";
  const isSignedIn = await renewToken();
  if (isSignedIn) fail(words.trouble);
  else fail(words.signedOut, { offerSignIn: true });
}

/* Signing in again changes the form's token. False while nobody is signed in. */
async function renewToken() {
  const url = form().closest(".vcm-view").dataset.url;
  try {
    const response = await fetch(url, { headers: { "HX-Request": "true", "HX-Target": "vcm-main" } });
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const person = page.querySelector(".vcm-view, .vcm-card")?.dataset.person;
    if (person && person !== words.person) return startAnew();
    if (!response.headers.has("VCM-Page")) return false;
    const token = page.querySelector("[name=csrfmiddlewaretoken]")?.value;
    if (token) form().elements.csrfmiddlewaretoken.value = token;
    delete form().dataset.stale;
    return true;
  } catch {
    return false;
  }
}

/* Nobody sends what somebody else has typed. */
function startAnew() {
  forget();
  location.reload();
  return false;
}

function forget() {
  kept.clear();
  watch();
}

document.addEventListener("submit", async (event) => {
  if (event.target !== form() || form().dataset.stale === undefined) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const { submitter } = event;
  if (await renewToken()) form().requestSubmit(submitter);
  else fail(words.signedOut, { offerSignIn: true });
}, { capture: true });

document.addEventListener("input", (event) => {
  if (event.target === field()) typed();
});

document.addEventListener("keydown", (event) => {
  if (event.target !== field() || event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  form().requestSubmit(button());
});

document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.detail.elt !== form() || !isSending(event)) return;
  if (sending !== null) event.preventDefault();
  else setSending(true);
});

document.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.elt === form() && sending !== null && isSending(event)) setSending(false);
});

document.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (detail.target === alertRegion()) setTimeout(failed);
});

const isOurs = ({ detail }) => detail.requestConfig.elt === form();
document.addEventListener("htmx:sendError", (event) => { if (isOurs(event)) setTimeout(() => fail(words.offline)); });
document.addEventListener("htmx:timeout", (event) => { if (isOurs(event)) setTimeout(() => fail(words.timeout)); });
document.addEventListener("vcm:refused", ({ detail }) => setTimeout(() => refused(detail)));

document.addEventListener("vcm:view", ({ detail: { view, cause } }) => {
  const isSent = cause?.id === "vcm-composer";
  if (isSent) {
    kept.delete(place);
    if (sending !== null) tell("vcm:say", { text: words.sent });
  }
  sending = null;
  spoken = null;
  place = view?.dataset.conversation ?? view?.dataset.view ?? null;
  fill();
  if (isSent) field()?.setSelectionRange(field().value.length, field().value.length);
});
document.addEventListener("vcm:form", fill);
document.addEventListener("vcm:forget", forget);
document.addEventListener("vcm:leaving", (event) => {
  if (isAtRisk()) event.preventDefault();
});
/* It is said once, while somebody goes on typing. */
document.addEventListener("vcm:signed-out", () => {
  if (!form() || form().dataset.stale !== undefined) return;
  form().dataset.stale = "";
  explain(words.signedOut, { offerSignIn: true });
});
