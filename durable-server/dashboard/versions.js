// The versions of each orchestrator: which still have work, and which may be deleted.

import { ask } from "./api.js";
import { el, show } from "./dom.js";
import { ago, count, long, micros } from "./format.js";
import { icon } from "./icons.js";
import { follow } from "./live.js";
import { complain } from "./router.js";
import { empty, shortTable } from "./table.js";

/** What each state is called, its shape, and what it means. */
const STATES = {
  running: ["Running", "current", "takes new instances"],
  idle: ["Completed", "current, idle", "nothing is in flight"],
  draining: ["timer", "draining", "older instances go on to their end"],
  stalled: ["stalled", "stalled", "instances wait, and no live worker has this version"],
  drained: ["pause", "drained, failed ones left", "failed instances could still be rewound, and would need its code"],
  deletable: ["Completed", "drained: may be deleted", "nothing needs its code any more"],
};

const PARTS = [["running", "Running"], ["pending", "Pending"], ["waiting", "waiting"], ["suspended", "Suspended"], ["blocked", "blocked"], ["failed", "Failed"]];

export function versionsPage(main) {
  const body = el("div", { class: "page" });
  show(main, el("h1", {}, "Versions"), el("p", { class: "lead" },
    "An instance stays on the version that it began with. A version may be deleted from the code once nothing is in flight on it and no failed instance could be rewound on it."), body);
  let drawn = "";
  const following = follow(async (signal) => {
    const counts = await ask("GET", "durable/versions", { signal });
    const text = JSON.stringify(counts);
    if (text === drawn) return;
    drawn = text;
    if (counts.length === 0) return empty(body, "There are no instances yet, and no live worker offers an orchestrator.");
    const most = Math.max(1, ...counts.map((count) => count.live + count.failed));
    const names = [...new Set(counts.map((count) => count.name))];
    show(body, names.map((name) => orchestrator(name, counts.filter((count) => count.name === name), most)));
    return undefined;
  }, { pause: 3000, onError: complain });
  return { refresh: () => following.now(), close: () => following.stop() };
}

function orchestrator(name, counts, most) {
  const columns = [
    { title: "Version", class: "code" }, { title: "State", class: "version-state" }, { title: "In flight", class: "flight" },
    { title: "Live", class: "num" }, { title: "Failed", class: "num" }, { title: "Ended", class: "num" }, { title: "Oldest live", class: "time" },
    { title: "Last started", class: "time" }, { title: "Live worker" },
  ];
  const rows = counts.slice().reverse().map((count) => row(count, most));
  return el("section", { class: "panel orchestrator" }, el("h2", { class: "code" }, name), shortTable(`Versions of ${name}`, columns, rows));
}

function row(version, most) {
  const [shape, text, meaning] = STATES[version.state];
  const link = (states, number) => number === 0 ? "0"
    : el("a", { href: `#/instances?${new URLSearchParams({ name: version.name, version: version.version, ...states })}` }, count(number));
  const moment = (text) => text ? el("time", { datetime: text, title: long(micros(text)) }, ago(micros(text))) : "–";
  return [
    version.version || el("span", { class: "none" }, "not chosen yet"),
    el("span", { class: `badge v-${version.state}`, title: meaning }, icon(shape), text),
    flight(version, most),
    link({ status: "Pending,Running,Suspended" }, version.live),
    link({ status: "Failed" }, version.failed),
    link({ status: "Completed,Canceled,Terminated" }, version.ended),
    moment(version.oldest), moment(version.lastStarted),
    version.offered ? "yes" : el("span", { class: "none" }, "none"),
  ];
}

/** A bar of all that needs the code, by state, with its words for those who do not see it. */
function flight(version, most) {
  const parts = PARTS.filter(([name]) => version[name] > 0);
  const text = parts.map(([name]) => `${count(version[name])} ${name}`).join(", ") || "nothing";
  const bar = el("span", { class: "stack", "aria-hidden": "true" }, parts.map(([name, state]) => {
    const part = el("span", { class: `fill s-${state}` });
    part.style.width = `${Math.max((version[name] / most) * 100, 2)}%`;
    return part;
  }));
  return el("span", { class: "stacked", title: text }, bar, el("span", { class: "words" }, text));
}

