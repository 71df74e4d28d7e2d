// Between the contract and a channel: what `lockgate build` puts around a channel's code. It makes the contract's values of
// what the channel returns, its troubles of what it throws, and fills what the manifest names and the channel leaves out.

import { contract, install, wide } from "./contract.js";
import { Answer, Batch, Outcome, Receipt, Request, ToolAnswer } from "./words.js";
import { checkFit } from "./fit.js";
import { led } from "./places.js";
import { Malformed, Rejected, Trouble } from "./trouble.js";

/**
 * The contract's exports for a channel, over these imports. `engine` is "starlingmonkey" or "quickjs"; `about` says what the build
 * knows of the project, which a test does not: its source, what its channel.toml names, and where the bundle's lines come from.
 */
export function exported(definition, modules, engine, about) {
  install({ ...modules, ...NUMBERS[engine] });
  if (about) checkFit(definition, about);
  const bound = BINDINGS(definition);
  const call = (run) => (...given) => called(() => run(...given), engine, about?.places ?? NOWHERE);
  const wrapped = (functions) => Object.fromEntries(Object.entries(functions).map(([name, run]) => [name, call(run)]));
  return Object.fromEntries(Object.entries(bound).map(([name, functions]) => [name, wrapped(functions)]));
}

/** Lists and objects within each other that JSON may have. */
const DEPTH = 500;

/** QuickJS reads JSON by recursion, and so deep JSON from outside would end the call: here it is an error to catch. */
export function shallow() {
  const parse = JSON.parse;
  JSON.parse = (text, reviver) => {
    const given = String(text);
    if (depth(given) > DEPTH) throw new SyntaxError("lists and objects are nested too deeply");
    return parse(given, reviver);
  };
}

/** How deep a text is nested, at most: what stands in texts is not counted. */
export function depth(text) {
  let [most, now] = [0, 0];
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit === 0x22) {
      // To the quote that ends it.
      do at = text.indexOf('"', at + 1);
      while (at > 0 && escaped(text, at));
      if (at < 0) return most;
    } else if (unit === 0x5b || unit === 0x7b) most = Math.max(most, (now += 1));
    else if (unit === 0x5d || unit === 0x7d) now -= 1;
  }
  return most;
}

/** Whether an odd number of backslashes stands before this place. */
function escaped(text, at) {
  let before = at - 1;
  while (text.charCodeAt(before) === 0x5c) before -= 1;
  return (at - before) % 2 === 0;
}

/** A u64 and a s64 are BigInts in StarlingMonkey and numbers in QuickJS. */
const NUMBERS = {
  starlingmonkey: { wide: BigInt, signed: BigInt },
  quickjs: { wide: Number, signed: Number },
};

/** Of a channel that was not bundled. */
const NOWHERE = { files: [], runs: [] };

function called(run, engine, places) {
  // Both engines are snapshots: what their own generator gives would be the same in each call.
  Math.random = () => new DataView(contract("host").random(4).slice().buffer).getUint32(0) / 0x1_0000_0000;
  try {
    const result = run();
    if (typeof result?.then !== "function") return result;
    if (engine === "quickjs") throw new TypeError("QuickJS can't wait: a channel's functions must not be async there");
    return result.then((value) => value, (error) => refuse(error, places));
  } catch (error) {
    return refuse(error, places);
  }
}

/** A trouble goes to the host as the contract has it; anything else is logged in a line, with where it was made, and traps. */
function refuse(error, places) {
  if (error instanceof Trouble) throw told(error);
  const words = error?.stack === undefined ? String(error) : `${error.name}: ${error.message}`;
  contract("host").log("error", words.replace(/\s*\n\s*/g, " ") + led(error?.stack, places));
  throw error instanceof Error ? error : new Error(words);
}

function told({ trouble: { tag, val } }) {
  return { tag, val: typeof val === "string" ? whole(val) : val };
}

/** What the channel returned, now or later, made into the contract's value. */
const then = (result, convert) => (typeof result?.then === "function" ? result.then(convert) : convert(result));

function BINDINGS(channel) {
  const { life, source, hook, timer, socket, media, sink = {}, tools = {} } = channel;
  const sinkCall = (name, fallback) => (...given) => then((sink[name] ?? fallback)(...given.map(lift)), effects);
  return {
    life: { start: () => then(part(life, "life")(), outcome) },
    source: { poll: (failures) => then(part(source, "source")(failures), batch) },
    hook: { receive: (request) => then(part(hook, "hook")(new Request(request)), answer) },
    timer: { fire: (name, failures) => then(part(timer, "timer")(name, failures), outcome) },
    socket: { receive: (name, what, failures) => then(part(socket, "socket")(name, happening(what), failures), outcome) },
    media: { fetch: (handle, into) => then(part(media, "media")(handle, into), () => undefined) },
    sink: {
      send: (outgoing) => then(part(sink.send, "sink.send")(sending(outgoing)), receipt),
      edit: sinkCall("edit", cannot("this channel can't change what was sent")),
      react: sinkCall("react", cannot("this channel can't react to messages")),
      typing: sinkCall("typing", () => undefined),
      direct: (sender) => then((sink.direct ?? cannot("this channel has no direct conversations"))(sender), String),
      answerPress: sinkCall("answerPress", () => undefined),
    },
    tools: { call: (name, given) => then(part(tools[name], `tools.${name}`)(JSON.parse(given)), tool) },
  };
}

function part(run, name) {
  if (typeof run !== "function") throw new Error(`channel.toml names ${name}, and the channel has no function of that name`);
  return run;
}

const cannot = (why) => () => {
  throw new Rejected(why);
};

// Inward: an absent option is `undefined`, whatever the engine says.

const lift = (value) => (value && typeof value === "object" && "conversation" in value ? place(value) : value);
const place = ({ conversation, thread }) => ({ conversation, thread: thread ?? undefined });
const sending = (outgoing) => ({ ...outgoing, place: place(outgoing.place), replyTo: outgoing.replyTo ?? undefined });

function happening({ tag, val }) {
  if (tag === "opened") return { kind: "opened" };
  if (tag === "frame") return { kind: "frame", data: val.val };
  return { kind: "closed", code: val.code ?? undefined, reason: val.reason };
}

// Outward: the contract's records, whole.

function expected(value, type, maker) {
  if (value instanceof type) return value;
  throw new TypeError(`the channel returned ${value === undefined ? "nothing" : typeof value} where ${maker} is due`);
}

function outcome(value = new Outcome()) {
  const { inbound, effects } = expected(value, Outcome, "outcome()");
  return { inbound: inbound.map(inward), effects };
}

const effects = (value) => outcome(value).effects;
const batch = (value) => ({ outcome: outcome(value), againAfter: expected(value, Batch, "again(milliseconds)").againAfter });

function answer(value) {
  const { status, headers, body } = expected(value, Answer, "ok() or answer(status)");
  return { status, headers, body, outcome: outcome(value) };
}

function receipt(value) {
  const { messages, problem, effects } = expected(value, Receipt, "sent(id)");
  return { messages, problem: problem && told(problem), effects };
}

function tool(value = "") {
  if (value instanceof ToolAnswer) return { text: whole(value.said), effects: value.effects };
  return { text: typeof value === "string" ? whole(value) : JSON.stringify(value), effects: [] };
}

function inward({ tag, val }) {
  if (tag === "message") return { tag, val: message(val) };
  if (tag === "edited") return { tag, val: { now: message(val.now), revision: val.revision } };
  if (tag === "skipped") return { tag, val: whole(val) };
  const { token, id, handle, sender: by, conversation: where } = val;
  return { tag, val: { token, id: String(id), handle, sender: sender(by), conversation: conversation(where) } };
}

function message(given) {
  return {
    id: known(given.id, "id"),
    author: author(given.author),
    conversation: conversation(given.conversation),
    text: known(given.text, "text"),
    mentionsMe: given.mentionsMe ?? false,
    inReplyTo: text(given.inReplyTo),
    quote: given.quote && { author: given.quote.author && author(given.quote.author), text: whole(given.quote.text) },
    sentAt: given.sentAt === undefined ? undefined : wide(given.sentAt),
    attachments: (given.attachments ?? []).map(attachment),
    meta: Object.entries(given.meta ?? {}).map(([key, value]) => [whole(key), whole(value)]),
  };
}

/** What a platform left out must not become somebody called "undefined". */
function known(value, what) {
  if (value === undefined || value === null) throw new Malformed(`a message without its ${what}`);
  return whole(value);
}

/** As a text without halves of characters, which only JavaScript's texts can hold: in QuickJS one would end the call. */
const whole = (value) => String(value).replace(/[\ud800-\udfff]/gu, "\ufffd");

const text = (value) => (value === undefined || value === null ? undefined : whole(value));
const author = ({ service, person }) =>
  person ? { tag: "person", val: sender(person) } : { tag: "service", val: known(service, "author") };
const sender = ({ id, name, bot = false }) => ({ id: known(id, "sender's id"), name: text(name), bot });
const conversation = ({ id, thread, scope, title }) => ({
  id: known(id, "conversation's id"),
  thread: text(thread),
  scope,
  title: text(title),
});
const attachment = ({ name, mime, size, file, handle }) => ({
  name: text(name),
  mime: text(mime),
  size: size === undefined ? undefined : wide(size),
  content: file === undefined ? { tag: "handle", val: String(handle) } : { tag: "file", val: file },
});
