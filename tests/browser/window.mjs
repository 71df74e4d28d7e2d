// One browser for a file of tests, and what each test does with a window of it. Nothing here waits for a time: every wait is
// for something that is seen.

import assert from "node:assert/strict";
import { after } from "node:test";
import { chromium } from "playwright-core";

const EXECUTABLE = process.env.CHROMIUM ?? "/usr/bin/chromium";
let browser;

after(() => browser?.close());

/** Opens the page in a window of its own profile, and lets a test fail on any error of its scripts. */
export async function open(url, { width = 1000, height = 800, scheme = "light", touch = false, wait = true } = {}) {
  browser ??= await chromium.launch({ executablePath: EXECUTABLE, args: ["--no-sandbox"] });
  const context = await browser.newContext({
    viewport: { width, height }, colorScheme: scheme, hasTouch: touch, isMobile: touch, acceptDownloads: true,
    permissions: ["clipboard-read", "clipboard-write"], reducedMotion: "reduce", locale: "en-GB",
  });
  context.setDefaultTimeout(10_000);
  const page = await context.newPage();
  page.errors = [];
  page.on("pageerror", error => page.errors.push(error.message));
  page.on("console", message => { if (/Content.Security.Policy/i.test(message.text())) page.errors.push(message.text()); });
  await page.goto(url);
  if (wait) await page.waitForSelector('#presence[data-state="open"]');
  return page;
}

/** Closes a window, and checks that its scripts had no error. */
export async function close(page) {
  assert.deepEqual(page.errors, []);
  await page.context().close();
}

/** Writes and sends. */
export async function send(page, text) {
  await page.fill("#text", text);
  await page.keyboard.press("Enter");
}

/** The message with this text. */
export const message = (page, text) => page.locator("article", { has: page.locator(".body", { hasText: text }) });

/** The texts of all messages, in the order of the page. */
export const texts = page => page.locator("article .body").allInnerTexts();

/** Waits until a message with this text was sent, or came. */
export const sent = (page, text) => page.locator('article[data-state="sent"] .body', { hasText: text }).waitFor();

/** Waits until a function of the document gives true. */
export const until = (page, check, argument) => page.waitForFunction(check, argument);
