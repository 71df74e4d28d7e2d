import assert from "node:assert/strict";
import { test } from "node:test";

import { Response, Unavailable } from "#lockgate";
import { Harness } from "#lockgate/harness";
import channel from "../src/channel.js";

const item = (id) => ({ id, title: `title ${id}`, link: `https://feeds.example.org/${id}` });

test("each item is told once", async () => {
  let news = [item("1"), item("2")];
  const house = new Harness({ http: () => news });
  assert.equal((await house.poll(channel)).againAfter, 60_000);
  news = [item("3"), item("2"), item("1")];
  await house.poll(channel);
  assert.deepEqual(house.events().map(({ id }) => id), ["1", "2", "3"]);
});

test("after failures it goes step by step, and past what fails", async () => {
  const house = new Harness({ http: () => [item("1"), item("2")] });
  assert.equal((await house.poll(channel, 3)).againAfter, 0);
  assert.deepEqual(house.inbound, [{ tag: "skipped", val: "an item that failed three times: 1" }]);
  await house.poll(channel, 1);
  assert.deepEqual(house.events().map(({ id }) => id), ["2"]);
});

test("ids come in any order, and what can't be read keeps back only itself", async () => {
  const odd = [{ title: "no id" }, 7, null, { id: ["x"], title: "t" }, { id: 5 }];
  let news = [item("9"), ...odd, item(3)];
  const house = new Harness({ http: () => news });
  await house.poll(channel);
  assert.equal(house.inbound.filter(({ tag }) => tag === "skipped").length, 5);
  assert.deepEqual(house.events().map(({ id }) => id), ["9", "3"]);
  news = [item("4"), ...odd, item("9"), item("x")];
  await house.poll(channel);
  assert.equal(house.inbound.length, 2);
  assert.deepEqual(house.events().map(({ id }) => id), ["4", "x"]);
});

test("ids that only begin alike are two", async () => {
  const long = "x".repeat(300);
  const house = new Harness({ http: () => [item(`${long}1`), item(`${long}2`)] });
  await house.poll(channel);
  assert.equal(house.events().length, 2);
});

test("all of a long list stay known", async () => {
  const news = Array.from({ length: 620 }, (_, id) => item(id));
  const house = new Harness({ http: () => news });
  while ((await house.poll(channel)).againAfter === 0);
  assert.equal(house.events().length, 620);
  assert.equal((await house.poll(channel)).againAfter, 60_000);
  assert.equal(house.events().length, 0);
});

test("what the platform does wrong is held against no item", async () => {
  for (const answer of [new Response(503), new Response(404), "<html>", {}]) {
    await assert.rejects(new Harness({ http: () => answer }).poll(channel), Unavailable);
  }
});
