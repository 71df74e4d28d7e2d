// Write lockgate channels in JavaScript and TypeScript: a channel is one default export, `channel({ ... })`, with a member
// for each section of its channel.toml. lockgate.d.ts says what each means, in which unit, and what it throws.

/** What the channel does; the same object is returned, checked as far as TypeScript can. */
export const channel = (definition) => definition;

export { Busy, Conflict, Malformed, Rejected, Trouble, Unauthorized, Unavailable, parseJson } from "./trouble.js";
export { StoreFull, StoreTooLarge, command, database, log, now, random, setting, store } from "./host.js";
export { Refused, Response, TooLarge, Unreachable, fetchOk, http, troubleOf } from "./http.js";
export { Answer, Batch, Outcome, Receipt, Request, ToolAnswer } from "./words.js";
export { again, answer, direct, group, message, ok, outcome, person, said, sent, service } from "./words.js";
export { base64, decode, encode, hex, percentDecode } from "./text.js";
