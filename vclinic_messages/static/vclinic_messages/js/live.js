/* Badge and toast. One tab leads: it asks the server and tells the other tabs. */

const region = document.querySelector("[data-vcm-live]");
const START_DELAY = 1500;
const LEAVE_LEAD_AFTER = 60_000;
const shared = `vclinic-messages:${region?.dataset.mailbox}`;
const FINAL_CODES = new Set(["messages_disabled", "not_a_member", "not_authenticated"]);

const attempt = (work) => {
  try {
    return work();
  } catch {
    return null;
  }
};
let position = null;
const cursor = {
  /* Storage reaches other processes later than the channel does. */
  get: () => position ?? attempt(() => localStorage.getItem(shared)) ?? region.dataset.cursor,
  set(value) {
    position = value;
    attempt(() => localStorage.setItem(shared, position));
  },
  clear() {
    position = null;
    attempt(() => localStorage.removeItem(shared));
  },
};

/* The server sends a sample of each plural form. */
function phrase(json, count) {
  const { language, separator, samples } = JSON.parse(json);
  const category = (number) => new Intl.PluralRules(language).select(number);
  const sample = Object.keys(samples).find((each) => category(Number(each)) === category(count)) ?? 100;
  return samples[sample].replace("{n}", String(count).replace(/\B(?=(...)+$)/g, separator));
}

/* Badge */

function showUnread(count) {
  for (const slot of document.querySelectorAll("[data-vcm-badge]")) {
    const [number, text] = slot.children;
    slot.hidden = !count;
    number.textContent = count > 99 ? slot.dataset.many : count;
    text.textContent = phrase(slot.dataset.phrase, count);
  }
}

/* Toast */

const isMessagesPage = () => document.querySelector(".vcm-app") !== null;
const STAY = 10_000;
let toast = null;
let leaving;
const told = new Set();

function speak(text) {
  region.querySelector("[data-vcm-live-status]").textContent = text;
}

/* One toast at a time, for one conversation or for several. */
function showToast(events) {
  for (const { conversation } of events) told.add(conversation);
  const fresh = region.querySelector("template").content.cloneNode(true).firstElementChild;
  const text = fresh.querySelector(".vcm-toast-text");
  const link = fresh.querySelector(".vcm-toast-link");
  const { sender, url } = events.at(-1);
  if (told.size > 1) {
    text.textContent = phrase(region.dataset.several, told.size);
    link.textContent = link.dataset.several;
  } else if (sender) text.querySelector("bdi").textContent = sender;
  else text.textContent = text.dataset.anonymous;
  link.href = (told.size === 1 && url) || region.dataset.inboxUrl;
  fresh.querySelector("button").addEventListener("click", hideToast);
  fresh.addEventListener("keydown", ({ key }) => key === "Escape" && hideToast());
  for (const name of ["pointerleave", "focusout"]) fresh.addEventListener(name, leaveLater);
  const hadFocus = toast?.contains(document.activeElement);
  toast?.remove();
  toast = fresh;
  region.append(toast);
  if (hadFocus) link.focus();
  speak(text.textContent);
  leaveLater();
}

/* It stays while somebody points at it, has the focus in it, or looks at another tab. */
function leaveLater() {
  clearTimeout(leaving);
  leaving = setTimeout(() => isVisible() && !toast?.matches(":hover, :focus-within") && hideToast(), STAY);
}

function hideToast() {
  const hadFocus = toast?.contains(document.activeElement);
  toast?.remove();
  toast = null;
  told.clear();
  speak("");
  if (hadFocus) document.querySelector("[data-vcm-nav]")?.focus();
}

/* State */

let lastTag = region?.dataset.tag;

function apply({ tag, unread_conversations: unread, events }) {
  showUnread(unread);
  markTitle(unread);
  if (!unread) hideToast();
  const detail = { unread, events };
  if (lastTag !== tag) document.dispatchEvent(new CustomEvent("vclinic-messages:changed", { detail }));
  lastTag = tag;
}

/* Tabs */

const channel = new BroadcastChannel(shared);
const broadcast = (message) => channel.postMessage(message);
const tab = Math.random();
let leads = false;
let onReady = () => {};

/* Only one visible tab shows what is new. */
async function distribute(state) {
  const seen = cursor.get();
  if (state.reset) return moveCursor(state.cursor);
  if (seen !== state.after) return askNow();
  const fresh = state.events;
  if (fresh.length === 0 || (isVisible() && show(fresh))) return moveCursor(state.cursor);
  const visibleTab = await new Promise((resolve) => {
    onReady = resolve;
    broadcast({ who: true });
    setTimeout(resolve, 500);
  });
  if (!visibleTab) return;
  broadcast({ show: fresh, tab: visibleTab });
  moveCursor(state.cursor);
}

/* The list of the Messages page shows what is new. */
function show(events) {
  if (!isMessagesPage()) showToast(events);
  return true;
}

function moveCursor(value) {
  cursor.set(value);
  broadcast({ cursor: value });
}

function onBroadcast({ data }) {
  if (data.final) stop(data.final);
  if (data.state) apply(data.state);
  if ("cursor" in data) cursor.set(data.cursor);
  if (data.who && isVisible()) broadcast({ ready: tab });
  if (data.ready) onReady(data.ready);
  if (data.show && data.tab === tab) show(data.show);
  if (data.ask && leads) askNow();
}

/* Browsers have locks only over TLS. */
function exclusively(work) {
  return navigator.locks ? navigator.locks.request(shared, work) : work();
}

/* Asking */

const isVisible = () => document.visibilityState === "visible";
let stopped = false;
let failures = 0;
let again = false;

class Final extends Error {}

/* The browser stores no state, because it names people. */
let known;

async function call(url, options) {
  const response = await fetch(url, { ...options, cache: "no-store" });
  if (response.status === 304) return { ...known, events: [] };
  const answer = await response.json();
  if (FINAL_CODES.has(answer.code)) throw new Final(answer.code);
  if (answer.code === "invalid_cursor") cursor.clear();
  if (!response.ok) throw new Error(answer.code);
  answer.tag = response.headers.get("ETag") ?? Math.random();
  return answer;
}

async function askState() {
  const url = new URL(region.dataset.stateUrl, location.href);
  const after = cursor.get();
  url.searchParams.set("after", after);
  known = await call(url, known && { headers: { "If-None-Match": known.tag } });
  return { ...known, after };
}

function stop(code) {
  stopped = true;
  closeStream();
  apply({ unread_conversations: 0, events: [] });
  if (code === "not_authenticated") return;
  for (const link of document.querySelectorAll("[data-vcm-nav]")) link.style.display = "none";
}

/* Returns the milliseconds until the next time. */
async function poll() {
  again = false;
  try {
    const state = await askState();
    failures = 0;
    broadcast({ state });
    apply(state);
    await distribute(state);
    if ((state.more && cursor.get() !== state.after) || again) return 0;
    if (state.stream && !source && Date.now() >= streamFrom) await openStream();
    const { pollHidden, pollSafety } = region.dataset;
    const seconds = source ? pollSafety : isVisible() ? state.poll : pollHidden;
    return again ? 0 : seconds * 1000;
  } catch (error) {
    if (error instanceof Final) {
      broadcast({ final: error.message });
      stop(error.message);
    }
    failures += 1;
    return jitter(failures);
  }
}

const jitter = (count) => 1000 + Math.random() * Math.min(60_000, 1000 * 2 ** count);

/* Stream */

let source = null;
let streamFrom = 0;
let failedOpens = 0;
let openedAt = 0;
const SHORT_STREAM = 10_000;
const POLL_INSTEAD = 300_000;

async function openStream() {
  try {
    const headers = { [region.dataset.csrfHeader]: region.dataset.csrf };
    const { url } = await call(region.dataset.ticketUrl, { method: "POST", headers });
    source = new EventSource(url);
    openedAt = Date.now();
  } catch (error) {
    if (error instanceof Final) throw error;
    streamFailed();
    return;
  }
  for (const name of ["open", "poke", "sync", "bye"]) source.addEventListener(name, onStreamEvent);
  source.addEventListener("error", streamFailed);
}

function onStreamEvent(event) {
  /* The browser's own "open" event has no data. */
  if (event.data === undefined) return;
  failedOpens = 0;
  if (event.type === "bye") {
    closeStream();
    const { why } = JSON.parse(event.data);
    if (why === "restart") streamFrom = Date.now() + Math.random() * 30_000;
    /* This person has many streams. Opening it again would end another one, and so on. */
    if (why === "renew" && Date.now() - openedAt < SHORT_STREAM) streamFrom = Date.now() + POLL_INSTEAD;
  }
  askNow();
}

function streamFailed() {
  closeStream();
  failedOpens += 1;
  streamFrom = Date.now() + (failedOpens < 2 ? jitter(failedOpens) : POLL_INSTEAD);
  askNow();
}

function closeStream() {
  source?.close();
  source = null;
}

/* Leading */

let wake = () => {};
const pause = (milliseconds) =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    wake = () => {
      clearTimeout(timer);
      resolve();
    };
  });

function askNow() {
  again = true;
  wake();
}

let hiddenSince = isVisible() ? null : Date.now();
const mayLead = () => !stopped && (hiddenSince === null || !navigator.locks || Date.now() - hiddenSince < LEAVE_LEAD_AFTER);

async function lead() {
  leads = true;
  while (mayLead()) {
    const untilStream = streamFrom > Date.now() ? streamFrom - Date.now() : Infinity;
    await pause(Math.min(await poll(), untilStream));
  }
  leads = false;
  closeStream();
}

async function run() {
  while (!stopped) {
    await exclusively(lead);
    if (!stopped) await pause(1000);
  }
}

/* The Messages pages write the count before their title themselves. */
let titleCount = "";

function markTitle(count) {
  if (isMessagesPage()) return;
  const title = document.title.startsWith(titleCount) ? document.title.slice(titleCount.length) : document.title;
  titleCount = count && !isVisible() ? `(${count}) ` : "";
  document.title = titleCount + title;
}

function visibilityChanged() {
  hiddenSince = isVisible() ? null : Date.now();
  if (hiddenSince !== null || stopped) return;
  leaveLater();
  markTitle(0);
  if (leads) askNow();
  else broadcast({ ask: true });
}

if (region?.dataset.stateUrl) {
  channel.addEventListener("message", onBroadcast);
  document.addEventListener("visibilitychange", visibilityChanged);
  document.addEventListener("vclinic-messages:read", ({ detail }) => showUnread(detail.unread));
  addEventListener("pagehide", closeStream);
  /* Others have shown toasts meanwhile. */
  addEventListener("pageshow", ({ persisted }) => {
    if (!persisted) return;
    position = null;
    hideToast();
    visibilityChanged();
  });
  setTimeout(run, START_DELAY);
}
