// What was said before, and what is said now. The page listens first and asks for the past then: what happens in between
// arrives twice rather than never, and an entry that was heard of after the question was asked is newer than the answer.

const PAGE = 50;
const TYPING_MS = 6000;
/** Is there more above? */
let more = false;
let loading;

/** Asks for what is older than the number `before`, or for the newest, and shows it. */
async function loadPage(before) {
  const asked = performance.now();
  const page = await ask(`/history?limit=${PAGE}${before === undefined ? "" : `&before=${before}`}`);
  // What is old is no news: a screen reader would read all of it.
  log.setAttribute("aria-busy", "true");
  for (const item of page.items) {
    if (!(entries.get(item.id)?.heard > asked)) put(item);
  }
  log.setAttribute("aria-busy", "false");
  restFocus();
  return page;
}

/** After every connection: the newest, and back to the oldest that is shown, since anything may have changed meanwhile. */
async function catchUp() {
  const oldest = order[0]?.item.seq;
  let page = await loadPage();
  while (page.more && oldest !== undefined && page.items[0].seq > oldest) page = await loadPage(page.items[0].seq);
  // The last page asked for reaches to the oldest shown, or beyond it.
  setMore(page.more);
  byId("empty").hidden = order.length > 0;
  if (pinned) toEnd();
}

function setMore(value) {
  more = value;
  byId("older").hidden = !more;
}

/** Shows one more page above, without moving what is being read. Several calls at once are one. */
function loadOlder() {
  if (!more) return Promise.resolve();
  loading ??= growUp().finally(() => { loading = undefined; });
  return loading;
}

async function growUp() {
  byId("older").disabled = true;
  try {
    const height = scroller.scrollHeight;
    const top = scroller.scrollTop;
    const page = await loadPage(order[0]?.item.seq);
    setMore(page.more);
    scroller.scrollTop = top + scroller.scrollHeight - height;
  } catch (error) {
    notice(`Older messages can't be loaded: ${reasonOf(error)}.`);
  } finally {
    byId("older").disabled = false;
  }
}

/** Goes to a message, and loads what is above for as long as it is not there. */
async function jumpTo(id) {
  while (!entries.has(id) && more) {
    const before = order.length;
    await loadOlder();
    if (order.length === before) break;
  }
  if (entries.has(id)) show(entries.get(id));
  else notice("That message is no longer kept.");
}

byId("older").addEventListener("click", loadOlder);
scroller.addEventListener("scroll", () => { if (scroller.scrollTop < 300 && !pinned) loadOlder(); }, { passive: true });

// What happens now.

let typingTimer = 0;

function setTyping(on) {
  clearTimeout(typingTimer);
  byId("typing").hidden = !on;
  if (on) typingTimer = setTimeout(() => setTyping(false), TYPING_MS);
}

function hear(text) {
  const event = JSON.parse(text);
  if (event.type === "typing") setTyping(true);
  if (event.type !== "message" && event.type !== "changed") return;
  const known = entries.has(event.item.id);
  // A change of what is further up than all that is loaded is seen when that is loaded.
  if (event.type === "changed" && !known && event.item.seq < (order[0]?.item.seq ?? 0)) return;
  const { entry, fresh } = put(event.item);
  entry.heard = performance.now();
  restFocus();
  if (!fresh || event.item.from !== "session") return;
  setTyping(false);
  countUnread();
  if (!pinned) unseen += 1;
  drawNewest();
}

let unread = 0;

const watched = () => document.visibilityState === "visible" && document.hasFocus();

function countUnread() {
  if (!watched()) unread += 1;
  document.title = unread ? `(${unread}) fakechat` : "fakechat";
}

function clearUnread() {
  if (!watched()) return;
  unread = 0;
  document.title = "fakechat";
}

addEventListener("focus", clearUnread);
document.addEventListener("visibilitychange", clearUnread);
