/* Only text comes into a form by paste or drop, and not so much that the page freezes. */

/* Ten times the longest message: somebody may shorten a text here, but nobody pastes a book. */
const MOST = 50_000;

const app = document.getElementById("vcm-app");
const texts = document.getElementById("vcm-texts").dataset;
const emit = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));
const isField = (element) => element.matches?.("textarea, input");

/* Office programs add a picture to a formatted text. The text alone is pasted then. */
const hasOnlyFiles = ({ types }) =>
  types.includes("Files") && !(types.includes("text/plain") && types.includes("text/html"));

function refusal(data) {
  if (hasOnlyFiles(data)) return texts.onlyText;
  return data.getData("text/plain").length > MOST ? texts.tooLong : null;
}

function check(event, data) {
  if (!app.contains(event.target)) return;
  const text = refusal(data);
  /* A browser opens a file that is dropped beside a field, and the page is gone. */
  if (!text || !(isField(event.target) || hasOnlyFiles(data))) return;
  event.preventDefault();
  show(text);
}

function show(text) {
  const region = document.getElementById("vcm-alert");
  if (!region) return emit("vcm:say", { text });
  forget();
  const alert = document.getElementById("vcm-alert-template").content.cloneNode(true).querySelector(".vcm-alert");
  const title = alert.querySelector(".vcm-alert__title");
  title.textContent = text;
  title.nextElementSibling.remove();
  alert.dataset.untilTyping = "";
  region.append(alert);
  alert.scrollIntoView({ block: "nearest" });
}

const forget = () => document.querySelector("#vcm-alert [data-until-typing]")?.remove();

document.addEventListener("paste", (event) => check(event, event.clipboardData));
document.addEventListener("drop", (event) => check(event, event.dataTransfer));
/* Without this, a browser does not ask at the drop. */
document.addEventListener("dragover", (event) => {
  if (app.contains(event.target) && event.dataTransfer.types.includes("Files")) event.preventDefault();
});
document.addEventListener("input", ({ target }) => {
  if (app.contains(target)) forget();
});
