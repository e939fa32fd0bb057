// Small drawings. Each state and each kind of step has a shape of its own, so that none is told by its colour alone.

import { el, svg } from "./dom.js";

const SHAPES = {
  Pending: ["M8 2.5a5.5 5.5 0 1 0 0 11a5.5 5.5 0 1 0 0-11"],
  Running: ["M5 3l8 5-8 5z", true],
  Suspended: ["M5.5 3v10M10.5 3v10"],
  Completed: ["M3 8.5l3.5 3.5L13 4.5"],
  Failed: ["M4 4l8 8M12 4l-8 8"],
  Canceled: ["M8 2.5a5.5 5.5 0 1 0 0 11a5.5 5.5 0 1 0 0-11M4.2 11.8l7.6-7.6"],
  Terminated: ["M4 4h8v8H4z", true],
  blocked: ["M8 2.2L14.2 13.5H1.8zM8 6.5v3.5M8 11.700v.2"],
  stalled: ["M4.5 2.5h7M4.5 13.5h7M5 2.5c0 4 6 7 6 11M11 2.5c0 4-6 7-6 11"],
  activity: ["M9 2L4 9h4l-1 5 5-7H8z", true],
  "sub-orchestration": ["M4 3v6a3 3 0 0 0 3 3h5M12 9.5v5M4 3h3"],
  timer: ["M8 2.5a5.5 5.5 0 1 0 0 11a5.5 5.5 0 1 0 0-11M8 5v3l2 1.5"],
  pause: ["M3 8a5 5 0 1 0 2-4M3 2.5V5h2.5"],
  event: ["M2.5 4.5h11v7h-11zM2.5 5l5.5 4 5.5-4"],
  "event sent": ["M2 8h11M9 4l4 4-4 4"],
  mark: ["M8 5.5a2.5 2.5 0 1 0 0 5a2.5 2.5 0 1 0 0-5", true],
  copy: ["M5.5 5.5h8v8h-8zM3 10.5v-8h8"],
};

export function icon(name) {
  const [path, solid] = SHAPES[name] ?? SHAPES.mark;
  return svg("svg", { class: solid ? "icon solid" : "icon", viewBox: "0 0 16 16", "aria-hidden": "true", focusable: "false" },
    svg("path", { d: path }));
}

/** Shows the state of an instance: a shape and a word. */
export function badge(status, { blocked, stalled } = {}) {
  const mark = blocked ? "blocked" : stalled ? "stalled" : null;
  return el("span", { class: "badges" },
    el("span", { class: `badge s-${status}` }, icon(status), status),
    mark && el("span", { class: `badge s-${mark}`, title: mark }, icon(mark), mark === "blocked" ? "Blocked" : "Stalled"));
}
