/* The picker of recipients: keyboard control of search and list. A click on a person moves on to the message. */

const byId = (id) => document.getElementById(id);
const emit = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));
const choices = () => [...(byId("vcm-people")?.querySelectorAll("[name=recipient]") ?? [])];
const isChoice = (element) => element.name === "recipient" && element.type === "radio";

/* The people that the search finds, without a chosen person that it does not find. */
const hits = () => choices().filter((choice) => choice.value !== byId("vcm-found").dataset.chosenElsewhere);

/* Whether an input method uses the key, as to choose a word. Safari tells it by the code 229 only. */
const isComposing = (event) => event.isComposing || event.keyCode === 229;

let shownBefore = 0;
/* The list does not show the results of the search yet. A key that goes into the list waits for them. */
let isOld = false;
let waitingKey = null;

function choose(choice) {
  if (!choice.checked) {
    choice.checked = true;
    choice.dispatchEvent(new Event("change", { bubbles: true }));
  }
  byId("vcm-body").focus();
}

function keyInSearch(event) {
  if (event.key !== "ArrowDown" && event.key !== "Enter") return;
  event.preventDefault();
  if (isOld) waitingKey = event.key;
  else enterList(event.key);
}

function enterList(key) {
  const found = hits();
  if (key === "Enter" && found.length === 1) choose(found[0]);
  else (found.find((choice) => choice.checked) ?? found[0] ?? choices()[0])?.focus();
}

function listIsOld() {
  isOld = true;
  waitingKey = null;
}

function listArrived({ formData }) {
  const search = byId("vcm-picker-search");
  if (formData.get("q") !== search.value) return;
  isOld = false;
  if (waitingKey && document.activeElement === search) enterList(waitingKey);
  waitingKey = null;
}

function keyInList(event) {
  const isTyping = event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey && !event.altKey;
  if (event.key === "Enter") {
    event.preventDefault();
    choose(event.target);
  } else if (event.key === "ArrowUp" && event.target === choices()[0]) {
    event.preventDefault();
    byId("vcm-picker-search").focus();
  } else if (isTyping) byId("vcm-picker-search").focus();
}

document.addEventListener("keydown", (event) => {
  if (isComposing(event)) return;
  if (event.target.id === "vcm-picker-search") keyInSearch(event);
  else if (isChoice(event.target)) keyInList(event);
});

/* A label passes its click on to its radio button. The click on the label itself is the pointer's own. */
document.addEventListener("click", (event) => {
  const person = event.target.closest?.(".vcm-person");
  if (person && event.detail && !isChoice(event.target)) setTimeout(() => byId("vcm-body")?.focus());
});

document.addEventListener("input", (event) => {
  if (event.target.id === "vcm-picker-search") listIsOld();
});

document.addEventListener("change", (event) => {
  if (event.target.closest?.("#vcm-picker-roles")) listIsOld();
  if (isChoice(event.target)) byId("vcm-picker")?.removeAttribute("data-invalid");
});

/* If somebody else was chosen meanwhile, the answer would restore the old choice. */
function isStillChosen({ formData }) {
  const chosen = choices().find((choice) => choice.checked)?.value ?? null;
  return chosen === formData.get("recipient");
}

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.target.id !== "vcm-people") return;
  shownBefore = choices().length;
  if (isStillChosen(detail.requestConfig)) return;
  detail.shouldSwap = false;
  window.htmx.trigger("#vcm-picker-search", "input");
});

document.addEventListener("vcm:view", () => {
  isOld = false;
  waitingKey = null;
});

document.addEventListener("htmx:afterSettle", ({ detail }) => {
  if (detail.target.id === "vcm-main") searchForTypedText();
  if (detail.target.id !== "vcm-people") return;
  emit("vcm:say", { text: byId("vcm-found").dataset.said });
  if (detail.requestConfig.elt.name === "more") choices()[shownBefore]?.focus();
  else byId("vcm-people").scrollTop = 0;
  listArrived(detail.requestConfig);
});

/* htmx listens to a new field only after the page has settled. Search for what was typed before that. */
function searchForTypedText() {
  const search = byId("vcm-picker-search");
  if (search && search.value !== search.defaultValue) window.htmx.trigger(search, "input");
}
