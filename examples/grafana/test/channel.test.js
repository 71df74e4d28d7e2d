import assert from "node:assert/strict";
import { test } from "node:test";

import { Malformed } from "#lockgate";
import { Harness } from "#lockgate/harness";
import channel from "../src/channel.js";

const alert = {
  status: "firing",
  labels: { alertname: "DiskFull", team: "ops", "app.kubernetes.io/name": "db" },
  annotations: { summary: "The disk of db-1 is full" },
  startsAt: "2026-05-01T10:00:00Z",
  endsAt: "0001-01-01T00:00:00Z",
  generatorURL: "https://grafana.example.org/alerting/1",
  fingerprint: "c6eadffa33fcdf37",
  valueString: "[ value=99 ]",
};
const call = (...alerts) => JSON.stringify({ receiver: "lockgate", status: "firing", alerts });

test("an alert says what is wrong, since when, and what the operator wants to see of it", async () => {
  const house = new Harness({ settings: { labels: "team, app.kubernetes.io/name, absent" } });
  await house.hook(channel, call(alert));
  const [event] = house.events();
  assert.equal(
    event.text,
    "Firing: DiskFull\nThe disk of db-1 is full\n[ value=99 ]\nhttps://grafana.example.org/alerting/1",
  );
  assert.deepEqual(event.meta, { status: "firing", team: "ops", app_kubernetes_io_name: "db" });
  assert.equal(event.sentAt, Date.parse("2026-05-01T10:00:00Z"));
});

test("a repeated alert has the same id, a resolved one another", async () => {
  const house = new Harness();
  const resolved = { ...alert, status: "resolved", endsAt: "2026-05-01T11:00:00Z" };
  await house.hook(channel, call(alert, alert, resolved));
  const [first, again, last] = house.events();
  assert.equal(first.id, again.id);
  assert.notEqual(first.id, last.id);
  assert.match(last.text, /^Resolved: DiskFull/);
});

test("one without annotations, or with half a character, is told like the others", async () => {
  const house = new Harness({ engine: "quickjs" });
  await house.hook(channel, call({ ...alert, annotations: null }, { ...alert, annotations: { summary: "x".repeat(999) + "😀" } }));
  const [bare, cut] = house.events();
  assert.match(bare.text, /^Firing: DiskFull\n\[ value/);
  assert.ok(cut.text.includes("x\ufffd\n"));
});

test("what is no alert is skipped and counted, what is no call of Grafana's is malformed", async () => {
  const house = new Harness();
  await house.hook(channel, call(null, { status: 7 }, alert, ...Array(60).fill(alert)));
  assert.equal(house.inbound.filter(({ tag }) => tag === "skipped").length, 3);
  assert.equal(house.events().length, 48);
  for (const body of ["", "{}", "[]", '{"alerts":7}']) await assert.rejects(house.hook(channel, body), Malformed);
});
