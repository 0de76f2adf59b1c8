/* Choosing whom to write to: search, list and message field by keyboard; a click goes on to the message. */

const byId = (id) => document.getElementById(id);
const tell = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));
const choices = () => [...(byId("vcm-people")?.querySelectorAll("[name=recipient]") ?? [])];
const isChoice = (element) => element.name === "recipient" && element.type === "radio";

/* Without whoever was chosen before and is not what the search finds. */
const hits = () => choices().filter((choice) => choice.value !== byId("vcm-found").dataset.setAside);

let shownBefore = 0;
/* The list is not yet what the search says; a key that goes into it waits till then. */
let isOld = false;
let keyThatWaits = null;

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
  if (isOld) keyThatWaits = event.key;
  else goOn(event.key);
}

function goOn(key) {
  const found = hits();
  if (key === "Enter" && found.length === 1) choose(found[0]);
  else (found.find((choice) => choice.checked) ?? found[0] ?? choices()[0])?.focus();
}

function listChanges() {
  isOld = true;
  keyThatWaits = null;
}

function listHasCome({ formData }) {
  const search = byId("vcm-picker-search");
  if (formData.get("q") !== search.value) return;
  isOld = false;
  if (keyThatWaits && document.activeElement === search) goOn(keyThatWaits);
  keyThatWaits = null;
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
  if (event.target.id === "vcm-picker-search") keyInSearch(event);
  else if (isChoice(event.target)) keyInList(event);
});

/* A label passes its click on to its radio, so the pointer's own click is the one on the label. */
document.addEventListener("click", (event) => {
  const person = event.target.closest?.(".vcm-person");
  if (person && event.detail && !isChoice(event.target)) setTimeout(() => byId("vcm-body")?.focus());
});

document.addEventListener("input", (event) => {
  if (event.target.id === "vcm-picker-search") listChanges();
});

document.addEventListener("change", (event) => {
  if (event.target.closest?.("#vcm-picker-roles")) listChanges();
  if (isChoice(event.target)) byId("vcm-picker")?.removeAttribute("data-invalid");
});

/* An answer would put back whom it was asked with, though somebody else was chosen meanwhile. */
function isChosenStill({ formData }) {
  const chosen = choices().find((choice) => choice.checked)?.value ?? null;
  return chosen === formData.get("recipient");
}

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.target.id !== "vcm-people") return;
  shownBefore = choices().length;
  if (isChosenStill(detail.requestConfig)) return;
  detail.shouldSwap = false;
  window.htmx.trigger("#vcm-picker-search", "input");
});

document.addEventListener("vcm:view", () => {
  isOld = false;
  keyThatWaits = null;
});

document.addEventListener("htmx:afterSettle", ({ detail }) => {
  if (detail.target.id === "vcm-main") searchForWhatWasTyped();
  if (detail.target.id !== "vcm-people") return;
  tell("vcm:say", { text: byId("vcm-found").dataset.said });
  if (detail.requestConfig.elt.name === "more") choices()[shownBefore]?.focus();
  else byId("vcm-people").scrollTop = 0;
  listHasCome(detail.requestConfig);
});

/* htmx hears a new field only when the page has settled. */
function searchForWhatWasTyped() {
  const search = byId("vcm-picker-search");
  if (search && search.value !== search.defaultValue) window.htmx.trigger(search, "input");
}
