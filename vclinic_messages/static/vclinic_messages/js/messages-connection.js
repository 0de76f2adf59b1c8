/* A bad line: the strip above both panes, the row that is being opened, and a pane that could not be opened. */

const SHOW_AFTER = 2000;
const SLOW_AFTER = 10_000;
const BACK_FOR = 4000;
const PROGRESS_AFTER = 150;

const app = document.getElementById("vcm-app");
const main = document.getElementById("vcm-main");
const strip = document.getElementById("vcm-strip");
const texts = document.getElementById("vcm-texts").dataset;
const contentOf = (id) => document.getElementById(id).content.cloneNode(true);
const emit = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));

/* The strip ----------------------------------------------------------------------------------------------- */

let failures = 0;
let stripTimer = null;

/* The state is the name of a template, or empty. */
function show(state) {
  strip.dataset.state = state;
  strip.replaceChildren(...(state ? [contentOf(`vcm-${state}-template`)] : []));
}

function later(work, delay) {
  clearTimeout(stripTimer);
  stripTimer = setTimeout(work, delay);
}

function unreached() {
  failures += 1;
  if (strip.dataset.state !== "offline" && (failures > 1 || !navigator.onLine)) later(() => show("offline"), SHOW_AFTER);
}

function reached() {
  failures = 0;
  clearTimeout(stripTimer);
  if (!strip.dataset.state || strip.dataset.state === "online") return;
  show("online");
  later(() => show(""), BACK_FOR);
}

window.addEventListener("offline", unreached);
window.addEventListener("online", () => { if (failures) fetch(location.href, { method: "HEAD", headers: { "VCM-Background": "1" } }).then(reached, unreached); });
document.addEventListener("vcm:unreached", unreached);
document.addEventListener("vcm:reached", reached);

/* Requests of htmx ---------------------------------------------------------------------------------------- */

const timers = new WeakMap();
/* The rows and hits of a search are posted, so that its words are in no address. */
const reads = ({ elt, verb }) => verb === "get" || elt.value === "open";
const opensPane = ({ target, requestConfig }) => target === main && reads(requestConfig);
const isIn = (elt) => app.contains(elt);

document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  if (!isIn(detail.elt)) return;
  const { elt, xhr } = detail;
  timers.set(xhr, [
    setTimeout(() => show("slow"), SLOW_AFTER),
    setTimeout(() => mark(elt, detail), PROGRESS_AFTER),
  ]);
  xhr.addEventListener("loadend", () => ended(xhr));
});

/* Show at once that a row is being opened. */
function mark(elt, detail) {
  if (!opensPane(detail)) return;
  main.setAttribute("aria-busy", "true");
  if (elt.matches(".vcm-row")) elt.append(contentOf("vcm-progress-template"));
}

function ended(xhr) {
  timers.get(xhr).forEach(clearTimeout);
  main.removeAttribute("aria-busy");
  app.querySelectorAll(".vcm-row > .vcm-progress").forEach((line) => line.remove());
  if (xhr.status) reached();
}

/* What failed ----------------------------------------------------------------------------------------------- */

function fail({ elt, path, reason }) {
  if (elt.closest?.("#vcm-earlier, #vcm-newer")) return failInLine(elt, reason);
  putBack();
  const failed = contentOf("vcm-failed-template").firstElementChild;
  failed.querySelector(".vcm-failed__text").textContent = reason;
  const [again, back] = failed.querySelectorAll("button");
  again.addEventListener("click", () => (elt.isConnected && elt !== main ? elt.click()
    : window.htmx.ajax("GET", path, { source: main, target: main, swap: "innerHTML" })));
  back.addEventListener("click", () => {
    putBack();
    if (elt.offsetParent) elt.focus();
  });
  main.querySelector(".vcm-view").hidden = true;
  main.append(failed);
  app.dataset.failed = "";
  const title = failed.querySelector("h2");
  emit("vcm:say", { text: `${title.textContent}. ${reason}` });
  if (!document.activeElement?.offsetParent) title.focus();
}

/* Show what was open before. It is still in the page. */
function putBack() {
  if (!document.getElementById("vcm-failed")) return;
  document.getElementById("vcm-failed").remove();
  main.querySelector(".vcm-view").hidden = false;
  delete app.dataset.failed;
  document.getElementById("vcm-heading")?.focus();
}

/* The button itself tries again. */
function failInLine(elt, reason) {
  elt.previousElementSibling?.remove();
  const line = document.createElement("span");
  line.className = "vcm-earlier__failed";
  line.textContent = reason;
  elt.before(line);
  elt.textContent = texts.again;
  line.scrollIntoView({ block: "nearest" });
  emit("vcm:say", { text: reason });
}

function failPicker() {
  const line = document.createElement("p");
  line.className = "vcm-people__none";
  line.textContent = texts.searchFailed;
  document.getElementById("vcm-people").replaceChildren(line);
  emit("vcm:say", { text: texts.searchFailed });
}

for (const [name, reason] of [["htmx:sendError", "noConnection"], ["htmx:timeout", "noAnswer"]]) {
  document.addEventListener(name, ({ detail }) => {
    const { elt, path, verb, target } = detail.requestConfig;
    if (!isIn(elt)) return;
    unreached();
    if (reads({ elt, verb }) && (target === main || elt.closest?.("#vcm-earlier, #vcm-newer"))) fail({ elt, path, reason: texts[reason] });
    else if (target?.id === "vcm-people") failPicker();
  });
}
document.addEventListener("vcm:failed", ({ detail }) => fail(detail));
document.addEventListener("vcm:view", () => delete app.dataset.failed);
