import assert from "node:assert/strict";
import { test } from "node:test";

import { Busy, Rejected, Response, Unavailable, decode } from "#lockgate";
import { Harness } from "#lockgate/harness";
import channel from "../src/channel.js";

const update = (id: number, room = "lobby") => ({ id, user: "7", name: "Ann", room, text: `text ${id}` });

test("messages come in, and the next look goes on after them", async () => {
  const house = new Harness({ http: ({ url }) => (url.endsWith("=0") ? [update(1), update(2, "7")] : []) });
  await house.poll(channel);
  await house.poll(channel);
  const events = house.events();
  assert.deepEqual(events.map(({ text, conversation }) => [text, conversation.scope]), [
    ["text 1", "group"],
    ["text 2", "direct"],
  ]);
  assert.deepEqual(events[0]!.author.person, { id: "7", name: "Ann", bot: false });
  assert.equal(house.requests[1]!.url, "https://chat.example.org/updates?after=2");
});

test("ids come in any order, and what can't be read keeps back only itself", async () => {
  const odd = [{ text: "no id" }, 7, null, { id: "x" }, { ...update(2), user: {} }];
  const house = new Harness({ http: ({ url }) => (url.endsWith("=0") ? [update(9), ...odd, update(1), update(4)] : []) });
  await house.poll(channel);
  assert.equal(house.inbound.filter(({ tag }) => tag === "skipped").length, 2);
  assert.deepEqual(house.events().map(({ id }) => id), ["1", "4", "9"]);
  await house.poll(channel);
  assert.equal(house.requests[1].url, "https://chat.example.org/updates?after=9");
});

test("after failures it goes step by step, and past what fails", async () => {
  const house = new Harness({ http: () => [update(8), update(7), update(9)] });
  assert.equal((await house.poll(channel, 3)).againAfter, 0);
  assert.deepEqual(house.inbound, [{ tag: "skipped", val: "the message 7 failed three times" }]);
  await house.poll(channel, 1);
  await house.poll(channel);
  assert.deepEqual(house.events().map(({ id }) => id), ["8", "9"]);
});

test("what the platform does wrong is held against no message", async () => {
  for (const answer of [new Response(503), new Response(404), "<html>", {}]) {
    await assert.rejects(new Harness({ http: () => answer }).poll(channel), Unavailable);
  }
});

test("answers go out", async () => {
  const house = new Harness({ http: () => ({ id: "m1" }) });
  assert.deepEqual((await house.send(channel, { text: "hello", conversation: "lobby" })).messages, ["m1"]);
  assert.equal(decode(house.requests[0]!.body), '{"room":"lobby","text":"hello"}');
  const busy = new Harness({ http: () => new Response(429, "", [["retry-after", "2"]]) });
  await assert.rejects(busy.send(channel, "hello"), Busy);
  await assert.rejects(house.edit(channel, { conversation: "lobby" }, "m1", "else"), Rejected);
  assert.equal(await house.direct(channel, "7"), "7");
});
