// Fences: what holds new instances back while a deployment is under way.

import { ask } from "./api.js";
import { confirm, toast } from "./dialog.js";
import { el, show } from "./dom.js";
import { ago, count, long, micros } from "./format.js";
import { follow } from "./live.js";
import { complain, session } from "./router.js";
import { empty, shortTable } from "./table.js";

export function fencesPage(main) {
  const body = el("div", { class: "page" });
  const flight = el("section", { class: "panel", "aria-label": "In flight" });
  const manage = session().scopes.includes("manage");
  const raise = el("button", { type: "button", class: "primary", onclick: async () => { if (await raiseFence()) following.now(); } }, "Put a fence up …");
  show(main, el("div", { class: "title" }, el("h1", {}, "Fences"), manage && el("div", { class: "buttons" }, raise)),
    el("p", { class: "lead" }, "Behind a fence no new instance begins that it covers; what runs goes on. A gate puts one up before a deployment, and it falls by itself when its time is over."),
    flight, body);
  let drawn = "";
  const following = follow(async (signal) => {
    const [fences, check] = await Promise.all([ask("GET", "durable/fences", { signal }), ask("GET", "durable/status-check", { signal })]);
    const text = JSON.stringify([fences, check]);
    if (text === drawn) return;
    drawn = text;
    show(flight, el("h2", {}, check.hasRunning ? "Something is in flight" : "Nothing is in flight"),
      el("dl", { class: "facts" }, Object.entries(check.counts).map(([state, number]) => el("div", {}, el("dt", {}, state), el("dd", {}, count(number)))),
        check.oldest && el("div", {}, el("dt", {}, "Oldest"), el("dd", {}, ago(micros(check.oldest))))));
    if (fences.length === 0) empty(body, "No fence is up: new instances begin.");
    else show(body, table(fences, manage, () => following.now()));
  }, { pause: 3000, onError: complain });
  return { refresh: () => following.now(), close: () => following.stop() };
}

function table(fences, manage, changed) {
  const columns = [{ title: "Fence", class: "id" }, { title: "Holds back" }, { title: "Reason" }, { title: "Falls", class: "time" }, { title: "" }];
  return el("section", { class: "panel" }, shortTable("Fences", columns, fences.map((fence) => [
    fence.id,
    fence.orchestrators.length === 0 ? "every orchestrator" : el("span", { class: "code" }, fence.orchestrators.join(", ")),
    fence.reason || "–",
    el("time", { datetime: fence.until, title: long(micros(fence.until)) }, ago(micros(fence.until))),
    manage && el("button", { type: "button", class: "quiet-danger danger", onclick: async () => { if (await lower(fence)) changed(); } }, "Take down …"),
  ])));
}

function lower(fence) {
  return confirm({
    title: `Take the fence ${fence.id} down?`, yes: "Take down", danger: true,
    text: "New instances begin at once. If a deployment waits behind it, it may meet instances that it does not expect.",
    act: async () => {
      await ask("DELETE", `durable/fences/${encodeURIComponent(fence.id)}`);
      toast(`The fence ${fence.id} is down`);
    },
  });
}

function raiseFence() {
  const field = (name, given) => el("input", { type: "text", name, autocomplete: "off", spellcheck: "false", ...given });
  const id = field("id", { required: true });
  const reason = field("reason", { maxlength: 1000 });
  const codes = field("orchestrators", { placeholder: "checkout, shipping@2" });
  const minutes = el("input", { type: "number", name: "minutes", min: 1, max: 1440, value: "10", required: true });
  return confirm({
    title: "Put a fence up", yes: "Put up",
    text: "New instances that it covers are refused until it falls. Whoever starts one is told to come back.",
    fields: [
      { label: "Name", element: id }, { label: "Reason", element: reason },
      { label: "Orchestrators", element: codes, hint: "With commas between; every one if this is empty." },
      { label: "Minutes until it falls by itself", element: minutes },
    ],
    act: async () => {
      const orchestrators = codes.value.split(",").map((code) => code.trim()).filter(Boolean);
      const body = { id: id.value, reason: reason.value, orchestrators, seconds: Math.round(Number(minutes.value) * 60) };
      await ask("POST", "durable/fences", { body: JSON.stringify(body) });
      toast(`The fence ${id.value} is up`);
    },
  });
}
