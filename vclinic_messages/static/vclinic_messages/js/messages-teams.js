/* Teams: who is writing, and the menu to hand over a conversation. */

const AGAIN_AFTER = 20_000;
const byId = (id) => document.getElementById(id);

/* Who is writing */

let told = -AGAIN_AFTER;
let timer = null;
const spoken = new Set();

document.addEventListener("input", ({ target, timeStamp }) => {
  const url = byId("vcm-presence")?.dataset.url;
  if (target.id !== "vcm-body" || !url || timeStamp < told + AGAIN_AFTER) return;
  told = timeStamp;
  const { csrfmiddlewaretoken, viewer } = target.form.elements;
  const body = new URLSearchParams([csrfmiddlewaretoken, viewer].map(({ name, value }) => [name, value]));
  fetch(url, { method: "POST", body, headers: { Accept: "application/json" } }).catch(() => {});
});

/* The line goes by itself. It is said once. */
function show() {
  clearTimeout(timer);
  const line = byId("vcm-presence")?.firstElementChild;
  if (!line) return;
  timer = setTimeout(() => line.remove(), line.dataset.seconds * 1000);
  const text = line.textContent.trim();
  const key = line.parentElement.dataset.url + text;
  if (!spoken.has(key)) document.dispatchEvent(new CustomEvent("vcm:say", { detail: { text } }));
  spoken.add(key);
}

document.addEventListener("vcm:view", show);
document.addEventListener("vcm:fresh", ({ detail }) => {
  detail.querySelectorAll("#vcm-fresh-presence, #vcm-fresh-answered").forEach((template) => {
    const fresh = template.content.firstElementChild;
    template.remove();
    /* An answer matters only to somebody who is writing one. */
    if (fresh.dataset.url || byId("vcm-body")?.value.trim()) byId(fresh.id)?.replaceWith(fresh);
  });
  show();
});

/* The menu: without a script the button is a link to a page */

const menu = () => byId("vcm-menu");
const opener = () => byId("vcm-menu-button");
const items = () => [...(menu()?.querySelectorAll("[role=menuitem]") ?? [])];

function close() {
  menu().replaceChildren();
  opener().ariaExpanded = "false";
}

document.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (detail.target !== menu()) return;
  opener().ariaExpanded = "true";
  items()[0]?.focus();
});

document.addEventListener("click", (event) => {
  if (!menu()?.firstChild || menu().contains(event.target)) return;
  if (opener().contains(event.target)) {
    event.preventDefault();
    event.stopPropagation();
  }
  close();
}, { capture: true });

document.addEventListener("keydown", (event) => {
  const { key, target } = event;
  const all = items();
  const at = all.indexOf(target);
  const begins = (item) => item.querySelector("bdi").textContent.toLowerCase().startsWith(key.toLowerCase());
  if (target === opener() && (key === "ArrowDown" || key === " ")) target.click();
  else if (at < 0 || key === " " || key === "Enter") return;
  else if (key === "Escape" || key === "Tab") {
    opener().focus();
    close();
    if (key === "Tab") return;
  } else {
    const to = { ArrowDown: all[at + 1] ?? all[0], ArrowUp: all.at(at - 1), Home: all[0], End: all.at(-1) }[key];
    (to ?? [...all.slice(at + 1), ...all].find(begins))?.focus();
  }
  event.preventDefault();
});
