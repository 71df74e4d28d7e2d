// What the host gives every channel: a store, a log, settings, the time, random bytes, databases and programs. Each throws
// a trouble that may simply pass through.

import { contract, thrown } from "./contract.js";
import { bytesOf, decode } from "./text.js";
import { Rejected, Unavailable, parseJson } from "./trouble.js";

/** The channel's quota is used up. */
export class StoreFull extends Unavailable {}
/** A key over 256 bytes, or a value over 1 MiB. */
export class StoreTooLarge extends Rejected {}

/** What is kept between calls: nothing else is. Written at commit, together with what the call returned. */
export const store = {
  get: (key) => contract("store").get(key) ?? undefined,
  getText(key) {
    const bytes = store.get(key);
    return bytes && decode(bytes);
  },
  getJson(key) {
    const text = store.getText(key);
    return text === undefined ? undefined : parseJson(text);
  },
  set(key, value) {
    try {
      contract("store").set(key, bytesOf(value));
    } catch (error) {
      const failure = thrown(error);
      if (failure?.tag === "full") throw new StoreFull("the channel's store is full");
      if (failure?.tag === "too-large") throw new StoreTooLarge("a key or a value is too large for the store");
      throw error;
    }
  },
  setJson: (key, value) => store.set(key, JSON.stringify(value)),
  delete: (key) => contract("store").delete(key),
  check: (key, expected) => contract("store").check(key, expected === undefined ? undefined : bytesOf(expected)),
  keys: (prefix = "") => contract("store").keys(prefix),
};

const line = (level) => (text) => contract("host").log(level, String(text));

/** One line for the operator's log. */
export const log = { debug: line("debug"), info: line("info"), warn: line("warn"), error: line("error") };

/** A setting of the channel's `config` table, as text; never a secret. */
export const setting = (key) => contract("host").setting(key) ?? undefined;

/** Milliseconds since the Unix epoch. */
export const now = () => Number(contract("host").now());

/** Bytes from the system's generator. */
export const random = (length) => Uint8Array.from(contract("host").random(length));

/** SQL over a database that the operator has named; the parameters stand for ?1, ?2 and so on. */
export const database = {
  query(name, sql, parameters = []) {
    try {
      return contract("database").query(name, sql, parameters.map(lowered)).map((row) => Array.from(row, lifted));
    } catch (error) {
      const failure = thrown(error);
      const why = {
        "not-granted": () => new Rejected("the operator has not granted this database"),
        unreadable: () => new Unavailable(failure.val),
        sql: () => new Rejected(failure.val),
        "too-many-rows": () => new Rejected("the query has too many rows: add a LIMIT"),
      }[failure?.tag];
      throw why ? why() : error;
    }
  },
};

function lowered(value) {
  if (value === null || value === undefined) return { tag: "null" };
  if (typeof value === "string") return { tag: "text", val: value };
  if (typeof value === "bigint") return { tag: "integer", val: contract("signed")(value) };
  if (typeof value === "boolean") return lowered(Number(value));
  if (typeof value !== "number") return { tag: "blob", val: bytesOf(value) };
  if (Number.isSafeInteger(value)) return { tag: "integer", val: contract("signed")(value) };
  return { tag: "real", val: value };
}

function lifted({ tag, val }) {
  if (tag === "null") return null;
  if (tag !== "integer" || typeof val === "number") return val;
  return Number.isSafeInteger(Number(val)) ? Number(val) : val;
}

/** Programs that the operator has named. */
export const command = {
  run(name, args = [], input = "") {
    try {
      const { status, stdout, stderr } = contract("command").run(name, args.map(String), bytesOf(input));
      return { status, stdout: decode(stdout), stderr: decode(stderr), bytes: stdout };
    } catch (error) {
      const failure = thrown(error);
      const why = {
        "not-granted": () => new Rejected("the operator has not granted this program"),
        "not-started": () => new Rejected(failure.val),
        "timed-out": () => new Unavailable("the program was not done in time"),
      }[failure?.tag];
      throw why ? why() : error;
    }
  },
};
