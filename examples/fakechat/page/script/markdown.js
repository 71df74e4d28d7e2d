// Markdown of the session's messages, to DOM nodes. What it can't read stays text: raw HTML, images (nothing is loaded
// from outside), links to anything but http, https and mailto. Nesting is bounded, because a message is foreign text, and
// a document nested a thousand times takes the browser down.

const DEEPEST = 8;
const SAFE_LINK = /^(https?:\/\/|mailto:)[^\s]+$/i;

/** Renders a whole message. */
function markdown(text) {
  return blocks(text.replace(/\r\n?/g, "\n").replace(/\t/g, "    ").split("\n"), 0);
}

/** Renders text as it is, with its addresses as links. */
function plain(text) {
  const fragment = document.createDocumentFragment();
  appendText(fragment, text);
  return fragment;
}

// No pattern may look at a part of its line again and again: a message of one line of 60,000 blanks must not stop the page.
const FENCE = /^ {0,3}(`{3,}(?!`)|~{3,}(?!~))([^`]*)$/;
const HEADING = /^ {0,3}(#{1,6}) +(.*)$/;
const RULE = /^ {0,3}([-*_])(?: *\1){2,} *$/;
const QUOTE = /^ {0,3}> ?/;
const ITEM = /^( {0,3})([-*+]|\d{1,9}[.)])( +|$)/;
const DASHES = /^ {0,3}\|? *:?-+:? *(\| *:?-+:? *)*\|? *$/;

function blocks(lines, depth) {
  const fragment = document.createDocumentFragment();
  // The kinds in the order in which they are tried; each takes its lines and says where the next block begins.
  const kinds = depth < DEEPEST ? [fence, heading, rule, table, quote, list, paragraph] : [fence, paragraph];
  for (let at = 0; at < lines.length;) {
    if (!lines[at].trim()) at += 1;
    else for (const kind of kinds) {
      const next = kind(lines, at, fragment, depth);
      if (next !== undefined) {
        at = next;
        break;
      }
    }
  }
  return fragment;
}

/** Ends with its closing fence, or with the message: half a message may be all that there is. */
function fence(lines, at, into) {
  const open = FENCE.exec(lines[at]);
  if (!open) return undefined;
  const indent = lines[at].search(/\S/);
  const close = new RegExp(`^ {0,3}${open[1][0]}{${open[1].length},} *$`);
  let end = at + 1;
  while (end < lines.length && !close.test(lines[end])) end += 1;
  const code = lines.slice(at + 1, end).map(line => line.replace(new RegExp(`^ {0,${indent}}`), "")).join("\n");
  into.append(codeBlock(code, open[2].trim().split(/\s+/)[0]));
  return end + 1;
}

function codeBlock(code, language) {
  const copy = el("button.copy", { type: "button", click: () => copyText(code, copy) }, icon("copy"), "Copy");
  copy.setAttribute("aria-label", "Copy the code");
  return el("figure.code", {},
    el("figcaption", {}, el("span", {}, language || "text"), copy),
    el("pre", { tabIndex: 0, role: "region", "aria-label": `Code, ${language || "text"}` }, el("code", {}, code)));
}

function heading(lines, at, into) {
  const found = HEADING.exec(lines[at]);
  if (!found) return undefined;
  // The page's own headings are h1 and h2.
  const text = found[2].trim();
  let end = text.length;
  while (text[end - 1] === "#") end -= 1;
  const closed = end < text.length && (end === 0 || text[end - 1] === " ");
  into.append(el(`h${Math.min(found[1].length + 2, 6)}`, {}, inline(closed ? text.slice(0, end).trim() : text)));
  return at + 1;
}

function rule(lines, at, into) {
  if (!RULE.test(lines[at])) return undefined;
  into.append(el("hr"));
  return at + 1;
}

function quote(lines, at, into, depth) {
  let end = at;
  while (end < lines.length && QUOTE.test(lines[end])) end += 1;
  if (end === at) return undefined;
  into.append(el("blockquote", {}, blocks(lines.slice(at, end).map(line => line.replace(QUOTE, "")), depth + 1)));
  return end;
}

function list(lines, at, into, depth) {
  const first = ITEM.exec(lines[at]);
  if (!first) return undefined;
  const kindOf = marker => (/\d/.test(marker) ? "0" : "") + marker.at(-1);
  const ordered = /\d/.test(first[2]);
  const node = ordered ? el("ol", { start: Number.parseInt(first[2], 10) }) : el("ul");
  while (at < lines.length) {
    const found = ITEM.exec(lines[at]);
    if (!found || kindOf(found[2]) !== kindOf(first[2]) || RULE.test(lines[at])) break;
    const end = itemEnd(lines, at, found);
    node.append(item(lines.slice(at, end), found, depth));
    at = end;
    // An empty line between two items keeps them in one list.
    let next = at;
    while (next < lines.length && !lines[next].trim()) next += 1;
    if (next < lines.length && ITEM.test(lines[next])) at = next;
  }
  into.append(node);
  return at;
}

/** Where what belongs to an item ends: what is indented to its text, and lines that merely go on with its paragraph. */
function itemEnd(lines, at, found) {
  const inner = " ".repeat(innerIndent(found));
  let end = at + 1;
  let last = end;
  for (; end < lines.length; end += 1) {
    const line = lines[end];
    if (!line.trim()) continue;
    const goesOn = last === end && !startsBlock(lines, end) && !ITEM.test(line);
    if (!line.startsWith(inner) && !goesOn) break;
    last = end + 1;
  }
  return last;
}

const innerIndent = found => found[1].length + found[2].length + Math.min(found[3].length || 1, 4);

function item(lines, found, depth) {
  const inner = new RegExp(`^ {0,${innerIndent(found)}}`);
  const [first, ...rest] = [lines[0].slice(found[0].length), ...lines.slice(1).map(line => line.replace(inner, ""))];
  const task = /^\[([ xX])\]\s+/.exec(first);
  const node = el(task ? "li.task" : "li");
  if (task) node.append(el("input", { type: "checkbox", disabled: true, checked: task[1] !== " ", "aria-label": task[1] === " " ? "open" : "done" }));
  node.append(blocks([task ? first.slice(task[0].length) : first, ...rest], depth + 1));
  return node;
}

function table(lines, at, into) {
  if (!lines[at].includes("|") || !DASHES.test(lines[at + 1] ?? "") || !lines[at + 1].includes("-")) return undefined;
  const head = cells(lines[at]);
  const dashes = cells(lines[at + 1]);
  if (head.length !== dashes.length) return undefined;
  const align = dashes.map(cell => (cell.endsWith(":") ? (cell.startsWith(":") ? "center" : "right") : "left"));
  const row = (tag, texts) => el("tr", {}, ...head.map((_, column) => el(`${tag}.${align[column]}`, {}, inline(texts[column] ?? ""))));
  const body = el("tbody");
  let end = at + 2;
  for (; end < lines.length && lines[end].trim() && !startsBlock(lines, end); end += 1) body.append(row("td", cells(lines[end])));
  into.append(el("div.table", { tabIndex: 0, role: "region", "aria-label": "Table" }, el("table", {}, el("thead", {}, row("th", head)), body)));
  return end;
}

/** A bar after a backslash is text. */
function cells(line) {
  const inner = line.trim().replace(/^\|/, "").replace(/(?<!\\)\|$/, "");
  return inner.split(/(?<!\\)\|/).map(cell => cell.replaceAll("\\|", "|").trim());
}

/** Does a block that is no paragraph begin here? A number begins a list inside of a text only if it is 1. */
function startsBlock(lines, at) {
  const line = lines[at];
  const listed = ITEM.exec(line);
  return FENCE.test(line) || HEADING.test(line) || RULE.test(line) || QUOTE.test(line)
    || Boolean(listed && listed[3] && (!/\d/.test(listed[2]) || Number.parseInt(listed[2], 10) === 1));
}

/** In a chat a line break is meant, so it stays one. */
function paragraph(lines, at, into, depth) {
  let end = at + 1;
  while (end < lines.length && lines[end].trim() && (depth >= DEEPEST || !startsBlock(lines, end))) end += 1;
  const text = lines.slice(at, end).map(line => line.trim().replace(/\\$/, "")).join("\n");
  into.append(el("p", {}, inline(text)));
  return end;
}
