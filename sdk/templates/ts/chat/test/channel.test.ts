import assert from "node:assert/strict";
import { test } from "node:test";

import { Busy, Malformed, Rejected, Response, decode } from "#lockgate";
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

test("after failures it goes step by step, and past what fails", async () => {
  const house = new Harness({ http: () => [update(1), update(2)] });
  await house.poll(channel, 1);
  assert.equal(house.events().length, 1);
  await house.poll(channel, 3);
  assert.equal(house.inbound[0]!.tag, "skipped");
  await assert.rejects(new Harness({ http: () => [{}] }).poll(channel), Malformed);
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
