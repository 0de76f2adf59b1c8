/* What is written. */

const byId = (id) => document.getElementById(id);
const on = (name, listener) => document.addEventListener(name, listener);
const emit = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));
const say = (text) => emit("vcm:say", { text });

const app = byId("vcm-app");
const texts = byId("vcm-texts").dataset;
const form = () => byId("vcm-composer");
const field = () => byId("vcm-body");
const input = (name) => form()?.elements[name];

/* A draft belongs to a conversation, or to a new message to a recipient. Each has one place. */
let place = null;
const places = new WeakMap();

function setPlace(to) {
  place = to;
  if (form()) places.set(form(), to);
}

function placeOf(view) {
  return view?.dataset.view === "compose" ? `new:${input("was")?.value ?? ""}` : view?.dataset.conversation ?? null;
}

/* Field: the counter */

const SPOKEN_AFTER = 1000;
const SPOKEN_AT = [500, 200, 50];
const MAX_HEIGHT = 224;
let spoken = null;
let speakTimer = null;

function phrase(json, count) {
  const asked = { json, count };
  emit("vcm:phrase", asked);
  return asked.text;
}

/* Code points, with a line end as one, as the server counts them. */
const lengthOf = (text) => [...text.replace(/\r\n?/g, "\n")].length;

function count() {
  const counter = byId("vcm-counter");
  const { limit, few, empty, over, full, short } = counter.dataset;
  const left = limit - lengthOf(field().value);
  counter.dataset.state = left < 0 ? "over" : left <= few ? "few" : "";
  if (!field().value) counter.textContent = empty;
  else if (left < 0) counter.textContent = phrase(over, -left);
  else {
    counter.replaceChildren(part("vcm-counter__full", phrase(full, left)), part("vcm-counter__short", phrase(short, left)));
    counter.lastChild.setAttribute("aria-hidden", "true");
  }
  mark(field(), left < 0);
  clearTimeout(speakTimer);
  speakTimer = setTimeout(() => sayLeft(left, counter), SPOKEN_AFTER);
}

function part(name, text) {
  const span = document.createElement("span");
  span.className = name;
  span.textContent = text;
  return span;
}

function mark(element, isInvalid) {
  if (isInvalid) element.setAttribute("aria-invalid", "true");
  else element.removeAttribute("aria-invalid");
}

function sayLeft(left, counter) {
  const passed = left < 0 ? left : SPOKEN_AT.findLast((each) => left <= each) ?? null;
  if (passed !== spoken && passed !== null) {
    byId("vcm-counter-status").textContent = (counter.querySelector(".vcm-counter__full") ?? counter).textContent;
  }
  spoken = passed;
}

function grow() {
  if (CSS.supports("field-sizing", "content")) return;
  field().style.height = "auto";
  field().style.height = `${Math.min(field().scrollHeight, MAX_HEIGHT)}px`;
}

function textChanged() {
  count();
  grow();
}

/* Field: only text comes in by paste or drop */

/* Somebody may shorten a text here, but nobody pastes a book. */
const MOST = 50_000;

/* Office programs add a picture to a formatted text. The text alone is pasted then. */
const hasOnlyFiles = ({ types }) =>
  types.includes("Files") && !(types.includes("text/plain") && types.includes("text/html"));

function checkPasted(event, data) {
  if (!app.contains(event.target)) return;
  const text = hasOnlyFiles(data) ? texts.onlyText : data.getData("text/plain").length > MOST && texts.tooLong;
  /* A browser opens a file that is dropped next to a field, and the page is gone. */
  if (!text || !(event.target.matches?.("textarea, input") || hasOnlyFiles(data))) return;
  event.preventDefault();
  if (!alertRegion()) return say(text);
  forgetPasted();
  const alert = byId("vcm-alert-template").content.cloneNode(true).querySelector(".vcm-alert");
  const title = alert.querySelector(".vcm-alert__title");
  title.textContent = text;
  title.nextElementSibling.remove();
  alert.dataset.untilTyping = "";
  alertRegion().append(alert);
  alert.scrollIntoView({ block: "nearest" });
}

const forgetPasted = () => document.querySelector("#vcm-alert [data-until-typing]")?.remove();

on("paste", (event) => checkPasted(event, event.clipboardData));
on("drop", (event) => checkPasted(event, event.dataTransfer));
/* Without this, a browser does not ask at the drop. */
on("dragover", (event) => {
  if (app.contains(event.target) && event.dataTransfer.types.includes("Files")) event.preventDefault();
});

/* Sending */

const button = () => byId("vcm-send");
const alertRegion = () => byId("vcm-alert");
const sending = new Set();
let unsure = null;

const isSend = ({ requestConfig }) => !requestConfig.triggeringEvent?.submitter?.name;
const takesAlong = ({ requestConfig }) => requestConfig.triggeringEvent?.submitter?.matches("[data-takes-along]");

function label(text, { again = false } = {}) {
  button().querySelector(".vcm-send__text").textContent = text;
  button().querySelector(".vcm-send__icon-again").hidden = !again;
  button().querySelector(".vcm-send__icon").hidden = again || text === texts.sending;
}

function startSending(xhr) {
  const sent = form();
  sending.add(sent);
  busy.add(place);
  xhr.addEventListener("loadend", () => sendFailed(sent));
  field().readOnly = true;
  button().setAttribute("aria-disabled", "true");
  label(texts.sending);
  alertRegion().replaceChildren();
}

function sendSucceeded(sent) {
  if (!sending.delete(sent)) return;
  forget(places.get(sent));
  isListOld = true;
  say(texts.sent);
}

function sendFailed(sent) {
  if (!sending.delete(sent)) return;
  busy.delete(places.get(sent));
  if (unsaved.size) saveLater(SAVE_AFTER);
  if (sent !== form()) return say(texts.notSent);
  field().readOnly = false;
  button().removeAttribute("aria-disabled");
  label(texts.again, { again: true });
}

function alertShown() {
  const alert = alertRegion().querySelector(".vcm-alert");
  if (!alert) return;
  const { key, field: name, fields } = alert.dataset;
  label(texts.again, { again: true });
  if (key) input("key").value = key;
  alert.scrollIntoView({ block: "nearest" });
  if (fields.includes("body")) mark(field(), true);
  if (byId("vcm-picker")) markMissing(fields.includes("recipient"));
  if (name === "body") field().focus();
  else if (name === "recipient") byId("vcm-picker-search").focus();
  else if (document.activeElement === document.body || document.activeElement === field()) button().focus();
}

function corrected(name) {
  if (!alertRegion()?.querySelector(`[data-field="${name}"]`)) return;
  alertRegion().replaceChildren();
  label(texts.send);
}

function showAlert(reason, { title = "", offerSignIn = false, isUnsure = false } = {}) {
  if (!form()) return;
  const alert = byId("vcm-alert-template").content.cloneNode(true);
  const heading = alert.querySelector(".vcm-alert__title");
  alert.querySelector(".vcm-alert__reason").textContent = `${reason} `;
  alert.querySelector(".vcm-alert__sign-in").hidden = !offerSignIn;
  if (title) heading.textContent = heading.dataset[title];
  alert.querySelector(".vcm-alert").classList.toggle("vcm-alert--unsure", isUnsure);
  alertRegion().replaceChildren(alert);
  alertShown();
}

function showUnsure(reason) {
  unsure = { key: input("key").value, body: field().value };
  sentTexts.set(place, unsure.body);
  showAlert(reason, { title: "unknown", isUnsure: true });
}

async function refused({ elt, xhr }) {
  if (!elt || !app.contains(elt) || elt.id === "vcm-find") return;
  if (!form()?.contains(elt)) return xhr.status < 500 ? emit("vcm:answer", { version: null }) : say(texts.noAnswer);
  const page = parse(xhr.responseText);
  if (isForOther(page)) return emit("vcm:other-person");
  const reason = reasonOn(page);
  if (reason) return showAlert(reason);
  if (xhr.status >= 500) return showAlert(texts.noAnswer);
  form().dataset.stale = "";
  const { problem, offerSignIn } = await renewToken();
  showAlert(problem ?? texts.trouble, { offerSignIn });
}

const parse = (html) => new DOMParser().parseFromString(html, "text/html");
const reasonOn = (page) => page.getElementById("vcm-reason")?.textContent.trim();

function isForOther(page) {
  const person = page.querySelector(".vcm-view, .vcm-card")?.dataset.person;
  return Boolean(person) && person !== texts.person;
}

/* Returns why the form cannot be sent, or its new key.
   Only a person who is signed out is redirected. Do not follow: the login page may be on a host that this page
   cannot read, and then looks like a server that does not answer. */
async function renewToken(background) {
  const url = form().closest(".vcm-view").dataset.url;
  const headers = { "HX-Request": "true", "HX-Target": "vcm-main", ...background };
  try {
    const response = await fetch(url, { headers, redirect: "manual" });
    if (response.type === "opaqueredirect") return { problem: texts.signedOut, offerSignIn: true };
    const page = parse(await response.text());
    if (isForOther(page)) {
      emit("vcm:other-person");
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

async function settleUnsure() {
  const { body } = unsure;
  unsure = null;
  if (field().value === body) {
    field().value = "";
    forget(place);
    isListOld = true;
    say(texts.sent);
    emit("vcm:renew");
    return;
  }
  const { key } = await renewToken({ "VCM-Background": "1" });
  if (key) input("key").value = key;
  showAlert(texts.arrivedBefore, { title: "arrived" });
  label(texts.send);
}

document.addEventListener("submit", async (event) => {
  if (event.target !== form() || form().dataset.stale === undefined) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const { problem, offerSignIn } = await renewToken();
  if (problem) showAlert(problem, { offerSignIn });
  else form().requestSubmit(event.submitter);
}, { capture: true });

on("htmx:beforeRequest", (event) => {
  const { detail } = event;
  if (detail.elt !== form()) {
    if (detail.target?.id === "vcm-main" && unsaved.size) saveAll();
    return;
  }
  if (takesAlong(detail)) goOnElsewhere(detail.xhr);
  if (!isSend(detail)) return;
  if (sending.has(form())) event.preventDefault();
  else if (navigator.onLine) startSending(detail.xhr);
  else {
    event.preventDefault();
    showAlert(texts.noConnection);
  }
});
on("vcm:late", ({ detail }) => (detail.isSent ? sendSucceeded : sendFailed)(detail.form));
on("htmx:afterSwap", ({ detail }) => {
  if (detail.target === alertRegion()) setTimeout(alertShown);
});
for (const [name, reason] of [["htmx:sendError", "offline"], ["htmx:timeout", "timeout"]]) {
  on(name, ({ detail }) => { if (detail.requestConfig.elt === form()) setTimeout(() => showUnsure(texts[reason])); });
}
on("vcm:refused", ({ detail }) => setTimeout(() => refused(detail)));

/* Drafts */

const SAVE_AFTER = 1000;
const RETRY_AFTER = 15_000;
const MOST_WAIT = 10_000;
const SEND_WAITS = 3000;
const LIST_AFTER = 2000;
/* Browsers refuse to finish a larger request after the page is gone. */
const KEEPALIVE_BYTES = 60_000;

const restored = () => byId("vcm-restored");
/* Texts that the server does not have yet. The keys of all these are places. */
const unsaved = new Map();
/* Texts that it has. A pane may have been fetched before. */
const stored = new Map();
/* The server keeps these texts next to a newer draft, until the person has chosen. */
const undecided = new Map();
/* The version of the newer draft, for the save after the choice. */
const replaced = new Map();
/* Refused for good: nothing is saved until the person changes the text. */
const refusedPlaces = new Set();
const busy = new Set();
const sentTexts = new Map();
let saving = null;
let underWay = null;
let saveTimer = null;
let isSaid = false;
let isListOld = false;
let listTimer = null;
/* A page that only tries again must not keep anybody signed in. */
let isRetry = false;

const memory = [unsaved, stored, undecided, replaced, refusedPlaces, busy, sentTexts];
const forget = (at) => memory.forEach((each) => each.delete(at));

function typed() {
  /* It is saved after another pane has opened. */
  unsaved.set(place, { url: form().getAttribute("action"), values: new URLSearchParams(new FormData(form())) });
  isRetry = false;
  isSaid = false;
  refusedPlaces.delete(place);
  clearTimeout(listTimer);
  showSaved("");
  restored().hidden = true;
  saveLater(SAVE_AFTER);
}

function saveLater(delay) {
  clearTimeout(saveTimer);
  saveTimer = setTimeout(saveAll, delay);
}

function fill() {
  isSaid = false;
  if (!field()) return;
  const left = unsaved.get(place) ?? stored.get(place);
  const isOlder = left && Number(left.values.get("draft")) <= Number(input("draft").value);
  if (!left || (isOlder && !unsaved.has(place))) return;
  field().value = left.values.get("body");
  restored().hidden = true;
  for (const name of ["draft", "was"]) if (input(name)) input(name).value = left.values.get(name);
  if (undecided.has(place)) offerAgain();
}

/* Drafts: saving */

/* One after the other: a second request with the same version would be refused. */
async function saveAll() {
  clearTimeout(saveTimer);
  if (saving) return saving;
  saving = saveEach();
  await saving;
  saving = null;
}

/* The page goes, so nobody waits for the save under way. If it arrives, the next version is known. */
function saveAtTheEnd() {
  const left = unsaved.get(place);
  if (!saving) return saveAll();
  if (!left || left === underWay || busy.has(place)) return;
  left.values.set("draft", Number(left.values.get("draft")) + 1);
  post(place, left).catch(() => {});
}

async function saveEach() {
  for (const [at, left] of unsaved) {
    if (!busy.has(at) && undecided.get(at) !== left && !refusedPlaces.has(at)) await save(at, left);
  }
}

async function save(at, left) {
  underWay = left;
  const response = await post(at, left).catch(() => null);
  emit(response ? "vcm:reached" : "vcm:unreached");
  if (!response) return saveFailed();
  if (!response.headers.has("VCM-Page")) {
    /* The page finds out why. */
    saveFailed();
    if (response.type === "opaqueredirect" || response.status < 500) emit("vcm:answer", { version: null });
    return;
  }
  const answer = await response.json().catch(() => null);
  if (!answer) saveFailed();
  else if (response.ok) saved(at, left, answer);
  else if (response.status === 409) conflict(at, left, answer);
  else if (response.status === 400) cannotBeSaved(at, left, answer);
  else saveFailed(Number(response.headers.get("Retry-After")) * 1000);
}

/* After a new sign-in, the response has the token for a second try. */
async function post(at, left, isAgain) {
  const { url, values } = left;
  const isChosen = replaced.has(at) && !undecided.has(at);
  values.set("action", isChosen ? "keep" : "save");
  if (isChosen) values.set("newer", replaced.get(at));
  const keepalive = String(values).length < KEEPALIVE_BYTES;
  const headers = { Accept: "application/json", ...(isRetry && { "VCM-Background": "1" }) };
  const options = { method: "POST", body: values, headers, keepalive, redirect: "manual" };
  const response = await fetch(url, { ...options, signal: AbortSignal.timeout(MOST_WAIT) });
  const token = response.headers.get("VCM-Token");
  if (!token || isAgain) return response;
  emit("vcm:token", { token });
  values.set("csrfmiddlewaretoken", token);
  return post(at, left, true);
}

function saved(at, left, { version, says }) {
  const recipient = left.values.get("recipient");
  const isLast = unsaved.get(at) === left;
  takeVersion(at, version);
  forgetOffer(at);
  if (recipient !== null) at = move(at, recipient);
  if (!isLast) return saveLater(document.hidden ? 0 : SAVE_AFTER);
  unsaved.delete(at);
  stored.set(at, left);
  isListOld = true;
  listTimer = setTimeout(renewList, at === place ? LIST_AFTER : 0);
  if (at === place) showSaved(left.values.get("body").trim() ? says : "");
}

function cannotBeSaved(at, left, { detail }) {
  if (unsaved.get(at) !== left) return;
  refusedPlaces.add(at);
  if (at !== place) return;
  showSaved(detail);
  say(detail);
}

function saveFailed(wait) {
  isRetry = true;
  if (unsaved.has(place)) showSaved(texts.notSaved);
  saveLater(wait || RETRY_AFTER);
}

function showSaved(text) {
  if (byId("vcm-saved")) byId("vcm-saved").textContent = text;
  if (text === texts.draftSaved && !isSaid) say(text);
  isSaid ||= Boolean(text);
}

function renewList() {
  if (isListOld) emit("vcm:drafts");
  isListOld = false;
}

function takeVersion(at, version) {
  unsaved.get(at)?.values.set("draft", version);
  if (at === place && input("draft")) input("draft").value = version;
}

/* A reload opens the draft at its new recipient. */
function move(at, recipient) {
  const to = `new:${recipient}`;
  const left = unsaved.get(at);
  left?.values.set("was", recipient);
  if (at === place && input("was")) {
    input("was").value = recipient;
    const query = recipient && `?recipient=${encodeURIComponent(recipient)}`;
    history.replaceState(history.state, "", form().getAttribute("action") + query);
  }
  if (at === to) return to;
  unsaved.delete(at);
  if (left) unsaved.set(to, left);
  if (busy.delete(at)) busy.add(to);
  for (const sent of sending) if (places.get(sent) === at) places.set(sent, to);
  if (at === place) setPlace(to);
  return to;
}

/* "Continue it" and "Write to …" take the text along. */
function goOnElsewhere(xhr) {
  const left = form();
  busy.add(place);
  xhr.addEventListener("loadend", () => {
    const at = places.get(left);
    busy.delete(at);
    if (xhr.status < 400 && at !== place) forget(at);
  });
}

/* A send must know the version of the last save. */
on("htmx:confirm", async (event) => {
  if (event.detail.elt !== form() || !saving) return;
  event.preventDefault();
  clearTimeout(saveTimer);
  await Promise.race([saving, new Promise((resolve) => { setTimeout(resolve, SEND_WAITS); })]);
  if (event.detail.elt.isConnected) event.detail.issueRequest(true);
  else say(texts.notSent);
});

/* Drafts: a newer one of another device */

function conflict(at, left, { version, draft }) {
  if (draft) {
    const isShown = undecided.has(at) && replaced.get(at) === version;
    undecided.set(at, left);
    replaced.set(at, version);
    if (at === place && !isShown) offer(at, draft);
    return;
  }
  /* Sent or discarded elsewhere. A text that may be what was sent must not come back. */
  takeVersion(at, version);
  if (sentTexts.get(at) === left.values.get("body")) return unsaved.delete(at);
  saveLater(SAVE_AFTER);
  if (at === place) say(texts.spent);
}

function offer(at, draft) {
  const note = byId("vcm-newer-draft-template").content.firstElementChild.cloneNode(true);
  const [without, withName] = note.querySelectorAll(".vcm-note__saved");
  (draft.recipient_name ? without : withName).remove();
  note.querySelector(".vcm-note__when").textContent = draft.saved;
  if (draft.recipient_name) withName.querySelector("bdi").textContent = draft.recipient_name;
  note.querySelector(".vcm-note__quote bdi").textContent = draft.body;
  byId("vcm-newer-draft").replaceChildren(note);
  say(note.querySelector(".vcm-note__title").textContent);
  const choose = (takesNewer) => () => {
    const own = field().value;
    undecided.delete(at);
    byId("vcm-newer-draft").replaceChildren();
    if (takesNewer) put(draft.body, texts.newerTaken, own);
    else put(own, texts.ownKept, draft.body);
  };
  const [use, keep] = note.querySelectorAll("button");
  use.addEventListener("click", choose(true));
  keep.addEventListener("click", choose(false));
}

function offerAgain() {
  forgetOffer(place);
  saveLater(0);
}

function forgetOffer(at) {
  undecided.delete(at);
  replaced.delete(at);
  if (at === place) byId("vcm-newer-draft")?.replaceChildren();
}

function put(text, says, other) {
  field().value = text;
  field().dispatchEvent(new Event("input", { bubbles: true }));
  field().focus();
  field().setSelectionRange(text.length, text.length);
  const undo = byId("vcm-undo-template").content.firstElementChild.cloneNode(true);
  undo.addEventListener("click", () => put(other, texts.undone, field().value));
  restored().replaceChildren(`${says} `, undo);
  restored().hidden = false;
  say(says);
}

on("click", (event) => {
  if (!event.target.closest?.("#vcm-restored [value=discard]")) return;
  event.preventDefault();  // the button is for browsers without scripts
  put("", texts.discarded, field().value);
});

on("vcm:arrived", ({ detail }) => {
  if (!field()) return;
  const same = (one, other) => one.replace(/\s+/g, " ").trim() === other.replace(/\s+/g, " ").trim();
  if (unsure && detail.keys.includes(unsure.key)) return settleUnsure();
  if (detail.texts.length && undecided.has(place)) return offerAgain();
  const text = field().value;
  if (!text || field().readOnly || unsaved.has(place) || !detail.texts.some((each) => same(each, text))) return;
  field().value = "";
  emit("vcm:renew");
});

on("vcm:forget", () => memory.forEach((each) => each.clear()));
const isAllKept = () => [...unsaved].every(([at, left]) => undecided.get(at) === left);
on("vcm:leaving", (event) => {
  if (!isAllKept()) event.preventDefault();
});
on("vcm:save", async ({ detail }) => {
  await saveAll();
  if (isAllKept()) detail.then();
});
on("visibilitychange", () => { if (unsaved.size) saveAll(); });
window.addEventListener("pagehide", saveAtTheEnd);
window.addEventListener("online", () => { if (unsaved.size) saveAll(); });

/* Picker */

/* The steps are "pick", "write", or "both" for a text that has no recipient yet. */

const choices = () => [...(byId("vcm-people")?.querySelectorAll("[name=recipient]") ?? [])];
const chosen = () => choices().find((choice) => choice.checked);
const isChoice = (element) => element.name === "recipient" && element.type === "radio";
const step = () => byId("vcm-write")?.dataset.step;
const showStep = (name) => { byId("vcm-write").dataset.step = name; };
const found = () => choices().filter((choice) => choice.value !== byId("vcm-found").dataset.chosenElsewhere);

let countBefore = 0;
/* The list is older than the search. A key that goes into the list waits. */
let isOld = false;
let waitingKey = null;

function choose(choice) {
  if (!choice.checked) {
    choice.checked = true;
    choice.dispatchEvent(new Event("change", { bubbles: true }));
  }
  const person = choice.closest(".vcm-person");
  byId("vcm-recipient").replaceChildren(
    ...[".vcm-avatar", ".vcm-person__text"].map((name) => person.querySelector(name).cloneNode(true)),
  );
  showStep("write");
  field().focus();
  sayRecipient();
}

/* The answer to the choice may come before or after the form is shown. */
function sayRecipient() {
  const { recipient, said } = byId("vcm-said").dataset;
  if (step() === "write" && recipient === chosen()?.value) say(said);
}

function changeRecipient() {
  const search = byId("vcm-picker-search");
  showStep("pick");
  if (search.value) {
    search.value = "";
    search.dispatchEvent(new Event("input", { bubbles: true }));
  }
  search.focus();
  chosen()?.closest(".vcm-person").scrollIntoView({ block: "center" });
}

function keepRecipient(event) {
  if (event.key !== "Escape" || step() !== "pick" || !chosen() || !event.target.closest?.("#vcm-picker")) return;
  event.preventDefault();
  showStep("write");
  byId("vcm-change").focus();
}

function markMissing(isMissing) {
  byId("vcm-picker").toggleAttribute("data-invalid", isMissing);
  byId("vcm-picker-error").hidden = !isMissing;
  for (const id of ["vcm-picker-search", "vcm-people"]) mark(byId(id), isMissing);
  if (isMissing) showStep("both");
}

function keyInSearch(event) {
  if (event.key !== "ArrowDown" && event.key !== "Enter") return;
  event.preventDefault();
  if (isOld) waitingKey = event.key;
  else enterList(event.key);
}

function enterList(key) {
  const [first, second] = found();
  if (key === "Enter" && first && !second) choose(first);
  else (found().find((choice) => choice.checked) ?? first ?? choices()[0])?.focus();
}

function listIsOld() {
  isOld = true;
  waitingKey = null;
}

function listArrived({ formData }) {
  const search = byId("vcm-picker-search");
  if (formData.get("q") !== search.value) return;
  isOld = false;
  if (waitingKey && document.activeElement === search) enterList(waitingKey);
  waitingKey = null;
}

function keyInList(event) {
  const isTyping = event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey && !event.altKey;
  if (event.key === "Enter") {
    event.preventDefault();
    choose(event.target);
  } else if (event.key === "ArrowUp" && event.target === choices()[0]) {
    event.preventDefault();
    byId("vcm-picker-search").focus();
  } else if (isTyping) byId("vcm-picker-search").focus();
}

on("click", (event) => {
  if (event.target.closest?.("#vcm-change")) changeRecipient();
  /* A label passes its click on to its radio button. */
  const person = event.target.closest?.("#vcm-people .vcm-person");
  if (person && event.detail && !isChoice(event.target)) setTimeout(() => choose(person.querySelector("input")));
});

on("htmx:beforeSwap", ({ detail }) => {
  if (detail.target.id !== "vcm-people") return;
  countBefore = choices().length;
  /* The answer would restore an old choice. */
  if ((chosen()?.value ?? null) === detail.requestConfig.formData.get("recipient")) return;
  detail.shouldSwap = false;
  window.htmx.trigger("#vcm-picker-search", "input");
});

on("htmx:afterSettle", ({ detail: { target: { id }, requestConfig } }) => {
  const search = byId("vcm-picker-search");
  /* htmx listens to a new field only after the page has settled. */
  if (id === "vcm-main" && search && search.value !== search.defaultValue) window.htmx.trigger(search, "input");
  if (id === "vcm-chosen") sayRecipient();
  if (id !== "vcm-people") return;
  say(byId("vcm-found").dataset.said);
  if (requestConfig.elt.name === "more") choices()[countBefore]?.focus();
  else byId("vcm-people").scrollTop = 0;
  listArrived(requestConfig);
});

for (const name of ["htmx:sendError", "htmx:timeout"]) {
  on(name, ({ detail }) => {
    if (detail.requestConfig.target?.id !== "vcm-people") return;
    const line = document.createElement("p");
    line.className = "vcm-people__none";
    line.textContent = texts.searchFailed;
    byId("vcm-people").replaceChildren(line);
    say(texts.searchFailed);
  });
}

on("input", ({ target }) => {
  if (app.contains(target)) forgetPasted();
  if (target.id === "vcm-picker-search") listIsOld();
  if (target !== field()) return;
  textChanged();
  corrected("body");
  typed();
});

on("change", ({ target }) => {
  if (target.closest?.("#vcm-picker-roles")) listIsOld();
  if (!isChoice(target)) return;
  markMissing(false);
  corrected("recipient");
  if (!field().value.trim()) return;
  /* What was offered is for somebody else. */
  forgetOffer(place);
  typed();
});

on("keydown", (event) => {
  /* An input method uses the key, in Safari by the code 229 only. */
  if (event.isComposing || event.keyCode === 229) return;
  keepRecipient(event);
  if (event.target.id === "vcm-picker-search") keyInSearch(event);
  else if (isChoice(event.target)) keyInList(event);
  else if (event.target === field() && event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    form().requestSubmit(button());
  }
});

on("vcm:view", ({ detail: { view, cause } }) => {
  const before = place;
  /* A refusal that comes with the whole conversation has an alert in its form. */
  const isSent = sending.has(cause) && !alertRegion()?.firstElementChild;
  if (isSent) sendSucceeded(cause);
  setPlace(placeOf(view));
  if (place !== before || isSent) unsure = null;
  spoken = null;
  isOld = false;
  waitingKey = null;
  fill();
  if (field()) textChanged();
  if (step() === "pick" && field()?.value) showStep("both");
  if (cause?.id === "vcm-composer") field()?.setSelectionRange(field().value.length, field().value.length);
  renewList();
});
