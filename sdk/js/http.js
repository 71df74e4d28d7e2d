// HTTP outward over the contract's own interface, for both engines: it waits, so nothing is awaited. The host puts the
// credential in, follows no redirect, and refuses what no rule of the manifest covers.

import { contract, thrown } from "./contract.js";
import { bytesOf, decode } from "./text.js";
import { Busy, Conflict, Rejected, Unauthorized, Unavailable, parseJson } from "./trouble.js";

/** Milliseconds to wait for whoever answers 429 and does not say how long. */
const WAIT = 1000;
/** Bytes of an answer that `fetchOk` reads: each few KiB take one of the 1,000 places that a call has. */
const MOST = 2 << 20;
/** Characters of an answer's body that a trouble repeats. */
const SHOWN = 200;

/** The grant does not cover it; the message names the rule that is missing. */
export class Refused extends Rejected {}
/** Nobody answered: resolving, connecting or TLS failed, or time ran out. */
export class Unreachable extends Unavailable {}
/** The answer is larger than 4 MiB (50 MiB into a file). */
export class TooLarge extends Rejected {}

/** A platform's answer. */
export class Response {
  constructor(status, body = "", headers = []) {
    this.status = status;
    this.bytes = bytesOf(body);
    this.headers = headers;
  }

  get isOk() {
    return this.status >= 200 && this.status < 300;
  }

  header(name) {
    return this.headers.find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];
  }

  text() {
    return decode(this.bytes);
  }

  json() {
    return parseJson(this.text());
  }

  /** Itself if its status is 2xx; else throws the trouble that the status tells of. */
  ok() {
    if (this.isOk) return this;
    throw troubleOf(this.status, this.text(), this.header("retry-after"));
  }
}

/** The trouble that a status tells of: also for a `Response` of the engine's own `fetch`. */
export function troubleOf(status, body = "", retryAfter = undefined) {
  const said = [...body].slice(0, SHOWN).join("").trim();
  const why = `the answer was ${status}${said ? `: ${said}` : ""}`;
  if (status === 401) return new Unauthorized(why);
  if (status === 409) return new Conflict(why);
  if (status === 429) {
    const seconds = Number.parseFloat(retryAfter ?? "");
    return new Busy(seconds >= 0 ? seconds * 1000 : WAIT);
  }
  return status === 408 || status >= 500 ? new Unavailable(why) : new Rejected(why);
}

/** The engine's own `fetch`, which QuickJS does not have: its answer if the status is 2xx; else throws the trouble that it tells of. */
export async function fetchOk(url, options) {
  const answer = await globalThis.fetch(url, options);
  // The engine's own would trap where an answer is no UTF-8, no JSON, or longer than it has places for the pieces.
  answer.text = async () => decode(await bounded(answer.body));
  answer.json = async () => parseJson(await answer.text());
  if (answer.ok) return answer;
  throw troubleOf(answer.status, await answer.text(), answer.headers.get("retry-after"));
}

/** All bytes of a stream. */
async function bounded(stream) {
  const pieces = [];
  let length = 0;
  if (stream === null) return new Uint8Array();
  const reader = stream.getReader();
  for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) {
    length += value.length;
    if (length > MOST) throw new TooLarge("the answer has more than 2 MiB: ask with `http`, which takes 4");
    pieces.push(value);
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

function fetch(url, options = {}) {
  const headers = Array.isArray(options.headers) ? [...options.headers] : Object.entries(options.headers ?? {});
  const body = bodyOf(options, headers);
  const { method = body.tag === "empty" ? "GET" : "POST", timeout, into } = options;
  try {
    const answer = contract("http").fetch({ method, url: String(url), headers, body, timeout, into });
    return new Response(answer.status, answer.body, answer.headers);
  } catch (error) {
    const failure = thrown(error);
    if (failure?.tag === "refused") throw new Refused(failure.val);
    if (failure?.tag === "unreachable") throw new Unreachable(failure.val);
    if (failure?.tag === "too-large") throw new TooLarge("the answer is larger than the bound");
    throw error;
  }
}

function bodyOf({ body, json, file, form }, headers) {
  const given = [body, json, file, form].filter((one) => one !== undefined).length;
  if (given > 1) throw new TypeError("a request has one of body, json, file and form");
  if (json !== undefined) {
    headers.push(["content-type", "application/json"]);
    return whole({ tag: "bytes", val: bytesOf(JSON.stringify(json)) });
  }
  if (file !== undefined) return whole({ tag: "file", val: file });
  if (form !== undefined) return { tag: "form", val: form.map(part) };
  return body === undefined ? { tag: "empty" } : whole({ tag: "bytes", val: bytesOf(body) });
}

const whole = (content) => ({ tag: "whole", val: content });

function part({ name, value, file, filename, mime }) {
  const content = file === undefined ? { tag: "bytes", val: bytesOf(value ?? "") } : { tag: "file", val: file };
  return { name, filename: filename ?? file?.split("/").pop(), mime, content };
}

/** `http.fetch(url, options)`, and the same with a method. */
export const http = {
  fetch,
  get: (url, options) => fetch(url, { ...options, method: "GET" }),
  post: (url, options) => fetch(url, { ...options, method: "POST" }),
};
