// The SDK's pure parts, and the glue with a stand-in for the contract's imports.

import assert from "node:assert/strict";
import { test } from "node:test";
import { runInNewContext } from "node:vm";

import { Harness } from "../harness.js";
import { thrown as carried } from "../contract.js";
import { depth } from "../glue.js";
import { decodeByHand, encodeByHand } from "../text.js";
import * as sdk from "../lockgate.js";

const { Busy, Malformed, Rejected, Response, again, channel, direct, http, ok, outcome, person, sent, service, store } = sdk;

test("UTF-8 is read and written as the web does it", () => {
  for (const text of ["", "a", "é", "€", "🦀", "a\u{feff}b", "\u{10ffff}", "x".repeat(10_000), "é€🦀".repeat(5_000), "a🦀".repeat(9_999)]) {
    assert.deepEqual(sdk.encode(text), new TextEncoder().encode(text));
    assert.deepEqual(encodeByHand(text), new TextEncoder().encode(text));
    assert.equal(decodeByHand(sdk.encode(text)), text);
  }
  for (const half of ["\ud800x", "x\udc00", "\udc00\ud800", "🦀\ud83e"]) {
    assert.deepEqual(encodeByHand(half), new TextEncoder().encode(half));
  }
});

test("what is no UTF-8 becomes U+FFFD, as often as the web's decoder says", () => {
  const odd = [[0xff], [0xc3], [0xe2, 0x82], [0xe2, 0x82, 0x41], [0xf0, 0x9f, 0xa6], [0xc0, 0xaf], [0xed, 0xa0, 0x80]];
  odd.push([0xf4, 0x90, 0x80, 0x80], [0xf8, 0x88, 0x80], [0x80, 0x41], [0xe0, 0x80, 0x80], [0xf0, 0x80, 0x80, 0x80]);
  for (const bytes of odd.map((list) => Uint8Array.from(list))) {
    assert.equal(decodeByHand(bytes), new TextDecoder().decode(bytes), [...bytes].join());
  }
});

test("any bytes are read as the web does it", () => {
  let seed = 7;
  const next = () => (seed = (seed * 1103515245 + 12345) % 2 ** 31);
  const likely = [0x41, 0x80, 0xbf, 0xc3, 0xe0, 0xa0, 0xed, 0x9f, 0xf0, 0x90, 0xf4, 0x8f, 0xff];
  for (let run = 0; run < 2_000; run += 1) {
    const bytes = Uint8Array.from({ length: next() % 12 }, () => likely[next() % likely.length]);
    assert.equal(decodeByHand(bytes), new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes), [...bytes].join());
  }
  const large = new Uint8Array(100_000).fill(0xbf);
  assert.equal(decodeByHand(large), "\ufffd".repeat(100_000));
});

test("how deep JSON is nested is seen without reading it", () => {
  const check = (text, expected) => assert.equal(depth(text), expected, text.slice(0, 40));
  check("", 0);
  check("7", 0);
  check("[]", 1);
  check('{"a":[1,[2]],"b":{}}', 3);
  check('["[[[[", "\\"[[", "\\\\", [1]]', 2);
  check('"[[[', 0);
  check("[".repeat(100_000), 100_000);
});

test("errors and bytes of another realm are what they are", async () => {
  const error = runInNewContext('Object.assign(new Error("x"), { payload: { tag: "refused", val: "no" } })');
  assert.deepEqual({ ...carried(error) }, { tag: "refused", val: "no" });
  assert.equal(carried("as it is"), "as it is");
  assert.equal(sdk.base64(runInNewContext("Uint8Array.of(1, 2, 3)")), "AQID");
});

test("fetchOk reads odd answers without a trap", async () => {
  const odd = channel({
    source: async () => again(1).event(service("x", await (await sdk.fetchOk("https://a.example.org/")).text())),
  });
  const house = new Harness({ http: () => new Response(200, Uint8Array.of(0xff, 0x41)) });
  await house.poll(odd);
  assert.equal(house.events()[0].text, "\ufffdA");
  const large = new Harness({ http: () => new Response(200, new Uint8Array((2 << 20) + 1)) });
  await assert.rejects(large.poll(odd), Rejected);
});

test("base64, hexadecimal and percent signs", () => {
  for (const text of ["", "f", "fo", "foo", "foob", "é🦀"]) {
    assert.equal(sdk.base64(text), Buffer.from(text).toString("base64"));
    assert.equal(sdk.hex(sdk.encode(text)), Buffer.from(text).toString("hex"));
  }
  assert.equal(sdk.percentDecode("caf%C3%A9%20100%"), "café 100%");
});

const counter = channel({
  hook(request) {
    const count = (store.getJson("count") ?? 0) + 1;
    store.setJson("count", count);
    if (request.text() === "no") throw new Rejected("as asked");
    if (request.text() === "defect") throw new TypeError("oops");
    return ok().event(service("hello", request.text(), { meta: { count }, sentAt: 7 }));
  },
});

for (const engine of ["starlingmonkey", "quickjs"]) {
  test(`a call is kept whole or not at all (${engine})`, async () => {
    const house = new Harness({ engine });
    assert.equal((await house.hook(counter, "a")).status, 200);
    await assert.rejects(house.hook(counter, "no"), Rejected);
    await assert.rejects(house.hook(counter, "defect"), TypeError);
    assert.match(house.log[0], /^error: TypeError: oops/);
    await house.hook(counter, "b");
    const events = house.events();
    assert.deepEqual(
      events.map(({ text, meta, author, sentAt }) => [text, meta.count, author.service, sentAt]),
      [
        ["a", "1", "hello", 7],
        ["b", "2", "hello", 7],
      ],
    );
    assert.match(events[0].id, /^[0-9a-f]{32}$/);
  });
}

test("what is over the host's bounds ends the call, and nothing of it is kept", async () => {
  const room = direct("r");
  const check = async (expected, run) => {
    const house = new Harness();
    const call = house.poll(channel({ source: () => (store.set("k", "v"), run(again(1))) }));
    if (!expected) return void (await call);
    await assert.rejects(call, expected, String(run));
    assert.deepEqual([house.inbound, house.effects], [[], []]);
    await house.poll(channel({ source: () => (assert.equal(store.get("k"), undefined), again(1)) }));
  };
  const said = (fields) => (batch) => batch.event({ ...person("7", room, "t"), ...fields });
  const times = (count, run) => (batch) => (Array.from({ length: count }, (_, at) => run(batch, String(at))), batch);
  const long = (count) => "é".repeat(count / 2);
  await check(null, said({ text: long(64 << 10), id: long(1024) }));
  await check(RangeError, said({ text: long((64 << 10) + 2) }));
  await check(RangeError, said({ id: long(1026) }));
  await check(RangeError, said({ author: { person: { id: "7", name: long(1026) } } }));
  await check(RangeError, said({ meta: Object.fromEntries(Array.from({ length: 33 }, (_, at) => [`k${at}`, ""])) }));
  await check(RangeError, said({ meta: { k: long(1026) } }));
  await check(RangeError, said({ attachments: Array(21).fill({ handle: "h" }) }));
  await check(null, times(100, (batch, at) => batch.skipped(at).wake(at, 1)));
  await check(RangeError, times(101, (batch, at) => batch.skipped(at)));
  await check(RangeError, times(101, (batch, at) => batch.wake(at, 1)));
  await check(RangeError, (batch) => batch.wake(long(258), 1));
  await check(RangeError, (batch) => batch.publish("topic", long((64 << 10) + 2)));
  await check(null, (batch) => (store.set("k".repeat(256), new Uint8Array(1 << 20)), batch));
  await check(Rejected, (batch) => (store.set("k".repeat(257), ""), batch));
  await check(Rejected, (batch) => (store.set("k", new Uint8Array((1 << 20) + 1)), batch));
  await check(sdk.Unavailable, times(5, (batch, at) => store.set(at, new Uint8Array(1 << 20))));
});

test("QuickJS can't wait, StarlingMonkey can", async () => {
  const slow = channel({ source: async () => again(5).event(service("x", "y")) });
  assert.equal((await new Harness().poll(slow)).againAfter, 5);
  await assert.rejects(new Harness({ engine: "quickjs" }).poll(slow), /must not be async/);
});

test("numbers of 64 bits are what the engine wants", async () => {
  const dated = channel({ source: () => again(1).event(person("7", direct("r"), "t", { sentAt: 1.5e12 })) });
  for (const [engine, kind] of [["starlingmonkey", "bigint"], ["quickjs", "number"]]) {
    const house = new Harness({ engine });
    await house.poll(dated);
    assert.equal(typeof house.inbound[0].val.sentAt, kind);
  }
});

test("statuses are troubles", () => {
  const check = (status, kind) => assert.equal(thrown(() => new Response(status, "why").ok()).trouble.tag, kind);
  for (const [status, kind] of [[302, "rejected"], [401, "unauthorized"], [403, "rejected"], [408, "unavailable"]]) {
    check(status, kind);
  }
  for (const [status, kind] of [[409, "conflict"], [429, "busy"], [500, "unavailable"], [503, "unavailable"]]) {
    check(status, kind);
  }
  assert.equal(new Response(204).ok().status, 204);
  const busy = new Response(429, "", [["Retry-After", "3"]]);
  assert.deepEqual(thrown(() => busy.ok()).trouble, { tag: "busy", val: 3000 });
  assert.deepEqual(new Busy("x").trouble, { tag: "busy", val: 0 });
});

function thrown(run) {
  try {
    run();
  } catch (error) {
    return error;
  }
  return assert.fail("nothing was thrown");
}

test("a request goes out as it was meant, and refusals are troubles", async () => {
  const asking = channel({
    source() {
      const answer = http.post("https://api.example.org/x", { json: { a: 1 }, headers: { "x-k": "v" } }).ok().json();
      return again(answer.wait);
    },
  });
  const house = new Harness({ http: () => ({ wait: 9 }) });
  assert.equal((await house.poll(asking)).againAfter, 9);
  const [{ method, headers, body }] = house.requests;
  assert.deepEqual([method, headers, sdk.decode(body)], [
    "POST",
    [["x-k", "v"], ["content-type", "application/json"]],
    '{"a":1}',
  ]);
  await assert.rejects(new Harness().poll(asking), Rejected);
  await assert.rejects(new Harness({ http: () => "no JSON" }).poll(asking), Malformed);
});

test("what a channel leaves out is said in words, what it returns wrongly is a defect", async () => {
  const lazy = channel({ sink: { send: ({ text }) => sent(text.length) }, source: () => outcome() });
  const house = new Harness();
  assert.deepEqual((await house.send(lazy, "four")).messages, ["4"]);
  await assert.rejects(house.edit(lazy, { conversation: "r" }, "1", "t"), Rejected);
  await assert.rejects(house.direct(lazy, "7"), Rejected);
  await assert.rejects(house.poll(lazy), /where again\(milliseconds\) is due/);
  await assert.rejects(house.hook(lazy, ""), /channel.toml names hook/);
});

test("what a platform leaves out is malformed, and nobody called undefined", async () => {
  const made = [
    () => person({ name: "Ann" }, direct("r"), "t"),
    () => person("7", direct(undefined), "t"),
    () => person("7", direct("r"), undefined),
    () => service(undefined, "t", { conversation: direct("r") }),
  ];
  for (const message of made) {
    const odd = channel({ source: () => again(1).event(message()) });
    await assert.rejects(new Harness().poll(odd), Malformed);
  }
});

test("effects and sockets", async () => {
  const live = channel({
    life: () => outcome().connect("main", "wss://g.example.org/", { a: "b" }).wake("beat", 5),
    socket: (name, what) => (what.kind === "frame" ? outcome().frame(name, `got ${what.data}`) : undefined),
  });
  const house = new Harness();
  await house.start(live);
  await house.socket(live, "main", { kind: "opened" });
  await house.socket(live, "main", { kind: "frame", data: "x" });
  assert.deepEqual(house.effects, [
    { tag: "connect", val: { name: "main", url: "wss://g.example.org/", headers: [["a", "b"]] } },
    { tag: "wake", val: { name: "beat", after: 5 } },
    { tag: "send-frame", val: { connection: "main", frame: { tag: "text", val: "got x" } } },
  ]);
});

test("a hook reads its request", async () => {
  const seen = [];
  const reading = channel({
    hook(request) {
      seen.push(request.segments(), request.parameter("a"), request.header("X-KIND"), request.json());
      return ok().json({ fine: true });
    },
  });
  const call = { path: "/a//b/", query: "x&a=b+c%2Bd=e", headers: { "x-kind": "k" }, body: "[1]" };
  const { body, headers } = await new Harness().hook(reading, call);
  assert.deepEqual(seen, [["a", "b"], "b c+d=e", "k", [1]]);
  assert.deepEqual([sdk.decode(body.val), headers], ['{"fine":true}', [["content-type", "application/json"]]]);
});

test("the engine's fetch is stood in for, and given back", async () => {
  const before = globalThis.fetch;
  const web = channel({ source: async () => again((await (await fetch("https://a.example.org/")).json()).wait) });
  assert.equal((await new Harness({ http: () => ({ wait: 3 }) }).poll(web)).againAfter, 3);
  assert.equal(globalThis.fetch, before);
});
