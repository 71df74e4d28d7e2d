// The chat page against the real program: `tests/tests/house_browser.rs` makes the house, and starts this with its
// environment. One house serves all tests, which run one after the other.

import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { Session, pages } from "./session.mjs";
import { close, message, open, send, sent, texts } from "./window.mjs";

const { LOCKGATE, LOCKGATE_STATE } = process.env;
const PIXEL = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==", "base64");
const digest = bytes => createHash("sha256").update(bytes).digest("hex");

let session;
let links;
let page;

before(async () => {
  assert.ok(LOCKGATE && LOCKGATE_STATE, "cargo test --test house_browser starts this");
  session = await Session.start(LOCKGATE);
  links = await pages(LOCKGATE, "chat", "hostile");
  page = await open(links.chat);
});

after(async () => {
  await close(page);
  await session.end();
});

test("what is typed is an event, and the answer appears without a reload", async () => {
  await send(page, "is the build green?");
  const event = await session.event("is the build green?");
  assert.equal(event.meta.channel, "chat");
  assert.equal(event.meta.chat_id, "chat:web");
  await sent(page, "is the build green?");
  await session.call("reply", { chat_id: event.meta.chat_id, text: "**Yes**, since `7f3a`.", reply_to: event.meta.message_id });
  await page.locator("article.session strong", { hasText: "Yes" }).waitFor();
  await page.locator("article.session .quoted", { hasText: "is the build green?" }).waitFor();
  await session.call("react", { chat_id: event.meta.chat_id, message_id: event.meta.message_id, emoji: "🎉" });
  await message(page, "is the build green?").locator(".chip", { hasText: "🎉" }).waitFor();
  await page.reload();
  await page.locator("article.session strong", { hasText: "Yes" }).waitFor();
  assert.equal(await page.locator(".chip").count(), 1);
});

test("an edit goes both ways, and a second window is in step", async () => {
  const second = await open(links.chat);
  await send(page, "teh first wording");
  const event = await session.event("teh first wording");
  await page.keyboard.press("ArrowUp");
  await page.fill("#text", "the second wording");
  await page.keyboard.press("Enter");
  await sent(second, "the second wording");
  assert.match((await session.event("the second wording")).meta.edited ?? "", /./);
  const said = await session.call("reply", { chat_id: event.meta.chat_id, text: "an answer" });
  await sent(second, "an answer");
  const id = await second.locator("article", { hasText: "an answer" }).getAttribute("data-id");
  assert.ok(said.includes(id), said);
  await session.call("edit_message", { chat_id: event.meta.chat_id, message_id: id, text: "a better answer" });
  for (const window of [page, second]) await message(window, "a better answer").locator(".foot", { hasText: "edited" }).waitFor();
  await close(second);
});

test("a picture comes with its event", async () => {
  await page.setInputFiles("#picker", { name: "dot.png", mimeType: "image/png", buffer: PIXEL });
  await page.locator('.load[data-state="done"]').waitFor();
  await send(page, "see the dot");
  const event = await session.event("see the dot");
  assert.ok((await readFile(event.meta.image_path)).equals(PIXEL));
  await page.locator("article .picture.loaded").waitFor();
});

test("50 MiB go up, to the session, and down again", async () => {
  const large = randomBytes(50 * 1024 * 1024);
  const path = `${LOCKGATE_STATE}/../large.bin`;
  writeFileSync(path, large);
  await page.setInputFiles("#picker", path);
  await page.locator('.load[data-state="done"]').waitFor({ timeout: 60_000 });
  await send(page, "see the large one");
  const event = await session.event("see the large one");
  const [download] = await Promise.all([page.waitForEvent("download"), page.locator(".file", { hasText: "large.bin" }).click()]);
  assert.equal(digest(await readFile(await download.path())), digest(large));
  const told = await session.call("download_attachment", { event_id: event.meta.event_id, index: 1 });
  assert.equal(digest(await readFile(told.match(/\/[^\s;]+/)[0])), digest(large));
});

test("the session sends a file", async () => {
  mkdirSync(`${LOCKGATE_STATE}/outbox/chat`, { recursive: true });
  writeFileSync(`${LOCKGATE_STATE}/outbox/chat/plan.txt`, "the plan");
  await session.call("send_file", { chat_id: "chat:web", files: ["plan.txt"], text: "here it is" });
  await sent(page, "here it is");
  const [plan] = await Promise.all([page.waitForEvent("download"), page.locator(".file", { hasText: "plan.txt" }).click()]);
  assert.equal(await readFile(await plan.path(), "utf8"), "the plan");
});

test("without the token there is nothing", async () => {
  const stranger = await open(links.chat.split("#")[0], { wait: false });
  await stranger.locator("text=lockgate status").waitFor();
  const statuses = await stranger.evaluate(() => Promise.all(["/", "/history", "/events", "/file/x"].map(async path => (await fetch(path)).status)));
  assert.deepEqual(statuses, [401, 401, 401, 401]);
  await stranger.context().close();
});

test("a hostile channel's page can neither read nor write the chat", async () => {
  const hostile = await open(links.hostile, { wait: false });
  await hostile.locator("h1", { hasText: "A hostile page" }).waitFor();
  const before = await texts(page);
  const port = new URL(links.chat).port;
  await hostile.locator("h1").click();
  const outcomes = await hostile.evaluate(port => window.attack(port), port);
  assert.ok(Object.keys(outcomes).length > 15, JSON.stringify(outcomes));
  const holes = Object.entries(outcomes).filter(([, outcome]) => outcome.startsWith("got"));
  assert.deepEqual(holes, []);
  assert.deepEqual(await texts(page), before);
  await send(page, "still here");
  await session.event("still here");
  assert.equal(session.heard("forged"), false);
  await hostile.context().close();
});

test("a new start makes a new link, and everything that was said is still there", async () => {
  await session.end();
  await page.locator("#banner").waitFor();
  session = await Session.start(LOCKGATE);
  const next = await pages(LOCKGATE, "chat", "hostile");
  assert.notEqual(new URL(next.chat).hash, new URL(links.chat).hash);
  const again = await open(next.chat);
  await sent(again, "still here");
  await close(page);
  page = again;
});
