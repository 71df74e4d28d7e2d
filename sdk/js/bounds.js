// The host's bounds of a call, for the stand-in of `harness.js`: what is over one of them is refused here, too, and with it the
// whole call. Not part of a component.

import { encode } from "./text.js";

/** Messages and effects of one call, each; attachments and keys of meta of a message. */
const CALL = 100;
const ATTACHMENTS = 20;
const META = 32;
/** Bytes: of a text, of an id, a name or another short text, and of an effect's name. */
const TEXT = 64 << 10;
const SHORT = 1 << 10;
const EFFECT = 256;
/** Bytes of the store: of a key, of a value, of all that a call writes, and what each write costs beyond its own. */
const KEY = 256;
const VALUE = 1 << 20;
const WRITTEN = 4 << 20;
const WRITE = 64;

function within(what, size, most) {
  if (size > most) throw new RangeError(`the host refuses the call: ${what} are ${size}, and may be ${most}`);
}

const bytes = (what, text, most) => within(`bytes of ${what}`, encode(text ?? "").length, most);
const short = (what, text) => bytes(what, text, SHORT);

/** Throws a RangeError where the host would refuse all of what a call returned. */
export function bounded({ inbound, effects }) {
  within("messages of one call", inbound.length, CALL);
  within("effects of one call", effects.length, CALL);
  for (const { tag, val } of inbound) {
    if (tag === "message") message(val);
    if (tag === "edited") {
      message(val.now);
      short("a revision", val.revision);
    }
    if (tag === "press") press(val);
  }
  effects.forEach(effect);
}

function message({ id, author, conversation, text, inReplyTo, quote, attachments, meta }) {
  short("a message's id", id);
  written(author);
  place(conversation);
  bytes("a message's text", text, TEXT);
  short("a message's id", inReplyTo);
  if (quote) {
    bytes("a quote's text", quote.text, TEXT);
    if (quote.author) written(quote.author);
  }
  within("attachments of one message", attachments.length, ATTACHMENTS);
  for (const { name, mime, content } of attachments) [name, mime, content.val].forEach((one) => short("an attachment", one));
  within("meta keys of one message", meta.length, META);
  for (const [key, value] of meta) {
    short("a meta key", key);
    short("a meta value", value);
  }
}

function written({ tag, val }) {
  short("an author's id", tag === "person" ? val.id : val);
  if (tag === "person") short("a sender's name", val.name);
}

const place = ({ id, thread, title }) => [id, thread, title].forEach((one) => short("a conversation", one));

function press({ token, id, handle, sender, conversation }) {
  [token, id, handle, sender.id, sender.name].forEach((one) => short("a press", one));
  place(conversation);
}

function effect({ tag, val }) {
  const name = { "send-frame": val.connection, publish: val.topic, disconnect: val }[tag] ?? val.name;
  bytes("an effect's name", name, EFFECT);
  if (tag === "publish") bytes("a publication", val.text, TEXT);
}

/** The writes of one call, counted. */
export class Writes {
  #written = 0;

  /** Which failure of the store's this write is: "too-large", "full", or none. */
  failure(key, value) {
    const size = encode(key).length;
    if (size > KEY || value.length > VALUE) return "too-large";
    this.#written += size + value.length + WRITE;
    return this.#written > WRITTEN ? "full" : undefined;
  }
}
