/* The form for a message: the counter, and sending only once. */

const SPOKEN_AFTER = 1000;
const SPOKEN_AT = [500, 200, 50];
const MAX_HEIGHT = 224;

const app = document.getElementById("vcm-app");
const texts = document.getElementById("vcm-texts").dataset;
const field = () => document.getElementById("vcm-body");
const form = () => document.getElementById("vcm-composer");
const button = () => document.getElementById("vcm-send");
const alertRegion = () => document.getElementById("vcm-alert");
const emit = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));

let place = null;
/* The forms whose text is on its way. One of them may have left the page already. */
const sending = new Set();
/* What was sent without a certain answer: its key and text. */
let unsure = null;
let spoken = null;
let speakTimer = null;

/* Counter ----------------------------------------------------------------------------------------------- */

/* The length in Unicode code points, with a line end as one, as the server counts it. */
const lengthOf = (text) => [...text.replace(/\r\n?/g, "\n")].length;

/* The phrase for a number, in the page's language. */
function phrase(json, count) {
  const asked = { json, count };
  emit("vcm:phrase", asked);
  return asked.text;
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

/* Announce the number only when it passes a mark, or while the text is too long. */
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

/* Update what depends on the text in the field. */
function textChanged() {
  count();
  grow();
}

/* Remove an alert about the field that is being corrected. */
function corrected(name) {
  if (alertRegion()?.querySelector(`[data-field="${name}"]`) === null) return;
  alertRegion().replaceChildren();
  label(texts.send);
}

/* Sending ----------------------------------------------------------------------------------------------- */

/* The button that sends has no name. */
const isSending = (event) => !event.detail.requestConfig.triggeringEvent?.submitter?.name;

function label(text, { again = false } = {}) {
  button().querySelector(".vcm-send__text").textContent = text;
  button().querySelector(".vcm-send__icon-again").hidden = !again;
  button().querySelector(".vcm-send__icon").hidden = again || text === texts.sending;
}

function startSending(xhr) {
  const sent = form();
  sending.add(sent);
  xhr.addEventListener("loadend", () => notSent(sent));
  emit("vcm:sending", { form: sent });
  field().readOnly = true;
  button().setAttribute("aria-disabled", "true");
  label(texts.sending);
  alertRegion().replaceChildren();
}

/* The text was sent: no try has failed. */
function isSentNow(sent) {
  if (!sending.delete(sent)) return;
  emit("vcm:sent", { form: sent });
  emit("vcm:say", { text: texts.sent });
}

function notSent(sent) {
  if (!sending.delete(sent)) return;
  emit("vcm:not-sent", { form: sent });
  if (sent !== form()) return emit("vcm:say", { text: texts.notSent });
  field().readOnly = false;
  button().removeAttribute("aria-disabled");
  label(texts.again, { again: true });
}

/* Update the rest of the form after an alert about a failed try was put into its region. */
function failed() {
  const alert = alertRegion().querySelector(".vcm-alert");
  if (!alert) return;
  label(texts.again, { again: true });
  if (alert.dataset.key) form().elements.key.value = alert.dataset.key;
  alert.scrollIntoView({ block: "nearest" });
  if (alert.dataset.fields.includes("body")) field().setAttribute("aria-invalid", "true");
  if (alert.dataset.field === "body") field().focus();
  else if (alert.dataset.field === "recipient") document.getElementById("vcm-picker-search")?.focus();
  else if (document.activeElement === document.body || document.activeElement === field()) button().focus();
}

/* The answer was not ours: give the reason as far as it is known, and leave the text in the form. */
function fail(reason, options = {}) {
  if (!form()) return;
  if (options.isUnknown) {
    unsure = { key: form().elements.key.value, body: field().value };
    emit("vcm:unsure", { body: unsure.body });
  }
  explain(reason, options);
  failed();
}

function explain(reason, { offerSignIn = false, isUnknown = false } = {}) {
  const alert = document.getElementById("vcm-alert-template").content.cloneNode(true);
  alert.querySelector(".vcm-alert__reason").textContent = `${reason} `;
  alert.querySelector(".vcm-alert__sign-in").hidden = !offerSignIn;
  const title = alert.querySelector(".vcm-alert__title");
  if (isUnknown) title.textContent = title.dataset.unknown;
  alert.querySelector(".vcm-alert").classList.toggle("vcm-alert--unsure", isUnknown);
  alertRegion().replaceChildren(alert);
}

async function refused({ elt, xhr }) {
  if (!elt || !app.contains(elt) || elt.id === "vcm-find") return;
  if (!form()?.contains(elt)) return xhr.status < 500 ? emit("vcm:answer", { version: null }) : emit("vcm:say", { text: texts.noAnswer });
  const page = parse(xhr.responseText);
  if (isForOther(page)) return reloadForOtherPerson();
  const reason = reasonOn(page);
  if (reason) return fail(reason);
  if (xhr.status >= 500) return fail(texts.noAnswer);
  form().dataset.stale = "";
  const { problem, offerSignIn } = await renewToken();
  fail(problem ?? texts.trouble, { offerSignIn });
}

const parse = (html) => new DOMParser().parseFromString(html, "text/html");
const reasonOn = (page) => page.getElementById("vcm-reason")?.textContent.trim();

/* Get the form's new token after signing in again. Returns why the form cannot be sent; nothing if it can.
   A page of ours redirects only a person who is signed out. Do not follow: the login page may be on a host that
   this page cannot read, and then looks like a server that does not answer. */
async function renewToken(background) {
  const url = form().closest(".vcm-view").dataset.url;
  const headers = { "HX-Request": "true", "HX-Target": "vcm-main", ...background };
  try {
    const response = await fetch(url, { headers, redirect: "manual" });
    if (response.type === "opaqueredirect") return { problem: texts.signedOut, offerSignIn: true };
    const page = parse(await response.text());
    if (isForOther(page)) {
      reloadForOtherPerson();
      return { problem: texts.signedOut };
    }
    if (!response.headers.has("VCM-Page")) {
      return { problem: reasonOn(page) || (response.status < 500 ? texts.trouble : texts.noAnswer) };
    }
    const token = page.querySelector("[name=csrfmiddlewaretoken]")?.value;
    if (token) emit("vcm:token", { token });
    delete form().dataset.stale;
    return { key: page.querySelector("#vcm-composer [name=key]")?.value };
  } catch {
    return { problem: texts.noAnswer };
  }
}

function isForOther(page) {
  const person = page.querySelector(".vcm-view, .vcm-card")?.dataset.person;
  return Boolean(person) && person !== texts.person;
}

/* Nobody must send what somebody else has typed. */
const reloadForOtherPerson = () => emit("vcm:other-person");

/* The answer to a send was lost, and now its message is in the conversation. */
async function arrived(keys) {
  if (!field() || !unsure || !keys.includes(unsure.key)) return;
  const { body } = unsure;
  unsure = null;
  if (field().value === body) {
    field().value = "";
    emit("vcm:sent", { form: form() });
    emit("vcm:say", { text: texts.sent });
    emit("vcm:renew");
    return;
  }
  const { key } = await renewToken({ "VCM-Background": "1" });
  if (key) form().elements.key.value = key;
  explain(texts.arrivedBefore, {});
  const title = alertRegion().querySelector(".vcm-alert__title");
  title.textContent = title.dataset.arrived;
  label(texts.send);
}

document.addEventListener("submit", async (event) => {
  if (event.target !== form() || form().dataset.stale === undefined) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const { submitter } = event;
  const { problem, offerSignIn } = await renewToken();
  if (problem) fail(problem, { offerSignIn });
  else form().requestSubmit(submitter);
}, { capture: true });

document.addEventListener("input", (event) => {
  if (event.target !== field()) return;
  textChanged();
  corrected("body");
});

document.addEventListener("change", (event) => {
  if (event.target.name === "recipient") corrected("recipient");
});

/* Whether an input method uses the key, as to choose a word. Safari tells it by the code 229 only. */
const isComposing = (event) => event.isComposing || event.keyCode === 229;
document.addEventListener("keydown", (event) => {
  if (isComposing(event) || event.target !== field() || event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  form().requestSubmit(button());
});

document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.detail.elt !== form() || !isSending(event)) return;
  if (sending.has(form())) event.preventDefault();
  else startSending(event.detail.xhr);
});
/* The answer came after another pane was opened. */
document.addEventListener("vcm:late", ({ detail: { form: sent, isSent } }) => (isSent ? isSentNow : notSent)(sent));

document.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (detail.target === alertRegion()) setTimeout(failed);
});

const isOurs = ({ detail }) => detail.requestConfig.elt === form();
document.addEventListener("htmx:sendError", (event) => { if (isOurs(event)) setTimeout(() => fail(texts.offline, { isUnknown: true })); });
document.addEventListener("htmx:timeout", (event) => { if (isOurs(event)) setTimeout(() => fail(texts.timeout, { isUnknown: true })); });
document.addEventListener("vcm:refused", ({ detail }) => setTimeout(() => refused(detail)));

document.addEventListener("vcm:view", ({ detail: { view, cause } }) => {
  /* A refusal that comes with the whole conversation has an alert in its form. */
  const isSent = sending.has(cause) && !alertRegion()?.firstElementChild;
  if (isSent) isSentNow(cause);
  spoken = null;
  const before = place;
  place = view?.dataset.conversation ?? view?.dataset.view ?? null;
  if (place !== before || isSent) unsure = null;
  if (field()) textChanged();
  if (cause?.id === "vcm-composer") field()?.setSelectionRange(field().value.length, field().value.length);
});
document.addEventListener("vcm:arrived", ({ detail }) => arrived(detail.keys));
