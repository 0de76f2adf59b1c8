/* Times that follow the server's clock while a page stays open: in the rows, of who waits, and the names of days. */

const app = document.getElementById("vcm-app");
const texts = document.getElementById("vcm-texts").dataset;
const emit = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));
const { forms, ...language } = JSON.parse(texts.times);
const MINUTE = 60_000;
const DAY = 1440;
/* How many minutes a unit of waiting has, and from how many on it is used, as times.py has them. */
const WAITING = { weeks: [7 * DAY, 14 * DAY], days: [DAY, DAY], hours: [60, 60], minutes: [1, 0] };

/* How far the server's clock is from this one, and its time zone from UTC. */
let skew = 0;
let zone = 0;
let day = null;

function follow(iso) {
  skew = Date.parse(iso) - Date.now();
  zone = Date.parse(`${iso.slice(0, 19)}Z`) - Date.parse(iso);
  day ??= dayOf(0);
}

const now = () => Date.now() + skew;
const minutesSince = (iso) => Math.max(0, Math.floor((now() - Date.parse(iso)) / MINUTE));
const dayOf = (offset) => new Date(now() + zone + offset * DAY * MINUTE).toISOString().slice(0, 10);

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/* The phrase for a number, in the page's language. */
function phrase(json, count) {
  const asked = { json, count };
  emit("vcm:phrase", asked);
  return asked.text;
}

const tell = (samples, count) => phrase(JSON.stringify({ ...language, samples }), count);

function ago(minutes) {
  if (minutes < 1) return texts.now;
  return minutes < 60 ? tell(forms.ago.minutes, minutes) : tell(forms.ago.hours, Math.floor(minutes / 60));
}

function showWait(element) {
  const minutes = Math.max(1, minutesSince(element.dataset.since));
  const [unit, [length]] = Object.entries(WAITING).find(([, [, first]]) => minutes >= first);
  const told = (samples) => tell(samples[unit], Math.floor(minutes / length));
  const [shown, spoken] = element.children;
  write(spoken ?? element, told(forms.waiting));
  if (spoken) write(shown, told(forms.wait));
}

function showDay(divider) {
  const name = { [dayOf(0)]: texts.today, [dayOf(-1)]: texts.yesterday }[divider.dataset.day] ?? divider.dataset.name;
  if (name) write(divider.querySelector("time"), name);
}

function tick() {
  const today = dayOf(0);
  for (const time of app.querySelectorAll(".vcm-row__time time")) {
    const minutes = minutesSince(time.dateTime);
    if (minutes < 60 || time.dateTime.startsWith(today)) write(time, ago(minutes));
  }
  app.querySelectorAll("[data-since]").forEach(showWait);
  app.querySelectorAll("[data-day]").forEach(showDay);
  if (day !== today) emit("vcm:day");
  day = today;
}

follow(texts.clock);
setInterval(tick, MINUTE);
document.addEventListener("vcm:tick", ({ detail }) => {
  if (detail.now) follow(detail.now);
  tick();
});
document.addEventListener("visibilitychange", () => { if (!document.hidden) tick(); });
