import assert from "node:assert/strict";
import { test } from "node:test";

import { Harness } from "#lockgate/harness";
import channel from "../src/channel.js";

const tags = (house: Harness) => house.effects.splice(0).map(({ tag }) => tag);

test("it opens its websocket, says hello, and opens it again", async () => {
  const house = new Harness();
  await house.start(channel);
  assert.deepEqual(tags(house), ["connect", "wake"]);
  await house.socket(channel, "main", { kind: "opened" });
  assert.deepEqual(house.effects[0]!.val.frame, { tag: "text", val: '{"op":"hello"}' });
  tags(house);
  await house.socket(channel, "main", { kind: "closed", code: 1006 });
  await house.fire(channel, "beat");
  assert.deepEqual(tags(house), ["connect", "send-frame", "wake"]);
});

test("messages come in, other frames don't", async () => {
  const house = new Harness();
  const frame = { op: "message", id: "1", user: "7", name: "Ann", room: "7", text: "hi" };
  await house.socket(channel, "main", { kind: "frame", data: JSON.stringify(frame) });
  await house.socket(channel, "main", { kind: "frame", data: '{"op":"pong"}' });
  const [event, ...none] = house.events();
  assert.deepEqual([event!.text, event!.conversation.scope, none.length], ["hi", "direct", 0]);
  for (const data of ["{", '{"op":"message"}', JSON.stringify({ ...frame, user: [] })]) {
    await house.socket(channel, "main", { kind: "frame", data });
    assert.deepEqual(house.inbound.splice(0).map(({ tag }) => tag), ["skipped"], data);
  }
});

test("answers go out over HTTP", async () => {
  const house = new Harness({ http: () => ({ id: "m1" }) });
  assert.deepEqual((await house.send(channel, { text: "hello", conversation: "lobby" })).messages, ["m1"]);
  assert.equal(house.requests[0]!.url, "https://gateway.example.org/send");
});
