/*
 * Badge and toast on every portal page.
 *
 * One tab of the browser leads (Web Locks): it asks live/state/ and tells the others (BroadcastChannel). The
 * cursor lies in localStorage and moves only after a toast was shown, so that changing the page in between
 * loses nothing. Answers are judged by their code, never by their status.
 */

const region = document.querySelector("[data-vcm-live]");
const START_DELAY = 1500;
const LEAVE_LEAD_AFTER = 60_000;
const BACK_OFF = [1000, 60_000];
const FINAL_CODES = new Set(["messages_disabled", "not_a_member", "not_authenticated"]);

/* Storage that is full or forbidden is no reason to fail: the cursor then lives as long as the page. */
const cursor = (() => {
  const key = `vclinic-messages:cursor:${region?.dataset.mailbox}`;
  let kept = null;
  return {
    get() {
      try {
        return localStorage.getItem(key) ?? kept;
      } catch {
        return kept;
      }
    },
    set(value) {
      kept = String(value);
      try {
        localStorage.setItem(key, kept);
      } catch {
        /* kept in memory */
      }
    },
  };
})();

const plural = (forms, count) => {
  const category = new Intl.PluralRules(document.documentElement.lang || "en").select(count);
  return (forms[category] ?? forms.other).replace("{n}", count);
};

/* ---- badge ---- */

function showUnread(count) {
  for (const slot of document.querySelectorAll("[data-vcm-badge]")) {
    const [number, words] = slot.children;
    slot.hidden = count === 0;
    number.textContent = count > 99 ? "99+" : count;
    words.textContent = plural(JSON.parse(slot.dataset.unread), count);
  }
}

/* ---- toast ---- */

const isMessagesPage = () => document.querySelector(".vcm-app") !== null;
let waiting = [];

function showToast(events) {
  const known = new Set(events.map((event) => event.conversation));
  waiting = [...waiting.filter((event) => !known.has(event.conversation)), ...events];
  region.querySelector(".vcm-toast")?.remove();
  const toast = region.querySelector("template").content.cloneNode(true).firstElementChild;
  const text = toast.querySelector(".vcm-toast-text");
  const link = toast.querySelector(".vcm-toast-link");
  const mark = toast.querySelector(".vcm-toast-mark");
  const [first] = waiting;
  if (waiting.length === 1) {
    text.textContent = first.sender
      ? text.dataset.from.replace("{name}", () => first.sender)
      : text.dataset.anonymous;
    link.textContent = link.dataset.one;
    link.href = first.url ?? region.dataset.inboxUrl;
    mark.textContent = initials(first.sender ?? "");
  } else {
    text.textContent = plural(JSON.parse(region.dataset.several), waiting.length);
    link.textContent = link.dataset.several;
    link.href = region.dataset.inboxUrl;
    mark.textContent = waiting.length;
    mark.dataset.kind = "count";
  }
  toast.querySelector("button").addEventListener("click", hideToast);
  toast.addEventListener("keydown", (event) => event.key === "Escape" && hideToast());
  region.append(toast);
  region.querySelector("[data-vcm-live-status]").textContent = text.textContent;
}

function hideToast() {
  waiting = [];
  region.querySelector(".vcm-toast")?.remove();
  region.querySelector("[data-vcm-live-status]").textContent = "";
}

/* Two letters of the name itself, without a title; one where letters are joined. */
function initials(name) {
  const words = name.split(/\s+/).filter((word) => /^\p{L}/u.test(word) && !/^(dr|prof|mr|mrs|ms)\.?$/iu.test(word));
  const letters = [words.at(0), words.length > 1 ? words.at(-1) : ""].map((word) => [...(word ?? "")][0] ?? "");
  return /[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}]/u.test(letters[0])
    ? letters.join("").toLocaleUpperCase()
    : letters[0];
}

/* ---- what a state means for this tab ---- */

let lastSeen = "";

/* Only one visible tab shows what is new: the first that moves the cursor past it. */
async function take(state) {
  showUnread(state.unread_conversations);
  if (state.unread_conversations === 0) hideToast();
  const sign = `${state.cursor}/${state.unread_conversations}`;
  if (lastSeen && sign !== lastSeen) {
    const detail = { unread: state.unread_conversations, events: state.events };
    document.dispatchEvent(new CustomEvent("vclinic-messages:changed", { detail }));
  }
  lastSeen = sign;
  await exclusively("toast", () => claim(state));
}

function claim(state) {
  const seen = cursor.get();
  if (state.reset || seen === null) return cursor.set(state.cursor);
  if (document.visibilityState !== "visible") return undefined;
  const fresh = state.events.filter((event) => event.seq > Number(seen));
  if (fresh.length && !isMessagesPage()) showToast(fresh);
  if (state.cursor > Number(seen)) cursor.set(state.cursor);
  return undefined;
}

/* Without locks (a portal without TLS) each tab stands for itself. */
function exclusively(name, work) {
  const lock = `vclinic-messages:${name}:${region.dataset.mailbox}`;
  return navigator.locks ? navigator.locks.request(lock, work) : work();
}

/* ---- asking ---- */

const channel = "BroadcastChannel" in window ? new BroadcastChannel(`vclinic-messages:${region?.dataset.mailbox}`) : null;
let stopped = false;
let failures = 0;

class Final extends Error {}

async function ask() {
  const url = new URL(region.dataset.stateUrl, location.href);
  const after = cursor.get();
  if (after !== null) url.searchParams.set("after", after);
  const response = await fetch(url, { cache: "no-cache", headers: { Accept: "application/json" } });
  const answer = await response.json();
  if (FINAL_CODES.has(answer.code)) throw new Final(answer.code);
  if (answer.code === "invalid_cursor") cursor.set(0);
  if (!("cursor" in answer)) throw new Error(answer.code);
  return answer;
}

function stop() {
  stopped = true;
  showUnread(0);
  hideToast();
  for (const item of document.querySelectorAll("[data-vcm-nav]")) item.dataset.vcmOff = "";
}

/* Asks once and tells everybody; resolves to the milliseconds until the next time. */
async function poll() {
  try {
    const state = await ask();
    failures = 0;
    channel?.postMessage(state);
    await take(state);
    if (state.more) return 0;
    const seconds = document.visibilityState === "visible" ? state.poll : Number(region.dataset.pollHidden);
    return seconds * 1000;
  } catch (error) {
    if (error instanceof Final) {
      channel?.postMessage({ final: true });
      stop();
    }
    const [least, most] = BACK_OFF;
    return least + Math.random() * Math.min(most, least * 2 ** (failures += 1));
  }
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

let hiddenSince = null;
const mayLead = () => !stopped && (!navigator.locks || hiddenSince === null || Date.now() - hiddenSince < LEAVE_LEAD_AFTER);

async function lead() {
  while (mayLead()) await pause(await poll());
}

async function run() {
  while (!stopped) {
    await exclusively("leader", lead);
    /* Hidden for long: whoever waits for the lock leads now, this tab queues behind. */
    if (!stopped) await pause(1000);
  }
}

function visibilityChanged() {
  hiddenSince = document.visibilityState === "visible" ? null : Date.now();
  if (hiddenSince === null && !stopped) {
    wake();
    poll();
  }
}

if (region?.dataset.stateUrl) {
  channel?.addEventListener("message", ({ data }) => (data.final ? stop() : take(data)));
  document.addEventListener("visibilitychange", visibilityChanged);
  document.addEventListener("vclinic-messages:read", ({ detail }) => showUnread(detail.unread));
  addEventListener("pageshow", (event) => event.persisted && visibilityChanged());
  setTimeout(run, START_DELAY);
}
