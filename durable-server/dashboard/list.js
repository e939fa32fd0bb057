// The instances: filters, a long table, and what changes while one looks.

import { ask } from "./api.js";
import { el, quietly, setText, show } from "./dom.js";
import { ago, code, count, long, micros, now, short, span } from "./format.js";
import { badge, icon } from "./icons.js";
import { follow } from "./live.js";
import { complain, go } from "./router.js";
import { LongTable } from "./table.js";

export const STATES = ["Pending", "Running", "Suspended", "Completed", "Failed", "Canceled", "Terminated"];
const SINCE = [["", "any time"], ["15m", "the last 15 minutes"], ["1h", "the last hour"], ["24h", "the last day"], ["168h", "the last week"]];
const PAGE = 200;
/** Whoever scrolls through all of them gets more at a time. */
const FURTHER = 1000;
/** The most rows of one look at what changed. */
const LOOK = 500;

/** Where the list stood when it was left, by its filters, so that one comes back to the same place. */
const left = new Map();

export function listPage(main, parameters) {
  const filters = new Filters(parameters, () => reset());
  let rows = new Rows();
  let next = null;
  let newestFirst = true;
  let loading = false;
  let done = false;
  /** Which filters an answer is for: one that comes late is for others than those of now. */
  let asked = 0;

  const summary = el("p", { class: "summary", id: "summary", role: "status" });
  const table = new LongTable({
    label: "Instances",
    height: 34,
    columns: [
      { title: "State", class: "state" }, { title: "Instance", class: "id" }, { title: "Orchestrator", class: "code" },
      { title: "Started", class: "time" }, { title: "Took", class: "took num" }, { title: "Events", class: "num events" },
      { title: "Note", class: "note" },
    ],
    key: (row) => row.instanceId,
    fill: fillRow,
    open: (row) => go(`/instances/${encodeURIComponent(row.instanceId)}`),
    onEnd: () => more(),
  });
  const nothing = el("div", { class: "empty", hidden: true });
  show(main, el("h1", { class: "hidden" }, "Instances"), filters.element, summary, table.element, nothing);

  const draw = () => {
    table.set(rows.sorted(newestFirst));
    const known = count(rows.size);
    setText(summary, done ? `${known} ${rows.size === 1 ? "instance" : "instances"}` : `${known} instances so far; more come as you scroll`);
    table.element.hidden = done && rows.size === 0;
    nothing.hidden = !(done && rows.size === 0);
    show(nothing, filters.any()
      ? ["No instance matches. ", el("a", { href: "#/instances" }, "Show all")]
      : "There are no instances yet. Start one, and it appears here.");
  };

  const more = async () => {
    if (loading || done) return;
    loading = true;
    const turn = asked;
    try {
      const page = await ask("GET", "durable/instances", { query: { ...filters.query(), newestFirst: true, top: next ? FURTHER : PAGE }, after: next });
      if (turn !== asked) return;
      ({ next, newestFirst } = page);
      done = !next;
      rows.take(page.items);
      draw();
    } catch (error) {
      if (turn === asked) setText(summary, error.message);
      complain(error);
    } finally {
      if (turn === asked) loading = false;
    }
  };

  const reset = () => {
    asked += 1;
    rows = new Rows();
    [next, loading, done] = [null, false, false];
    const text = filters.text();
    history.replaceState(null, "", text ? `#/instances?${text}` : "#/instances");
    table.place = 0;
    more();
  };

  // What is on the screen is asked again; the newest too while one is at the top. A hub that does not list by time is asked
  // for its first page.
  const look = async (signal) => {
    if (rows.size === 0 && !done) return more();
    const [first, last] = table.visible();
    const shown = table.rows.slice(first, last);
    const top = first === 0;
    const lowest = shown.at(-1)?.createdTime;
    const near = newestFirst && lowest;
    const given = filters.query();
    const turn = asked;
    const query = near
      ? { ...given, createdTimeFrom: lowest, createdTimeTo: top ? undefined : shown[0].createdTime, top: LOOK }
      : { ...given, top: PAGE };
    const page = await ask("GET", "durable/instances", { query, signal });
    if (turn !== asked) return;
    if (near) rows.replace(page.items, micros(lowest), top ? Infinity : micros(shown[0].createdTime), Boolean(page.next));
    else rows.take(page.items);
    draw();
  };
  const following = follow(look, { pause: 2000, onError: complain });
  // Spans go on by themselves.
  const ticking = setInterval(() => { if (!document.hidden) table.redraw(); }, 10_000);

  const place = left.get(filters.text());
  more().then(() => { if (place) table.place = place; });
  filters.loadNames();

  return {
    table,
    refresh: () => following.now(),
    search: () => filters.search.focus(),
    close() {
      left.set(filters.text(), table.place);
      clearInterval(ticking);
      following.stop();
      table.close();
    },
  };
}

/** The rows that are known, by id. */
class Rows {
  #all = new Map();

  get size() { return this.#all.size; }

  take(items) {
    for (const item of items) {
      const known = this.#all.get(item.instanceId);
      // A row that is as it was stays the same object, and is not drawn anew.
      if (!known || known.mark !== mark(item)) this.#all.set(item.instanceId, { ...item, mark: mark(item) });
    }
  }

  /** Takes what there is between two moments of start; what is not among it has gone, unless not all was told. */
  replace(items, from, to, cut) {
    if (!cut) {
      const told = new Set(items.map((item) => item.instanceId));
      for (const [id, row] of this.#all) {
        const created = micros(row.createdTime);
        if (created >= from && created <= to && !told.has(id)) this.#all.delete(id);
      }
    }
    this.take(items);
  }

  sorted(newestFirst) {
    const all = [...this.#all.values()];
    if (!newestFirst) return all;
    return all.sort((a, b) => (a.createdTime === b.createdTime ? compare(b.instanceId, a.instanceId) : compare(key(b), key(a))));
  }
}

function key(row) {
  row.created ??= micros(row.createdTime);
  return row.created;
}

function compare(a, b) {
  return a < b ? -1 : a > b ? 1 : 0;
}

function mark(item) {
  return JSON.stringify([item.lastUpdatedTime, item.runtimeStatus, item.events, item.blocked, item.stalled, item.note]);
}

function fillRow(row, [state, id, orchestrator, started, took, events, note]) {
  const created = micros(row.createdTime);
  show(state, badge(row.runtimeStatus, row));
  show(id, el("a", { href: `#/instances/${encodeURIComponent(row.instanceId)}`, title: row.instanceId }, row.instanceId),
    row.parent && el("span", { class: "child", title: `called by ${row.parent}` }, icon("sub-orchestration"), el("span", { class: "hidden" }, "called by another instance")));
  show(orchestrator, el("span", { title: code(row.name, row.version) }, row.name, row.version && el("span", { class: "version" }, `@${row.version}`)));
  show(started, el("time", { datetime: row.createdTime, title: `${long(created)} (${ago(created)})` }, short(created)));
  const scheduled = row.runtimeStatus === "Pending" && row.scheduledTime;
  setText(took, scheduled ? "–" : span((micros(row.endedTime) ?? now()) - created));
  took.classList.toggle("open", !row.endedTime && !scheduled);
  setText(events, count(row.events));
  const text = row.note ?? (scheduled ? `starts ${ago(micros(scheduled))}` : "");
  show(note, el("span", { class: row.runtimeStatus === "Failed" || row.blocked ? "bad" : undefined, title: text || undefined }, text));
}

/** The filters, and how they stand in the page's address. */
class Filters {
  constructor(parameters, changed) {
    this.search = el("input", {
      type: "search", id: "search", placeholder: "Find by the beginning of an id", "aria-label": "Find by the beginning of an id",
      autocomplete: "off", spellcheck: "false", value: parameters.get("id") ?? "", oninput: quietly(250, changed), "aria-keyshortcuts": "/",
    });
    this.name = el("select", { "aria-label": "Orchestrator", onchange: () => { this.version.value = ""; changed(); } }, el("option", { value: "" }, "every orchestrator"));
    this.version = el("select", { "aria-label": "Version", onchange: changed }, el("option", { value: "" }, "every version"));
    this.since = el("select", { "aria-label": "Started", onchange: changed }, SINCE.map(([value, text]) => el("option", { value }, text)));
    this.since.value = parameters.get("since") ?? "";
    this.tag = el("input", {
      type: "text", placeholder: "tag=value", "aria-label": "Tag, as name=value", autocomplete: "off", spellcheck: "false",
      value: parameters.get("tag") ?? "", onchange: changed,
    });
    keepValue(this.name, parameters.get("name"));
    keepValue(this.version, parameters.get("version"));
    const given = new Set((parameters.get("status") ?? "").split(",").filter(Boolean));
    this.boxes = STATES.map((status) => el("input", { type: "checkbox", value: status, checked: given.has(status), onchange: changed }));
    this.flags = ["blocked", "stalled"].map((flag) => el("input", { type: "checkbox", value: flag, checked: parameters.get(flag) === "true", onchange: changed }));
    const chip = (box, name) => el("label", { class: `chip s-${box.value}` }, box, icon(box.value), name);
    this.element = el("form", { class: "filters", role: "search", "aria-label": "Instances", onsubmit: (event) => event.preventDefault() },
      el("div", { class: "row" }, el("span", { class: "find" }, this.search, el("kbd", { "aria-hidden": "true" }, "/")), this.name, this.version, this.since, this.tag),
      el("fieldset", { class: "chips" }, el("legend", { class: "hidden" }, "States"),
        this.boxes.map((box) => chip(box, box.value)), el("span", { class: "between", "aria-hidden": "true" }),
        chip(this.flags[0], "Blocked"), chip(this.flags[1], "Stalled")));
  }

  /** Fills the lists of names and versions with what the hub has. */
  async loadNames() {
    let counts;
    try {
      counts = await ask("GET", "durable/versions");
    } catch {
      return; // The list tells what is wrong.
    }
    const names = [...new Set(counts.map((count) => count.name))];
    for (const name of names) addOption(this.name, name);
    const versions = counts.filter((count) => !this.name.value || count.name === this.name.value).map((count) => count.version);
    for (const version of new Set(versions)) if (version) addOption(this.version, version);
  }

  any() {
    return this.text() !== "";
  }

  text() {
    const parameters = new URLSearchParams();
    const put = (name, value) => { if (value) parameters.set(name, value); };
    put("id", this.search.value);
    put("name", this.name.value);
    put("version", this.version.value);
    put("since", this.since.value);
    put("tag", this.tag.value.includes("=") ? this.tag.value : "");
    put("status", this.#statuses().join(","));
    for (const flag of this.flags) put(flag.value, flag.checked ? "true" : "");
    return parameters.toString();
  }

  query() {
    const hours = /^(\d+)([mh])$/.exec(this.since.value);
    this.began ??= Date.now();
    const createdTimeFrom = hours && new Date(this.began - Number(hours[1]) * (hours[2] === "h" ? 3600e3 : 60e3)).toISOString();
    return {
      instanceIdPrefix: this.search.value, name: this.name.value, version: this.version.value, createdTimeFrom,
      tag: this.tag.value.includes("=") ? this.tag.value : "", runtimeStatus: this.#statuses().join(","),
      blocked: this.flags[0].checked || undefined, stalled: this.flags[1].checked || undefined,
    };
  }

  #statuses() {
    return this.boxes.filter((box) => box.checked).map((box) => box.value);
  }
}

function keepValue(select, value) {
  if (value) {
    addOption(select, value);
    select.value = value;
  }
}

function addOption(select, value) {
  if (![...select.options].some((option) => option.value === value)) select.append(el("option", { value }, value));
}
