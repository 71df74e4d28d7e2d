// Files, pictures and looks of the chat page.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { Mock } from "./mock.mjs";
import { close, message, open, send, sent, until } from "./window.mjs";

/** The smallest PNG there is: one dark dot. */
const PIXEL = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==", "base64");

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

/** Gives the document files by an event, as the clipboard and the desktop do. */
function give(page, type, name, mime, text) {
  return page.evaluate(([type, name, mime, text]) => {
    const data = new DataTransfer();
    data.items.add(new File([text], name, { type: mime }));
    const event = type === "paste" ? new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true })
      : new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true });
    document.querySelector("#text").dispatchEvent(event);
  }, [type, name, mime, text]);
}

check("a file goes up, is a chip in the message, and comes down again", async mock => {
  const page = await open(mock.url);
  const bytes = Buffer.alloc(3 * 1024 * 1024, "lockgate");
  await page.setInputFiles("#picker", { name: "notes — å.txt", mimeType: "text/plain", buffer: bytes });
  await page.locator('.load[data-state="done"]').waitFor();
  await send(page, "see the notes");
  await sent(page, "see the notes");
  assert.equal(await page.locator("#tray").isVisible(), false);
  const chip = page.locator(".file", { hasText: "notes — å.txt" });
  assert.match(await chip.innerText(), /3\.0 MiB/);
  const [download] = await Promise.all([page.waitForEvent("download"), chip.click()]);
  assert.equal(download.suggestedFilename(), "notes — å.txt");
  assert.ok(bytes.equals(await readFile(await download.path())));
  assert.equal(mock.items[0].files[0].mime, "text/plain");
  await close(page);
});

check("a picture is shown, and large on a click", async mock => {
  const page = await open(mock.url);
  await page.setInputFiles("#picker", { name: "dot.png", mimeType: "image/png", buffer: PIXEL });
  await page.locator('.load[data-state="done"] img').waitFor();
  await page.keyboard.press("Tab");
  await page.locator("#send").click();
  await page.locator("article .picture.loaded").click();
  await page.locator("#viewer[open] img").waitFor();
  await page.keyboard.press("Escape");
  await until(page, () => !document.querySelector("#viewer").open);
  mock.say("", { files: [mock.addFile("broken.png", "image/png", Buffer.from("no picture"))] });
  await page.locator(".file", { hasText: "broken.png" }).waitFor();
  await close(page);
});

check("files come by paste and by drop; what is sent too early goes when the last is up", async mock => {
  const page = await open(mock.url);
  let release;
  const held = new Promise(done => { release = done; });
  mock.instead = async (method, path) => { if (path === "/upload") await held; };
  await give(page, "paste", "pasted.txt", "text/plain", "p");
  await give(page, "dragenter", "dropped.txt", "text/plain", "d");
  await page.locator("#drop").waitFor();
  await give(page, "drop", "dropped.txt", "text/plain", "d");
  assert.equal(await page.locator("#drop").isVisible(), false);
  await page.locator('.load[data-state="loading"] progress >> nth=1').waitFor();
  await send(page, "both");
  assert.equal(await page.inputValue("#text"), "both");
  assert.equal(mock.items.length, 0);
  release();
  await sent(page, "both");
  assert.deepEqual(mock.items[0].files.map(file => file.name), ["pasted.txt", "dropped.txt"]);
  await close(page);
});

check("what does not fit is refused with a reason, and can be tried again", async mock => {
  const page = await open(mock.url);
  mock.instead = (method, path) => (path === "/upload" ? [507, { error: "the channel's folder is full" }] : undefined);
  await page.setInputFiles("#picker", { name: "a.bin", mimeType: "application/octet-stream", buffer: Buffer.alloc(10) });
  await page.locator('.load[data-state="failed"]', { hasText: "the channel's folder is full" }).waitFor();
  await send(page, "with a file");
  await page.locator("#notice", { hasText: "could not be uploaded" }).waitFor();
  assert.equal(mock.items.length, 0);
  mock.instead = () => undefined;
  await page.click(".load >> text=Retry");
  await page.locator('.load[data-state="done"]').waitFor();
  await page.keyboard.press("Enter");
  await sent(page, "with a file");
  await close(page);
});

check("a file over the limit is not even begun, and a file can be taken out", async mock => {
  const page = await open(mock.url);
  await page.evaluate(() => {
    const file = new File(["x"], "huge.iso");
    Object.defineProperty(file, "size", { value: 50 * 1024 * 1024 + 1 });
    const event = new Event("paste", { bubbles: true });
    event.clipboardData = { files: [file] };
    document.querySelector("#text").dispatchEvent(event);
  });
  await page.locator("#notice", { hasText: "huge.iso has 50 MiB: at most 50 MiB" }).waitFor();
  await page.setInputFiles("#picker", { name: "small.txt", mimeType: "text/plain", buffer: Buffer.alloc(1) });
  await page.locator('.load[data-state="done"]').waitFor();
  await page.click('[aria-label="Remove small.txt"]');
  assert.equal(await page.locator("#tray").isVisible(), false);
  assert.equal(mock.calls.filter(call => call === "POST /upload").length, 1);
  await close(page);
});

check("a file that is gone is said to be gone", async mock => {
  const file = mock.addFile("old.txt", "text/plain", Buffer.from("old"));
  mock.say("take it", { files: [file] });
  mock.files.delete(file.id);
  const page = await open(mock.url);
  await page.click(".file");
  await page.locator("#notice", { hasText: "old.txt can't be fetched" }).waitFor();
  await close(page);
});

check("on a phone nothing is wider than the screen", async mock => {
  mock.say(`${"wide".repeat(200)}\n\n| ${"column | ".repeat(12)}\n|${"--|".repeat(12)}\n| ${"value | ".repeat(12)}\n\n\`\`\`\n${"code ".repeat(60)}\n\`\`\``);
  mock.add({ from: "you", text: "x".repeat(300), files: [mock.addFile(`${"long".repeat(60)}.txt`, "text/plain", PIXEL), mock.addFile("p.png", "image/png", PIXEL)], replyTo: mock.items[0].id });
  const page = await open(mock.url, { width: 360, height: 700, touch: true });
  await page.locator(".picture.loaded").waitFor();
  await page.setInputFiles("#picker", { name: `${"name".repeat(40)}.txt`, mimeType: "text/plain", buffer: PIXEL });
  await page.locator('.load[data-state="done"]').waitFor();
  const wide = await page.evaluate(() => [...document.querySelectorAll("html, body, main, #scroller, footer")]
    .filter(node => node.scrollWidth > node.clientWidth).map(node => node.id || node.tagName));
  assert.deepEqual(wide, []);
  await page.locator("article.you .body").tap();
  await page.locator("article.you .actions").waitFor();
  await close(page);
});

check("light and dark follow the system until one is chosen, and the choice stays", async mock => {
  const page = await open(mock.url, { scheme: "dark" });
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  assert.equal(await ground(), "rgb(20, 24, 26)");
  await page.click('[aria-label="Switch to light"]');
  assert.equal(await ground(), "rgb(245, 244, 239)");
  await page.reload();
  await page.locator('[aria-label="Switch to dark"]').waitFor();
  assert.equal(await ground(), "rgb(245, 244, 239)");
  await page.click('[aria-label="Switch to dark"]');
  await page.emulateMedia({ colorScheme: "light" });
  await page.locator('[aria-label="Switch to dark"]').waitFor();
  assert.equal(await ground(), "rgb(245, 244, 239)");
  await close(page);
});

check("text has enough contrast in both", async mock => {
  const first = mock.say("`code` and [a link](https://example.org)\n\n> quoted\n\n```rust\nx\n```");
  mock.add({ from: "you", text: "mine https://example.org", replyTo: first.id, edited: Date.now(), files: [mock.addFile("a.txt", "text/plain", PIXEL)] });
  for (const scheme of ["light", "dark"]) {
    const page = await open(mock.url, { scheme });
    await message(page, "mine").waitFor();
    const weak = await page.evaluate(() => {
      const parse = color => color.match(/[\d.]+/g).map(Number);
      const over = ([r, g, b, a = 1], under) => [r, g, b].map((value, index) => value * a + under[index] * (1 - a));
      const ground = node => {
        const layers = [];
        for (let at = node; at; at = at.parentElement) layers.unshift(parse(getComputedStyle(at).backgroundColor));
        return layers.reduce((under, layer) => over(layer, under), [255, 255, 255]);
      };
      const light = color => color.map(value => value / 255).map(value => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
        .reduce((sum, value, index) => sum + value * [0.2126, 0.7152, 0.0722][index], 0);
      const seen = [...document.querySelectorAll("body *")].filter(node => node.checkVisibility() && [...node.childNodes].some(child => child.nodeType === 3 && child.data.trim()));
      return seen.map(node => {
        const [a, b] = [light(over(parse(getComputedStyle(node).color), ground(node))), light(ground(node))].sort((x, y) => y - x);
        return [node.className || node.tagName, node.textContent.slice(0, 20), Number(((a + 0.05) / (b + 0.05)).toFixed(2))];
      }).filter(([, , ratio]) => ratio < 4.5);
    });
    assert.deepEqual(weak, [], scheme);
    await close(page);
  }
});

check("everything that can be pressed has a name", async mock => {
  mock.add({ from: "you", text: "mine", files: [mock.addFile("a.png", "image/png", PIXEL)] });
  mock.say("```\nx\n```");
  const page = await open(mock.url);
  await page.locator(".picture.loaded").waitFor();
  const nameless = await page.evaluate(() => [...document.querySelectorAll("button, input, textarea, [role], pre, img, dialog")]
    .filter(node => !(node.getAttribute("aria-label") || node.innerText?.trim() || node.alt || node.hidden || ["status", "alert"].includes(node.role) || node.id === "viewer-image"))
    .map(node => node.outerHTML.slice(0, 80)));
  assert.deepEqual(nameless, []);
  assert.equal(await page.locator('[role="log"][aria-live="polite"]').count(), 1);
  await close(page);
});
