// Markdown inside of a line: emphasis by the rules of CommonMark (a list of runs that may open or close, matched from the
// inside out), code, links, bare addresses.

const TOKEN = /\\([!-/:-@[-`{-~])|(`+)|(!?\[)|(\])|([*_]+|~~)|<((?:https?:\/\/|mailto:)[^\s<>]*)>|(https?:\/\/[^\s<>[\]]+)|(\n)/g;
const TARGET = /\(\s{0,3}<?([^\s<>()]*(?:\([^\s<>()]*\)[^\s<>()]*)*)>?(?:\s{1,3}(?:"[^"]*"|'[^']*'))?\s{0,3}\)/y;

/** Renders the inside of a paragraph, a heading or a cell. */
function inline(text) {
  const root = document.createDocumentFragment();
  const runs = [];
  const brackets = [];
  const missing = new Set();
  let done = 0;
  TOKEN.lastIndex = 0;
  for (let found = TOKEN.exec(text); found; found = TOKEN.exec(text)) {
    const [whole, escaped, ticks, opening, closing, run, angled, bare, newline] = found;
    root.append(text.slice(done, found.index));
    done = found.index + whole.length;
    if (escaped) root.append(escaped);
    else if (ticks) done = codeSpan(text, found.index, ticks, missing, root);
    else if (opening) brackets.push({ node: textNode(root, opening), runs: runs.length, picture: opening === "![" });
    else if (closing) done = closeLink(text, done, brackets, runs, root);
    else if (run) runs.push(runAt(text, found.index, run, textNode(root, run)));
    else if (angled) root.append(anchor(angled, angled.replace(/^mailto:/i, "")));
    else if (bare) done = bareLink(text, found.index, bare, root);
    else if (newline) root.append(el("br"));
    TOKEN.lastIndex = done;
  }
  root.append(text.slice(done));
  emphasise(runs, 0);
  return root;
}

function textNode(parent, text) {
  const node = document.createTextNode(text);
  parent.append(node);
  return node;
}

/** Ends with as many ticks as it began with. What was once found missing is missing further on, too. */
function codeSpan(text, at, ticks, missing, into) {
  const start = at + ticks.length;
  const close = missing.has(ticks) ? null : text.slice(start).match(new RegExp(`(?<!\`)${ticks}(?!\`)`));
  if (!close) {
    missing.add(ticks);
    into.append(ticks);
    return start;
  }
  const code = text.slice(start, start + close.index).replace(/\n/g, " ");
  into.append(el("code", {}, /^ .*[^ ].* $/.test(code) ? code.slice(1, -1) : code));
  return start + close.index + ticks.length;
}

function closeLink(text, at, brackets, runs, root) {
  const bracket = brackets.pop();
  TARGET.lastIndex = at;
  const target = bracket && TARGET.exec(text);
  if (!target || !SAFE_LINK.test(target[1])) {
    root.append("]");
    return at;
  }
  emphasise(runs, bracket.runs);
  const link = anchor(target[1]);
  while (bracket.node.nextSibling) link.append(bracket.node.nextSibling);
  for (const inner of link.querySelectorAll("a")) inner.replaceWith(...inner.childNodes);
  if (!link.firstChild) link.append(target[1]);
  bracket.node.replaceWith(link);
  // A link holds no link: what opened before this one stays text. A picture becomes a link, since nothing is loaded.
  if (!bracket.picture) brackets.length = 0;
  return TARGET.lastIndex;
}

function anchor(href, ...content) {
  return el("a", { href, target: "_blank", rel: "noopener noreferrer" }, ...content);
}

/** A full stop or a bracket after an address is the sentence's, unless the bracket was opened inside. */
function bareLink(text, at, found, into) {
  let end = found.length;
  let open = found.split("(").length - found.split(")").length;
  for (; end && ("*_~`'\"!?.,:;".includes(found[end - 1]) || (found[end - 1] === ")" && open < 0)); end -= 1) {
    if (found[end - 1] === ")") open += 1;
  }
  const href = found.slice(0, end);
  into.append(/^https?:\/\/./.test(href) ? anchor(href, href) : href);
  return at + end;
}

/** Appends text with its addresses as links and nothing else. */
function appendText(into, text) {
  let done = 0;
  for (const found of text.matchAll(/https?:\/\/[^\s<>[\]]+/g)) {
    into.append(text.slice(done, found.index));
    done = bareLink(text, found.index, found[0], into);
  }
  into.append(text.slice(done));
}

const WORD = /[\p{L}\p{N}]/u;

function runAt(text, at, run, node) {
  const before = text[at - 1] ?? " ";
  const after = text[at + run.length] ?? " ";
  const space = /\s/;
  const letter = character => WORD.test(character) || /[\uD800-\uDFFF]/.test(character);
  const left = !space.test(after) && (letter(after) || !letter(before));
  const right = !space.test(before) && (letter(before) || !letter(after));
  // An underline inside of a word is part of a name; a star is not.
  const inWord = run[0] === "_" && letter(before) && letter(after);
  return { mark: run[0], count: run.length, node, opens: left && !inWord, closes: right && !inWord, depth: 0 };
}

/** Matches the runs from `from` on, and takes them off the list. */
function emphasise(runs, from) {
  // Where a search for an opener of this mark has ended in vain: the next one need not go further back.
  const bottom = {};
  for (let at = from; at < runs.length; at += 1) {
    const closer = runs[at];
    while (closer.closes && closer.count) {
      let open = at - 1;
      while (open >= Math.max(from, bottom[closer.mark] ?? from) && !matches(runs[open], closer)) open -= 1;
      if (open < Math.max(from, bottom[closer.mark] ?? from)) {
        bottom[closer.mark] = at;
        break;
      }
      wrap(runs[open], closer, runs.slice(open + 1, at));
      // What stood between them was matched, or never will be.
      runs.splice(open + 1, at - open - 1);
      at = open + 1;
      for (const mark of Object.keys(bottom)) bottom[mark] = Math.min(bottom[mark], at);
    }
  }
  runs.length = from;
}

function matches(opener, closer) {
  return opener.mark === closer.mark && opener.opens && opener.count > 0;
}

function wrap(opener, closer, between) {
  const used = opener.mark === "~" ? 2 : Math.min(opener.count, closer.count, 2);
  const depth = Math.max(opener.depth, closer.depth, ...between.map(run => run.depth)) + 1;
  opener.depth = closer.depth = depth;
  opener.count -= used;
  closer.count -= used;
  opener.node.data = opener.node.data.slice(used);
  closer.node.data = closer.node.data.slice(used);
  if (depth > DEEPEST) return;
  const node = el(opener.mark === "~" ? "s" : used === 2 ? "strong" : "em");
  while (opener.node.nextSibling !== closer.node) node.append(opener.node.nextSibling);
  opener.node.after(node);
}
