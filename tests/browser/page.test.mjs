// The chat page against the stand-in: sending, receiving, several windows, history, keyboard, reconnecting.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Mock } from "./mock.mjs";
import { close, message, open, send, sent, texts, until } from "./window.mjs";

/** A test with a server of its own. */
function check(name, body) {
  test(name, async () => {
    const mock = await new Mock().start();
    try {
      await body(mock);
    } finally {
      await mock.stop();
    }
  });
}

check("what is typed is sent once, shown, and still there after a reload", async mock => {
  const page = await open(mock.url);
  await page.locator("#empty").waitFor();
  await send(page, "good morning");
  await sent(page, "good morning");
  assert.equal(await page.inputValue("#text"), "");
  assert.equal(await page.locator("#empty").isVisible(), false);
  await page.reload();
  await sent(page, "good morning");
  assert.deepEqual(await texts(page), ["good morning"]);
  assert.equal(mock.items.length, 1);
  await close(page);
});

check("a reply appears without a reload, in every window, and ends the dots", async mock => {
  const [first, second] = [await open(mock.url), await open(mock.url)];
  await send(first, "hello");
  await sent(second, "hello");
  mock.publish({ type: "typing" });
  await first.locator("#typing").waitFor();
  mock.say("**hi**");
  for (const page of [first, second]) {
    await page.locator("article.session strong", { hasText: "hi" }).waitFor();
    assert.equal(await page.locator("#typing").isVisible(), false);
    await close(page);
  }
});

check("a lost answer doubles nothing: the retry has the same id", async mock => {
  const page = await open(mock.url);
  mock.instead = (method, path, body) => {
    if (path !== "/send") return undefined;
    mock.instead = () => undefined;
    const { id, text } = JSON.parse(body);
    mock.add({ id, text, from: "you" }, { publish: false });
    return [500, { error: "the answer was lost" }];
  };
  await send(page, "once");
  await page.locator('article[data-state="failed"]', { hasText: "Not sent: the answer was lost" }).waitFor();
  await page.click("text=Retry");
  await sent(page, "once");
  assert.deepEqual(mock.items.map(item => item.text), ["once"]);
  await close(page);
});

check("what can't be sent can be discarded", async mock => {
  const page = await open(mock.url);
  mock.instead = (method, path) => (path === "/send" ? [507, { error: "the channel's space is full" }] : undefined);
  await send(page, "too much");
  await page.click("text=Discard");
  await page.locator("#empty").waitFor();
  assert.deepEqual(await texts(page), []);
  await close(page);
});

check("several messages arrive in the order in which they were written", async mock => {
  const page = await open(mock.url);
  for (let number = 1; number <= 8; number += 1) await send(page, `number ${number}`);
  await sent(page, "number 8");
  assert.deepEqual(mock.items.map(item => item.text), [1, 2, 3, 4, 5, 6, 7, 8].map(number => `number ${number}`));
  assert.deepEqual(await texts(page), mock.items.map(item => item.text));
  await close(page);
});

check("while the server is away, what is written waits, and what was missed is fetched", async mock => {
  const page = await open(mock.url);
  const old = mock.say("old words");
  await sent(page, "old words");
  await mock.stop();
  await page.locator("#banner", { hasText: "Reconnecting" }).waitFor();
  await send(page, "written meanwhile");
  await page.locator('article[data-state="waiting"]').waitFor();
  for (let number = 1; number <= 120; number += 1) mock.say(`missed ${number}`, { at: Date.now() - 1000 });
  mock.change(old, { text: "new words", edited: Date.now() });
  await mock.start();
  await sent(page, "written meanwhile");
  await page.locator("#banner").waitFor({ state: "hidden" });
  assert.equal((await texts(page)).filter(text => text.startsWith("missed")).length, 120);
  await sent(page, "new words");
  assert.equal(mock.items.filter(item => item.from === "you").length, 1);
  await close(page);
});

check("a link that has expired says what to run", async mock => {
  const page = await open(mock.url);
  mock.token = "another";
  await mock.stop();
  await mock.start();
  await page.locator("#banner", { hasText: "lockgate status" }).waitFor();
  await close(page);
});

check("older messages are loaded at the top, and the place that is read stays", async mock => {
  for (let number = 1; number <= 130; number += 1) mock.say(`line ${number}`);
  const page = await open(mock.url);
  await sent(page, "line 130");
  assert.equal((await texts(page)).length, 50);
  await until(page, () => document.querySelector("#scroller").scrollTop + document.querySelector("#scroller").clientHeight >= document.querySelector("#scroller").scrollHeight - 2);
  await page.evaluate(() => { document.querySelector("#scroller").scrollTop = 250; });
  await sent(page, "line 31");
  const moved = await page.evaluate(() => {
    const first = [...document.querySelectorAll("article")].find(article => article.textContent.includes("line 81"));
    return first.getBoundingClientRect().top - document.querySelector("#scroller").getBoundingClientRect().top;
  });
  assert.ok(moved > -300 && moved < 300, `line 81 moved to ${moved}`);
  await page.locator("#newest").click();
  await until(page, () => document.querySelector("#scroller").scrollTop + document.querySelector("#scroller").clientHeight >= document.querySelector("#scroller").scrollHeight - 2);
  await close(page);
});

check("a change that was heard of is not undone by an older answer", async mock => {
  const item = mock.say("first wording");
  let release;
  const held = new Promise(done => { release = done; });
  mock.instead = async (method, path) => {
    if (path !== "/history") return undefined;
    const stale = structuredClone(mock.items);
    await held;
    return [200, { items: stale, more: false, seq: stale.length }];
  };
  const page = await open(mock.url);
  await until(page, () => document.querySelector("#presence").dataset.state === "open");
  mock.change(item, { text: "second wording", edited: Date.now() });
  await sent(page, "second wording");
  release();
  await until(page, () => document.querySelector("#log").getAttribute("aria-busy") === "false");
  assert.deepEqual(await texts(page), ["second wording"]);
  await close(page);
});

check("edits and reactions are shown, and reactions go, where the message stands", async mock => {
  const item = mock.say("a message");
  const page = await open(mock.url);
  await sent(page, "a message");
  mock.change(item, { reactions: ["👍", "🎉"] });
  await page.locator(".chip >> nth=1").waitFor();
  mock.change(item, { text: "another wording", edited: Date.now(), reactions: ["👍"] });
  await message(page, "another wording").locator(".foot", { hasText: "edited" }).waitFor();
  assert.equal(await page.locator(".chip").count(), 1);
  await close(page);
});

check("an own message is edited, and the draft comes back", async mock => {
  const page = await open(mock.url);
  await send(page, "teh words");
  await sent(page, "teh words");
  await page.fill("#text", "a draft");
  await message(page, "teh words").hover();
  await message(page, "teh words").locator("button[aria-label=Edit]").click();
  assert.equal(await page.inputValue("#text"), "teh words");
  await page.fill("#text", "the words");
  await page.keyboard.press("Enter");
  await message(page, "the words").locator(".foot", { hasText: "edited" }).waitFor();
  assert.equal(await page.inputValue("#text"), "a draft");
  assert.equal(mock.items[0].text, "the words");
  await close(page);
});

check("a reply shows what it answers, and leads there", async mock => {
  const first = mock.say("the question of the day");
  for (let number = 1; number <= 90; number += 1) mock.say(`filler ${number}`);
  mock.say("an answer", { replyTo: first.id });
  const page = await open(mock.url);
  await message(page, "an answer").locator(".quoted", { hasText: "not loaded" }).click();
  await page.locator("article.found", { hasText: "the question of the day" }).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.querySelector(".body").textContent), "the question of the day");
  await message(page, "an answer").locator(".quoted", { hasText: "the question of the day" }).waitFor();
  await message(page, "the question of the day").locator("button[aria-label=Reply]").click();
  await send(page, "mine");
  await sent(page, "mine");
  assert.equal(mock.items.at(-1).replyTo, first.id);
  await close(page);
});

check("the keyboard is enough", async mock => {
  const page = await open(mock.url);
  const press = key => page.keyboard.press(key);
  const focused = () => page.evaluate(() => document.activeElement.id || document.activeElement.getAttribute("aria-label"));
  assert.equal(await focused(), "text");
  await page.keyboard.type("one");
  await press("Shift+Enter");
  await page.keyboard.type("two");
  await press("Enter");
  await sent(page, "one\ntwo");
  mock.say("three");
  await sent(page, "three");
  await press("ArrowUp");
  assert.equal(await page.inputValue("#text"), "one\ntwo");
  await press("Escape");
  assert.equal(await page.inputValue("#text"), "");
  await press("Shift+Tab");
  assert.equal(await focused(), "attach");
  await press("Shift+Tab");
  assert.match(await focused(), /^Session/);
  await press("Tab");
  assert.equal(await focused(), "Reply");
  await press("Shift+Tab");
  await press("ArrowUp");
  assert.match(await focused(), /^You/);
  await press("ArrowDown");
  assert.equal(await page.locator("article:focus .actions").isVisible(), true);
  await press("r");
  assert.equal(await focused(), "text");
  await page.locator("#about", { hasText: "Reply to the session" }).waitFor();
  await press("Escape");
  assert.equal(await page.locator("#about").isVisible(), false);
  await close(page);
});

check("an input method's Enter sends nothing", async mock => {
  const page = await open(mock.url);
  await page.fill("#text", "にほ");
  await page.evaluate(() => document.querySelector("#text").dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", isComposing: true, bubbles: true })));
  assert.equal(await page.inputValue("#text"), "にほ");
  assert.equal(mock.items.length, 0);
  await close(page);
});

check("messages that come unseen are counted in the title", async mock => {
  const page = await open(mock.url);
  await page.evaluate(() => { document.hasFocus = () => false; });
  mock.say("one");
  mock.say("two");
  await until(page, () => document.title === "(2) fakechat");
  await page.evaluate(() => { delete document.hasFocus; dispatchEvent(new Event("focus")); });
  await until(page, () => document.title === "fakechat");
  await close(page);
});

check("who reads further up is not moved, and is told what is new", async mock => {
  for (let number = 1; number <= 40; number += 1) mock.say(`line ${number}`);
  const page = await open(mock.url);
  await sent(page, "line 40");
  await page.evaluate(() => { document.querySelector("#scroller").scrollTop = 600; });
  await page.locator("#newest", { hasText: "Jump to newest" }).waitFor();
  const before = await page.evaluate(() => document.querySelector("#scroller").scrollTop);
  mock.say("news");
  await page.locator("#newest", { hasText: "1 new message" }).click();
  await message(page, "news").waitFor();
  assert.ok(await page.evaluate(() => document.querySelector("#scroller").scrollTop) > before);
  await close(page);
});
