// Where the dashboard begins.

import { ask, keep, key } from "./api.js";
import { el, show } from "./dom.js";
import { fencesPage } from "./fences.js";
import { instancePage } from "./instance.js";
import { help, listen } from "./keys.js";
import { listPage } from "./list.js";
import { closePage, signedIn, start } from "./router.js";
import { versionsPage } from "./versions.js";
import { workersPage } from "./workers.js";

const THEMES = { auto: "Theme: as the system", light: "Theme: light", dark: "Theme: dark" };

function choose([name, id], parameters) {
  const inList = name === "instances" && !id;
  sessionStorage.setItem("durable-from", inList ? "list" : sessionStorage.getItem("durable-from") ?? "");
  switch (name) {
    case "instances": return (main) => id ? instancePage(main, id) : listPage(main, parameters);
    case "versions": return versionsPage;
    case "workers": return workersPage;
    case "fences": return fencesPage;
    default: return null;
  }
}

/** Asks who looks, and for a key where one is needed. */
async function begin() {
  const main = document.getElementById("main");
  const forget = document.getElementById("forget");
  forget.hidden = !key();
  let session;
  try {
    session = await ask("GET", "durable/session");
  } catch (error) {
    if (error.status === 401 || error.status === 403) return askForKey(error);
    show(main, el("div", { class: "empty" }, el("p", {}, `The server does not answer: ${error.message}`),
      el("button", { type: "button", onclick: begin }, "Try again")));
    return undefined;
  }
  signedIn(session);
  show(document.getElementById("hub"), session.hub);
  document.getElementById("nav").hidden = false;
  return start(choose, askForKey);
}

function askForKey(error) {
  closePage();
  document.getElementById("nav").hidden = true;
  const refused = key() !== null;
  const field = el("input", { type: "password", id: "key", autocomplete: "off", spellcheck: "false", required: true });
  const form = el("form", { class: "key panel", onsubmit: (event) => {
    event.preventDefault();
    keep(field.value.trim());
    location.reload();
  } },
  el("h1", {}, "This server needs a key"),
  el("p", {}, "One with the scope ", el("code", {}, "read"), " shows everything; ", el("code", {}, "event"), " and ", el("code", {}, "manage"), " allow to act. It is kept for this tab only."),
  refused && el("p", { class: "bad", role: "alert" }, error.status === 403 ? "This key may not read." : "This key is not known here."),
  el("label", { class: "field" }, el("span", {}, "Key"), field),
  el("div", { class: "buttons" }, el("button", { type: "submit", class: "primary" }, "Look")));
  show(document.getElementById("main"), form);
  field.focus();
}

function theme() {
  const button = document.getElementById("theme");
  const root = document.documentElement;
  const current = () => root.dataset.theme ?? "auto";
  const tell = () => {
    const text = THEMES[current()];
    button.textContent = { auto: "◐", light: "○", dark: "●" }[current()];
    button.setAttribute("aria-label", text);
    button.title = text;
  };
  button.addEventListener("click", () => {
    const names = Object.keys(THEMES);
    const next = names[(names.indexOf(current()) + 1) % names.length];
    if (next === "auto") {
      delete root.dataset.theme;
      localStorage.removeItem("durable-theme");
    } else {
      root.dataset.theme = next;
      localStorage.setItem("durable-theme", next);
    }
    tell();
  });
  tell();
}

theme();
listen();
document.getElementById("help").addEventListener("click", help);
document.getElementById("forget").addEventListener("click", () => {
  keep(null);
  location.reload();
});
begin();
