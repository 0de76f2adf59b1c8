/*
 * Saves what is typed as a draft: one second after the last key, when the page is hidden, and before another pane
 * opens. What could not be saved yet stays in this page's memory, and is tried again. Nothing is stored in the
 * browser.
 */

const SAVE_AFTER = 1000;
const RETRY_AFTER = 15_000;
const MOST_WAIT = 10_000;
const SEND_WAITS = 3000;
const LIST_AFTER = 2000;
/* Browsers refuse to finish a larger request after the page is gone. */
const KEEPALIVE_BYTES = 60_000;

const texts = document.getElementById("vcm-texts").dataset;
const byId = (id) => document.getElementById(id);
const emit = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));
const form = () => byId("vcm-composer");
const field = () => byId("vcm-body");
const input = (name) => form()?.elements[name];
const restored = () => byId("vcm-restored");

/* A draft belongs to a conversation, or to a new message to this recipient. */
function placeOf(view) {
  return view?.dataset.view === "compose" ? `new:${input("was")?.value ?? ""}` : view?.dataset.conversation ?? null;
}

/* The texts that the server does not have yet, by the form's place. */
const unsaved = new Map();
/* The places with a newer draft on the server. Nothing is saved there until the person has chosen. */
const undecided = new Set();
/* The version of the newer draft that the next save of a place replaces. */
const replaced = new Map();
/* The places whose text was refused for good: nothing is saved there until the person changes it. */
const refusedPlaces = new Set();
/* The places whose text is on its way, and the text that was sent from each place without a certain answer. */
const sending = new Set();
const sentTexts = new Map();
const places = new WeakMap();
let place = null;
let saving = null;
let underWay = null;
let timer = null;
let isSaid = false;
/* Whether the list does not show yet what was saved. */
let isListOld = false;
let listTimer = null;
/* A page that only tries again must not keep anybody signed in. */
let isRetry = false;

/* Typing ------------------------------------------------------------------------------------------------ */

function typed() {
  remember();
  isRetry = false;
  isSaid = false;
  refusedPlaces.delete(place);
  clearTimeout(listTimer);
  say("");
  restored().hidden = true;
  schedule(SAVE_AFTER);
}

/* Keep the form's values, so that they can be saved after another pane has opened. */
function remember() {
  const url = form().getAttribute("action");
  unsaved.set(place, { url, values: new URLSearchParams(new FormData(form())) });
}

function schedule(delay) {
  clearTimeout(timer);
  timer = setTimeout(saveAll, delay);
}

/* Put back what was typed here and is not saved yet. */
function fill() {
  isSaid = false;
  const left = unsaved.get(place);
  if (!left || !field()) return;
  field().value = left.values.get("body");
  restored().hidden = true;
  for (const name of ["draft", "was"]) if (input(name)) input(name).value = left.values.get(name);
  /* A newer draft that was not decided on is offered again. */
  if (!undecided.delete(place)) return;
  replaced.delete(place);
  schedule(0);
}

/* Saving ------------------------------------------------------------------------------------------------ */

/* Save one place after the other: a second request with the same version would be refused. */
async function saveAll() {
  clearTimeout(timer);
  if (saving) return saving;
  saving = saveEach();
  await saving;
  saving = null;
}

/* The page goes, so nobody waits for the save under way. If it arrives, the next version is known. */
function saveAtTheEnd() {
  const left = unsaved.get(place);
  if (!saving) return saveAll();
  if (!left || left === underWay || sending.has(place)) return;
  left.values.set("draft", Number(left.values.get("draft")) + 1);
  post(place, left).catch(() => {});
}

async function saveEach() {
  for (const [at, left] of unsaved) {
    if (!sending.has(at) && !undecided.has(at) && !refusedPlaces.has(at)) await save(at, left);
  }
}

async function save(at, left) {
  underWay = left;
  const response = await post(at, left).catch(() => null);
  emit(response ? "vcm:reached" : "vcm:unreached");
  if (!response) return failed();
  if (!response.headers.has("VCM-Page")) return refused(response);
  const answer = await response.json().catch(() => null);
  if (!answer) failed();
  else if (response.ok) saved(at, left, answer);
  else if (response.status === 409) conflict(at, left, answer);
  else if (response.status === 400) refuse(at, left, answer);
  else failed(Number(response.headers.get("Retry-After")) * 1000);
}

/* The text cannot be saved as it is, for instance because it is too long. */
function refuse(at, left, { detail }) {
  if (unsaved.get(at) !== left) return;
  refusedPlaces.add(at);
  if (at !== place) return;
  say(detail);
  emit("vcm:say", { text: detail });
}

/* If the person has signed in again meanwhile, the response has the token for a second try. */
async function post(at, left, isAgain) {
  const { url, values } = left;
  values.set("action", replaced.has(at) ? "keep" : "save");
  if (replaced.has(at)) values.set("newer", replaced.get(at));
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
  replaced.delete(at);
  if (recipient !== null) at = move(at, recipient);
  if (!isLast) return schedule(document.hidden ? 0 : SAVE_AFTER);
  unsaved.delete(at);
  isListOld = true;
  listTimer = setTimeout(renewList, at === place ? LIST_AFTER : 0);
  if (at === place) say(left.values.get("body").trim() ? says : "");
}

/* The list shows drafts, after a pause. */
function renewList() {
  if (isListOld) emit("vcm:drafts");
  isListOld = false;
}

/* The next save of this place is typed from this version. */
function takeVersion(at, version) {
  unsaved.get(at)?.values.set("draft", version);
  if (at === place && input("draft")) input("draft").value = version;
}

function setPlace(to) {
  place = to;
  if (form()) places.set(form(), to);
}

/* The draft of a new message has moved to another recipient. A reload opens it again. */
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
  if (at === place) setPlace(to);
  return to;
}

function failed(wait = RETRY_AFTER) {
  isRetry = true;
  if (unsaved.has(place)) say(texts.notSaved);
  schedule(wait || RETRY_AFTER);
}

/* The answer is not from Messages: signed out, switched off, or an error. The page finds out which. */
function refused(response) {
  failed();
  if (response.type === "opaqueredirect" || response.status < 500) emit("vcm:answer", { version: null });
}

/* Said once in a pause of typing. */
function say(text) {
  const line = byId("vcm-saved");
  if (line) line.textContent = text;
  if (text === texts.draftSaved && !isSaid) emit("vcm:say", { text });
  isSaid ||= Boolean(text);
}

/* A newer draft of another device ----------------------------------------------------------------------- */

function conflict(at, left, { version, draft }) {
  if (draft) {
    undecided.add(at);
    replaced.set(at, version);
    if (at === place) offer(at, draft);
    return;
  }
  /* The draft was sent or discarded elsewhere. A text that may be what was sent must not come back. */
  takeVersion(at, version);
  if (sentTexts.get(at) === left.values.get("body")) return unsaved.delete(at);
  schedule(SAVE_AFTER);
  if (at !== place) return;
  emit("vcm:say", { text: texts.spent });
}

function offer(at, draft) {
  const note = byId("vcm-newer-draft-template").content.firstElementChild.cloneNode(true);
  const [saved, savedTo] = note.querySelectorAll(".vcm-note__saved");
  (draft.recipient_name ? saved : savedTo).remove();
  note.querySelector(".vcm-note__when").textContent = draft.saved;
  if (draft.recipient_name) savedTo.querySelector("bdi").textContent = draft.recipient_name;
  note.querySelector(".vcm-note__quote bdi").textContent = draft.body;
  byId("vcm-newer-draft").replaceChildren(note);
  emit("vcm:say", { text: note.querySelector(".vcm-note__title").textContent });
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

/* Put a text into the field. The line above the field says so, and offers the other text. */
function put(text, says, other) {
  field().value = text;
  field().dispatchEvent(new Event("input", { bubbles: true }));
  field().focus();
  field().setSelectionRange(text.length, text.length);
  if (!says) return;
  const undo = byId("vcm-undo-template").content.firstElementChild.cloneNode(true);
  undo.addEventListener("click", () => put(other, texts.undone, field().value));
  restored().replaceChildren(`${says} `, undo);
  restored().hidden = false;
  emit("vcm:say", { text: says });
}

/* ------------------------------------------------------------------------------------------------------- */

function forget(at) {
  unsaved.delete(at);
  undecided.delete(at);
  replaced.delete(at);
  refusedPlaces.delete(at);
  sentTexts.delete(at);
}

document.addEventListener("input", (event) => {
  if (event.target === field()) typed();
});
/* The draft of a new message belongs to its recipient. */
document.addEventListener("change", (event) => {
  if (event.target.name !== "recipient" || !field()?.value.trim()) return;
  /* What was offered is for somebody else. */
  undecided.delete(place);
  replaced.delete(place);
  byId("vcm-newer-draft").replaceChildren();
  typed();
});
document.addEventListener("click", (event) => {
  if (!event.target.closest?.("#vcm-restored [value=discard]")) return;
  event.preventDefault();  // the button is for browsers without scripts
  put("", texts.discarded, field().value);
});

/* A send must know the version of the last save, so it waits for a save that is under way. */
document.addEventListener("htmx:confirm", async (event) => {
  if (event.detail.elt !== form() || !saving) return;
  event.preventDefault();
  clearTimeout(timer);
  await Promise.race([saving, new Promise((resolve) => { setTimeout(resolve, SEND_WAITS); })]);
  if (event.detail.elt.isConnected) event.detail.issueRequest(true);
  else emit("vcm:say", { text: texts.notSent });
});
/* "Continue it" and "Write to …" take the text along, so it must not be saved here any more. */
const continues = ({ elt, requestConfig }) =>
  elt === form() && requestConfig.triggeringEvent?.submitter?.matches("[data-takes-along]");
document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  if (detail.elt !== form() && unsaved.size && detail.target?.id === "vcm-main") saveAll();
  if (!continues(detail)) return;
  const at = place;
  sending.add(at);
  detail.xhr.addEventListener("loadend", () => {
    sending.delete(at);
    if (detail.xhr.status < 400 && at !== place) forget(at);
  });
});
document.addEventListener("vcm:sending", ({ detail }) => sending.add(places.get(detail.form)));
document.addEventListener("vcm:unsure", ({ detail }) => sentTexts.set(place, detail.body));
document.addEventListener("vcm:not-sent", ({ detail }) => {
  sending.delete(places.get(detail.form));
  if (unsaved.size) schedule(SAVE_AFTER);
});
document.addEventListener("vcm:sent", ({ detail }) => {
  sending.delete(places.get(detail.form));
  forget(places.get(detail.form));
  isListOld = true;
});
/* The draft in the field was sent on another device, and nothing was typed since. */
document.addEventListener("vcm:arrived", ({ detail }) => {
  const same = (one, other) => one.replace(/\s+/g, " ").trim() === other.replace(/\s+/g, " ").trim();
  const text = field()?.value;
  if (detail.texts.length && undecided.delete(place)) {
    /* What was offered may be what was sent, so it is asked for again. */
    replaced.delete(place);
    byId("vcm-newer-draft").replaceChildren();
    schedule(0);
    return;
  }
  if (!text || field().readOnly || unsaved.has(place) || !detail.texts.some((each) => same(each, text))) return;
  field().value = "";
  emit("vcm:renew");
});
document.addEventListener("vcm:view", ({ detail: { view } }) => {
  setPlace(placeOf(view));
  fill();
  renewList();
});
document.addEventListener("vcm:forget", () => [...unsaved.keys()].forEach(forget));
document.addEventListener("vcm:leaving", (event) => {
  if (unsaved.size) event.preventDefault();
});
document.addEventListener("vcm:save", async ({ detail }) => {
  await saveAll();
  if (!unsaved.size) detail.then();
});
document.addEventListener("visibilitychange", () => { if (unsaved.size) saveAll(); });
window.addEventListener("pagehide", saveAtTheEnd);
window.addEventListener("online", () => { if (unsaved.size) saveAll(); });
