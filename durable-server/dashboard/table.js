// A table that has as many rows as fit on the screen, however long the list is. It stays a table for those who hear it: each
// row tells its place (`aria-rowindex`) among all (`aria-rowcount`).

import { el, show } from "./dom.js";

const BESIDE = 12;

/**
 * `columns`: [{ title, class }]; `fill(row, cells)` writes a row into its cells; `open(row)` is what Enter and a click do.
 * Rows are told apart by `key(row)`, so that one that stays is not made anew.
 */
export class LongTable {
  #rows = [];
  #shown = new Map();
  #current = -1;
  #height;
  #given;
  #frame = 0;

  constructor({ label, columns, height, key, fill, open, onEnd = () => {}, onCurrent = () => {} }) {
    this.#given = { columns, key, fill, open, onEnd, onCurrent };
    this.#height = height;
    this.before = el("tr", { class: "gap", "aria-hidden": true }, el("td"));
    this.after = el("tr", { class: "gap", "aria-hidden": true }, el("td"));
    this.body = el("tbody", {}, this.before, this.after);
    this.heads = columns.map((column) => el("th", { scope: "col", class: column.class }, column.head ?? column.title));
    this.table = el("table", { class: "long", "aria-label": label }, el("thead", {}, el("tr", {}, this.heads)), this.body);
    this.element = el("div", { class: "scroll", tabindex: -1 }, this.table);
    this.element.addEventListener("scroll", () => this.#soon(), { passive: true });
    this.#watch = new ResizeObserver(() => this.#soon());
    this.#watch.observe(this.element);
    this.body.addEventListener("click", (event) => this.#clicked(event));
    this.body.addEventListener("focusin", (event) => {
      const at = Number(event.target.closest("tr")?.dataset.at);
      if (Number.isInteger(at)) this.#mark(at);
    });
  }

  #watch;

  close() {
    this.#watch.disconnect();
    cancelAnimationFrame(this.#frame);
  }

  get rows() { return this.#rows; }

  get current() { return this.#rows[this.#current]; }

  /** Takes other rows. What was current stays so, by its key. */
  set(rows) {
    const { key } = this.#given;
    const kept = this.current === undefined ? undefined : key(this.current);
    this.#rows = rows;
    this.table.setAttribute("aria-rowcount", rows.length + 1);
    if (kept !== undefined && (this.#rows[this.#current] === undefined || key(this.#rows[this.#current]) !== kept)) {
      this.#current = rows.findIndex((row) => key(row) === kept);
    }
    this.draw();
  }

  /** Returns the places of the rows that can be seen. */
  visible() {
    const head = this.table.tHead.offsetHeight;
    const first = Math.max(0, Math.floor(this.element.scrollTop / this.#height));
    const last = Math.min(this.#rows.length, Math.ceil((this.element.scrollTop + this.element.clientHeight - head) / this.#height));
    return [first, Math.max(first, last)];
  }

  /** Moves the current row by so many, and brings it into view. */
  move(by) {
    if (this.#rows.length === 0) return;
    const from = this.#current < 0 ? (by > 0 ? -1 : this.#rows.length) : this.#current;
    this.go(Math.min(Math.max(from + by, 0), this.#rows.length - 1));
  }

  /** Makes a row the current one, and gives it the focus. */
  go(at) {
    const head = this.table.tHead.offsetHeight;
    const top = at * this.#height;
    const room = this.element.clientHeight - head;
    if (top < this.element.scrollTop) this.element.scrollTop = top;
    else if (top + this.#height > this.element.scrollTop + room) this.element.scrollTop = top + this.#height - room;
    this.#mark(at);
    this.draw();
    const row = this.#shown.get(this.#given.key(this.#rows[at]));
    (row?.querySelector("a, button") ?? row)?.focus({ preventScroll: true });
  }

  /** Returns how far it is scrolled, for a page that comes back to it. */
  get place() { return this.element.scrollTop; }

  set place(top) {
    this.draw();
    this.element.scrollTop = top;
    this.draw();
  }

  /** Draws the rows that can be seen. */
  draw() {
    const { key } = this.#given;
    const [first, last] = this.visible();
    const from = Math.max(0, first - BESIDE);
    const to = Math.min(this.#rows.length, last + BESIDE);
    const wanted = new Map();
    for (let at = from; at < to; at += 1) wanted.set(key(this.#rows[at]), at);
    for (const [name, row] of this.#shown) {
      if (!wanted.has(name)) {
        row.remove();
        this.#shown.delete(name);
      }
    }
    let place = this.before;
    for (const [name, at] of wanted) {
      let row = this.#shown.get(name);
      if (!row) {
        row = el("tr", {}, this.#given.columns.map((column) => el("td", { class: column.class })));
        this.#shown.set(name, row);
      }
      if (place.nextSibling !== row) place.after(row);
      place = row;
      row.dataset.at = at;
      row.setAttribute("aria-rowindex", at + 2);
      row.classList.toggle("current", at === this.#current);
      if (row.drawn !== this.#rows[at]) {
        this.#given.fill(this.#rows[at], [...row.cells], row);
        row.drawn = this.#rows[at];
      }
    }
    this.before.firstChild.style.height = `${from * this.#height}px`;
    this.after.firstChild.style.height = `${(this.#rows.length - to) * this.#height}px`;
    this.before.hidden = from === 0;
    this.after.hidden = to === this.#rows.length;
    if (to >= this.#rows.length - BESIDE) this.#given.onEnd();
  }

  /** Draws what can be seen anew, since something besides the rows has changed. */
  redraw() {
    for (const row of this.#shown.values()) row.drawn = undefined;
    this.draw();
  }

  #soon() {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => this.draw());
  }

  #mark(at) {
    if (at === this.#current) return;
    this.#current = at;
    for (const row of this.#shown.values()) row.classList.toggle("current", Number(row.dataset.at) === at);
    this.#given.onCurrent(this.current);
  }

  #clicked(event) {
    // What has a purpose of its own keeps it, and who marks a text does not want to leave.
    if (event.target.closest("a, button") || String(getSelection())) return;
    const at = Number(event.target.closest("tr")?.dataset.at);
    if (!Number.isInteger(at)) return;
    this.#mark(at);
    this.#given.open(this.#rows[at]);
  }
}

/** Makes a table of few rows: each an array of cells, of which the first is its head. */
export function shortTable(label, columns, rows) {
  const heads = columns.map((column) => el("th", { scope: "col", class: column.class }, column.title));
  const body = rows.map((cells) => el("tr", {}, cells.map((cell, at) =>
    el(at === 0 ? "th" : "td", { class: columns[at].class, scope: at === 0 ? "row" : undefined }, cell))));
  return el("div", { class: "wide" },
    el("table", { class: "short", "aria-label": label }, el("thead", {}, el("tr", {}, heads)), el("tbody", {}, body)));
}

/** Shows that there is nothing. */
export function empty(element, ...texts) {
  return show(element, el("p", { class: "empty" }, texts));
}
