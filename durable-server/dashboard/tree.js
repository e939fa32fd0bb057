// An instance among those who called it and those it has called.

import { ask, own } from "./api.js";
import { el, show } from "./dom.js";
import { code } from "./format.js";
import { badge } from "./icons.js";

/** The most callers that are followed upwards. */
const UP = 20;
/** The most instances that are drawn. */
const SHOWN = 200;

/** Shows the tree in an element, which stays hidden if there is none. */
export async function showTree(element, id) {
  let answer = await ask("GET", own(id, "tree"));
  let top = id;
  for (let step = 0; answer.parent && step < UP; step += 1) {
    const above = answer.parent;
    try {
      answer = await ask("GET", own(above, "tree"));
    } catch {
      break; // It was purged.
    }
    top = above;
  }
  const { instances } = answer;
  element.hidden = instances.length < 2 && !answer.parent;
  const children = new Map();
  instances.forEach((node, at) => {
    if (node.parentIndex !== null) children.set(node.parentIndex, [...(children.get(node.parentIndex) ?? []), at]);
  });
  let drawn = 0;
  const draw = (at) => {
    drawn += 1;
    const node = instances[at];
    const here = node.instanceId === id;
    const name = el("span", { class: "code" }, code(node.name, node.version));
    return el("li", {},
      el("span", { class: here ? "node here" : "node" },
        badge(node.runtimeStatus, node), here
          ? el("strong", { "aria-current": "page", title: id }, node.instanceId)
          : el("a", { href: `#/instances/${encodeURIComponent(node.instanceId)}`, title: node.instanceId }, node.instanceId), name),
      children.has(at) && el("ul", {}, children.get(at).filter(() => drawn < SHOWN).map(draw)));
  };
  show(element, el("div", { class: "panel-head" }, el("h2", {}, "Family"),
    el("span", { class: "summary" }, answer.complete && instances.length <= SHOWN ? `${instances.length} instances` : `the first of ${top}'s`)),
  el("ul", { class: "tree" }, draw(0)));
}
