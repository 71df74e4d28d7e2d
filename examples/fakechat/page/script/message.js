// What one message looks like. A part is made anew only if what it shows has changed: pictures don't flicker, the focus
// stays, and a screen reader is not told everything again because of a reaction.

const NAMES = { you: "You", session: "Session" };

function makeEntry(item) {
  const parts = {};
  for (const name of ["head", "quote", "body", "files", "reactions", "foot"]) parts[name] = el(`div.${name}`, { hidden: true });
  const bubble = el("div.bubble", {}, parts.quote, parts.body, parts.files);
  const actions = el("div.actions", { role: "toolbar", "aria-label": "Message" });
  const article = el(`article.message.${item.from}`, { tabindex: "-1" },
    parts.head, el("div.hold", {}, bubble, actions), parts.reactions, parts.foot);
  const day = el("p.day", { hidden: true });
  const node = el("div.entry", {}, day, article);
  const entry = { item, state: "sent", reason: "", node, article, day, parts, actions, keys: {}, heard: 0 };
  // A touch has no hover: it focuses the message, and with it shows the buttons.
  article.addEventListener("click", event => {
    if (event.target.closest("a, button, pre") || !getSelection().isCollapsed) return;
    if (matchMedia("(hover: none)").matches) focusEntry(entry);
  });
  return entry;
}

function drawEntry(entry) {
  const { item } = entry;
  const files = item.files ?? [];
  const reactions = item.reactions ?? [];
  const original = item.replyTo && entries.get(item.replyTo);
  entry.article.dataset.id = item.id;
  entry.article.setAttribute("aria-label", `${NAMES[item.from]}, ${clock.format(item.at)}`);
  draw(entry, "head", `${item.at}`, () => headOf(item));
  draw(entry, "quote", item.replyTo ? `${item.replyTo} ${original?.item.text ?? ""}` : "", () => [quoteOf(item.replyTo, original)]);
  draw(entry, "body", item.text && `${item.format} ${item.text}`, () => [item.format === "markdown" ? markdown(item.text) : plain(item.text)]);
  draw(entry, "files", files.map(file => file.id).join(), () => fileNodes(files));
  draw(entry, "reactions", reactions.join(" "), () => reactions.map(emoji => el("span.chip", { "aria-label": `Reaction ${emoji}` }, emoji)));
  draw(entry, "foot", entry.state === "sent" ? `${item.edited ?? ""}` : `${entry.state} ${entry.reason}`, () => footOf(entry));
  entry.parts.body.className = `body ${item.format}`;
  entry.article.dataset.state = entry.state;
  drawActions(entry);
  for (const answer of order) {
    if (answer.item.replyTo === item.id && answer !== entry) drawQuote(answer, entry);
  }
}

function drawQuote(answer, original) {
  draw(answer, "quote", `${original.item.id} ${original.item.text}`, () => [quoteOf(original.item.id, original)]);
}

function draw(entry, name, key, build) {
  if ((entry.keys[name] ?? "") === key) return;
  entry.keys[name] = key;
  entry.parts[name].hidden = !key;
  entry.parts[name].replaceChildren(...(key ? build() : []));
}

function headOf(item) {
  const time = el("time", { datetime: new Date(item.at).toISOString(), title: moment.format(item.at) }, clock.format(item.at));
  return [el("b", {}, NAMES[item.from]), time];
}

function footOf(entry) {
  const { item, state, reason } = entry;
  if (state === "sending") return [el("span", {}, "sending…")];
  if (state === "sent") return [el("span", { title: moment.format(item.edited) }, "edited")];
  return [
    state === "failed" ? el("span.wrong", { role: "alert" }, `Not sent: ${reason}`) : el("span", {}, "Waits for the connection"),
    el("button.text", { type: "button", click: () => { entry.article.focus(); deliver(entry); } }, "Retry"),
    el("button.text", { type: "button", click: () => { forget(entry); focusText(); } }, "Discard"),
  ];
}

/** One line of what is answered. The original may be older than all that is loaded. */
function quoteOf(id, original) {
  return el("button.quoted", { type: "button", click: () => jumpTo(id), title: "Show the original" },
    el("b", {}, original ? NAMES[original.item.from] : "Earlier"),
    el("span", {}, original ? snippet(original.item) : "a message that is not loaded"));
}

/** The beginning of a message in one line. */
function snippet(item, length = 140) {
  const text = item.text.slice(0, 400).replace(/[`*_#>~|]+/g, "").replace(/\s+/g, " ").trim();
  if (!text) return (item.files ?? []).map(file => file.name).join(", ") || "…";
  return text.length > length ? `${[...text].slice(0, length).join("").trimEnd()}…` : text;
}

const mayEdit = entry => entry.item.from === "you" && entry.state === "sent";

function drawActions(entry) {
  const sent = entry.state === "sent";
  if (entry.keys.actions === `${sent}`) return;
  entry.keys.actions = `${sent}`;
  const copy = iconButton("copy", "Copy text", () => copyText(entry.item.text, copy), "Copy (C)");
  entry.actions.replaceChildren(...(sent ? [iconButton("reply", "Reply", () => beginReply(entry), "Reply (R)")] : []),
    ...(mayEdit(entry) ? [iconButton("edit", "Edit", () => beginEdit(entry), "Edit (E)")] : []), copy);
}
