// A stand-in for the host in a channel's own tests, under node: no component and no lockgate is needed. What a call returned
// and wrote is kept only if it did not throw, as the host does it.

import { Writes, bounded } from "./bounds.js";
import { exported } from "./glue.js";
import { Refused, Response, TooLarge, Unreachable } from "./http.js";
import { bytesOf } from "./text.js";
import { Busy, Conflict, Malformed, Rejected, Unauthorized, Unavailable } from "./trouble.js";

const TROUBLES = {
  busy: Busy,
  unavailable: Unavailable,
  unauthorized: Unauthorized,
  conflict: Conflict,
  rejected: Rejected,
  malformed: Malformed,
};

/** One stand-in: with a store, a log, a clock, and whatever its options answer for. */
export class Harness {
  #options;
  #kept = new Map();
  #written = new Map();
  #writes = new Writes();
  #engine;

  constructor(options = {}) {
    this.#options = options;
    this.#engine = options.engine ?? "starlingmonkey";
    this.requests = [];
    this.log = [];
    this.inbound = [];
    this.effects = [];
  }

  /** The messages of all calls so far, each once: asking takes them. */
  events() {
    const messages = this.inbound.filter(({ tag }) => tag === "message").map(({ val }) => plain(val));
    this.inbound = [];
    return messages;
  }

  start = (channel) => this.#call(channel, "life", "start", []);
  poll = (channel, failures = 0) => this.#call(channel, "source", "poll", [failures]);
  fire = (channel, name, failures = 0) => this.#call(channel, "timer", "fire", [name, failures]);
  media = (channel, handle, into = "/inbox/0") => this.#call(channel, "media", "fetch", [handle, into]);
  tool = (channel, name, given = {}) => this.#call(channel, "tools", "call", [name, JSON.stringify(given)]);
  direct = (channel, sender) => this.#call(channel, "sink", "direct", [sender]);
  edit = (channel, place, message, text) => this.#call(channel, "sink", "edit", [place, message, text, "plain"]);
  react = (channel, place, message, emoji) => this.#call(channel, "sink", "react", [place, message, emoji]);

  hook(channel, given) {
    const { method = "POST", path = "/", query = "", headers = {}, body = "", rule = "" } =
      typeof given === "string" ? { body: given } : given;
    const content = { tag: "bytes", val: bytesOf(body) };
    const request = { method, path, query, headers: Object.entries(headers), body: content, rule };
    return this.#call(channel, "hook", "receive", [request]);
  }

  socket(channel, connection, { kind, data, code, reason = "" }, failures = 0) {
    const frame = typeof data === "string" ? { tag: "text", val: data } : { tag: "binary", val: data };
    const happening = { opened: { tag: kind }, frame: { tag: kind, val: frame }, closed: { tag: kind, val: { code, reason } } };
    return this.#call(channel, "socket", "receive", [connection, happening[kind], failures]);
  }

  send(channel, outgoing) {
    const { text, conversation = "room", thread, ...more } = typeof outgoing === "string" ? { text: outgoing } : outgoing;
    const whole = { key: "key", place: { conversation, thread }, text, format: "plain", files: [], buttons: [], ...more };
    return this.#call(channel, "sink", "send", [whole]);
  }

  async #call(channel, name, run, given) {
    const own = this.#ownFetch();
    this.#writes = new Writes();
    try {
      const made = exported(channel, this.#imports(), this.#engine);
      const result = await made[name][run](...given);
      this.#commit(result);
      return result;
    } catch (error) {
      this.#written.clear();
      const Kind = TROUBLES[error?.tag];
      throw Kind ? new Kind(error.val) : error;
    } finally {
      own();
    }
  }

  #commit(result) {
    const outcome = result?.outcome ?? result;
    const inbound = outcome?.inbound ?? [];
    const effects = Array.isArray(outcome) ? outcome : (outcome?.effects ?? []);
    bounded({ inbound, effects });
    for (const [key, value] of this.#written) {
      if (value === undefined) this.#kept.delete(key);
      else this.#kept.set(key, value);
    }
    this.#written.clear();
    this.inbound.push(...inbound);
    this.effects.push(...effects);
  }

  #imports() {
    const { settings = {}, now = Date.now, database, command } = this.#options;
    const raise = (tag, val) => {
      throw { tag, val };
    };
    return {
      store: this.#store(raise),
      host: {
        log: (level, text) => this.log.push(`${level}: ${text}`),
        setting: (key) => settings[key],
        now: () => BigInt(now()),
        random: (length) => globalThis.crypto.getRandomValues(new Uint8Array(length)),
      },
      http: { fetch: (request) => this.#fetch(request) },
      database: { query: database ?? (() => raise("not-granted")) },
      command: { run: command ?? (() => raise("not-granted")) },
    };
  }

  #store(raise) {
    const get = (key) => (this.#written.has(key) ? this.#written.get(key) : this.#kept.get(key));
    return {
      get,
      set: (key, value) => {
        const failure = this.#writes.failure(key, value);
        if (failure) raise(failure);
        this.#written.set(key, value);
      },
      delete: (key) => void this.#written.set(key, undefined),
      check: () => undefined,
      keys: (prefix) => {
        const all = new Set([...this.#kept.keys(), ...this.#written.keys()]);
        return [...all].filter((key) => key.startsWith(prefix) && get(key) !== undefined).sort();
      },
    };
  }

  #fetch({ method, url, headers, body }) {
    const content = body.tag === "whole" ? body.val.val : body.tag === "form" ? body.val : new Uint8Array();
    try {
      const { status, bytes, headers: back } = this.#answer({ method, url, headers, body: content });
      return { status, headers: back, body: bytes };
    } catch (error) {
      if (error instanceof Refused) throw { tag: "refused", val: error.message };
      if (error instanceof Unreachable) throw { tag: "unreachable", val: error.message };
      throw error instanceof TooLarge ? { tag: "too-large" } : error;
    }
  }

  #answer(request) {
    this.requests.push(request);
    if (!this.#options.http) throw new Refused("this Harness has no `http`");
    const answer = this.#options.http(request);
    return answer instanceof Response ? answer : new Response(200, typeof answer === "string" ? answer : JSON.stringify(answer));
  }

  /** For the length of a call the engine's `fetch` asks here, too. */
  #ownFetch() {
    const before = globalThis.fetch;
    globalThis.fetch = async (url, { method = "GET", headers = {}, body = "" } = {}) => {
      const request = { method, url: String(url), headers: [...new Headers(headers)], body: bytesOf(String(body)) };
      try {
        const { status, bytes, headers: back } = this.#answer(request);
        return new globalThis.Response(status === 204 || status === 304 ? null : bytes, { status, headers: back });
      } catch (error) {
        const told = error instanceof Refused ? "refused" : error instanceof Unreachable ? "unreachable" : undefined;
        if (!told) throw error;
        return new globalThis.Response(error.message, { status: told === "refused" ? 403 : 502, headers: { "x-lockgate": told } });
      }
    };
    return () => (globalThis.fetch = before);
  }
}

/** A message as a test wants to compare it: `meta` an object, the author by kind. */
function plain({ author, meta, sentAt, ...message }) {
  const sent = sentAt === undefined ? undefined : Number(sentAt);
  return { ...message, sentAt: sent, author: { [author.tag]: author.val }, meta: Object.fromEntries(meta) };
}
