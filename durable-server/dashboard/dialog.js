// Dialogs that ask before something is done, and short notes of what was done.

import { el, show } from "./dom.js";

/**
 * Asks, with fields, whether to do something. `act(values)` does it; if it is refused the dialog stays, and says why.
 * Resolves to whether it was done.
 */
export function confirm({ title, text, fields = [], yes, danger = false, act }) {
  return new Promise((resolve) => {
    let done = false;
    const error = el("p", { class: "bad", role: "alert" });
    const go = el("button", { type: "submit", class: danger ? "danger" : "primary" }, yes);
    // What does no harm has the focus, so that Enter alone ends nothing.
    const no = el("button", { type: "button", autofocus: danger, onclick: () => dialog.close() }, "Cancel");
    const labels = fields.map((field) => el("label", { class: field.element.type === "checkbox" ? "check" : "field" },
      field.element.type === "checkbox" ? [field.element, field.label] : [el("span", {}, field.label), field.element],
      field.hint && el("small", {}, field.hint)));
    const form = el("form", { method: "dialog", onsubmit: async (event) => {
      event.preventDefault();
      go.disabled = true;
      show(error);
      try {
        await act();
        done = true;
        dialog.close();
      } catch (refused) {
        show(error, refused.message, refused.help && el("small", {}, refused.help));
      } finally {
        go.disabled = false;
      }
    } }, el("h2", { id: "dialog-title" }, title), text && el("p", {}, text), labels, error, el("div", { class: "buttons" }, no, go));
    const dialog = el("dialog", { "aria-labelledby": "dialog-title", onclose: () => { dialog.remove(); resolve(done); } }, form);
    document.body.append(dialog);
    dialog.showModal();
    if (!danger) (fields[0]?.element ?? go).focus();
  });
}

/** Shows something until it is closed. */
export function tell(title, ...content) {
  const dialog = el("dialog", { "aria-labelledby": "dialog-title", onclose: () => dialog.remove() },
    el("form", { method: "dialog" }, el("h2", { id: "dialog-title" }, title), content,
      el("div", { class: "buttons" }, el("button", { class: "primary", autofocus: true }, "Close"))));
  document.body.append(dialog);
  dialog.showModal();
}

/** Says for a while what was done. */
export function toast(text) {
  const note = el("p", { class: "toast" }, text);
  document.getElementById("toasts").append(note);
  setTimeout(() => note.remove(), 5000);
}
