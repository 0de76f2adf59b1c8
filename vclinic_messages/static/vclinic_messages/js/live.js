/* Badge and toast. One tab leads: it asks, holds the stream that says when, and tells the others. */

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
/* Without storage the cursor lives as long as the page. */
let kept = null;
const cursor = {
  /* Storage reaches other processes later than the channel does. */
  get: () => kept ?? attempt(() => localStorage.getItem(shared)),
  set(value) {
    kept = String(value);
    attempt(() => localStorage.setItem(shared, kept));
  },
};

const plural = (forms, count) => {
  const category = new Intl.PluralRules(document.documentElement.lang || "en").select(count);
  return (forms[category] ?? forms.other).replace("{n}", count);
};

/* ---- badge ---- */

function showUnread(count) {
  for (const slot of document.querySelectorAll("[data-vcm-badge]")) {
    const [number, words] = slot.children;
    slot.hidden = !count;
    number.textContent = count > 99 ? "99+" : count;
    words.textContent = plural(JSON.parse(slot.dataset.unread), count);
  }
}

/* ---- toast ---- */

const isMessagesPage = () => document.querySelector(".vcm-app") !== null;
const MOST_TOASTS = 3;
/* Which toast tells of a conversation. */
const toasts = new Map();

function speak(text) {
  region.querySelector("[data-vcm-live-status]").textContent = text;
}

/* One for each conversation, or one for all. */
function showToasts(events) {
  const all = new Set([...toasts.keys(), ...events.map((event) => event.conversation)]);
  const texts = all.size > MOST_TOASTS
    ? [addToast([...all])]
    : events.map((event) => addToast([event.conversation], event));
  speak([...new Set(texts)].join(". "));
}

function addToast(conversations, event) {
  const toast = region.querySelector("template").content.cloneNode(true).firstElementChild;
  const text = toast.querySelector(".vcm-toast-text");
  const link = toast.querySelector(".vcm-toast-link");
  const mark = toast.querySelector(".vcm-avatar");
  if (event) {
    text.textContent = event.sender
      ? text.dataset.from.replace("{name}", () => event.sender)
      : text.dataset.anonymous;
    link.textContent = link.dataset.one;
    mark.textContent = initials(event.sender ?? "");
  } else {
    text.textContent = plural(JSON.parse(region.dataset.several), conversations.length);
    link.textContent = link.dataset.several;
    mark.textContent = conversations.length;
    mark.dataset.kind = "count";
  }
  link.href = event?.url ?? region.dataset.inboxUrl;
  toast.querySelector("button").addEventListener("click", () => hideToasts(toast));
  toast.addEventListener("keydown", ({ key }) => key === "Escape" && hideToasts(toast));
  for (const conversation of conversations) {
    toasts.get(conversation)?.remove();
    toasts.set(conversation, toast);
  }
  region.append(toast);
  return text.textContent;
}

function hideToasts(only) {
  for (const [conversation, toast] of toasts) {
    if (only && toast !== only) continue;
    const hadFocus = toast.contains(document.activeElement);
    toast.remove();
    toasts.delete(conversation);
    if (hadFocus) [...document.querySelectorAll("[data-vcm-nav], .vcm-toast button")].at(-1)?.focus();
  }
  speak("");
}

/* One letter where letters are joined. */
function initials(name) {
  const words = name.split(/\s+/).filter((word) => /^\p{L}/u.test(word) && !/^(dr|prof|mr|mrs|ms)\.?$/iu.test(word));
  const letters = [words.at(0), words.length > 1 ? words.at(-1) : ""].map((word) => [...(word ?? "")][0] ?? "");
  return /[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}]/u.test(letters[0])
    ? letters.join("").toLocaleUpperCase()
    : letters[0];
}

/* ---- state ---- */

/* The page has the tag of its making. */
let lastTag = region?.dataset.tag;

function take({ tag, unread_conversations: unread, events }) {
  showUnread(unread);
  markTitle(unread);
  if (!unread) hideToasts();
  const detail = { unread, events };
  if (lastTag !== tag) document.dispatchEvent(new CustomEvent("vclinic-messages:changed", { detail }));
  lastTag = tag;
}

/* ---- tabs ---- */

const channel = new BroadcastChannel(shared);
const tell = (message) => channel.postMessage(message);
const tab = Math.random();
let leads = false;
let answered = () => {};

/* One visible tab shows what is new, the leader if it can. */
async function distribute(state) {
  const seen = cursor.get();
  if (state.reset || seen === null) return moveCursor(state.cursor);
  const fresh = state.events.filter((event) => event.seq > Number(seen));
  if (fresh.length === 0 || (isVisible() && show(fresh))) return moveCursor(state.cursor);
  const shower = await new Promise((resolve) => {
    answered = resolve;
    tell({ who: true });
    setTimeout(resolve, 500);
  });
  if (!shower) return;
  tell({ show: fresh, tab: shower });
  moveCursor(state.cursor);
}

/* On the Messages page the list shows it. */
function show(events) {
  if (!isMessagesPage()) showToasts(events);
  return true;
}

function moveCursor(value) {
  cursor.set(value);
  tell({ cursor: value });
}

function listen({ data }) {
  if (data.final) stop(data.final);
  if (data.state) take(data.state);
  if ("cursor" in data) cursor.set(data.cursor);
  if (data.who && isVisible()) tell({ ready: tab });
  if (data.ready) answered(data.ready);
  if (data.show && data.tab === tab) show(data.show);
  if (data.ask && leads) askNow();
}

/* Without TLS there are no locks. */
function exclusively(work) {
  return navigator.locks ? navigator.locks.request(shared, work) : work();
}

/* ---- asking ---- */

const isVisible = () => document.visibilityState === "visible";
let stopped = false;
let failures = 0;
let again = false;

class Final extends Error {}

async function call(url, options) {
  const headers = { Accept: "application/json", ...options.headers };
  const response = await fetch(url, { ...options, headers });
  const answer = await response.json();
  if (FINAL_CODES.has(answer.code)) throw new Final(answer.code);
  if (answer.code === "invalid_cursor") cursor.set(0);
  if (!response.ok) throw new Error(answer.code);
  answer.tag = response.headers.get("ETag") ?? JSON.stringify(answer);
  return answer;
}

function askState() {
  const url = new URL(region.dataset.stateUrl, location.href);
  const after = cursor.get();
  if (after !== null) url.searchParams.set("after", after);
  return call(url, { cache: "no-cache" });
}

function stop(code) {
  stopped = true;
  closeStream();
  take({ unread_conversations: 0, events: [] });
  if (code === "not_authenticated") return;
  for (const link of document.querySelectorAll("[data-vcm-nav]")) link.style.display = "none";
}

/* Resolves to the milliseconds until the next time. */
async function poll() {
  again = false;
  try {
    const state = await askState();
    failures = 0;
    tell({ state });
    take(state);
    await distribute(state);
    if (state.more || again) return 0;
    if (state.stream && !source && Date.now() >= streamFrom) await openStream();
    const { pollHidden, pollSafety } = region.dataset;
    const seconds = source ? pollSafety : isVisible() ? state.poll : pollHidden;
    return again ? 0 : seconds * 1000;
  } catch (error) {
    if (error instanceof Final) {
      tell({ final: error.message });
      stop(error.message);
    }
    failures += 1;
    return jitter(failures);
  }
}

const jitter = (count) => 1000 + Math.random() * Math.min(60_000, 1000 * 2 ** count);

/* ---- stream ---- */

let source = null;
let streamFrom = 0;
let failedOpens = 0;

async function openStream() {
  try {
    const headers = { "X-CSRFToken": region.dataset.csrf };
    const { url } = await call(region.dataset.ticketUrl, { method: "POST", headers });
    source = new EventSource(url);
  } catch (error) {
    if (error instanceof Final) throw error;
    streamFailed();
    return;
  }
  for (const name of ["open", "poke", "sync", "bye"]) source.addEventListener(name, hear);
  source.addEventListener("error", streamFailed);
}

function hear(event) {
  /* The browser's own "open" says only that it is connected. */
  if (event.data === undefined) return;
  failedOpens = 0;
  if (event.type === "bye") {
    closeStream();
    if (JSON.parse(event.data).why === "restart") streamFrom = Date.now() + Math.random() * 30_000;
  }
  askNow();
}

function streamFailed() {
  closeStream();
  failedOpens += 1;
  streamFrom = Date.now() + (failedOpens < 2 ? jitter(failedOpens) : 300_000);
  askNow();
}

function closeStream() {
  source?.close();
  source = null;
}

/* ---- leading ---- */

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

let hiddenSince = null;
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

/* Hidden for long, a tab queues behind the others. */
async function run() {
  while (!stopped) {
    await exclusively(lead);
    if (!stopped) await pause(1000);
  }
}

const plainTitle = () => document.title.replace(/^\(\d+\+?\) /, "");

function markTitle(count) {
  if (isMessagesPage()) return;
  document.title = count && !isVisible() ? `(${count}) ${plainTitle()}` : plainTitle();
}

function visibilityChanged() {
  hiddenSince = isVisible() ? null : Date.now();
  if (hiddenSince !== null || stopped) return;
  markTitle(0);
  if (leads) askNow();
  else tell({ ask: true });
}

if (region?.dataset.stateUrl) {
  channel.addEventListener("message", listen);
  document.addEventListener("visibilitychange", visibilityChanged);
  document.addEventListener("vclinic-messages:read", ({ detail }) => showUnread(detail.unread));
  addEventListener("pagehide", closeStream);
  addEventListener("pageshow", (event) => event.persisted && visibilityChanged());
  setTimeout(run, START_DELAY);
}
