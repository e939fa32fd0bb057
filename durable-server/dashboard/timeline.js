// A history as a chart: a row for each thing that happened, with its place in time.

import { el, setText, show } from "./dom.js";
import { count, long, micros, now, short, span } from "./format.js";
import { icon } from "./icons.js";
import { Overview } from "./overview.js";
import { Scale } from "./scale.js";
import { LongTable } from "./table.js";

const INSTANT = new Set(["happened"]);

export class Timeline {
  #items = new Map();
  #ended = null;
  #only = "";
  /** Whether somebody has said how the axis shall be. */
  #chosen = false;

  constructor({ onSelect }) {
    this.scale = new Scale(0, 1, []);
    this.axis = el("div", { class: "axis", "aria-hidden": "true" });
    this.table = new LongTable({
      label: "Timeline",
      height: 28,
      columns: [
        { title: "At", class: "num at" }, { title: "What", class: "what" },
        { title: "Time", class: "track", head: el("div", { class: "head" }, el("span", { class: "hidden" }, "Place in time"), this.axis) },
        { title: "Took", class: "num took" }, { title: "Outcome", class: "outcome" },
      ],
      key: (row) => row.step,
      fill: (row, cells, line) => this.#fill(row, cells, line),
      open: (row) => onSelect(row),
      onCurrent: (row) => row && onSelect(row),
    });
    this.overview = new Overview(this.scale, (across, down) => {
      if (!this.scale.isWhole()) this.scale.centre(across);
      this.table.place = down * this.table.rows.length * 28 - this.table.element.clientHeight / 2;
      this.#redraw();
    });
    this.counter = el("span", { class: "summary", role: "status" });
    const button = (text, label, act) => el("button", { type: "button", class: "quiet", "aria-label": label, title: label, onclick: act }, text);
    this.steps = el("input", { type: "checkbox", onchange: () => { this.#chosen = true; this.#bySteps(this.steps.checked); this.#redraw(); } });
    this.problems = el("input", { type: "checkbox", onchange: () => { this.#only = this.problems.checked ? "problems" : ""; this.#set(); } });
    this.zooms = [button("−", "Zoom out (-)", () => this.zoom(0.5)), button("+", "Zoom in (+)", () => this.zoom(2)), button("Fit", "Show all of it (0)", () => this.fit())];
    this.element = el("section", { class: "timeline", "aria-labelledby": "timeline-title" },
      el("div", { class: "panel-head" },
        el("h2", { id: "timeline-title" }, "Timeline"), this.counter,
        el("label", { class: "chip" }, this.problems, "only problems"),
        el("label", { class: "chip", title: "Each step has the same width, so that long waits take no room" }, this.steps, "by step"),
        el("span", { class: "buttons" }, this.zooms)),
      this.overview.element, this.table.element);
    this.table.element.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    this.table.element.addEventListener("scroll", () => this.#look(), { passive: true });
    this.#resized = new ResizeObserver(() => this.#redraw());
    this.#resized.observe(this.axis);
  }

  #resized;

  close() {
    this.#resized.disconnect();
    this.table.close();
  }

  /** Takes what the server told: all there is, or what has changed since it last told. */
  take(items, whole, instance) {
    if (whole) this.#items.clear();
    for (const item of items) {
      item.begin = micros(item.at);
      item.end = micros(item.endedAt);
      this.#items.set(item.step, item);
    }
    this.#ended = micros(instance.endedTime);
    const all = [...this.#items.values()].sort((a, b) => a.step - b.step);
    this.all = all;
    const begin = all[0]?.begin ?? micros(instance.createdTime);
    const moments = [...new Set(all.flatMap((item) => [item.begin, item.end ?? item.begin]))].sort((a, b) => a - b);
    const until = this.#until(moments);
    const steps = until > (moments.at(-1) ?? 0) ? [...moments, until] : moments;
    if (whole) {
      Object.assign(this.scale, new Scale(begin, until, steps));
      if (!this.#chosen) this.#bySteps(isSqueezed(moments, begin, until));
      else this.#bySteps(this.steps.checked);
    } else {
      this.scale.extend(until, steps);
    }
    this.#set();
  }

  zoom(factor) {
    if (this.scale.bySteps) return;
    const row = this.table.current;
    const around = row ? Math.min(Math.max(this.scale.at(row.begin), 0), 1) : 0.5;
    this.scale.zoom(factor, around);
    this.#redraw();
  }

  fit() {
    this.scale.fit();
    this.#redraw();
  }

  /** Shows each step with the same width, or each second. */
  #bySteps(yes) {
    this.scale.bySteps = yes;
    this.steps.checked = yes;
    for (const zoom of this.zooms) zoom.disabled = yes;
    this.axis.classList.toggle("by-steps", yes);
  }

  /** Open bars grow. */
  tick() {
    if (this.#ended || !this.all?.some((item) => item.outcome === "open")) return;
    const until = this.#until(this.scale.moments);
    // By step the present is one step more, and stands where it stood.
    this.scale.extend(until, this.scale.bySteps ? [...this.scale.moments.slice(0, -1), until] : this.scale.moments);
    this.#redraw();
  }

  /** Returns where the axis ends: where it ended, or now if something goes on. */
  #until(moments) {
    const last = moments.at(-1) ?? 0;
    if (this.#ended) return Math.max(this.#ended, last);
    return this.all.some((item) => item.outcome === "open") ? Math.max(now(), last) : last;
  }

  #set() {
    const rows = this.#only ? this.all.filter((item) => isProblem(item)) : this.all;
    const problems = this.all.filter((item) => isProblem(item)).length;
    setText(this.counter, `${count(this.all.length)} steps${problems ? `, ${count(problems)} with problems` : ""}`);
    this.table.set(rows);
    this.#redraw();
  }

  #redraw() {
    this.table.redraw();
    const width = this.axis.clientWidth;
    const ticks = this.scale.ticks(Math.max(2, Math.floor(width / 90)));
    if (this.scale.bySteps) show(this.axis, el("small", {}, "by step, not by time"));
    else show(this.axis, ticks.map((tick) => {
      const mark = el("span", {}, tick === 0 ? "0" : `+${span(tick)}`);
      mark.style.left = `${this.scale.at(this.scale.begin + tick) * 100}%`;
      return mark;
    }));
    this.#look();
  }

  #look() {
    this.overview.draw(this.table.rows, this.table.visible(), this.#ended ?? this.scale.end);
  }

  #wheel(event) {
    if (this.scale.bySteps) return;
    if (event.ctrlKey) {
      event.preventDefault();
      const box = this.axis.getBoundingClientRect();
      this.scale.zoom(event.deltaY < 0 ? 1.25 : 0.8, Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1));
      this.#redraw();
    } else if (Math.abs(event.deltaX) > Math.abs(event.deltaY) && !this.scale.isWhole()) {
      event.preventDefault();
      this.scale.pan(event.deltaX / this.axis.clientWidth);
      this.#redraw();
    }
  }

  #fill(row, [at, what, track, took, outcome], line) {
    line.dataset.kind = row.kind;
    line.dataset.outcome = row.outcome;
    setText(at, row.begin === this.scale.begin ? "0" : `+${span(row.begin - this.scale.begin)}`);
    at.title = long(row.begin);
    show(what, el("span", { class: "line" }, icon(iconOf(row)), el("button", { type: "button", class: "name", title: `${row.kind} ${row.what}` },
      el("span", { class: "kind" }, row.kind), row.what && ` ${subject(row)}`),
    attempt(row) && el("span", { class: "attempt" }, attempt(row))));
    show(track, el("div", { class: "lane" }, bar(row, this.scale, this.#ended)));
    setText(took, tookText(row));
    show(outcome, outcomeText(row));
  }
}

/** Returns whether nearly all steps would stand in a tenth of the axis: a long wait takes the rest. */
function isSqueezed(moments, begin, until) {
  const most = moments[Math.floor(moments.length * 0.8)];
  return moments.length > 3 && (most - begin) / (until - begin) < 0.1;
}

export function isProblem(item) {
  return ["failed", "timedOut"].includes(item.outcome) || ["failed", "terminated", "canceled"].includes(item.kind);
}

/** Writes what an item is about, with moments as the rest of the page has them. */
export function subject(row) {
  if (row.kind === "pause") return row.what.replace(/ of .*$/, "");
  return row.what.replace(/until (\S+Z)$/, (_, moment) => `until ${short(micros(moment))}`);
}

export function attempt(row) {
  if (!row.attempt || (row.attempt === 1 && row.attemptsMax === 1)) return "";
  return row.attemptsMax ? `${row.attempt}/${row.attemptsMax}` : `try ${row.attempt}`;
}

function tookText(row) {
  if (row.end !== null) return span(row.end - row.begin);
  return row.outcome === "open" ? span(now() - row.begin) : "";
}

function iconOf(row) {
  if (["completed", "failed", "canceled", "terminated", "suspended"].includes(row.kind)) return row.kind[0].toUpperCase() + row.kind.slice(1);
  return row.kind === "resumed" || row.kind === "started" ? "Running" : row.kind;
}

/** Says in a word or two what came of it. */
export function outcomeText(row) {
  switch (row.outcome) {
    case "failed": return el("span", { class: "bad" }, `✕ ${row.failure.message}`);
    case "timedOut": return el("span", { class: "bad" }, "✕ out of time");
    case "open": return el("span", { class: "open-text" }, "… open");
    case "left": return "not waited for any more";
    case "done": return row.value ? row.value.text : row.kind === "timer" || row.kind === "pause" ? "fired" : "";
    default: return row.input?.text ?? "";
  }
}

function bar(row, scale, ended) {
  const from = scale.at(row.begin);
  const instant = INSTANT.has(row.outcome);
  const end = row.end ?? (instant ? row.begin : ended ?? scale.end);
  const to = scale.at(end);
  if (to < 0 || from > 1) {
    return el("span", { class: `outside ${from > 1 ? "right" : "left"}`, "aria-hidden": "true" }, from > 1 ? "›" : "‹");
  }
  const left = Math.max(from, 0);
  const mark = el("span", { class: instant ? "dot" : "bar", "data-bar": row.kind });
  mark.style.left = `${left * 100}%`;
  if (!instant) mark.style.width = `${(Math.min(to, 1) - left) * 100}%`;
  return mark;
}
