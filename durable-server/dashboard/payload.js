// Inputs, outputs and failures.

import { el } from "./dom.js";
import { bytes, pretty } from "./format.js";
import { icon } from "./icons.js";
import { toast } from "./dialog.js";

/** Shows a payload under a title; nothing at all as a dash. */
export function payloadPanel(title, payload) {
  return el("section", { class: "panel payload" },
    el("div", { class: "panel-head" }, el("h2", {}, title), payload && el("span", { class: "summary" }, bytes(payload.bytes)), payload && copyButton(() => payload.text, `Copy ${title.toLowerCase()}`)),
    payloadText(payload, title));
}

export function payloadText(payload, label) {
  if (!payload) return el("p", { class: "none" }, "none");
  return el("div", {},
    el("pre", { tabindex: 0, "aria-label": label }, pretty(payload)),
    !payload.whole && el("p", { class: "none" }, `The first part of ${bytes(payload.bytes)}.`));
}

export function failurePanel(title, failure) {
  return el("section", { class: "panel failure", "aria-label": title },
    el("h2", {}, icon("Failed"), title),
    failureText(failure));
}

export function failureText(failure) {
  return el("div", {},
    el("p", { class: "message" }, el("strong", {}, failure.kind), failure.kind && ": ", failure.message),
    failure.causes.length > 0 && el("ul", { class: "causes" }, failure.causes.map((cause) => el("li", {}, "caused by ", cause))),
    el("p", { class: "none" }, `from: ${failure.origin}${failure.nonRetriable ? ", not to be tried again" : ""}`),
    failure.details && el("details", {}, el("summary", {}, "Details"), payloadText(failure.details, "Details")));
}

export function copyButton(text, label) {
  return el("button", {
    type: "button", class: "quiet copy", "aria-label": label, title: label,
    onclick: async () => {
      try {
        await navigator.clipboard.writeText(text());
        toast("Copied");
      } catch {
        toast("The browser does not let this page copy: mark the text instead");
      }
    },
  }, icon("copy"));
}
