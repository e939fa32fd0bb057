// The workers that are alive, and what they offer.

import { ask } from "./api.js";
import { el, show } from "./dom.js";
import { ago, long, micros, plural } from "./format.js";
import { follow } from "./live.js";
import { complain } from "./router.js";
import { empty } from "./table.js";

export function workersPage(main) {
  const body = el("div", { class: "page cards" });
  show(main, el("h1", {}, "Workers"), el("p", { class: "lead" }, "A worker is alive while it renews its lease. Work that no live worker offers waits, and is shown as stalled."), body);
  let drawn = "";
  const following = follow(async (signal) => {
    const workers = await ask("GET", "durable/workers", { signal });
    const text = JSON.stringify(workers);
    if (text === drawn) return;
    drawn = text;
    if (workers.length === 0) empty(body, "No worker is alive: what is started waits until one joins.");
    else show(body, workers.map(card));
  }, { pause: 3000, onError: complain });
  return { refresh: () => following.now(), close: () => following.stop() };
}

function card(worker) {
  const expires = micros(worker.expiresAt);
  const list = (title, codes) => [
    el("h3", {}, `${title} `, el("span", { class: "none" }, plural(codes.length, "function"))),
    el("ul", { class: "codes" }, codes.map((code) => el("li", { class: "code" }, code))),
  ];
  return el("section", { class: "panel worker", "aria-label": worker.worker },
    el("div", { class: "panel-head" }, el("h2", { class: "id" }, worker.worker)),
    el("dl", { class: "facts" },
      el("div", {}, el("dt", {}, "Build"), el("dd", { class: "code" }, worker.build)),
      el("div", {}, el("dt", {}, "Lease until"), el("dd", {}, el("time", { datetime: worker.expiresAt, title: long(expires) }, ago(expires))))),
    list("Orchestrators", worker.orchestrators), list("Activities", worker.activities));
}
