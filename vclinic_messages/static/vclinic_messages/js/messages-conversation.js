/* The open conversation: add what arrives, and mark as read what was seen. */

const VISIBLE_FOR = 1000;
const NEAR_END = 48;

const texts = document.getElementById("vcm-texts").dataset;
const log = document.getElementById("vcm-log");
const box = () => document.getElementById("vcm-conversation");
const messages = () => document.getElementById("vcm-messages");
const jump = () => document.getElementById("vcm-jump");
const work = () => document.getElementById("vcm-work");
const last = () => messages()?.querySelector(".vcm-msg:last-of-type");
const lastOfOthers = () => [...(messages()?.querySelectorAll(".vcm-msg:not(.vcm-msg--mine)") ?? [])].at(-1);
/* The button below the messages of a page that does not end with the newest one. */
const newer = () => document.getElementById("vcm-newer");
const idOf = (message) => Number(message?.dataset.id ?? 0);
const emit = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));

let view = null;
let timer = null;
let inView = null;
let missed = 0;
let fetching = false;
let fetchAgain = false;

/* The box is upside down: 0 is its end, and scrolling up counts down. In a low window the page scrolls instead. */
const isAtEnd = () => Math.abs(box().scrollTop) < NEAR_END
  && box().getBoundingClientRect().bottom < innerHeight + NEAR_END;

function open({ isSame }) {
  clearTimeout(timer);
  missed = 0;
  log.textContent = "";
  if (!box()) return;
  const hit = messages()?.querySelector(".vcm-msg--hit");
  const first = document.getElementById("vcm-first-new");
  if (hit) {
    const frame = box().getBoundingClientRect();
    const { top, height } = hit.getBoundingClientRect();
    box().scrollBy({ top: top + height / 2 - frame.top - frame.height / 2, behavior: "instant" });
  } else if (first && !isSame) {
    const third = box().getBoundingClientRect().top + box().clientHeight / 3;
    box().scrollBy({ top: first.getBoundingClientRect().top - third, behavior: "instant" });
  }
  box().addEventListener("scroll", scrolled, { passive: true });
  jump()?.addEventListener("click", () => {
    box().scrollTo({ top: 0 });
    last().scrollIntoView({ block: "nearest" });
    box().focus({ preventScroll: true });
  });
  watch();
}

function scrolled() {
  if (!box()) return;
  if (isAtEnd()) showMissed(0);
  watch();
}

function showMissed(count) {
  missed = count;
  if (!jump()) return;
  jump().hidden = !count;
  jump().textContent = count ? phrase(texts.newMessages, count) : "";
}

/* The phrase for a number, in the page's language. */
function phrase(json, count) {
  const asked = { json, count };
  emit("vcm:phrase", asked);
  return asked.text;
}

/* Read -------------------------------------------------------------------------------------------------- */

/* Whether the last message of somebody else has been in view to its end and is not below the view now. The
   reader's own newer messages may fill the screen. */
function isRead() {
  const newest = lastOfOthers();
  if (document.hidden || !box()?.clientHeight || !newest) return false;
  const { bottom } = newest.getBoundingClientRect();
  const frame = box().getBoundingClientRect();
  if (bottom > Math.min(frame.bottom, innerHeight) + NEAR_END / 2) return false;
  if (bottom > Math.max(frame.top, 0)) inView = idOf(newest);
  return inView === idOf(newest);
}

function watch() {
  clearTimeout(timer);
  /* A page that skips unread messages has no address to mark as read. */
  const url = box()?.dataset.readUrl;
  if (url && Number(view?.dataset.unread) && isRead()) {
    timer = setTimeout(() => { if (isRead()) markRead(view, idOf(lastOfOthers()), url); }, VISIBLE_FOR);
  }
}

async function markRead(read, message, url) {
  try {
    const response = await postMark(url, message);
    if (response.status === 403) emit("vcm:answer", { version: null });
    if (!response.ok || !response.headers.has("VCM-Page")) return;
    const { unread_conversations: unread } = await response.json();
    const isUpToDate = read !== view || idOf(lastOfOthers()) === message;
    if (isUpToDate) read.dataset.unread = "0";
    const seen = read.querySelector("[name=seen]");
    if (seen) seen.value = message;
    emit("vclinic-messages:read", { unread, conversation: newer() ? null : read.dataset.conversation });
  } catch {
    /* Offline: the next look at the conversation tries again. */
  }
}

/* If the person has signed in again meanwhile, the answer brings the token for a second try. */
async function postMark(url, message, freshToken) {
  const csrfmiddlewaretoken = freshToken ?? document.querySelector("#vcm-main [name=csrfmiddlewaretoken]")?.value ?? "";
  const body = new URLSearchParams({ message, csrfmiddlewaretoken, viewer: texts.person });
  const headers = { Accept: "application/json", "VCM-Background": "1" };
  const response = await fetch(url, { method: "POST", body, headers });
  const token = response.headers.get("VCM-Token");
  if (!token || freshToken) return response;
  emit("vcm:token", { token });
  return postMark(url, message, token);
}

/* Arrivals ---------------------------------------------------------------------------------------------- */

async function fetchArrivals() {
  if (!view?.dataset.conversation || !messages()) return;
  if (fetching) {
    fetchAgain = true;
    return;
  }
  fetching = true;
  const here = view;
  try {
    const response = await fetch(`${here.dataset.url}?after=${idOf(last())}`, {
      headers: { "HX-Request": "true", "HX-Target": "vcm-messages", "VCM-Background": "1" },
    });
    if (response.ok && response.headers.has("VCM-Page") && here === view) {
      add(await response.text());
    }
  } catch {
    /* The next change tries again. */
  } finally {
    fetching = false;
    if (fetchAgain) {
      fetchAgain = false;
      fetchArrivals();
    }
  }
}

function add(html) {
  const holder = document.createElement("template");
  holder.innerHTML = html;
  emit("vcm:fresh", holder.content);
  showWork(holder.content.querySelector("#vcm-fresh-work"));
  showReceipt(holder.content.querySelector("#vcm-fresh-receipt"));
  const newest = idOf(last());
  const arrived = [...holder.content.querySelectorAll(".vcm-msg")].filter((message) => idOf(message) > newest);
  if (!arrived.length) return;
  if (newer()) return countNewer(arrived.length, holder.content.querySelector("#vcm-newer"));
  const wasAtEnd = isAtEnd();
  holder.content.querySelector("#vcm-first-new")?.remove();
  const before = box().scrollHeight;
  messages().append(holder.content);
  box().scrollTop -= box().scrollHeight - before;
  window.htmx.process(messages());
  dropRepeatedDividers();
  const own = arrived.filter((message) => message.classList.contains("vcm-msg--mine"));
  emit("vcm:arrived", {
    keys: own.map((message) => message.dataset.key),
    texts: own.map((message) => message.querySelector(".vcm-msg__body").textContent),
  });
  emit("vcm:tick", {});
  const theirs = arrived.filter((message) => !message.classList.contains("vcm-msg--mine"));
  if (wasAtEnd) showArrived(arrived[0]);
  if (!isAtEnd()) showMissed(missed + theirs.length);
  if (theirs.length) view.dataset.unread = Number(view.dataset.unread) + theirs.length;
  theirs.forEach(speak);
  watch();
}

/* Show what arrived: the end, or the first message if they do not all fit. */
function showArrived(first) {
  box().scrollTop = 0;
  last().scrollIntoView({ block: "nearest" });
  const hidden = box().getBoundingClientRect().top - first.getBoundingClientRect().top;
  if (hidden > 0) box().scrollTop -= hidden;
}

/* Somebody who has not come to the end yet loads what is newer with the button. */
function countNewer(arrived, others) {
  const count = arrived + Number(others?.dataset.count ?? 0);
  newer().querySelector(".vcm-button").textContent = phrase(texts.newerMessages, count);
}

/* Show whether the patient waits. Where nothing changed, the strip stays, and so does the focus in it. While it
   waits for its own answer, that answer replaces it. */
function showWork(fresh) {
  fresh?.remove();
  const strip = work();
  const next = fresh?.content.firstElementChild;
  if (!strip || !next || strip.dataset.state === next.dataset.state) return;
  if (strip.querySelector(".htmx-request, [role=menuitem]")) return;
  const hadFocus = strip.contains(document.activeElement);
  strip.replaceWith(next);
  window.htmx.process(next);
  if (hadFocus) focusWork();
}

/* "No answer needed" or its undo is done: the other one is in its place. */
function worked() {
  if (work().dataset.said) emit("vcm:say", { text: work().dataset.said });
  focusWork();
}

const focusWork = () => (work().querySelector("[autofocus]") ?? work().querySelector("button") ?? box()).focus({ preventScroll: true });

function showReceipt(fresh) {
  fresh?.remove();
  const receipt = fresh?.content.querySelector("p");
  const before = document.getElementById(receipt?.id);
  if (before && before.innerHTML !== receipt.innerHTML) before.innerHTML = receipt.innerHTML;
}

function speak(message) {
  const name = message.querySelector(".vcm-msg__name").textContent;
  const time = message.querySelector("time").textContent;
  const line = document.createElement("p");
  line.textContent = `${name}, ${time}: ${message.querySelector(".vcm-msg__body").textContent}`;
  log.append(line);
  setTimeout(() => line.remove(), 10_000);
}

/* Two pages of messages may both begin with a divider for the same day, or with "New messages". */
function dropRepeatedDividers() {
  [...(messages()?.querySelectorAll(".vcm-divider--new") ?? [])].slice(1).forEach((divider) => divider.remove());
  let day = null;
  messages()?.querySelectorAll("[data-day]").forEach((divider) => {
    if (divider.dataset.day === day) divider.remove();
    day = divider.dataset.day;
  });
}

document.addEventListener("vcm:view", ({ detail }) => {
  view = detail.view;
  open(detail);
});
document.addEventListener("vclinic-messages:changed", fetchArrivals);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) fetchArrivals();
  watch();
});
window.addEventListener("resize", watch, { passive: true });
window.addEventListener("scroll", scrolled, { passive: true });

/* Hits of a search -------------------------------------------------------------------------------------- */

const hits = () => document.getElementById("vcm-hits");

/* Another hit is shown, or the strip was closed. */
function showHit() {
  open({});
  if (hits().dataset.said) emit("vcm:say", { text: hits().dataset.said });
  else if (document.activeElement === document.body) box().focus({ preventScroll: true });
}

document.addEventListener("keydown", (event) => {
  if (!hits()?.contains(event.target)) return;
  const id = event.key === "Escape" ? "vcm-hits-close"
    : ["F3", "Enter"].includes(event.key) && event.shiftKey ? "vcm-hit-previous"
    : event.key === "F3" ? "vcm-hit-next" : null;
  if (!id) return;
  event.preventDefault();
  document.getElementById(id).click();
});

let heightBefore = 0;
document.addEventListener("htmx:beforeSwap", () => { heightBefore = box()?.scrollHeight; });
/* This event is fired for each message that was added. */
document.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (detail.target.id === "vcm-work") worked();
  if (detail.target.id === "vcm-conversation") showHit();
  if (detail.target.id !== "vcm-newer") return;
  dropRepeatedDividers();
  box().scrollTop -= box().scrollHeight - heightBefore;
  heightBefore = box().scrollHeight;
  view.dataset.unread = "1";
  watch();
});

document.addEventListener("htmx:afterSettle", ({ detail: { target: { id } } }) => {
  if (id !== "vcm-earlier" && id !== "vcm-newer") return;
  dropRepeatedDividers();
  if (document.activeElement === document.body) {
    (document.querySelector(`#${id} .vcm-button`) ?? box()).focus({ preventScroll: true });
  }
});
