// Values of the contract, made conveniently: messages, people, and what a call changes. Plain data in the end; the glue
// gives it to the host.

import { contract } from "./contract.js";
import { bytesOf, decode, hex, percentDecode } from "./text.js";
import { parseJson } from "./trouble.js";

const fresh = () => hex(contract("host").random(16));

/** What a thing says (a build, a feed, a log), in a conversation of the thing's name. */
export const service = (name, text, options = {}) =>
  message({ author: { service: name }, conversation: group(name), text, ...options });

/** What an account of the platform wrote. */
export const person = (sender, conversation, text, options = {}) =>
  message({ author: { person: typeof sender === "string" ? { id: sender } : sender }, conversation, text, ...options });

/** Any message; its id is random unless it is given. */
export const message = (fields) => ({ ...fields, id: fields.id ?? fresh() });

/** One person and the channel's own account. */
export const direct = (id, options = {}) => ({ ...options, id, scope: "direct" });

/** A room that others can read or write. */
export const group = (id, options = {}) => ({ ...options, id, scope: "group" });

/** All that a call changes: what came in, and what the host shall do after the commit. Every method returns the same. */
export class Outcome {
  constructor() {
    this.inbound = [];
    this.effects = [];
  }

  event(...messages) {
    for (const val of messages) this.inbound.push({ tag: "message", val });
    return this;
  }

  edited(now, revision) {
    this.inbound.push({ tag: "edited", val: { now, revision: String(revision) } });
    return this;
  }

  press(press) {
    this.inbound.push({ tag: "press", val: press });
    return this;
  }

  skipped(what) {
    this.inbound.push({ tag: "skipped", val: String(what) });
    return this;
  }

  connect(name, url, headers = {}) {
    return this.#effect("connect", { name, url, headers: Array.isArray(headers) ? headers : Object.entries(headers) });
  }

  frame(connection, data) {
    const frame = typeof data === "string" ? { tag: "text", val: data } : { tag: "binary", val: bytesOf(data) };
    return this.#effect("send-frame", { connection, frame });
  }

  disconnect(name) {
    return this.#effect("disconnect", name);
  }

  wake(name, after) {
    return this.#effect("wake", { name, after });
  }

  publish(topic, text) {
    return this.#effect("publish", { topic, text: String(text) });
  }

  #effect(tag, val) {
    this.effects.push({ tag, val });
    return this;
  }
}

/** What a hook answers. */
export class Answer extends Outcome {
  constructor(status = 200) {
    super();
    this.status = status;
    this.headers = [];
    this.body = { tag: "bytes", val: new Uint8Array() };
  }

  header(name, value) {
    this.headers.push([name, String(value)]);
    return this;
  }

  bytes(type, bytes) {
    return this.#body(type, { tag: "bytes", val: bytesOf(bytes) });
  }

  text(text) {
    return this.bytes("text/plain; charset=utf-8", String(text));
  }

  html(document) {
    return this.bytes("text/html; charset=utf-8", document);
  }

  json(value) {
    return this.bytes("application/json", JSON.stringify(value));
  }

  file(type, path) {
    return this.#body(type, { tag: "file", val: path });
  }

  subscribe(topic) {
    this.body = { tag: "subscribe", val: topic };
    return this;
  }

  #body(type, body) {
    this.body = body;
    return this.header("content-type", type);
  }
}

/** What a look for news brought, and when to look again. */
export class Batch extends Outcome {
  constructor(again) {
    super();
    this.againAfter = again;
  }
}

/** What was sent. */
export class Receipt extends Outcome {
  constructor(messages) {
    super();
    this.messages = messages.map(String);
    this.problem = undefined;
  }

  stopped(trouble) {
    this.problem = trouble;
    return this;
  }
}

/** What one of the channel's own tools answers. */
export class ToolAnswer extends Outcome {
  constructor(text = "") {
    super();
    this.said = String(text);
  }
}

export const outcome = () => new Outcome();
export const answer = (status) => new Answer(status);
export const ok = () => new Answer(200);
export const again = (milliseconds) => new Batch(milliseconds);
export const sent = (...ids) => new Receipt(ids);
export const said = (text) => new ToolAnswer(text);

/** A request of a hook, with its parts read. */
export class Request {
  constructor({ method, path, query, headers, body, rule }) {
    Object.assign(this, { method, path, query, headers, rule });
    this.bytes = body.tag === "bytes" ? body.val : new Uint8Array();
    this.file = body.tag === "file" ? body.val : undefined;
  }

  text() {
    return decode(this.bytes);
  }

  json() {
    return parseJson(this.text());
  }

  header(name) {
    return this.headers.find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];
  }

  segments() {
    return this.path.split("/").filter(Boolean);
  }

  parameters() {
    const read = (text) => percentDecode(text.replaceAll("+", " "));
    const pairs = this.query.split("&").filter(Boolean);
    return pairs.map((pair) => [pair.split("=")[0], pair.split("=").slice(1).join("=")].map(read));
  }

  parameter(name) {
    return this.parameters().find(([key]) => key === name)?.[1];
  }
}
