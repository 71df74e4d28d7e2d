import assert from "node:assert/strict";
import { test } from "node:test";

import { Rejected, Response, Unauthorized, decode } from "#lockgate";
import { Harness } from "#lockgate/harness";
import type { Asked } from "#lockgate/harness";
import channel from "../src/channel.js";

const ME = "@bot:matrix.org";
const ANN = "@ann:matrix.org";
const ROOM = "!room:matrix.org";

const said = (event_id: string, content: object = {}, more: object = {}) => ({
  event_id,
  type: "m.room.message",
  sender: ANN,
  origin_server_ts: 7,
  content: { msgtype: "m.text", body: `text ${event_id}`, ...content },
  ...more,
});
const joined = (events: object[], count?: number) => ({
  join: { [ROOM]: { timeline: { events }, summary: count ? { "m.joined_member_count": count } : {} } },
});

/** A homeserver whose looks bring these rooms, one after the other; the first one says where things stand. */
function server(...looks: object[]) {
  const left = [joined([said("$old")], 2), ...looks];
  let token = 0;
  return ({ url }: Asked) => {
    if (url.endsWith("/whoami")) return { user_id: ME };
    if (url.includes("/sync?")) return { next_batch: `s${++token}`, rooms: left.shift() ?? {} };
    if (url.endsWith("/createRoom")) return { room_id: "!new:matrix.org" };
    if (url.includes("/upload?")) return { content_uri: "mxc://matrix.org/f1" };
    return { event_id: "$sent" };
  };
}

const body = ({ body }: Asked) => JSON.parse(decode(body));

test("what is new comes in, what is old or our own does not", async () => {
  const own = said("$own", {}, { sender: ME });
  const house = new Harness({ http: server(joined([said("$1"), own, said("$2", { "m.mentions": { user_ids: [ME] } })])) });
  await house.poll(channel);
  assert.deepEqual(house.events(), []);
  await house.poll(channel);
  const [first, second, ...none] = house.events();
  assert.deepEqual([first!.id, first!.author.person!.id, first!.conversation.scope, first!.sentAt], ["$1", ANN, "direct", 7]);
  assert.deepEqual([first!.mentionsMe, second!.mentionsMe, none.length], [false, true, 0]);
  assert.match(house.requests.at(-1)!.url, /since=s1/);
});

test("a third member makes a group of it", async () => {
  const house = new Harness({ http: server(joined([said("$1")], 3), joined([said("$2")])) });
  for (let look = 0; look < 3; look += 1) await house.poll(channel);
  assert.deepEqual(house.events().map(({ conversation }) => conversation.scope), ["group", "group"]);
});

test("edits, threads, answers and files", async () => {
  const edit = said("$9", { "m.relates_to": { rel_type: "m.replace", event_id: "$1" }, "m.new_content": { msgtype: "m.text", body: "new" } });
  const thread = said("$3", { "m.relates_to": { rel_type: "m.thread", event_id: "$1", "m.in_reply_to": { event_id: "$2" } } });
  const file = said("$4", { msgtype: "m.image", url: "mxc://matrix.org/abc", filename: "a.png", info: { size: 3, mimetype: "image/png" } });
  const house = new Harness({ http: server(joined([edit, thread, file])) });
  await house.poll(channel);
  await house.poll(channel);
  const edited = house.inbound[0]!;
  assert.deepEqual([edited.tag, edited.val.now.id, edited.val.now.text, edited.val.revision], ["edited", "$1", "new", "$9"]);
  const [threaded, filed] = house.events() as any[];
  assert.deepEqual([threaded.conversation.thread, threaded.inReplyTo], ["$1", "$2"]);
  assert.deepEqual(filed.attachments[0].content, { tag: "handle", val: "matrix.org/abc" });
});

test("what can't be read is skipped; after failures one at a time, and the cursor waits", async () => {
  const odd = [said("$1", { body: 7 }), { type: 7 }, said("$2", {}, { type: "m.room.encrypted" }), said("$3")];
  const look = joined(odd);
  const house = new Harness({ http: server(look, look, look) });
  await house.poll(channel);
  assert.equal((await house.poll(channel, 3)).againAfter, 0);
  assert.equal((await house.poll(channel, 1)).againAfter, 0);
  await house.poll(channel);
  assert.deepEqual(house.inbound.map(({ tag }) => tag), ["skipped", "skipped", "message"]);
  assert.equal(house.requests.filter(({ url }) => url.includes("since=s1&") || url.endsWith("since=s1")).length, 3);
});

test("invitations are taken, and one that fails does not stop the rest", async () => {
  const answer = server({ invite: { "!a:x": {}, "!b:x": {} } });
  const house = new Harness({ http: (asked) => (asked.url.includes("!a%3Ax") ? new Response(403, "no") : answer(asked)) });
  await house.poll(channel);
  await house.poll(channel);
  assert.equal(house.requests.filter(({ url }) => url.endsWith("/join")).length, 2);
  assert.equal(house.inbound[0]!.tag, "skipped");
});

test("what the server leaves out, and invitations that are too many, are counted", async () => {
  const left = { join: { [ROOM]: { timeline: { events: [null, said("$1")], limited: true } } } };
  const invite = Object.fromEntries(Array.from({ length: 13 }, (_, nth) => [`!${nth}:x`, {}]));
  const house = new Harness({ http: server({ ...left, invite }) });
  await house.poll(channel);
  await house.poll(channel);
  assert.equal(house.requests.filter(({ url }) => url.endsWith("/join")).length, 10);
  const skipped = house.inbound.filter(({ tag }) => tag === "skipped").map(({ val }) => String(val));
  assert.match(skipped.join("; "), /^3 invitations.*; what came before the last 50 messages in 1 rooms: !room:matrix.org$/);
  assert.equal(house.events().length, 1);
});

test("a file that fails keeps the ids of those before it", async () => {
  const answer = server();
  const house = new Harness({ http: (asked) => (asked.url.includes("b.txt") ? new Response(500, "") : answer(asked)) });
  const outgoing = { text: "", conversation: ROOM, files: ["/outbox/a.txt", "/outbox/b.txt"] };
  const receipt = await house.send(channel, outgoing);
  assert.deepEqual([receipt.messages, receipt.problem.tag], [["$sent"], "unavailable"]);
});

test("answers go out once under their key, with what they answer, and with files", async () => {
  const house = new Harness({ http: server() });
  const outgoing = { text: "hello", conversation: ROOM, thread: "$t", key: "k1", replyTo: "$1", files: ["/outbox/a.txt"] };
  assert.deepEqual((await house.send(channel, outgoing)).messages, ["$sent", "$sent"]);
  const [text, upload, file] = house.requests;
  assert.match(text!.url, /rooms\/!room%3Amatrix.org\/send\/m.room.message\/k1$/);
  assert.deepEqual(body(text!)["m.relates_to"], {
    rel_type: "m.thread",
    event_id: "$t",
    "m.in_reply_to": { event_id: "$1" },
  });
  assert.deepEqual([upload!.body, body(file!).url], ["/outbox/a.txt", "mxc://matrix.org/f1"]);
});

test("an attachment is fetched by what its message said, and by nothing else", async () => {
  const house = new Harness({ http: server() });
  await house.media(channel, "matrix.org/abc");
  assert.match(house.requests[0]!.url, /download\/matrix.org\/abc$/);
  for (const handle of ["", "/", "../..", "a/b/c", "a/b?c"]) await assert.rejects(house.media(channel, handle), Rejected);
});

test("edits, reactions, direct rooms and a token that is no longer good", async () => {
  const house = new Harness({ http: server() });
  await house.edit(channel, { conversation: ROOM }, "$1", "better");
  assert.equal(body(house.requests[0]!)["m.new_content"].body, "better");
  await house.react(channel, { conversation: ROOM }, "$1", "👍");
  assert.equal(body(house.requests[1]!)["m.relates_to"].key, "👍");
  assert.equal(await house.direct(channel, ANN), "!new:matrix.org");
  assert.equal(await house.direct(channel, ANN), "!new:matrix.org");
  assert.equal(house.requests.length, 3);
  await assert.rejects(new Harness({ http: () => new Response(401, "{}") }).poll(channel), Unauthorized);
});
