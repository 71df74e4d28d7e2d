// The document's parts and the words for times and sizes. Whatever others wrote enters the document as text nodes and
// attributes, never as HTML: nothing in this page assigns innerHTML.

const byId = id => document.getElementById(id);

/** Makes an element: `el("p.note", {title: "…"}, "text", child)`. Functions among the properties become listeners. */
function el(spec, properties = {}, ...children) {
  const [tag, ...classes] = spec.split(".");
  const node = document.createElement(tag);
  if (classes.length) node.className = classes.join(" ");
  for (const [name, value] of Object.entries(properties)) {
    if (typeof value === "function") node.addEventListener(name, value);
    else if (name in node && typeof value !== "string") node[name] = value;
    else if (value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children.filter(child => child !== undefined && child !== null));
  return node;
}

function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  const use = document.createElementNS(space, "use");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `#icon-${name}`);
  svg.append(use);
  return svg;
}

/** A button that shows an icon and says its name. */
function iconButton(name, label, click, title = label) {
  return el("button.icon.small", { type: "button", "aria-label": label, title, click }, icon(name));
}

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });
const weekday = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const fullDate = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "long", year: "numeric" });

const dayOf = at => new Date(at).toDateString();

/** What stands above a day's first message. */
function dayName(at, now = Date.now()) {
  if (dayOf(at) === dayOf(now)) return "Today";
  const yesterday = new Date(now);
  yesterday.setDate(yesterday.getDate() - 1);
  if (dayOf(at) === dayOf(yesterday)) return "Yesterday";
  return (now - at < 180 * 86_400_000 ? weekday : fullDate).format(at);
}

function sizeName(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  const units = ["KiB", "MiB", "GiB"];
  let unit = -1;
  do {
    bytes /= 1024;
    unit += 1;
  } while (bytes >= 1023.95 && unit < 2);
  return `${bytes < 10 ? bytes.toFixed(1) : Math.round(bytes)} ${units[unit]}`;
}

const plural = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`;

let noticeTimer = 0;

/** Says something that went wrong, for as long as it takes to read it. */
function notice(text) {
  const box = byId("notice");
  box.textContent = text;
  box.hidden = false;
  clearTimeout(noticeTimer);
  noticeTimer = setTimeout(() => { box.hidden = true; }, 8000);
}

/** Copies, and lets the button say so for a moment. */
async function copyText(text, button) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Without a secure context there is no clipboard for scripts; the old way still works from a click.
    const area = el("textarea", { "aria-hidden": "true", style: "position:fixed;opacity:0" }, text);
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
    button.focus();
  }
  button.classList.add("done");
  setTimeout(() => button.classList.remove("done"), 1500);
}
