// Which page is shown. Pages are told by the part of the address behind `#`, which is sent to no server.

import { show, el } from "./dom.js";

let open = null;
let who = null;
let onKey = () => {};
let pages = () => null;

/** Starts showing pages: `choose(path, parameters)` returns what makes a page. */
export function start(choose, needKey) {
  pages = choose;
  onKey = needKey;
  addEventListener("hashchange", render);
  render();
}

/** Returns who looks: the server's answer about the key. */
export function session() {
  return who;
}

export function signedIn(answer) {
  who = answer;
}

/** Returns the page that is shown. */
export function page() {
  return open;
}

/** Shows another page. */
export function go(path) {
  location.hash = `#${path}`;
}

export function title(text) {
  document.title = text ? `${text} · durable` : "durable";
}

/** Says what to do about a refused request: a missing key is asked for, and nothing is asked further. */
export function complain(error) {
  if (error.status === 401 || error.status === 403) {
    onKey(error);
    return "stop";
  }
  return undefined;
}

export function closePage() {
  open?.close?.();
  open = null;
}

export function render() {
  const [path, query = ""] = (location.hash.slice(1) || "/instances").split("?");
  const parts = path.split("/").slice(1).map((part) => {
    try {
      return decodeURIComponent(part);
    } catch {
      return part;
    }
  });
  closePage();
  for (const dialog of document.querySelectorAll("dialog")) dialog.close();
  for (const link of document.querySelectorAll("#nav a")) {
    if (link.hash === `#/${parts[0]}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  const main = document.getElementById("main");
  const make = pages(parts, new URLSearchParams(query));
  title(parts[1] ?? parts[0]);
  if (make) open = make(main);
  else show(main, el("div", { class: "empty" }, el("p", {}, "There is no such page."), el("a", { href: "#/instances" }, "All instances")));
}
