import type { Channel, Outgoing, Response, Value } from "./lockgate.js";

/** A request that the channel made, by `http` or by the engine's `fetch`. A form's body is the list of its parts. */
export interface Asked {
  method: string;
  url: string;
  headers: [string, string][];
  body: any;
}
export interface HarnessOptions {
  /** Answers the channel's requests: a `Response`, a text, or a value for JSON. Throw `Refused` or `Unreachable` for those. */
  http?: (request: Asked) => Response | string | object;
  settings?: Record<string, string>;
  /** Milliseconds since the Unix epoch. */
  now?: () => number;
  database?: (name: string, sql: string, parameters: { tag: string; val?: Value }[]) => { tag: string; val?: Value }[][];
  command?: (name: string, args: string[], input: Uint8Array) => { status: number; stdout: Uint8Array; stderr: Uint8Array };
  /** Whose rules hold; with "quickjs" a function that returns a promise is a defect, as it is there. */
  engine?: "starlingmonkey" | "quickjs";
}
/** What a test may look at of a message. */
export type Seen = {
  id: string;
  text: string;
  author: { person?: { id: string; name?: string; bot: boolean }; service?: string };
  conversation: { id: string; thread?: string; scope: "direct" | "group"; title?: string };
  meta: Record<string, string>;
  sentAt?: number;
  inReplyTo?: string;
  mentionsMe: boolean;
};
/**
 * A stand-in for the host in a channel's own tests, under node. A call that throws a trouble rejects with it, and then
 * nothing of what it wrote is kept. What is over the host's bounds (100 messages, 64 KiB of text, 1 MiB of a value, ...) ends the
 * call here as there: with a RangeError, or for the store with its trouble.
 */
export class Harness {
  constructor(options?: HarnessOptions);
  readonly requests: Asked[];
  readonly log: string[];
  /** All effects so far, in the contract's form: `{ tag: "wake", val: { name, after } }`. */
  readonly effects: { tag: string; val: any }[];
  /** Everything that came in, in the contract's form. */
  readonly inbound: { tag: string; val: any }[];
  /** The messages since the last time it was asked. */
  events(): Seen[];
  start(channel: Channel): Promise<unknown>;
  poll(channel: Channel, failures?: number): Promise<{ againAfter: number }>;
  hook(
    channel: Channel,
    request:
      | string
      | {
          method?: string;
          path?: string;
          query?: string;
          headers?: Record<string, string>;
          body?: string | Uint8Array;
          rule?: string;
        },
  ): Promise<{ status: number; headers: [string, string][]; body: { tag: string; val: any } }>;
  fire(channel: Channel, name: string, failures?: number): Promise<unknown>;
  socket(
    channel: Channel,
    connection: string,
    happening: { kind: "opened" | "frame" | "closed"; data?: string | Uint8Array; code?: number; reason?: string },
    failures?: number,
  ): Promise<unknown>;
  media(channel: Channel, handle: string, into?: string): Promise<void>;
  send(
    channel: Channel,
    outgoing: string | ({ text: string; conversation?: string; thread?: string } & Partial<Omit<Outgoing, "place">>),
  ): Promise<{ messages: string[]; problem?: unknown }>;
  edit(channel: Channel, place: { conversation: string; thread?: string }, message: string, text: string): Promise<unknown>;
  react(channel: Channel, place: { conversation: string; thread?: string }, message: string, emoji: string): Promise<unknown>;
  direct(channel: Channel, sender: string): Promise<string>;
  tool(channel: Channel, name: string, given?: object): Promise<{ text: string }>;
}
