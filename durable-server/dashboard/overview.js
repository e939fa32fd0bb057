// All of a timeline in a strip: a line for each step, and a frame around what can be seen below.

import { el } from "./dom.js";

export class Overview {
  #context;

  constructor(scale, onPlace) {
    this.scale = scale;
    this.canvas = el("canvas", { "aria-hidden": "true" });
    this.element = el("div", { class: "overview", title: "All of it; a click shows the place" }, this.canvas);
    this.#context = this.canvas.getContext("2d");
    this.canvas.addEventListener("pointerdown", (event) => {
      const box = this.canvas.getBoundingClientRect();
      onPlace((event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
    });
  }

  draw(rows, [first, last], ended) {
    // A few steps can be seen as they are.
    this.element.hidden = rows.length < 40;
    const { width, height } = this.element.getBoundingClientRect();
    if (width === 0) return;
    const ratio = window.devicePixelRatio || 1;
    if (this.canvas.width !== Math.round(width * ratio)) {
      this.canvas.width = Math.round(width * ratio);
      this.canvas.height = Math.round(height * ratio);
    }
    const context = this.#context;
    const style = getComputedStyle(this.element);
    const colour = (name) => style.getPropertyValue(name);
    const colours = { plain: colour("--bar-plain"), timer: colour("--bar-timer"), bad: colour("--bad"), child: colour("--bar-child") };
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    const line = height / rows.length;
    const thick = Math.max(line, 1);
    rows.forEach((row, at) => {
      const from = this.scale.among(row.begin) * width;
      const to = this.scale.among(row.end ?? (row.outcome === "happened" ? row.begin : ended)) * width;
      context.fillStyle = ["failed", "timedOut"].includes(row.outcome) || row.kind === "failed" ? colours.bad
        : row.kind === "timer" || row.kind === "pause" ? colours.timer : row.kind === "sub-orchestration" ? colours.child : colours.plain;
      context.fillRect(from, at * line, Math.max(to - from, 1.5), thick);
    });
    const [from, to] = this.scale.window.map((moment) => this.scale.bySteps ? null : this.scale.among(moment) * width);
    context.strokeStyle = colour("--ink");
    context.lineWidth = 1;
    const top = first * line;
    context.strokeRect((from ?? 0) + 0.5, top + 0.5, (to ?? width) - (from ?? 0) - 1, Math.max((last - first) * line - 1, 2));
  }
}
