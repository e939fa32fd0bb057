// What can be done with an instance, by its state and by what the key allows.

import { ask, managed } from "./api.js";
import { confirm, toast } from "./dialog.js";
import { el } from "./dom.js";
import { go } from "./router.js";

const LIVE = new Set(["Pending", "Running", "Suspended"]);

const reasonField = () => ({ label: "Reason", element: el("input", { type: "text", name: "reason", maxlength: 1000, autocomplete: "off" }), hint: "It is kept in the history." });

/** Each: the scope it needs, when it is offered, and what is asked before. */
const ACTIONS = [
  { name: "Raise event", scope: "event", when: (it) => LIVE.has(it.runtimeStatus), run: raiseEvent },
  { name: "Suspend", scope: "manage", when: (it) => ["Pending", "Running"].includes(it.runtimeStatus), run: suspend },
  { name: "Resume", scope: "manage", when: (it) => it.runtimeStatus === "Suspended" || it.blocked, run: resume },
  { name: "Rewind", scope: "manage", primary: true, when: (it) => it.runtimeStatus === "Failed", run: rewind },
  { name: "Restart", scope: "manage", when: (it) => !LIVE.has(it.runtimeStatus), run: restart },
  { name: "Ask to end", scope: "manage", when: (it) => LIVE.has(it.runtimeStatus), run: cancel },
  { name: "Terminate", scope: "manage", danger: true, when: (it) => LIVE.has(it.runtimeStatus), run: terminate },
  { name: "Purge", scope: "manage", danger: true, when: (it) => !LIVE.has(it.runtimeStatus), run: purge },
];

/** Returns the buttons for an instance. */
export function actionButtons(instance, session, done) {
  return ACTIONS.filter((action) => session.scopes.includes(action.scope) && action.when(instance)).map((action) =>
    el("button", {
      type: "button", class: action.primary ? "primary" : action.danger ? "danger quiet-danger" : undefined,
      onclick: async () => { if (await action.run(instance)) done(action.name); },
    }, `${action.name} …`));
}

function simple(operation, given) {
  return (instance) => {
    const reason = reasonField();
    return confirm({
      ...given(instance), fields: [reason],
      act: async () => {
        await ask("POST", managed(instance.instanceId, operation), { query: { reason: reason.element.value } });
        toast(given(instance).done);
      },
    });
  };
}

function cancel(instance) {
  return simple("cancel", ({ instanceId }) => ({
    title: `Ask ${instanceId} to end?`, yes: "Ask to end", done: "It is asked to end",
    text: "The calls that it waits for end as cancelled, and its code decides what follows: it may compensate first. A timer or an event goes on to be waited for, unless the code looks out for the request. To end it without its code, terminate it.",
  }))(instance);
}

function terminate(instance) {
  return simple("terminate", ({ instanceId }) => ({
    title: `Terminate ${instanceId}?`, yes: "Terminate", danger: true, done: "It is terminated",
    text: "It ends at once, and what it has called with it. None of its code runs, so nothing is compensated. It cannot be taken back.",
  }))(instance);
}

function suspend(instance) {
  return simple("suspend", ({ instanceId }) => ({
    title: `Suspend ${instanceId}?`, yes: "Suspend", done: "It is asked to wait",
    text: "It makes no further turn until it is resumed. What arrives meanwhile is kept in order.",
  }))(instance);
}

function resume(instance) {
  return simple("resume", ({ instanceId }) => ({
    title: `Resume ${instanceId}?`, yes: "Resume", done: "It is asked to go on",
    text: instance.blocked ? "It is blocked: it gets another try, and is blocked again unless the code was repaired." : "It goes on where it stood.",
  }))(instance);
}

function rewind(instance) {
  const reason = reasonField();
  const version = el("input", { type: "text", name: "version", placeholder: instance.version, autocomplete: "off", spellcheck: "false" });
  return confirm({
    title: `Rewind ${instance.instanceId}?`, yes: "Rewind",
    text: "Its failure is taken back: what failed runs again, and what succeeded is kept.",
    fields: [reason, { label: "To version", element: version, hint: `It goes on with ${instance.version || "its version"} if this is empty. With another one it is blocked if its history does not replay there.` }],
    act: async () => {
      await ask("POST", managed(instance.instanceId, "rewind"), { query: { reason: reason.element.value, toVersion: version.value.trim() } });
      toast("It goes on");
    },
  });
}

function restart(instance) {
  const own = el("input", { type: "checkbox", name: "newId", checked: true });
  return confirm({
    title: `Restart ${instance.instanceId}?`, yes: "Restart",
    text: "Its orchestrator starts again from the beginning, with the same input and version.",
    fields: [{ label: "Under a new id", element: own, hint: "Otherwise it takes the place of this instance, and the history of this one is gone." }],
    act: async () => {
      const answer = await ask("POST", managed(instance.instanceId, "restart"), { query: { restartWithNewInstanceId: own.checked } });
      toast(`Started ${answer.id}`);
      go(`/instances/${encodeURIComponent(answer.id)}`);
    },
  });
}

function raiseEvent(instance) {
  const name = el("input", { type: "text", name: "event", required: true, autocomplete: "off", spellcheck: "false" });
  const data = el("textarea", { name: "data", rows: 5, spellcheck: "false" });
  data.value = "null";
  return confirm({
    title: `Raise an event to ${instance.instanceId}`, yes: "Raise",
    fields: [{ label: "Name", element: name }, { label: "Data, as JSON", element: data }],
    act: async () => {
      try {
        JSON.parse(data.value);
      } catch (error) {
        throw new Error(`The data is no JSON: ${error.message}`);
      }
      await ask("POST", managed(instance.instanceId, `raiseEvent/${encodeURIComponent(name.value)}`), { body: data.value });
      toast(`It has the event ${name.value}`);
    },
  });
}

function purge(instance) {
  return confirm({
    title: `Purge ${instance.instanceId}?`, yes: "Purge", danger: true,
    text: "It is removed with its history, and what it has called with it. It cannot be taken back.",
    act: async () => {
      await ask("DELETE", managed(instance.instanceId));
      toast(`${instance.instanceId} is gone`);
      go("/instances");
    },
  });
}
