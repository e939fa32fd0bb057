// How moments, spans, counts and payloads are written. Moments are microseconds since 1970, which a number holds exactly.

/** Reads `2026-11-21T01:43:00.123456Z`. */
export function micros(text) {
  if (!text) return null;
  const [whole, fraction = ""] = text.replace(/Z$/, "").split(".");
  return Date.parse(`${whole}Z`) * 1000 + Number(fraction.padEnd(6, "0").slice(0, 6));
}

export function now() {
  return Date.now() * 1000;
}

const UNITS = [["d", 86400e6], ["h", 3600e6], ["m", 60e6], ["s", 1e6]];

/** Writes a span with its two greatest units: `1h 30m`, `2.5s`, `40ms`, `300µs`. */
export function span(micros) {
  if (micros < 0) micros = 0;
  if (micros < 1000) return `${Math.round(micros)}µs`;
  if (micros < 10_000) return `${trim(micros / 1000, 1)}ms`;
  if (micros < 1e6) return `${Math.floor(micros / 1000)}ms`;
  if (micros < 60e6) return `${trim(Math.floor(micros / 1e4) / 100, 2)}s`;
  const first = UNITS.findIndex(([, size]) => micros >= size);
  const parts = [];
  let rest = micros;
  for (const [name, size] of UNITS.slice(first, first + 2)) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(`${count}${name}`);
  }
  return parts.join(" ");
}

function trim(number, digits) {
  return String(Number(number.toFixed(digits)));
}

/** Writes how long ago a moment was, or how soon it comes. */
export function ago(moment, at = now()) {
  const past = at - moment;
  if (Math.abs(past) < 1e6) return "now";
  const text = span(Math.floor(Math.abs(past) / 1e6) * 1e6);
  return past < 0 ? `in ${text}` : `${text} ago`;
}

const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const DAY = new Intl.DateTimeFormat(undefined, { month: "short", day: "2-digit" });
const WHOLE = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "long" });

/** Writes a moment for a column: the clock today, the day too otherwise. */
export function short(moment) {
  const date = new Date(moment / 1000);
  const today = date.toDateString() === new Date().toDateString();
  return today ? CLOCK.format(date) : `${DAY.format(date)} ${CLOCK.format(date)}`;
}

export function long(moment) {
  return WHOLE.format(new Date(moment / 1000));
}

/** Writes an orchestrator with its version; the version is empty while no worker has chosen one. */
export function code(name, version) {
  return version ? `${name}@${version}` : name;
}

const NUMBER = new Intl.NumberFormat(undefined);

export function count(number) {
  return NUMBER.format(number);
}

export function plural(number, one, many = `${one}s`) {
  return `${count(number)} ${number === 1 ? one : many}`;
}

export function bytes(number) {
  if (number < 1024) return `${number} B`;
  if (number < 1024 * 1024) return `${trim(number / 1024, 1)} KiB`;
  return `${trim(number / 1024 / 1024, 1)} MiB`;
}

/** Indents JSON that is whole; anything else stays as it came. */
export function pretty(payload) {
  if (!payload.whole || !payload.json) return payload.text;
  try {
    return JSON.stringify(JSON.parse(payload.text), null, 2);
  } catch {
    return payload.text;
  }
}
