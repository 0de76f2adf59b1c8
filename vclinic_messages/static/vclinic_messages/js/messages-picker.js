/*
 * The picker of recipients. Its list is controlled from the keyboard. A click on a person, or Enter, goes on to the
 * message: one line with the recipient then takes the picker's place.
 *
 * The steps of the form: "pick", "write", or "both" for a text that has no recipient yet.
 */

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
  const person = choice.closest(".vcm-person");
  byId("vcm-recipient").replaceChildren(
    ...[".vcm-avatar", ".vcm-person__text"].map((part) => person.querySelector(part).cloneNode(true)),
  );
  showStep("write");
  byId("vcm-body").focus();
  sayRecipient();
}

const chosen = () => choices().find((choice) => choice.checked);
const step = () => byId("vcm-write")?.dataset.step;

function showStep(name) {
  byId("vcm-write").dataset.step = name;
}

/* The text comes with the answer to the choice, which may come before or after the form is shown. */
function sayRecipient() {
  const { recipient, said } = byId("vcm-said").dataset;
  if (step() === "write" && recipient === chosen()?.value) emit("vcm:say", { text: said });
}

function changeRecipient() {
  showStep("pick");
  byId("vcm-picker-search").focus();
  chosen()?.closest(".vcm-person").scrollIntoView({ block: "center" });
}

/* Escape goes back from the list to the recipient who was chosen before. */
function keepRecipient(event) {
  if (event.key !== "Escape" || step() !== "pick" || !chosen() || !event.target.closest?.("#vcm-picker")) return;
  if (event.target.type === "search" && event.target.value) return;
  event.preventDefault();
  showStep("write");
  byId("vcm-change").focus();
}

function markMissing(isMissing) {
  byId("vcm-picker").toggleAttribute("data-invalid", isMissing);
  byId("vcm-picker-error").hidden = !isMissing;
  for (const id of ["vcm-picker-search", "vcm-people"]) {
    if (isMissing) byId(id).setAttribute("aria-invalid", "true");
    else byId(id).removeAttribute("aria-invalid");
  }
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
  keepRecipient(event);
  if (event.target.id === "vcm-picker-search") keyInSearch(event);
  else if (isChoice(event.target)) keyInList(event);
});

/* A label passes its click on to its radio button. The click on the label itself is the pointer's own. */
document.addEventListener("click", (event) => {
  if (event.target.closest?.("#vcm-change")) changeRecipient();
  const person = event.target.closest?.("#vcm-people .vcm-person");
  if (person && event.detail && !isChoice(event.target)) setTimeout(() => choose(person.querySelector("input")));
});

document.addEventListener("input", (event) => {
  if (event.target.id === "vcm-picker-search") listIsOld();
});

document.addEventListener("change", (event) => {
  if (event.target.closest?.("#vcm-picker-roles")) listIsOld();
  if (isChoice(event.target)) markMissing(false);
});

/* If somebody else was chosen meanwhile, the answer would restore the old choice. */
function isStillChosen({ formData }) {
  return (chosen()?.value ?? null) === formData.get("recipient");
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
  if (step() === "pick" && byId("vcm-body")?.value) showStep("both");
});

document.addEventListener("htmx:afterSwap", ({ detail: { target } }) => {
  if (target.id !== "vcm-alert" || !byId("vcm-picker")) return;
  const isMissing = target.querySelector(".vcm-alert").dataset.fields.includes("recipient");
  markMissing(isMissing);
  if (isMissing) showStep("both");
});

document.addEventListener("htmx:afterSettle", ({ detail }) => {
  if (detail.target.id === "vcm-main") searchForTypedText();
  if (detail.target.id === "vcm-chosen") sayRecipient();
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
