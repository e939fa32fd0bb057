// Runs one scenario in a browser: `node run.mjs NAME`. The tests tell by variables where the server is.

import assert from "node:assert/strict";
import { createRequire } from "node:module";

const { chromium } = createRequire(`${process.env.PACKAGE}/`)("playwright-core");

const ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync"];

/** The longest that an element may take to appear: a busy machine is slow, and one that waits longer has another fault. */
const PATIENCE = 60_000;

const name = process.argv[2];
// A script that hangs is ended, and fails.
setTimeout(() => { console.error(`${name} took too long`); process.exit(3); }, 480_000).unref();

const { default: scenario } = await import(`./scenarios/${name}.mjs`);
// Each has a folder of its own for what a browser keeps, which goes with it.
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, headless: true, args: ARGUMENTS });
const base = process.env.BASE;
const faults = [];
/** What a scenario brings about on purpose, as the console tells it. */
const provoked = [];

/** Opens a page of its own, with nothing kept from others. */
async function open(path = "", options = {}) {
  const context = await browser.newContext({ viewport: { width: 1360, height: 860 }, ...options });
  context.setDefaultTimeout(PATIENCE);
  const page = await context.newPage();
  page.on("pageerror", (error) => faults.push(`error: ${error.message}`));
  page.on("console", (message) => {
    // A refused request is told on the console, and is part of some scenarios; a broken policy is of none.
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) faults.push(message.text());
  });
  await page.goto(base + path);
  return page;
}

/** Asks the server as a program does. */
async function api(method, path, body) {
  const headers = { "x-functions-key": process.env.ALL_KEY ?? "", "content-type": "application/json" };
  const answer = await fetch(base + path, { method, headers, body });
  assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${await answer.clone().text()}`);
  const text = await answer.text();
  return text ? JSON.parse(text) : null;
}

const managed = "runtime/webhooks/durabletask/instances";
try {
  await scenario({ browser, open, api, base, managed, assert, provoke: (text) => provoked.push(text), say: (text) => console.log(`${name}: ${text}`) });
  const others = faults.filter((fault) => !provoked.some((text) => fault.includes(text)));
  assert.deepEqual(others, [], "nothing was written to the console as an error");
} catch (error) {
  // What a person would have seen, for whoever reads of the failure.
  for (const page of browser.contexts().flatMap((context) => context.pages())) {
    const text = await page.locator("body").innerText({ timeout: 5000 }).catch(() => "");
    console.error(`${page.url()}\n${text.slice(0, 3000)}\n`);
  }
  console.error(faults.join("\n"));
  throw error;
} finally {
  await browser.close();
}
