/*
 * What the clinic's settings decide follows them in the open page: notices, the form or why there is none, the
 * plus, "Seen", whom one may write to. What was typed, the focus and where one reads stay as they are.
 *
 * Each answer says under which version of the settings it was made. At another than the page's, the page is
 * fetched, and its parts with data-vcm-follows are taken over.
 */

const app = document.getElementById("vcm-app");
const words = document.getElementById("vcm-words").dataset;
const byId = (id) => document.getElementById(id);
const tell = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));
const shown = () => document.querySelector("#vcm-main > .vcm-view");

let renewing = false;
let renewAgain = false;

/* null: the answer was none of the Messages pages. */
function check(version) {
  if (version === words.settings) return;
  if (renewing) renewAgain = true;
  else renew();
}

async function renew() {
  renewing = true;
  const view = shown();
  try {
    const response = await fetchPage();
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    if (view !== shown()) renewAgain = true;
    else if (response.headers.has("VCM-Page")) takeOver(page);
    else if (response.status < 500) close(page.querySelector(".vcm-card"));
  } catch {
    /* As after a fault of the server: the next answer tries again. */
  } finally {
    renewing = false;
    if (renewAgain) {
      renewAgain = false;
      renew();
    }
  }
}

/* The picker's search is posted, so that it stands in no address; the text stays here. */
function fetchPage() {
  const form = byId("vcm-composer");
  if (!byId("vcm-picker")) return fetch(location.href);
  const body = new URLSearchParams(new FormData(form));
  body.delete("body");
  body.set("action", "find");
  return fetch(form.getAttribute("action"), { method: "POST", body });
}

function takeOver(page) {
  if (!app.isConnected) return location.reload();
  const thread = byId("vcm-thread");
  const height = thread?.clientHeight;
  takeForm(page);
  document.querySelectorAll("[data-vcm-follows]").forEach((part) => replace(part, page.getElementById(part.id)));
  /* Upside down, it keeps its end in place: at the end that is right, above it the lines must not move. */
  if (thread?.scrollTop) thread.scrollTop += thread.clientHeight - height;
  words.settings = page.getElementById("vcm-words").dataset.settings;
}

/* A form that holds a text stays, with the reason above it. */
function takeForm(page) {
  const box = byId("vcm-write");
  const refusal = page.getElementById("vcm-closed");
  const isForm = byId("vcm-composer") !== null;
  if (!box) return;
  if (isForm && !refusal) byId("vcm-closed")?.remove();
  else if (isForm && byId("vcm-body").value) refuse(refusal.cloneNode(true));
  else if (isForm || !refusal) {
    replace(box, page.getElementById("vcm-write"));
    tell("vcm:form");
    if (refusal) speak(refusal);
  }
}

/* With it, the style sheet hides what is for sending. */
function refuse(refusal) {
  const before = byId("vcm-closed");
  if (before?.innerHTML === refusal.innerHTML) return;
  const hasFocus = byId("vcm-write").contains(document.activeElement);
  before?.remove();
  byId("vcm-write").prepend(refusal);
  if (hasFocus) byId("vcm-body").focus({ preventScroll: true });
  speak(refusal);
}

const speak = (element) => tell("vcm:say", { text: element.textContent.replace(/\s+/g, " ").trim() });

function replace(part, fresh) {
  if (!fresh || part.innerHTML === fresh.innerHTML) return;
  const focused = part.contains(document.activeElement) && document.activeElement;
  part.innerHTML = fresh.innerHTML;
  window.htmx.process(part);
  if (!focused) return;
  const { id, name, value } = focused;
  const isSame = (each) => (id ? each.id === id : each.name === name && each.value === value);
  const next = [...part.querySelectorAll("a, button, input, textarea")].find(isSame)
    ?? part.querySelector("[tabindex], textarea");
  next?.focus({ preventScroll: true });
}

/* Messages is off, or not for this person any more: the card says so. Signed out: the next try to send does. */
function close(card) {
  if (!card || !app.isConnected) return;
  if (byId("vcm-body")?.value) {
    const refusal = document.createElement("div");
    refusal.id = "vcm-closed";
    refusal.className = "vcm-closed";
    refusal.append(card.querySelector("#vcm-reason"));
    refuse(refusal);
    return;
  }
  const hadFocus = app.contains(document.activeElement);
  app.replaceWith(card);
  card.tabIndex = -1;
  if (hadFocus) card.focus({ preventScroll: true });
}

document.addEventListener("vcm:answer", ({ detail }) => check(detail.version));
document.addEventListener("htmx:afterSettle", ({ detail }) => {
  const version = detail.xhr?.getResponseHeader("VCM-Page");
  if (version) check(version);
});
