// What the build looks up and looks at: where a line of the bundle stands in the sources, and whether a channel fits its
// channel.toml.

import assert from "node:assert/strict";
import { test } from "node:test";

import { unfit } from "../fit.js";
import { exported } from "../glue.js";
import { led, table, translated } from "../places.js";

// `esbuild --bundle` of a file of two functions behind a line of the SDK's, as its map has it.
const MAP = {
  sources: ["../sdk/js/glue.js", "../../src/channel.js"],
  mappings: ";AAAO,SAAS;;ACEhB,SAAS,OAAO;AACd,SAAO;AACT;AAIA,SAAS;AACP,SAAO,KAAK;AACd",
};
const name = (source) => (source.includes("/sdk/") ? undefined : source.replace("../../", ""));

test("a line of the bundle is a line of the author's, or nobody's", () => {
  const places = table(MAP, name);
  assert.deepEqual(places, { files: ["src/channel.js"], runs: [[4, 3, 0, 3], [7, 3, 0, 9]] });
  const check = (stack, expected) => assert.equal(led(stack, places), expected, stack);
  check("deep@bundle.js:5:3\nhook@bundle.js:8:36\nreceive@bundle.js:2:59", " (src/channel.js:4, from src/channel.js:10)");
  check("    at deep (componentize-qjs:user.js:5:10)\n    at hook (componentize-qjs:user.js:5:41)", " (src/channel.js:4)");
  check("receive@bundle.js:2:59\nother@elsewhere.js:5:1", "");
  check(undefined, "");
  check(Array.from({ length: 90 }, (_, at) => `f@bundle.js:${4 + (at % 6)}:1`).join("\n"), led("bundle.js:4:1\nbundle.js:5:1\nbundle.js:6:1\nbundle.js:7:1", places));
});

test("what the engine says of a bundle names the sources", () => {
  const places = table(MAP, name);
  const check = (text, expected) => assert.equal(translated(text, places), expected);
  check("bundle.js:5:9 Error: no\n  @bundle.js:7:5", "src/channel.js:4 Error: no\n  @src/channel.js:9");
  check("at (componentize-qjs:user.js:9:1)", "at (src/channel.js:11)");
  check("bundle.js:1:1 Error", "bundle.js:1:1 (in the bundle) Error");
});

test("a line of a large bundle has its number, in a map with large numbers", () => {
  // Line 1 of the bundle is line 100,001 of the source: 3,200,000 in the map's digits.
  const places = table({ sources: ["a.js"], mappings: "AAgqjGA" }, (source) => source);
  assert.deepEqual(places.runs, [[1, 1, 0, 100_001]]);
});

test("a channel has what its channel.toml names, and nothing beside it", () => {
  const check = (definition, interfaces, tools, ...expected) =>
    assert.deepEqual(unfit(definition, { source: "src/channel.js", interfaces, tools }), expected);
  const run = () => undefined;
  check({ hook: run }, ["hook"], []);
  check({ source: run, sink: { send: run }, tools: { lookup: run } }, ["source", "sink", "tools"], ["lookup"]);
  check({}, ["hook"], [], "channel.toml has [hook], and src/channel.js has no function `hook`");
  check({ hook: run, source: run }, ["hook"], [], "src/channel.js has `source`, and channel.toml has no [source]");
  check({ hook: run, hok: run }, ["hook"], [], "src/channel.js has `hok`, which is no section of a channel.toml");
  check({ sink: {} }, ["sink"], [], "channel.toml has [sink], and src/channel.js has no `sink` with a function `send`");
  check({ tools: { a: run } }, [], [], "src/channel.js has `tools`, and channel.toml has no [[tool]]");
  check(
    { tools: { a: run } },
    ["tools"],
    ["b"],
    "channel.toml has the tool b, and src/channel.js has no function of that name in `tools`",
    "src/channel.js has the tool a, and channel.toml has no [[tool]] of that name",
  );
  check(undefined, ["hook"], [], "src/channel.js exports no channel({ ... }) by default");
  const about = { source: "src/channel.js", interfaces: ["hook"], tools: [], places: { files: [], runs: [] } };
  assert.throws(() => exported({}, {}, "quickjs", about), /unfit: channel.toml has \[hook\]/);
});

test("what a call breaks with is told in one line, with where it was made", () => {
  const log = [];
  const about = { source: "a.js", interfaces: ["timer"], tools: [], places: table(MAP, name) };
  const host = { log: (level, text) => log.push(`${level}: ${text}`), random: () => new Uint8Array(4) };
  const thrown = Object.assign(new TypeError("no\n  such thing"), { stack: "hook@bundle.js:5:3\n" });
  const definition = { timer: () => { throw thrown; } };
  const made = exported(definition, { host }, "quickjs", about);
  assert.throws(() => made.timer.fire("beat", 0), TypeError);
  assert.deepEqual(log, ["error: TypeError: no such thing (src/channel.js:4)"]);
});
