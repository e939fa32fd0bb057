// All of a timeline in a strip: a line for each step, and a frame around what can be seen below.

import { el } from "./dom.js";

export class Overview {
  #context;
  #strip = document.createElement("canvas");
  #rows;
  #sign = "";

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
    const ink = getComputedStyle(this.element).color;
    const line = height / rows.length;
    // The steps are drawn when they change; while one scrolls only the frame moves.
    const sign = [width, ratio, rows.length, this.scale.end, this.scale.bySteps, ended, ink, rows.at(-1)?.outcome].join();
    if (this.#rows !== rows || this.#sign !== sign) {
      [this.#rows, this.#sign] = [rows, sign];
      for (const canvas of [this.canvas, this.#strip]) {
        canvas.width = Math.round(width * ratio);
        canvas.height = Math.round(height * ratio);
      }
      const strip = this.#strip.getContext("2d");
      strip.scale(ratio, ratio);
      this.#steps(strip, rows, width, line, ended);
    }
    const context = this.#context;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    context.drawImage(this.#strip, 0, 0);
    context.scale(ratio, ratio);
    const [from, to] = this.scale.window.map((moment) => this.scale.bySteps ? null : this.scale.among(moment) * width);
    context.strokeStyle = ink;
    context.lineWidth = 1;
    const top = first * line;
    context.strokeRect((from ?? 0) + 0.5, top + 0.5, (to ?? width) - (from ?? 0) - 1, Math.max((last - first) * line - 1, 2));
  }

  #steps(context, rows, width, line, ended) {
    const colours = { plain: this.#colour("--bar-plain"), timer: this.#colour("--bar-timer"), bad: this.#colour("--bad"), child: this.#colour("--bar-child") };
    const thick = Math.max(line, 1);
    rows.forEach((row, at) => {
      const from = this.scale.among(row.begin) * width;
      const to = this.scale.among(row.end ?? (row.outcome === "happened" ? row.begin : ended)) * width;
      context.fillStyle = ["failed", "timedOut"].includes(row.outcome) || row.kind === "failed" ? colours.bad
        : row.kind === "timer" || row.kind === "pause" ? colours.timer : row.kind === "sub-orchestration" ? colours.child : colours.plain;
      context.fillRect(from, at * line, Math.max(to - from, 1.5), thick);
    });
  }

  /** Reads a colour of the page's theme, as a canvas takes it. */
  #colour(name) {
    this.canvas.style.color = `var(${name})`;
    return getComputedStyle(this.canvas).color;
  }
}
