// One instance: what it is, what it waits for, and what it did.

import { actionButtons } from "./actions.js";
import { ask, own } from "./api.js";
import { el, setText, show } from "./dom.js";
import { ago, code, count, long, micros, now, short, span } from "./format.js";
import { badge, icon } from "./icons.js";
import { follow } from "./live.js";
import { copyButton, failurePanel, failureText, payloadPanel, payloadText } from "./payload.js";
import { complain, session, title } from "./router.js";
import { attempt, subject, Timeline } from "./timeline.js";
import { showTree } from "./tree.js";

/** How long the server may wait for a change before it answers, in seconds. */
const WAIT = 25;

export function instancePage(main, id) {
  let known;
  let instance;
  const head = el("div", { class: "instance-head" });
  const alerts = el("div", { class: "alerts" });
  const side = el("aside", { class: "side", "aria-label": "Data" });
  const tree = el("section", { class: "panel", hidden: true, "aria-label": "Family" });
  const detail = el("section", { class: "panel detail", hidden: true, "aria-label": "Step" });
  const timeline = new Timeline({ onSelect: (row) => showStep(row) });
  show(main, head, alerts, el("div", { class: "columns" }, el("div", { class: "wide-column" }, timeline.element), el("div", { class: "narrow-column" }, detail, side, tree)));
  show(head, el("h1", {}, el("span", { class: "id" }, id)), el("p", { class: "summary" }, "Loading …"));

  const look = async (signal) => {
    const query = known ? { known: known.mark, execution: known.execution, events: known.events, timeout: WAIT } : {};
    const told = await ask("GET", own(id, "timeline"), { query, signal });
    if (told === null) return; // Nothing has changed in that time.
    const whole = told.whole;
    instance = told.instance;
    known = { mark: told.mark, execution: instance.execution, events: told.events };
    drawHead();
    drawAlerts(told.waits);
    drawSide();
    timeline.take(told.items, whole, instance);
    const called = told.items.some((item) => item.kind === "sub-orchestration");
    if (whole || called) showTree(tree, id).catch(() => { tree.hidden = true; });
  };
  const following = follow(look, {
    waits: true,
    onError: (error) => {
      if (error.status === 404) {
        show(main, el("div", { class: "empty" }, el("p", {}, `There is no instance ${id}. It may have been purged.`), el("a", { href: "#/instances" }, "All instances")));
        return "stop";
      }
      return complain(error);
    },
  });
  const ticking = setInterval(() => {
    if (document.hidden || !instance) return;
    timeline.tick();
    drawTimes();
  }, 1000);

  const times = el("dl", { class: "facts" });
  const drawTimes = () => {
    const created = micros(instance.createdTime);
    const ended = micros(instance.endedTime);
    const fact = (name, ...value) => el("div", {}, el("dt", {}, name), el("dd", {}, value));
    const moment = (text) => el("time", { datetime: text, title: `${long(micros(text))} (${ago(micros(text))})` }, short(micros(text)));
    show(times,
      fact("Started", moment(instance.createdTime)),
      ended ? fact("Ended", moment(instance.endedTime)) : fact("Changed", moment(instance.lastUpdatedTime)),
      fact("Took", ended ? span(ended - created) : `${span(now() - created)} so far`),
      fact("Events", count(instance.events)),
      instance.generation > 0 && fact("Continued as new", `${instance.generation}×`),
      instance.owner && fact("Worker", instance.owner),
      Object.entries(instance.tags).map(([name, value]) => fact(name, value)));
  };

  const drawHead = () => {
    const { parent } = instance;
    title(id);
    drawTimes();
    const buttons = actionButtons(instance, session(), () => following.now());
    // A button that is under a finger stays where it is.
    const offered = buttons.map((button) => button.textContent).join();
    if (head.offered === offered && head.status === instance.runtimeStatus + instance.blocked + instance.stalledSince) return;
    head.offered = offered;
    head.status = instance.runtimeStatus + instance.blocked + instance.stalledSince;
    show(head,
      parent && el("p", { class: "crumb" }, "called by ", el("a", { href: `#/instances/${encodeURIComponent(parent.instanceId)}` }, parent.instanceId), ` (${code(parent.name, parent.version)})`),
      el("div", { class: "title" },
        el("h1", {}, el("span", { class: "id" }, id)), copyButton(() => id, "Copy the id"),
        badge(instance.runtimeStatus, { blocked: instance.blocked, stalled: instance.stalledSince }),
        el("span", { class: "code" }, code(instance.name, instance.version)),
        el("div", { class: "buttons", role: "group", "aria-label": "Actions" }, buttons)),
      times);
  };

  const drawAlerts = (waits) => {
    const { blocked, failure } = instance;
    const text = JSON.stringify([blocked, failure, waits]);
    if (alerts.text === text) return;
    alerts.text = text;
    show(alerts,
      failure && failurePanel(instance.runtimeStatus === "Failed" ? "It failed" : `It was ${instance.runtimeStatus.toLowerCase()}`, failure),
      blocked && el("section", { class: "panel failure", "aria-label": "Blocked" }, el("h2", {}, icon("blocked"), `It is blocked: ${blocked.reason}`),
        el("pre", {}, blocked.message), el("p", { class: "none" }, `${blocked.place ? `${blocked.place}, ` : ""}since ${ago(micros(blocked.since))}. Repair the code, then resume it.`)),
      waits.length > 0 && el("section", { class: "panel waits", "aria-label": "Waits for" }, el("h2", {}, icon("timer"), "Waits for"), el("ul", {}, waits.map(waitLine))));
  };

  const drawSide = () => {
    const text = JSON.stringify([instance.input, instance.output, instance.customStatus]);
    if (side.text === text) return;
    side.text = text;
    show(side,
      instance.customStatus && payloadPanel("Custom status", instance.customStatus),
      payloadPanel("Input", instance.input),
      payloadPanel("Output", instance.output));
  };

  let selected;
  const showStep = async (row) => {
    selected = row.step;
    detail.hidden = false;
    let whole = row;
    try {
      const told = await ask("GET", own(id, "timeline"), { query: { step: row.step } });
      whole = told.items[0] ?? row;
    } catch {
      // What the table has is shown instead.
    }
    if (selected !== row.step) return;
    const close = el("button", { type: "button", class: "quiet", onclick: () => hideStep() }, "Close");
    const fact = (name, value) => value && el("div", {}, el("dt", {}, name), el("dd", {}, value));
    show(detail,
      el("div", { class: "panel-head" }, el("h2", {}, icon(row.kind), `${row.kind} ${subject(row)}`), close),
      el("dl", { class: "facts" },
        fact("At", `+${span(row.begin - timeline.scale.begin)}`), fact("Moment", long(row.begin)),
        fact("Took", row.end !== null && span(row.end - row.begin)), fact("Attempt", attempt(row)),
        fact("Task", row.task !== null && `#${row.task}`), fact("Event", `${row.step}`), fact("Outcome", row.outcome)),
      row.instance && el("p", {}, row.kind === "event sent" ? "to " : "instance ", el("a", { href: `#/instances/${encodeURIComponent(row.instance)}` }, row.instance)),
      whole.failure && failureText(whole.failure),
      whole.input && [el("h3", {}, row.kind === "side effect" || row.kind === "event" || row.kind === "completed" ? "Value" : "Input"), payloadText(whole.input, "Input")],
      whole.value && [el("h3", {}, "Result"), payloadText(whole.value, "Result")]);
  };
  const hideStep = () => { detail.hidden = true; selected = undefined; };

  return {
    table: timeline.table,
    timeline,
    refresh: () => following.now(),
    escape() {
      if (detail.hidden) return false;
      hideStep();
      return true;
    },
    close() {
      clearInterval(ticking);
      following.stop();
      timeline.close();
    },
  };
}

function waitLine(wait) {
  const child = wait.instance && [" ", el("a", { href: `#/instances/${encodeURIComponent(wait.instance)}` }, wait.instance)];
  const since = wait.since && el("span", { class: "none" }, ` since ${ago(micros(wait.since))}`);
  return el("li", {}, wait.text.replace(/(until|at) (\d{4}-\S+Z)/, (_, word, moment) => `${word} ${short(micros(moment))}`), child, since);
}
