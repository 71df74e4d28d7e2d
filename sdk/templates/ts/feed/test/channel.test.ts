import assert from "node:assert/strict";
import { test } from "node:test";

import { Malformed, Response, Unavailable } from "#lockgate";
import { Harness } from "#lockgate/harness";
import channel from "../src/channel.js";

const item = (id: string) => ({ id, title: `title ${id}`, link: `https://feeds.example.org/${id}` });

test("each item is told once", async () => {
  let news: object = [item("1"), item("2")];
  const house = new Harness({ http: () => news });
  assert.equal((await house.poll(channel)).againAfter, 60_000);
  news = [item("3"), item("2"), item("1")];
  await house.poll(channel);
  assert.deepEqual(house.events().map(({ id }) => id), ["1", "2", "3"]);
});

test("after failures it goes step by step, and past what fails", async () => {
  const house = new Harness({ http: () => [item("1"), item("2")] });
  assert.equal((await house.poll(channel, 3)).againAfter, 0);
  assert.deepEqual(house.inbound, [{ tag: "skipped", val: "the item 1" }]);
  await house.poll(channel, 1);
  assert.deepEqual(house.events().map(({ id }) => id), ["2"]);
});

test("what the platform does wrong is a trouble", async () => {
  await assert.rejects(new Harness({ http: () => new Response(503) }).poll(channel), Unavailable);
  await assert.rejects(new Harness({ http: () => "<html>" }).poll(channel), Malformed);
  await assert.rejects(new Harness({ http: () => ({}) }).poll(channel), Malformed);
});
