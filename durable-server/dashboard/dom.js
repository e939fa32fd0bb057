// Elements. Texts become text nodes and never markup: whatever an instance is called, it is shown as it is written.

/** Makes an element: attributes, listeners (`onclick`), and children, of which strings become text. */
export function el(name, given = {}, ...children) {
  return fill(document.createElement(name), given, children);
}

const SVG = "http://www.w3.org/2000/svg";

export function svg(name, given = {}, ...children) {
  return fill(document.createElementNS(SVG, name), given, children);
}

function fill(element, given, children) {
  for (const [key, value] of Object.entries(given)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key === "class") element.setAttribute("class", value);
    else if (key === "value") element.value = value;
    else element.setAttribute(key, value === true ? "" : String(value));
  }
  append(element, children);
  return element;
}

function append(element, children) {
  for (const child of children) {
    if (Array.isArray(child)) append(element, child);
    else if (child !== undefined && child !== null && child !== false) element.append(child);
  }
}

/** Replaces what is in an element. */
export function show(element, ...children) {
  element.replaceChildren();
  append(element, children);
  return element;
}

/** Sets a text only where it differs, so that nothing is painted or read out anew without need. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Calls a function once things have been quiet for so many milliseconds. */
export function quietly(milliseconds, call) {
  let timer;
  return (...given) => {
    clearTimeout(timer);
    timer = setTimeout(() => call(...given), milliseconds);
  };
}
