/*
 * Saves what is typed as a draft: one second after the last key, when the page is hidden, and before another pane
 * opens. What could not be saved yet stays in this page's memory, and is tried again. Nothing is stored in the
 * browser.
 */

const SAVE_AFTER = 1000;
const RETRY_AFTER = 15_000;
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
/* The place whose text is on its way, and the text that was sent from each place without a certain answer. */
let sending = null;
const sentTexts = new Map();
let place = null;
let saving = null;
let timer = null;
let isSaid = false;
/* Whether the list does not show yet what was saved. */
let isListOld = false;
/* A page that only tries again must not keep anybody signed in. */
let isRetry = false;

/* Typing ------------------------------------------------------------------------------------------------ */

function typed() {
  remember();
  isRetry = false;
  isSaid = false;
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
  for (const name of ["draft", "was"]) if (input(name)) input(name).value = left.values.get(name);
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

async function saveEach() {
  for (const [at, left] of unsaved) {
    if (at !== sending && !undecided.has(at)) await save(at, left);
  }
}

async function save(at, left) {
  try {
    const response = await post(at, left);
    if (!response.headers.has("VCM-Page")) refused(response);
    else if (response.ok) saved(at, left, await response.json());
    else if (response.status === 409) conflict(at, left, await response.json());
    else failed(Number(response.headers.get("Retry-After")) * 1000);
    emit("vcm:reached");
  } catch {
    failed();
    emit("vcm:unreached");
  }
}

/* If the person has signed in again meanwhile, the response has the token for a second try. */
async function post(at, left, isAgain) {
  const { url, values } = left;
  values.set("action", replaced.has(at) ? "keep" : "save");
  if (replaced.has(at)) values.set("newer", replaced.get(at));
  const keepalive = String(values).length < KEEPALIVE_BYTES;
  const headers = { Accept: "application/json", ...(isRetry && { "VCM-Background": "1" }) };
  const response = await fetch(url, { method: "POST", body: values, headers, keepalive, redirect: "manual" });
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
  if (!isLast) return schedule(SAVE_AFTER);
  unsaved.delete(at);
  isListOld = true;
  if (at !== place) renewList();
  else say(left.values.get("body").trim() ? says : "");
}

/* The list shows drafts of what is not open. */
function renewList() {
  if (isListOld) emit("vcm:drafts");
  isListOld = false;
}

/* The next save of this place is typed from this version. */
function takeVersion(at, version) {
  unsaved.get(at)?.values.set("draft", version);
  if (at === place && input("draft")) input("draft").value = version;
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
  if (at === place) place = to;
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
  if (sentTexts.get(at) === left.values.get("body")) unsaved.delete(at);
  else schedule(SAVE_AFTER);
}

function offer(at, draft) {
  const note = byId("vcm-newer-draft-template").content.firstElementChild.cloneNode(true);
  note.querySelector(".vcm-note__when").textContent = draft.saved;
  note.querySelector(".vcm-note__quote bdi").textContent = draft.body;
  byId("vcm-newer-draft").replaceChildren(note);
  emit("vcm:say", { text: note.querySelector(".vcm-note__title").textContent });
  const own = field().value;
  const choose = (text, other, says) => () => {
    undecided.delete(at);
    byId("vcm-newer-draft").replaceChildren();
    put(text, says, other);
  };
  const [use, keep] = note.querySelectorAll("button");
  use.addEventListener("click", choose(draft.body, own, texts.newerTaken));
  keep.addEventListener("click", choose(own, draft.body, texts.ownKept));
}

/* Put a text into the field. The line above the field says so, and offers the other text. */
function put(text, says, other) {
  field().value = text;
  field().dispatchEvent(new Event("input", { bubbles: true }));
  field().focus();
  field().setSelectionRange(text.length, text.length);
  if (!says) return;
  const undo = byId("vcm-undo-template").content.firstElementChild.cloneNode(true);
  undo.addEventListener("click", () => put(other));
  restored().replaceChildren(`${says} `, undo);
  restored().hidden = false;
  emit("vcm:say", { text: says });
}

/* ------------------------------------------------------------------------------------------------------- */

function forget(at) {
  unsaved.delete(at);
  undecided.delete(at);
  replaced.delete(at);
  sentTexts.delete(at);
}

document.addEventListener("input", (event) => {
  if (event.target === field()) typed();
});
/* The draft of a new message belongs to its recipient. */
document.addEventListener("change", (event) => {
  if (event.target.name === "recipient" && field()?.value.trim()) typed();
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
  await saving;
  event.detail.issueRequest(true);
});
document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  if (detail.elt !== form() && unsaved.size && detail.target?.id === "vcm-main") saveAll();
});
document.addEventListener("vcm:sending", ({ detail: { body } }) => {
  sending = place;
  sentTexts.set(place, body);
});
document.addEventListener("vcm:not-sent", () => {
  sending = null;
  if (unsaved.size) schedule(SAVE_AFTER);
});
document.addEventListener("vcm:sent", () => {
  forget(sending ?? place);
  sending = null;
});
document.addEventListener("vcm:view", ({ detail: { view } }) => {
  place = placeOf(view);
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
window.addEventListener("pagehide", () => { if (unsaved.size) saveAll(); });
window.addEventListener("online", () => { if (unsaved.size) saveAll(); });
