/* What is read. The list stays up to date, but never moves rows under a moving pointer or the focus. */

const byId = (id) => document.getElementById(id);
const on = (name, listener) => document.addEventListener(name, listener);
const emit = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));
const say = (text) => emit("vcm:say", { text });

const app = byId("vcm-app");
const texts = byId("vcm-texts").dataset;
let view = null;

function phrase(json, count) {
  const asked = { json, count };
  emit("vcm:phrase", asked);
  return asked.text;
}

function fragment(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content;
}

/* Work that is asked for while it is under way is done once more. After a failure the next change tries again. */
function oneAtATime(work) {
  let isRunning = false;
  let isWanted = false;
  return async function run() {
    isWanted = true;
    if (isRunning) return;
    isRunning = true;
    while (isWanted) {
      isWanted = false;
      await work().catch(() => {});
    }
    isRunning = false;
  };
}

/* List: up to date */

const RESTS_AFTER = 1000;
const list = byId("vcm-list");
const find = byId("vcm-find");
const search = byId("vcm-search");
const news = byId("vcm-news");
const rows = () => byId("vcm-rows");
const items = () => [...(rows()?.querySelectorAll(".vcm-item") ?? [])];
const linkOf = (item) => item.querySelector(".vcm-row");
const positionOf = (item) => Number(item.dataset.position);
const filter = () => find?.elements.show?.value;
const question = () => (find ? new URLSearchParams(new FormData(find)).toString() : "");

let fresh = null;
let movingTimer = null;

/* A click leaves the focus on its row, and the list must not stand still from then on. */
const isBusy = () => movingTimer !== null || list.querySelector(":focus-visible") !== null;

list.addEventListener("pointermove", () => {
  clearTimeout(movingTimer);
  movingTimer = setTimeout(() => {
    movingTimer = null;
    settle();
  }, RESTS_AFTER);
});
list.addEventListener("focusout", () => setTimeout(settle));

const refresh = oneAtATime(async () => {
  const asked = question();
  const response = await fetch(app.dataset.inbox, {
    method: "POST",
    body: new URLSearchParams(asked),
    headers: { "HX-Request": "true", "HX-Target": "vcm-list", "VCM-Background": "1" },
  });
  const version = response.headers.get("VCM-Page");
  if (response.status < 500) emit("vcm:answer", { version });
  if (!response.ok || !version) return;
  const answer = fragment(await response.text());
  /* Somebody may have typed or chosen something else. */
  if (asked !== question()) return;
  const { unread, now } = answer.querySelector("#vcm-rows").dataset;
  fresh = [...answer.querySelectorAll(".vcm-item")];
  fresh.isComplete = !answer.querySelector("#vcm-more");
  showCounts(answer);
  emit("vcm:unread", { count: Number(unread) });
  settle();
  followClock(now);
  tick();
});

function showCounts(answer) {
  answer.querySelector("#vcm-counts")?.content.querySelectorAll("[id]").forEach((count) => {
    byId(count.id)?.replaceWith(count);
  });
}

/* While somebody is in the list, rows only change in place, and a button offers the rest. */
function settle({ now = !isBusy() } = {}) {
  if (!fresh || !rows()) return;
  const known = new Map(items().map((item) => [item.id, item]));
  const added = fresh.filter((item) => !known.has(item.id));
  fresh.forEach((item) => known.has(item.id) && update(known.get(item.id), item));
  items().filter((item) => !fresh.some((each) => each.id === item.id)).forEach(leave);
  offer(now ? 0 : added.length);
  if (now) {
    insert(added);
    fresh = null;
  }
  select();
}

/* The element stays, and with it focus and pointer. */
function update(item, next) {
  item.dataset.position = next.dataset.position;
  const { attributes, childNodes } = linkOf(next);
  for (const { name, value } of attributes) linkOf(item).setAttribute(name, value);
  window.htmx.process(linkOf(item));
  linkOf(item).replaceChildren(...[...childNodes].map((node) => node.cloneNode(true)));
}

/* A conversation that no longer waits, or is read, stays where it is until the list is left. */
function leave(item) {
  if (item.id.startsWith("vcm-draft-")) return item.remove();
  if (!fresh.isComplete && positionOf(item) < positionOf(fresh.at(-1))) return;
  const wait = item.querySelector(".vcm-row__wait");
  if (filter() === "waiting" && wait) {
    wait.className = "vcm-row__time";
    delete wait.dataset.since;
    wait.textContent = texts.answered;
    item.querySelector(".vcm-row__taken")?.remove();
  }
  if (filter() === "unread") showRead(item);
}

function offer(count) {
  news.hidden = !count;
  if (count) news.textContent = phrase(texts.newConversations, count);
}

function insert(added) {
  const last = byId("vcm-more") ? Math.min(...items().map(positionOf)) : -Infinity;
  const inside = added.filter((item) => positionOf(item) >= last).map((item) => document.importNode(item, true));
  const sorted = [...items(), ...inside].sort((one, other) => positionOf(other) - positionOf(one));
  const active = document.activeElement;
  sorted.forEach((item, index) => {
    const there = rows().children[index];
    if (there !== item) rows().insertBefore(item, there ?? null);
  });
  if (list.contains(active)) active.focus({ preventScroll: true });
  if (inside.length) list.querySelector(".vcm-list__none")?.remove();
  inside.forEach((item) => window.htmx.process(item));
}

function showRead(item) {
  linkOf(item).classList.remove("vcm-row--unread");
  item.querySelectorAll(".vcm-badge, .vcm-row__unread").forEach((mark) => mark.remove());
}

news.addEventListener("click", () => {
  settle({ now: true });
  list.scrollTop = 0;
  if (items()[0]) linkOf(items()[0]).focus();
});

const spoken = new Set();
function sayArrivals(events) {
  const others = events.filter(({ conversation, message }) => (
    conversation !== view?.dataset.conversation && !spoken.has(message)
  ));
  others.forEach(({ message }) => spoken.add(message));
  const sentences = others.map(({ sender }) => {
    const text = document.querySelector("[data-vcm-live] template").content.querySelector(".vcm-toast-text").cloneNode(true);
    if (!sender) return text.dataset.anonymous;
    text.querySelector("bdi").textContent = sender;
    return text.textContent;
  });
  if (sentences.length && !document.hidden) say([...new Set(sentences)].join(". "));
}

/* List: which row is open, and which one the Tab key comes to */

function select(open = byId(view?.dataset.row)) {
  items().forEach((item) => {
    if (item === open) linkOf(item).setAttribute("aria-current", "true");
    else linkOf(item).removeAttribute("aria-current");
  });
  rove(rows()?.querySelector(".vcm-row[tabindex='0']") ?? rows()?.querySelector(".vcm-row[aria-current]"));
}

function rove(to) {
  const links = items().map(linkOf);
  const stop = links.includes(to) ? to : links[0];
  links.forEach((link) => { link.tabIndex = link === stop ? 0 : -1; });
}

list.addEventListener("focusin", ({ target }) => { if (target.matches(".vcm-row")) rove(target); });
list.addEventListener("keydown", (event) => {
  const links = items().map(linkOf);
  const at = links.indexOf(event.target.closest?.(".vcm-row"));
  if (at < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: links.length - 1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  links[Math.min(Math.max(to, 0), links.length - 1)].focus();
});

on("htmx:beforeRequest", ({ detail: { elt, xhr } }) => {
  if (!elt.matches(".vcm-row")) return;
  select(elt.closest(".vcm-item"));
  xhr.addEventListener("loadend", () => select());
});

/* List: search and filter */

/* Old rows must not look like what the new words found. */
function searchFailed({ elt }) {
  if (elt?.id !== "vcm-find") return;
  const reason = document.createElement("p");
  reason.className = "vcm-list__none";
  reason.textContent = navigator.onLine ? texts.searchFailed : texts.searchOffline;
  list.replaceChildren(reason);
  say(reason.textContent);
}

on("vcm:refused", ({ detail }) => searchFailed(detail));
for (const name of ["htmx:sendError", "htmx:timeout"]) on(name, ({ detail }) => searchFailed(detail.requestConfig));

/* Words of a search never are in the address. */
function keepFilter() {
  const address = new URL(location);
  for (const name of ["show", "mailbox"]) {
    const value = find?.elements[name]?.value;
    if (value) address.searchParams.set(name, value);
    else if (value === "") address.searchParams.delete(name);
  }
  if (address.href !== location.href) history.replaceState({ htmx: true }, "", address);
}

if (find) {
  const clear = find.querySelector(".vcm-search__clear");
  let wasEmpty = !search.value;
  clear.hidden = wasEmpty;
  search.addEventListener("input", () => {
    /* A search looks everywhere, unless somebody then narrows it. */
    const every = find.querySelector("[name=show][value=all]");
    if (wasEmpty && search.value && every) {
      every.checked = true;
      if (find.elements.mailbox) find.elements.mailbox.value = "";
    }
    wasEmpty = !search.value;
    clear.hidden = wasEmpty;
  });
  search.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229 || event.key !== "ArrowDown" || !items()[0]) return;
    event.preventDefault();
    linkOf(items()[0]).focus();
  });
  clear.addEventListener("click", () => {
    search.value = "";
    search.focus();
    search.dispatchEvent(new Event("input", { bubbles: true }));
  });
  for (const name of ["htmx:pushedIntoHistory", "htmx:replacedInHistory"]) on(name, keepFilter);
}

on("htmx:beforeSwap", ({ detail }) => {
  if (detail.target.id === "vcm-more") detail.target.dataset.count = items().length;
});

on("htmx:afterSettle", ({ detail: { target } }) => {
  if (target === list) {
    fresh = null;
    offer(0);
    showCounts(list);
    say(rows().dataset.said);
    emit("vcm:unread", { count: Number(rows().dataset.unread) });
    keepFilter();
    select();
  } else if (target.id === "vcm-more") {
    items().forEach((item) => { if (byId(item.id) !== item) item.remove(); });
    const first = items()[Number(target.dataset.count)];
    if (first) linkOf(first).focus();
    select();
  }
});

/* Conversation */

const NEAR_END = 48;
const box = () => byId("vcm-conversation");
const messages = () => byId("vcm-messages");
const last = () => messages()?.querySelector(".vcm-msg:last-of-type");
const idOf = (message) => Number(message?.dataset.id ?? 0);
const isMine = (message) => message.classList.contains("vcm-msg--mine");
const lastOfOthers = () => [...(messages()?.querySelectorAll(".vcm-msg:not(.vcm-msg--mine)") ?? [])].at(-1);
/* A page that does not end with the newest message has this button. */
const newer = () => byId("vcm-newer");
let missed = 0;

/* The box is upside down: 0 is its end. In a low window the page scrolls instead. */
const isAtEnd = () => Math.abs(box().scrollTop) < NEAR_END
  && box().getBoundingClientRect().bottom < innerHeight + NEAR_END;

function showOpened({ isSame }) {
  clearTimeout(readTimer);
  missed = 0;
  byId("vcm-log").textContent = "";
  if (!box()) return;
  const hit = messages()?.querySelector(".vcm-msg--hit");
  const first = byId("vcm-first-new");
  if (hit) {
    const frame = box().getBoundingClientRect();
    const { top, height } = hit.getBoundingClientRect();
    box().scrollBy({ top: top + height / 2 - frame.top - frame.height / 2, behavior: "instant" });
  } else if (first && !isSame) {
    const third = box().getBoundingClientRect().top + box().clientHeight / 3;
    box().scrollBy({ top: first.getBoundingClientRect().top - third, behavior: "instant" });
  }
  box().addEventListener("scroll", scrolled, { passive: true });
  byId("vcm-jump")?.addEventListener("click", () => {
    showEnd();
    box().focus({ preventScroll: true });
  });
  watch();
}

function showEnd() {
  box().scrollTop = 0;
  last().scrollIntoView({ block: "nearest" });
}

function scrolled() {
  if (!box()) return;
  if (isAtEnd()) showMissed(0);
  watch();
}

function showMissed(count) {
  const jump = byId("vcm-jump");
  missed = count;
  if (!jump) return;
  jump.hidden = !count;
  jump.textContent = count ? phrase(texts.newMessages, count) : "";
}

window.addEventListener("resize", () => watch(), { passive: true });
window.addEventListener("scroll", scrolled, { passive: true });

/* Conversation: what is read */

const VISIBLE_FOR = 1000;
let readTimer = null;
let inView = null;

/* The reader's own newer messages may fill the screen. */
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
  clearTimeout(readTimer);
  /* A page that skips unread messages has no address to mark as read. */
  const url = box()?.dataset.readUrl;
  if (url && Number(view?.dataset.unread) && isRead()) {
    readTimer = setTimeout(() => { if (isRead()) markRead(view, idOf(lastOfOthers()), url); }, VISIBLE_FOR);
  }
}

async function markRead(read, message, url) {
  try {
    const response = await postMark(url, message);
    if (response.status === 403) emit("vcm:answer", { version: null });
    if (!response.ok || !response.headers.has("VCM-Page")) return;
    const { unread_conversations: unread } = await response.json();
    if (read !== view || idOf(lastOfOthers()) === message) read.dataset.unread = "0";
    const seen = read.querySelector("[name=seen]");
    if (seen) seen.value = message;
    emit("vclinic-messages:read", { unread, conversation: newer() ? null : read.dataset.conversation });
  } catch {
    /* The next look tries again. */
  }
}

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

on("vclinic-messages:read", ({ detail }) => {
  emit("vcm:unread", { count: detail.unread });
  const item = byId(`vcm-row-${detail.conversation}`);
  if (item) showRead(item);
});

/* Conversation: what arrives */

const fetchArrivals = oneAtATime(async () => {
  const here = view;
  if (!here?.dataset.conversation || !messages()) return;
  const response = await fetch(`${here.dataset.url}?after=${idOf(last())}`, {
    headers: { "HX-Request": "true", "HX-Target": "vcm-messages", "VCM-Background": "1" },
  });
  if (response.ok && response.headers.has("VCM-Page") && here === view) add(fragment(await response.text()));
});

function add(answer) {
  emit("vcm:fresh", answer);
  showWork(answer.querySelector("#vcm-fresh-work"));
  showReceipt(answer.querySelector("#vcm-fresh-receipt"));
  const newest = idOf(last());
  const arrived = [...answer.querySelectorAll(".vcm-msg")].filter((message) => idOf(message) > newest);
  if (!arrived.length) return;
  if (newer()) return countNewer(arrived.length, answer.querySelector("#vcm-newer"));
  const wasAtEnd = isAtEnd();
  answer.querySelector("#vcm-first-new")?.remove();
  const before = box().scrollHeight;
  messages().append(answer);
  box().scrollTop -= box().scrollHeight - before;
  window.htmx.process(messages());
  dropRepeatedDividers();
  const own = arrived.filter(isMine);
  emit("vcm:arrived", {
    keys: own.map((message) => message.dataset.key),
    texts: own.map((message) => message.querySelector(".vcm-msg__body").textContent),
  });
  tick();
  const theirs = arrived.filter((message) => !isMine(message));
  if (wasAtEnd) showArrived(arrived[0]);
  if (!isAtEnd()) showMissed(missed + theirs.length);
  if (theirs.length) view.dataset.unread = Number(view.dataset.unread) + theirs.length;
  theirs.forEach(sayMessage);
  watch();
}

/* The first message, if they do not all fit. */
function showArrived(first) {
  showEnd();
  const hidden = box().getBoundingClientRect().top - first.getBoundingClientRect().top;
  if (hidden > 0) box().scrollTop -= hidden;
}

function countNewer(arrived, others) {
  const count = arrived + Number(others?.dataset.count ?? 0);
  newer().querySelector(".vcm-button").textContent = phrase(texts.newerMessages, count);
}

/* Where nothing changed, the focus stays in the strip. While it waits for its own answer, that one replaces it. */
function showWork(answer) {
  answer?.remove();
  const strip = byId("vcm-work");
  const next = answer?.content.firstElementChild;
  if (!strip || !next || strip.dataset.state === next.dataset.state) return;
  if (strip.querySelector(".htmx-request, [role=menuitem]")) return;
  const hadFocus = strip.contains(document.activeElement);
  strip.replaceWith(next);
  window.htmx.process(next);
  if (hadFocus) focusWork();
}

function focusWork() {
  const work = byId("vcm-work");
  (work.querySelector("[autofocus]") ?? work.querySelector("button") ?? box()).focus({ preventScroll: true });
}

function showReceipt(answer) {
  answer?.remove();
  const receipt = answer?.content.querySelector("p");
  const before = byId(receipt?.id);
  if (before && before.innerHTML !== receipt.innerHTML) before.innerHTML = receipt.innerHTML;
}

function sayMessage(message) {
  const name = message.querySelector(".vcm-msg__name").textContent;
  const time = message.querySelector("time").textContent;
  const line = document.createElement("p");
  line.textContent = `${name}, ${time}: ${message.querySelector(".vcm-msg__body").textContent}`;
  byId("vcm-log").append(line);
  setTimeout(() => line.remove(), 10_000);
}

/* Two pages may both begin with the same day, or with "New messages". */
function dropRepeatedDividers() {
  [...(messages()?.querySelectorAll(".vcm-divider--new") ?? [])].slice(1).forEach((divider) => divider.remove());
  let day = null;
  messages()?.querySelectorAll("[data-day]").forEach((divider) => {
    if (divider.dataset.day === day) divider.remove();
    day = divider.dataset.day;
  });
}

/* Conversation: the strips, and more messages */

on("keydown", (event) => {
  if (!byId("vcm-hits")?.contains(event.target)) return;
  const id = event.key === "Escape" ? "vcm-hits-close"
    : ["F3", "Enter"].includes(event.key) && event.shiftKey ? "vcm-hit-previous"
    : event.key === "F3" ? "vcm-hit-next" : null;
  if (!id) return;
  event.preventDefault();
  byId(id).click();
});
on("click", ({ target }) => {
  const end = target.closest?.("#vcm-hits [aria-disabled]");
  if (end) say(end.dataset.said);
});

let heightBefore = 0;
on("htmx:beforeSwap", () => { heightBefore = box()?.scrollHeight; });
on("htmx:afterSwap", ({ detail: { target: { id } } }) => {
  if (id === "vcm-work") {
    if (byId(id).dataset.said) say(byId(id).dataset.said);
    focusWork();
  }
  if (id === "vcm-conversation") {
    const { said } = byId("vcm-hits").dataset;
    showOpened({});
    if (said) say(said);
    else if (document.activeElement === document.body) box().focus({ preventScroll: true });
  }
  /* Fired for each message that was added. */
  if (id === "vcm-newer") {
    dropRepeatedDividers();
    box().scrollTop -= box().scrollHeight - heightBefore;
    heightBefore = box().scrollHeight;
    view.dataset.unread = "1";
    watch();
  }
});

on("htmx:afterSettle", ({ detail: { target: { id } } }) => {
  if (id !== "vcm-earlier" && id !== "vcm-newer") return;
  dropRepeatedDividers();
  if (document.activeElement === document.body) {
    (document.querySelector(`#${id} .vcm-button`) ?? box()).focus({ preventScroll: true });
  }
});

/* Times follow the server's clock */

const { forms, ...locale } = JSON.parse(texts.times);
const MINUTE = 60_000;
const DAY = 1440;
/* The minutes of a unit, and from how many on it is used, as in times.py. */
const WAITING = { weeks: [7 * DAY, 14 * DAY], days: [DAY, DAY], hours: [60, 60], minutes: [1, 0] };

/* How far the server's clock is from this one, and its zone from UTC. */
let skew = 0;
let zone = 0;
let today = null;

function followClock(iso) {
  skew = Date.parse(iso) - Date.now();
  zone = Date.parse(`${iso.slice(0, 19)}Z`) - Date.parse(iso);
  today ??= dayOf(0);
}

const dayOf = (offset) => new Date(Date.now() + skew + zone + offset * DAY * MINUTE).toISOString().slice(0, 10);
const minutesSince = (iso) => Math.max(0, Math.floor((Date.now() + skew - Date.parse(iso)) / MINUTE));
const phraseOf = (samples, count) => phrase(JSON.stringify({ ...locale, samples }), count);
const weekdayOf = (day) => new Intl.DateTimeFormat(locale.language, { weekday: "short", timeZone: "UTC" }).format(new Date(day));

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function ago(minutes) {
  if (minutes < 1) return texts.now;
  return minutes < 60 ? phraseOf(forms.ago.minutes, minutes) : phraseOf(forms.ago.hours, Math.floor(minutes / 60));
}

function showTime(time) {
  const minutes = minutesSince(time.dateTime);
  const day = time.dateTime.slice(0, 10);
  if (minutes < 60 || day === dayOf(0)) write(time, ago(minutes));
  else if (day === dayOf(-1)) write(time, texts.yesterday);
  else if (time.textContent === texts.yesterday) write(time, weekdayOf(day));
}

function showWait(element) {
  const minutes = Math.max(1, minutesSince(element.dataset.since));
  const [unit, [length]] = Object.entries(WAITING).find(([, [, first]]) => minutes >= first);
  const told = (samples) => phraseOf(samples[unit], Math.floor(minutes / length));
  const [shown, said] = element.children;
  write(said ?? element, told(forms.waiting));
  if (said) write(shown, told(forms.wait));
}

function showDay(divider) {
  const name = { [dayOf(0)]: texts.today, [dayOf(-1)]: texts.yesterday }[divider.dataset.day] ?? divider.dataset.name;
  if (name) write(divider.querySelector("time"), name);
}

function tick() {
  app.querySelectorAll(".vcm-row__time time").forEach(showTime);
  app.querySelectorAll("[data-since]").forEach(showWait);
  app.querySelectorAll("[data-day]").forEach(showDay);
  if (Date.now() + skew >= Date.parse(texts.until)) emit("vcm:renew");
  if (today === dayOf(0)) return;
  today = dayOf(0);
  updateAll();
}

function updateAll() {
  refresh();
  fetchArrivals();
}

on("vcm:view", ({ detail }) => {
  view = detail.view;
  if (detail.cause?.matches("form")) refresh();
  if (detail.cause) keepFilter();
  select();
  const row = rows()?.querySelector(".vcm-row[aria-current]");
  if (row) rove(row);
  showOpened(detail);
});
on("vcm:drafts", refresh);
on("vclinic-messages:changed", ({ detail }) => {
  sayArrivals(detail.events);
  updateAll();
});
on("visibilitychange", () => {
  if (!document.hidden) {
    updateAll();
    tick();
  }
  watch();
});
window.addEventListener("pageshow", (event) => {
  if (event.persisted) refresh();
});
followClock(texts.clock);
setInterval(tick, MINUTE);
