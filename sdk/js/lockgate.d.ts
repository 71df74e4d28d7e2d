/**
 * Write lockgate channels in JavaScript and TypeScript. A call is a transaction: what a function returns and what it wrote to the
 * store is committed together, or, after anything was thrown, not at all. Every call runs in a fresh instance: nothing stays in
 * memory. With QuickJS no function may be async; with StarlingMonkey they may, and have the web's `fetch`.
 */

type Maybe<T> = T | Promise<T>;

/** What a channel does: a member for each section of its channel.toml. */
export interface Channel {
  /** Once when the channel is started or replaced, before anything else: open sockets, set the first wake. */
  life?: () => Maybe<Outcome | void>;
  /**
   * Look once for news. `failures`: how often in a row this has trapped, run out of time, or thrown `Malformed` or `Rejected`: from 1
   * on take one thing at a time, from 3 on step over the one that comes first and report it with `skipped`.
   */
  source?: (failures: number) => Maybe<Batch>;
  /** Answer a call whose signature the host has checked. The caller gets the answer after the commit. */
  hook?: (request: Request) => Maybe<Answer>;
  /** The wake of this name is due. After a failure it fires again, later each time. */
  timer?: (name: string, failures: number) => Maybe<Outcome | void>;
  /** Something happened on a websocket, in the order in which it did. A frame is given three times, then dropped. */
  socket?: (connection: string, happening: Happening, failures: number) => Maybe<Outcome | void>;
  /** Have the bytes of an attachment written to this path under `/inbox`: `http.get(url, { into })`. */
  media?: (handle: string, into: string) => Maybe<void>;
  /** Answers. What is left out is refused to the model in words; `typing` and `answerPress` do nothing then. */
  sink?: {
    /** Send one part of an answer, within the manifest's `text-limit`. Repeated by the host only after `Busy`. */
    send(outgoing: Outgoing): Maybe<Receipt>;
    /** Replace the text of a message, and take its buttons away. */
    edit?(place: Place, message: string, text: string, format: Format): Maybe<Outcome | void>;
    react?(place: Place, message: string, emoji: string): Maybe<Outcome | void>;
    typing?(place: Place): Maybe<Outcome | void>;
    /** The id of the direct conversation with this sender, opened if need be. */
    direct?(sender: string): Maybe<string>;
    /** Tell the one who pressed what came of it. `handle` is the press's own. */
    answerPress?(handle: string, text: string): Maybe<Outcome | void>;
  };
  /**
   * The channel's own tools, by name. The arguments fit the manifest's schema: the host has checked them. A value that is
   * no text is given to the model as JSON.
   */
  tools?: Record<string, (given: any) => Maybe<ToolAnswer | unknown>>;
}

/** The channel: `export default channel({ ... })` in src/channel.ts or src/channel.js. */
export function channel<T extends Channel>(definition: T): T;

// Who, where, what.

/** An account by the platform's stable id: never a display name, never a room. The name is only shown. */
export interface Sender {
  id: string | number;
  name?: string;
  bot?: boolean;
}
export type Author = { person: Sender } | { service: string };
export interface Place {
  conversation: string;
  /** A topic or thread inside it. */
  thread?: string;
}
export interface Conversation {
  id: string | number;
  thread?: string | number;
  /** `direct`: one person and the channel's own account. `group`: others can read or write. */
  scope: "direct" | "group";
  title?: string;
}
/** A `file` under `/inbox` (only for `hook`), or the platform's own `handle`, for which `media` is asked after admission. */
export type Attachment = {
  name?: string;
  mime?: string;
  /** In bytes, as the platform states it. */
  size?: number;
} & ({ file: string; handle?: undefined } | { handle: string | number; file?: undefined });
export interface Options {
  /** The platform's id: a message with an id that was committed before is not delivered again. Random unless given. */
  id?: string | number;
  /** The platform says that it addresses the channel's own account. */
  mentionsMe?: boolean;
  inReplyTo?: string | number;
  quote?: { author?: Author; text: string };
  /** Milliseconds since the Unix epoch, as the platform states it. */
  sentAt?: number;
  /** At most 20. */
  attachments?: Attachment[];
  /** At most 32, shown to the model as `x_<key>`: identifiers, with values of at most 1 KiB. */
  meta?: Record<string, string | number | boolean>;
}
export interface Message extends Options {
  id: string | number;
  author: Author;
  conversation: Conversation;
  /** At most 64 KiB. */
  text: string;
}
export interface Press {
  /** The button's token, as it was given. */
  token: string;
  /** The platform's id of the press: the same one is taken once. */
  id: string | number;
  handle?: string;
  sender: Sender;
  conversation: Conversation;
}
export type Happening =
  | { kind: "opened" }
  | { kind: "frame"; data: string | Uint8Array }
  | { kind: "closed"; code?: number; reason: string };
export type Format = "plain" | "markdown";
export interface Outgoing {
  /** The same for every try at this very part: for a platform's own idempotency. */
  key: string;
  place: Place;
  text: string;
  format: Format;
  replyTo?: string;
  /** Paths under `/outbox`, for the length of the call: `http.post(url, { form: [{ name: "file", file }] })`. */
  files: string[];
  buttons: { label: string; token: string }[];
}

/** What a thing says (a build, a feed, a log), in a conversation of its name. The channel's `events` policy decides about it. */
export function service(name: string, text: string, options?: Options & { conversation?: Conversation }): Message;
/** What an account wrote. The operator's list decides by the sender's id whether the model gets it. */
export function person(sender: Sender | string, conversation: Conversation, text: string, options?: Options): Message;
/** Any message. */
export function message(fields: Options & Pick<Message, "author" | "conversation" | "text">): Message;
/** One person and the channel's own account. */
export function direct(id: string | number, options?: { thread?: string | number; title?: string }): Conversation;
/** A room that others can read or write. */
export function group(id: string | number, options?: { thread?: string | number; title?: string }): Conversation;

// What a call changes. Every method adds and returns the same object; the host takes 100 inbound and 100 effects of a call.

export class Outcome {
  event(...messages: Message[]): this;
  /** `now` is the whole message as it is, under the id that it had; `revision` tells two edits apart. */
  edited(now: Message, revision: string | number): this;
  press(press: Press): this;
  /** Something that could not be read and was stepped over: shown in `lockgate status`, never to the model. */
  skipped(what: string): this;
  /** Open a websocket. A name that is open for the same URL stays; another URL replaces it. */
  connect(name: string, url: string, headers?: Record<string, string> | [string, string][]): this;
  /** Send a frame, text or binary, over the websocket of this name. */
  frame(connection: string, data: string | Uint8Array): this;
  disconnect(name: string): this;
  /** Call `timer` with this name after so many milliseconds; a later one of the same name replaces it. */
  wake(name: string, after: number): this;
  /** Hand this text to everyone who listens to the topic (`Answer.subscribe`). */
  publish(topic: string, text: string): this;
}
export class Answer extends Outcome {
  constructor(status?: number);
  header(name: string, value: string | number): this;
  bytes(type: string, bytes: Uint8Array | string): this;
  text(text: string): this;
  html(document: string): this;
  json(value: unknown): this;
  /** A path under `/inbox`, `/outbox` or `/data`, which the host streams. */
  file(type: string, path: string): this;
  /** Keep the connection open as server-sent events of this topic; only for the channel's own page. */
  subscribe(topic: string): this;
}
export class Batch extends Outcome {
  constructor(again: number);
}
export class Receipt extends Outcome {
  constructor(messages: (string | number)[]);
  /** Why the rest was not sent. */
  stopped(trouble: Trouble): this;
}
export class ToolAnswer extends Outcome {
  constructor(text?: string);
}
export function outcome(): Outcome;
/** 200 with nothing in it. */
export function ok(): Answer;
export function answer(status: number): Answer;
/** Look again in so many milliseconds. 0 counts only after a call that waited or brought something. */
export function again(milliseconds: number): Batch;
/** The platform's ids of what was sent, in order; none if it gives none. */
export function sent(...ids: (string | number)[]): Receipt;
/** A tool's answer, of which the model sees the first 16 KiB. */
export function said(text: string): ToolAnswer;

/** A call of the hook. */
export class Request {
  constructor(raw: object);
  readonly method: string;
  /** The part after the channel's own prefix; begins with `/`. */
  readonly path: string;
  readonly query: string;
  readonly headers: [string, string][];
  /** The manifest's rule that it fulfilled; `page` for the channel's own page. */
  readonly rule: string;
  /** Empty if the host wrote the body to `file`, a path under `/inbox`. */
  readonly bytes: Uint8Array;
  readonly file?: string;
  text(): string;
  /** @throws Malformed if it is no JSON. */
  json<T = any>(): T;
  /** The first of this name, whatever its case. */
  header(name: string): string | undefined;
  segments(): string[];
  parameter(name: string): string | undefined;
  parameters(): [string, string][];
}

// Troubles. Whatever else is thrown is a defect: the call traps, and its message stands in the operator's log.

export class Trouble extends Error {
  constructor(tag: string, val: string | number, message?: string);
  /** The contract's own form. */
  readonly trouble: { tag: string; val: string | number };
}
/** The platform asks to wait so many milliseconds. */
export class Busy extends Trouble {
  constructor(milliseconds: number);
}
/** Not reachable just now: the host tries again, later each time. */
export class Unavailable extends Trouble {
  constructor(why: string);
}
/** The credential is missing or wrong: the channel rests until it changes. */
export class Unauthorized extends Trouble {
  constructor(why: string);
}
/** Somebody else uses the same credential. */
export class Conflict extends Trouble {
  constructor(why: string);
}
/** It can't be done as asked: the model is told so, and a hook's caller gets 400. */
export class Rejected extends Trouble {
  constructor(why: string);
}
/** The platform sent something that the channel can't read; a hook's caller gets 400. */
export class Malformed extends Trouble {
  constructor(why: string);
}

/** JSON of the platform's. @throws Malformed if it is none */
export function parseJson<T = any>(text: string): T;

// What the host gives. Each throws a trouble that may simply pass through.

export class StoreFull extends Unavailable {}
export class StoreTooLarge extends Rejected {}
/** What is kept between calls: nothing else is. Keep one thing per key. */
export const store: {
  get(key: string): Uint8Array | undefined;
  getText(key: string): string | undefined;
  /** @throws Malformed if what is kept there is no JSON. */
  getJson<T = any>(key: string): T | undefined;
  /** A key of at most 256 bytes, a value of at most 1 MiB. @throws StoreFull, StoreTooLarge */
  set(key: string, value: Uint8Array | string): void;
  setJson(key: string, value: unknown): void;
  delete(key: string): void;
  /** If at commit the key has another value, the call runs again: three times, then it is a fault. Not for `send` and `edit`. */
  check(key: string, expected: Uint8Array | string | undefined): void;
  /** In ascending order. */
  keys(prefix?: string): string[];
};
/** One line for the operator's log. */
export const log: Record<"debug" | "info" | "warn" | "error", (text: string) => void>;
/** A setting of the channel's `config` table, as text; never a secret. */
export function setting(key: string): string | undefined;
/** Milliseconds since the Unix epoch. */
export function now(): number;
/** Bytes from the system's generator, at most 1,024. `Math.random()` is made of them, too. */
export function random(length: number): Uint8Array;

export type Value = null | number | bigint | string | Uint8Array;
export const database: {
  /**
   * The rows of one statement that only reads. `name` is the manifest's; the parameters stand for `?1`, `?2`. A whole number
   * over 2^53 is a bigint (StarlingMonkey) or loses its last digits (QuickJS).
   * @throws Rejected, Unavailable
   */
  query(name: string, sql: string, parameters?: (Value | boolean | undefined)[]): Value[][];
};
export const command: {
  /** Runs a program that the operator has named, without a shell. @throws Rejected, Unavailable */
  run(
    name: string,
    args?: (string | number)[],
    input?: string | Uint8Array,
  ): { status: number; stdout: string; stderr: string; bytes: Uint8Array };
};

export class Refused extends Rejected {}
export class Unreachable extends Unavailable {}
export class TooLarge extends Rejected {}
export class Response {
  constructor(status: number, body?: string | Uint8Array, headers?: [string, string][]);
  readonly status: number;
  readonly headers: [string, string][];
  readonly bytes: Uint8Array;
  /** Whether the status is 2xx. */
  readonly isOk: boolean;
  header(name: string): string | undefined;
  text(): string;
  /** @throws Malformed if it is no JSON. */
  json<T = any>(): T;
  /** Itself if its status is 2xx. @throws the trouble that the status tells of: see `troubleOf` */
  ok(): this;
}
/** 401 is unauthorized, 409 a conflict, 429 busy, 408 and 5xx unavailable, and all else rejected, with what was said. */
export function troubleOf(status: number, body?: string, retryAfter?: string | null): Trouble;
/**
 * The engine's own `fetch` (StarlingMonkey), for answers of 2xx. `text()` makes U+FFFD of what is no UTF-8, and `json()` throws
 * `Malformed`, where the engine's would trap; both take 2 MiB. @throws the trouble that any other status tells of, TooLarge
 */
export function fetchOk(url: string | URL, options?: RequestInit): Promise<globalThis.Response>;
export interface Part {
  name: string;
  value?: string | Uint8Array;
  /** A path under `/inbox`, `/outbox` or `/data`: streamed by the host. */
  file?: string;
  filename?: string;
  mime?: string;
}
export interface Fetch {
  /** GET without a body, POST with one, unless it is given. */
  method?: string;
  headers?: Record<string, string> | [string, string][];
  /** One of these: bytes or text as they are, JSON, a file that the host streams, or multipart/form-data (64 parts, 16 files). */
  body?: string | Uint8Array;
  json?: unknown;
  file?: string;
  form?: Part[];
  /** Milliseconds; the call's own deadline holds if it is sooner. */
  timeout?: number;
  /** Write a 2xx answer's body to this path under `/inbox`, where nothing may be yet; `bytes` is empty then. */
  into?: string;
}
/**
 * HTTP by the manifest's rules, with the host's credentials: a placeholder as `{bot_token}` stands in the URL literally. It waits,
 * in both engines, and follows no redirect. An answer has at most 4 MiB. @throws Refused, Unreachable, TooLarge
 */
export const http: {
  fetch(url: string, options?: Fetch): Response;
  get(url: string, options?: Fetch): Response;
  post(url: string, options?: Fetch): Response;
};

export function encode(text: string): Uint8Array;
/** What is no UTF-8 becomes U+FFFD. */
export function decode(bytes: Uint8Array): string;
export function base64(value: Uint8Array | string): string;
export function hex(bytes: Uint8Array): string;
export function percentDecode(text: string): string;
