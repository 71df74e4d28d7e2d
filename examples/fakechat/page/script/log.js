// The list of messages: one entry for each, in the order of the server's numbers, what is not sent yet last. An entry is
// merged by its id, so it does not matter how often or over which way it arrives.

const log = byId("log");
const scroller = byId("scroller");
const entries = new Map();
/** The entries as they stand on the page. */
const order = [];
const GROUP_MS = 5 * 60_000;

/**
 * Shows an item, or what has become of it. `state`: sent, sending, waiting (for the connection), failed.
 * Gives the entry, and whether it was unknown before.
 */
function put(item, state = "sent", reason = "") {
  const known = entries.get(item.id);
  const entry = known ?? makeEntry(item);
  entries.set(item.id, entry);
  const moves = !known || known.item.seq !== item.seq;
  Object.assign(entry, { item, state, reason });
  if (moves) {
    take(entry);
    insert(entry);
  }
  drawEntry(entry);
  byId("empty").hidden = true;
  return { entry, fresh: !known };
}

const rank = entry => entry.item.seq ?? Number.MAX_SAFE_INTEGER;

function insert(entry) {
  let at = order.length;
  while (at > 0 && rank(order[at - 1]) > rank(entry)) at -= 1;
  log.insertBefore(entry.node, order[at]?.node ?? null);
  order.splice(at, 0, entry);
  group(at);
  group(at + 1);
}

function take(entry) {
  const at = order.indexOf(entry);
  if (at < 0) return;
  order.splice(at, 1);
  group(at);
}

/** Throws away what was never sent. */
function forget(entry) {
  take(entry);
  entries.delete(entry.item.id);
  entry.node.remove();
  byId("empty").hidden = order.length > 0;
}

/** Does a day begin with this entry, and does it go on with what the same author said just before? */
function group(at) {
  const [before, entry] = [order[at - 1], order[at]];
  if (!entry) return;
  const begins = !before || dayOf(before.item.at) !== dayOf(entry.item.at);
  const follows = !begins && !entry.item.replyTo && before.item.from === entry.item.from
    && entry.item.at - before.item.at < GROUP_MS;
  entry.day.hidden = !begins;
  entry.day.textContent = begins ? dayName(entry.item.at) : "";
  entry.article.classList.toggle("follows", follows);
}

/** The last of the person's own messages that can still be edited. */
function lastOwn() {
  return order.findLast(entry => entry.item.from === "you" && entry.state === "sent");
}

// Where the person reads. As long as that is the end, the end stays in sight whatever grows.

let pinned = true;
let unseen = 0;

function toEnd() {
  pinned = true;
  unseen = 0;
  scroller.scrollTop = scroller.scrollHeight;
  drawNewest();
}

function drawNewest() {
  byId("newest").hidden = pinned;
  byId("newest").lastElementChild.textContent = unseen ? `${plural(unseen, "new message")}` : "Jump to newest";
}

scroller.addEventListener("scroll", () => {
  pinned = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 60;
  if (pinned) unseen = 0;
  drawNewest();
}, { passive: true });

const keepEnd = new ResizeObserver(() => { if (pinned) scroller.scrollTop = scroller.scrollHeight; });
keepEnd.observe(scroller);
keepEnd.observe(scroller.firstElementChild);
byId("newest").addEventListener("click", () => { toEnd(); focusText(); });

/** Puts a message in the middle of the page and shows which it is. */
function show(entry) {
  pinned = false;
  entry.node.scrollIntoView({ block: "center" });
  focusEntry(entry);
  entry.article.classList.remove("found");
  // The animation begins anew only after a layout without it.
  void entry.article.offsetWidth;
  entry.article.classList.add("found");
}

// One message of the log can be reached by Tab, the last one at first; the arrows go on from there.

let current;

function focusEntry(entry) {
  current?.article.setAttribute("tabindex", "-1");
  current = entry;
  entry.article.setAttribute("tabindex", "0");
  entry.article.focus();
}

/** What Tab reaches while no message has the focus: the newest. */
function restFocus() {
  if (!order.length || log.contains(document.activeElement)) return;
  current?.article.setAttribute("tabindex", "-1");
  current = order.at(-1);
  current.article.setAttribute("tabindex", "0");
}

log.addEventListener("focusout", () => queueMicrotask(restFocus));

log.addEventListener("keydown", event => {
  const at = order.findIndex(entry => entry.article === event.target);
  if (at < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
  const entry = order[at];
  const goal = { ArrowUp: order[at - 1], ArrowDown: order[at + 1], Home: order[0], End: order.at(-1) }[event.key];
  if (goal) focusEntry(goal);
  else if (event.key === "ArrowDown" || event.key === "Escape") focusText();
  else if (event.key === "r") beginReply(entry);
  else if (event.key === "e" && mayEdit(entry)) beginEdit(entry);
  else if (event.key === "c") copyText(entry.item.text, entry.article.querySelector(".actions button:last-child"));
  else return;
  event.preventDefault();
});
