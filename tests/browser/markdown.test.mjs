// How the session's Markdown is shown: each case is a text and the document that it becomes, in one page. Foreign text
// must never become more than that.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { Mock, PAGE } from "./mock.mjs";
import { close, open } from "./window.mjs";

let mock;
let page;

before(async () => {
  mock = await new Mock().start();
  page = await open(mock.url);
});

after(async () => {
  await close(page);
  await mock.stop();
});

/** The inside of the message that a text becomes, without what is the same for every link and block of code. */
async function shown(text) {
  const { id } = mock.say(text);
  const body = page.locator(`article[data-id="${id}"] .body`);
  await body.waitFor({ state: "attached" });
  return (await body.innerHTML())
    .replace(/ target="_blank" rel="noopener noreferrer"/g, "")
    .replace(/<figure class="code"><figcaption><span>(.*?)<\/span>.*?<\/figcaption><pre [^>]*>(.*?)<\/pre><\/figure>/gs, "<fence $1>$2</fence>")
    .replace(/<div class="table"[^>]*>(.*?)<\/div>/gs, "$1")
    .replace(/ class="left"/g, "");
}

function check(name, cases) {
  test(name, async () => {
    for (const [text, expected] of cases) assert.equal(await shown(text), expected, text);
  });
}

check("emphasis", [
  ["**bold** *soft* __bold__ _soft_ ~~gone~~ `code`", "<p><strong>bold</strong> <em>soft</em> <strong>bold</strong> <em>soft</em> <s>gone</s> <code>code</code></p>"],
  ["***both***", "<p><em><strong>both</strong></em></p>"],
  ["**bold *and soft* text**", "<p><strong>bold <em>and soft</em> text</strong></p>"],
  ["*soft **and bold***", "<p><em>soft <strong>and bold</strong></em></p>"],
  ["snake_case_name and 2 * 3 * 4", "<p>snake_case_name and 2 * 3 * 4</p>"],
  ["in*wor*d", "<p>in<em>wor</em>d</p>"],
  ["\\*not\\* **open", "<p>*not* **open</p>"],
  ["`**raw**` and ``a ` tick`` and `open", "<p><code>**raw**</code> and <code>a ` tick</code> and `open</p>"],
  ["*a _b* c_", "<p><em>a _b</em> c_</p>"],
  ["**注意**：完了", "<p><strong>注意</strong>：完了</p>"],
  ["one\ntwo", "<p>one<br>two</p>"],
]);

check("links", [
  ["[text](https://example.org/a_b_c \"title\")", '<p><a href="https://example.org/a_b_c">text</a></p>'],
  ["[**bold** text](https://example.org)", '<p><a href="https://example.org"><strong>bold</strong> text</a></p>'],
  ["see https://example.org/a_(b), and (https://example.org).", '<p>see <a href="https://example.org/a_(b)">https://example.org/a_(b)</a>, and (<a href="https://example.org">https://example.org</a>).</p>'],
  ["<https://example.org> [m](mailto:a@example.org)", '<p><a href="https://example.org">https://example.org</a> <a href="mailto:a@example.org">m</a></p>'],
  ["[https://a.example](https://b.example)", '<p><a href="https://b.example">https://a.example</a></p>'],
  ["![picture](https://example.org/p.png)", '<p><a href="https://example.org/p.png">picture</a></p>'],
  ["**https://example.org**", '<p><strong><a href="https://example.org">https://example.org</a></strong></p>'],
  ["[not closed](https://example.org", '<p>[not closed](<a href="https://example.org">https://example.org</a></p>'],
]);

check("blocks", [
  ["# One\n### Three ##\ntext", "<h3>One</h3><h5>Three</h5><p>text</p>"],
  ["a\n\n---\n\nb", "<p>a</p><hr><p>b</p>"],
  ["> said\n> > before\n\nnow", "<blockquote><p>said</p><blockquote><p>before</p></blockquote></blockquote><p>now</p>"],
  ["```rust\nfn a() {}\n\n  b\n```\nend", "<fence rust><code>fn a() {}\n\n  b</code></fence><p>end</p>"],
  ["~~~\n```\n~~~", "<fence text><code>```</code></fence>"],
  ["```js\nnever closed\n", "<fence js><code>never closed\n</code></fence>"],
  ["````md\n```\nx\n```\n````", "<fence md><code>```\nx\n```</code></fence>"],
  ["#hashtag and 1.5 and -5", "<p>#hashtag and 1.5 and -5</p>"],
]);

check("lists", [
  ["- a\n- b\n  - c\n    more\n- d", "<ul><li><p>a</p></li><li><p>b</p><ul><li><p>c<br>more</p></li></ul></li><li><p>d</p></li></ul>"],
  ["3. three\n4. four\n   ```\n   x\n   ```", '<ol start="3"><li><p>three</p></li><li><p>four</p><fence text><code>x</code></fence></li></ol>'],
  ["1. a\n   - b\n2. c", '<ol start="1"><li><p>a</p><ul><li><p>b</p></li></ul></li><li><p>c</p></li></ol>'],
  ["text\n- a\n\n- b\n\nafter", "<p>text</p><ul><li><p>a</p></li><li><p>b</p></li></ul><p>after</p>"],
  ["- [x] done\n- [ ] open", '<ul><li class="task"><input type="checkbox" disabled="" aria-label="done"><p>done</p></li><li class="task"><input type="checkbox" disabled="" aria-label="open"><p>open</p></li></ul>'],
  ["In 2024 it was\n2025. A year", "<p>In 2024 it was<br>2025. A year</p>"],
]);

check("tables", [
  ["| a | b |\n|---|--:|\n| `1` | 2 \\| 3 |\n| 4 |\nend", '<table><thead><tr><th>a</th><th class="right">b</th></tr></thead><tbody><tr><td><code>1</code></td><td class="right">2 | 3</td></tr><tr><td>4</td><td class="right"></td></tr><tr><td>end</td><td class="right"></td></tr></tbody></table>'],
  ["a | b\n:-: | -\nc | d", '<table><thead><tr><th class="center">a</th><th>b</th></tr></thead><tbody><tr><td class="center">c</td><td>d</td></tr></tbody></table>'],
  ["a | b\nno table", "<p>a | b<br>no table</p>"],
]);

check("what is hostile stays text", [
  ['<img src=x onerror="window.hacked=1"> <script>window.hacked=1</script>', '<p>&lt;img src=x onerror="window.hacked=1"&gt; &lt;script&gt;window.hacked=1&lt;/script&gt;</p>'],
  ["[x](javascript:window.hacked=1)", "<p>[x](javascript:window.hacked=1)</p>"],
  ["[x](JaVaScRiPt:alert(1)) [y](data:text/html,<b>)", "<p>[x](JaVaScRiPt:alert(1)) [y](data:text/html,&lt;b&gt;)</p>"],
  ["[x](\u0001javascript:alert(1)) <javascript:alert(1)>", "<p>[x](\u0001javascript:alert(1)) &lt;javascript:alert(1)&gt;</p>"],
  ["![x](javascript:alert(1))", "<p>![x](javascript:alert(1))</p>"],
  ["[x](//example.org) [y](/events)", "<p>[x](//example.org) [y](/events)</p>"],
  ['```"><img src=x onerror=window.hacked=1>\nx\n```', '<fence "&gt;&lt;img><code>x</code></fence>'],
  ['[a](https://x.example/"onmouseover="window.hacked=1)', '<p><a href="https://x.example/&quot;onmouseover=&quot;window.hacked=1">a</a></p>'],
]);

test("hostile names, ids and reactions stay text", async () => {
  const file = mock.addFile('<img src=x onerror="window.hacked=1">.txt', "text/html", Buffer.from("<script>window.hacked=1</script>"));
  const item = mock.say("named", { id: '"><img src=x onerror=window.hacked=1>', files: [file], reactions: ["<b>x</b>"] });
  mock.say("answer", { replyTo: item.id });
  await page.locator(".quoted", { hasText: "named" }).waitFor();
  assert.equal(await page.locator(".file b").innerText(), file.name);
  assert.equal(await page.locator(".chip").innerText(), "<b>x</b>");
  assert.equal(await page.evaluate(() => window.hacked), undefined);
  assert.equal(await page.locator(".log img, .log script, .log iframe").count(), 0);
});

test("links open elsewhere and tell nobody where they were", async () => {
  mock.say("[lonely](https://lonely.example)");
  const link = page.locator("a", { hasText: "lonely" });
  assert.equal(await link.getAttribute("target"), "_blank");
  assert.equal(await link.getAttribute("rel"), "noopener noreferrer");
});

test("a block of code is copied as it is", async () => {
  const { id } = mock.say("```\n  a < b && c\n```");
  await page.locator(`article[data-id="${id}"] button.copy`).click();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), "  a < b && c");
});

test("no text stops the page", async () => {
  const long = 60_000;
  const pieces = ["*a ", "a* ", "**", "[", "]", "[a](", "`", "`a ", "> ", "- ", "  - ", "|", "\\", "<http://", "http://a.", "~~a", "_a*b", "# ", "#  x", "1. a\n", "- a\n", "> a\n", "|-", "~", "(", "a|b\n-|-\n", "``` ", "![](", "*a _b ** "];
  const hostile = [
    ...pieces.map(piece => piece.repeat(long / piece.length)),
    `${"*a **b ".repeat(8000)}${"b** a*".repeat(8000)}`,
    `http://${".".repeat(long)}a`, `# ${" ".repeat(long)}x`, `\`\`\`${" ".repeat(long)}\``, `${"~".repeat(long)}\``,
    `${"-".repeat(long)}x`, `${"- ".repeat(long / 2)}x`, `x${" ".repeat(long)}\n- y`, `|a|\n|${"-".repeat(long)}x`,
    `${"[".repeat(long / 2)}${"](http://a)".repeat(2000)}`, `[a](${" ".repeat(long)}x`,
  ];
  // The page's functions by themselves: to lay out 60,000 characters is the browser's matter.
  const scripts = ["dom", "markdown", "inline"].map(name => readFileSync(`${PAGE}script/${name}.js`, "utf8"));
  await page.addScriptTag({ content: `{ ${scripts.join("\n")}\nwindow.testMarkdown = markdown; }` });
  const slow = await page.evaluate(texts => texts.map(text => {
    const start = performance.now();
    window.testMarkdown(text);
    return [Math.round(performance.now() - start), text.slice(0, 20)];
  }).filter(([took]) => took > 1500), hostile).catch(error => error.message);
  assert.deepEqual(slow, []);
});
