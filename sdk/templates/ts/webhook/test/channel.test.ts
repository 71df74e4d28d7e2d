import assert from "node:assert/strict";
import { test } from "node:test";

import { Harness } from "#lockgate/harness";
import channel from "../src/channel.js";

test("it tells what is posted, and counts", async () => {
  const house = new Harness();
  for (const [text, count] of [["good morning", "1"], ["again", "2"]]) {
    assert.equal((await house.hook(channel, text!)).status, 200);
    const [event] = house.events();
    assert.deepEqual([event!.text, event!.meta.count], [text, count]);
  }
});
