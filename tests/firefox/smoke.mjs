/* The way of one message in Firefox. Usage: node smoke.mjs <url of the clinic> <patient's session> <doctor's session> */

import assert from "node:assert/strict";
import puppeteer from "puppeteer-core";

const [base, patientSession, doctorSession] = process.argv.slice(2);
const browser = await puppeteer.launch({
  browser: "firefox",
  executablePath: process.env.FIREFOX ?? "/usr/bin/firefox-esr",
  headless: true,
});
const errors = [];

async function open(session, path) {
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  page.on("pageerror", (error) => errors.push(error.message));
  await page.setViewport({ width: 1280, height: 900 });
  await context.setCookie({ name: "sessionid", value: session, domain: new URL(base).hostname });
  await page.goto(base + path);
  return page;
}

const text = (page, selector) => page.$eval(selector, (each) => each.textContent.trim());
const shows = (page, selector, part) =>
  page.waitForFunction((css, words) => document.querySelector(css)?.textContent.includes(words), {}, selector, part);

try {
  const doctor = await open(doctorSession, "/");
  const patient = await open(patientSession, "/messages/");

  await patient.waitForSelector("#vcm-app[data-enhanced]");
  await patient.click("#vcm-new");
  await patient.waitForSelector("#vcm-picker-search");
  await patient.type("#vcm-picker-search", "okafor");
  await patient.waitForFunction(() => document.querySelectorAll(".vcm-person").length === 1);
  await patient.keyboard.press("Enter");
  await shows(patient, "label[for=vcm-body]", "Message to Amara Okafor");
  assert.equal(await patient.evaluate(() => document.activeElement.id), "vcm-body");
  assert.equal(await patient.$eval("#vcm-picker", (each) => each.checkVisibility()), false);
  await patient.keyboard.type("Good morning");
  await patient.keyboard.down("Control");
  await patient.keyboard.press("Enter");
  await patient.keyboard.up("Control");
  await shows(patient, "#vcm-heading", "Amara Okafor");
  await shows(patient, ".vcm-msg__body", "Good morning");

  await doctor.bringToFront(); // all tabs are in one window, and the others are hidden
  await shows(doctor, ".vcm-toast", "New message from Maya Ferreira");
  await Promise.all([doctor.waitForNavigation(), doctor.click(".vcm-toast-link")]);
  await shows(doctor, ".vcm-msg__body", "Good morning");
  await doctor.type("#vcm-body", "Good morning to you");
  await doctor.click("#vcm-send");
  await shows(doctor, ".vcm-msg--mine .vcm-msg__body", "Good morning to you");
  await patient.bringToFront();
  await shows(patient, ".vcm-msg:not(.vcm-msg--mine) .vcm-msg__body", "Good morning to you");
  assert.equal(await text(patient, "#vcm-title"), "Messages");
  assert.deepEqual(errors, []);
} finally {
  await browser.close();
}
