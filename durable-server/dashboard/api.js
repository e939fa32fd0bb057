// Requests of the server. The key, if one is needed, is kept for this tab only, and goes into a header: an address may be
// logged, shared and kept.

const KEY = "durable-key";
/** Where the server's routes begin: the page may be mounted below another path. */
const ROOT = new URL("..", import.meta.url);
const MANAGEMENT = "runtime/webhooks/durabletask/instances";

/** What the server refused, with its reason. */
export class Refused extends Error {
  constructor(status, body) {
    super(body?.message ?? `the server answered ${status}`);
    this.status = status;
    this.help = body?.help;
  }
}

export function key() {
  return sessionStorage.getItem(KEY);
}

export function keep(text) {
  if (text) sessionStorage.setItem(KEY, text);
  else sessionStorage.removeItem(KEY);
}

/** Sends a request. Returns the answer's JSON, or `null` if it has none. */
export async function ask(method, path, { query, body, after, signal } = {}) {
  const given = key();
  const headers = {};
  if (given) headers["x-functions-key"] = given;
  if (after) headers["x-ms-continuation-token"] = after;
  if (body !== undefined) headers["content-type"] = "application/json";
  const answer = await fetch(address(path, query), {
    method, headers, body, signal, cache: "no-store", credentials: "omit", referrerPolicy: "no-referrer",
  });
  if (answer.status === 204) return null;
  const text = await answer.text();
  const json = text && answer.headers.get("content-type")?.startsWith("application/json") ? JSON.parse(text) : null;
  if (!answer.ok) throw new Refused(answer.status, json);
  return json;
}

function address(path, query = {}) {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined && one !== null && one !== "") parameters.append(name, one);
    }
  }
  const place = new URL(path, ROOT);
  place.search = parameters.toString();
  return place;
}

/** Returns the path of an instance's operation in the management API. */
export function managed(id, operation) {
  const path = `${MANAGEMENT}/${encodeURIComponent(id)}`;
  return operation ? `${path}/${operation}` : path;
}

/** Returns the path of what this server adds to the management API about an instance. */
export function own(id, tail) {
  return `durable/instances/${encodeURIComponent(id)}/${tail}`;
}
