// What the keyboard does, beside what a browser lets it do.

import { tell } from "./dialog.js";
import { el } from "./dom.js";
import { go, page } from "./router.js";

const HELP = [
  ["/", "find an instance"], ["j  ↓", "next row"], ["k  ↑", "previous row"], ["Enter", "open the row"], ["g  G", "first row, last row"],
  ["Esc", "close, or back to the list"], ["+  −  0", "look closer, from farther, at all of a timeline"],
  ["r", "ask again now"], ["1 2 3 4", "instances, versions, workers, fences"], ["?", "these keys"],
];

export function help() {
  tell("Keys", el("dl", { class: "keys" }, HELP.map(([keys, text]) => el("div", {}, el("dt", {}, keys.split("  ").map((key) => [el("kbd", {}, key), " "])), el("dd", {}, text)))));
}

const PAGES = ["/instances", "/versions", "/workers", "/fences"];

export function listen() {
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    const field = event.target.closest?.("input, select, textarea");
    const box = field?.type === "checkbox";
    if (field && !box) {
      if (event.key === "Escape") field.blur();
      return;
    }
    if (act(event.key)) event.preventDefault();
  });
}

function act(key) {
  const open = page();
  const table = open?.table;
  switch (key) {
    case "?": help(); return true;
    case "/":
      if (open?.search) open.search();
      else go("/instances");
      return true;
    case "j": case "ArrowDown": return rows(table, (it) => it.move(1));
    case "k": case "ArrowUp": return rows(table, (it) => it.move(-1));
    case "g": case "Home": return rows(table, (it) => it.go(0));
    case "G": case "End": return rows(table, (it) => it.go(it.rows.length - 1));
    case "+": case "=": return zoom(open, (it) => it.zoom(2));
    case "-": return zoom(open, (it) => it.zoom(0.5));
    case "0": return zoom(open, (it) => it.fit());
    case "r": open?.refresh?.(); return true;
    case "Escape":
      if (!open?.escape?.() && location.hash.startsWith("#/instances/")) back();
      return true;
    default:
      if (/^[1-4]$/.test(key)) {
        go(PAGES[key - 1]);
        return true;
      }
      return false;
  }
}

function rows(table, act) {
  if (!table || table.rows.length === 0) return false;
  act(table);
  return true;
}

function zoom(open, act) {
  if (!open?.timeline) return false;
  act(open.timeline);
  return true;
}

/** Goes back to the list with the filters that it had. */
function back() {
  if (history.length > 1 && sessionStorage.getItem("durable-from") === "list") history.back();
  else go("/instances");
}
