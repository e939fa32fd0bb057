// Where a moment stands on the axis, in parts of its width. Either by time, of which a stretch can be looked at closely, or by
// step: then every moment at which something happened has the same width, and long waits take no room.

const NICE = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6, 2e6, 5e6, 10e6, 15e6, 30e6,
  60e6, 120e6, 300e6, 600e6, 900e6, 1800e6, 3600e6, 7200e6, 14400e6, 21600e6, 43200e6, 86400e6, 172800e6, 604800e6, 2592000e6];

export class Scale {
  constructor(begin, end, moments) {
    this.begin = begin;
    this.end = Math.max(end, begin + 1);
    this.window = [this.begin, this.end];
    this.bySteps = false;
    this.moments = moments;
  }

  /** Takes a later end and more moments; what is looked at stays, unless all is. */
  extend(end, moments) {
    const whole = this.isWhole();
    this.end = Math.max(end, this.begin + 1);
    this.moments = moments;
    if (whole) this.window = [this.begin, this.end];
  }

  isWhole() {
    return this.window[0] === this.begin && this.window[1] === this.end;
  }

  /** Returns a place between 0 and 1; others are outside of what is looked at. */
  at(moment) {
    return this.bySteps ? this.#step(moment) : (moment - this.window[0]) / (this.window[1] - this.window[0]);
  }

  /** Returns a place among all there is, whatever is looked at. */
  among(moment) {
    return this.bySteps ? this.#step(moment) : (moment - this.begin) / (this.end - this.begin);
  }

  #step(moment) {
    const { moments } = this;
    if (moments.length < 2) return 0;
    let [low, high] = [0, moments.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (moments[middle] < moment) low = middle + 1; else high = middle;
    }
    return low / (moments.length - 1);
  }

  zoom(factor, around = 0.5) {
    const [from, to] = this.window;
    const width = Math.min(Math.max((to - from) / factor, 100), this.end - this.begin);
    const middle = from + (to - from) * around;
    this.#look(middle - width * around, width);
  }

  pan(part) {
    const [from, to] = this.window;
    this.#look(from + (to - from) * part, to - from);
  }

  centre(part) {
    const width = this.window[1] - this.window[0];
    this.#look(this.begin + (this.end - this.begin) * part - width / 2, width);
  }

  fit() {
    this.window = [this.begin, this.end];
  }

  #look(from, width) {
    const start = Math.min(Math.max(from, this.begin), this.end - width);
    this.window = [start, start + width];
  }

  /** Returns round moments on the axis, as spans since the beginning. */
  ticks(most) {
    if (this.bySteps) return [];
    const [from, to] = this.window;
    const step = NICE.find((size) => (to - from) / size <= most) ?? (to - from) / most;
    const ticks = [];
    for (let at = Math.ceil((from - this.begin) / step) * step; at <= to - this.begin; at += step) ticks.push(at);
    return ticks;
  }
}
