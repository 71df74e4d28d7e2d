// Where the person writes: a message, an answer to one, or another wording of one.

const TEXT_LENGTH = 16_000;
const text = byId("text");
/** What is being written about: nothing, `{reply: entry}` or `{edit: entry, draft}`. */
let about = {};
let sendWhenLoaded = false;

function focusText() {
  text.focus();
}

function fitText() {
  text.style.height = "auto";
  text.style.height = `${Math.min(text.scrollHeight, innerHeight * 0.4)}px`;
  drawSend();
}

function setText(value) {
  text.value = value;
  fitText();
}

function setAbout(next) {
  if (about.edit && !next.edit) setText(about.draft);
  about = next;
  const entry = about.reply ?? about.edit;
  byId("about").hidden = !entry;
  byId("attach").hidden = Boolean(about.edit);
  byId("tray").classList.toggle("aside", Boolean(about.edit));
  byId("send-icon").setAttribute("href", about.edit ? "#icon-save" : "#icon-send");
  byId("send").setAttribute("aria-label", about.edit ? "Save" : "Send");
  if (entry) {
    byId("about-icon").setAttribute("href", about.edit ? "#icon-edit" : "#icon-reply");
    byId("about-title").textContent = about.edit ? "Edit message" : `Reply to ${entry.item.from === "you" ? "yourself" : "the session"}`;
    byId("about-text").textContent = snippet(entry.item);
  }
  drawSend();
}

function beginReply(entry) {
  setAbout({ reply: entry });
  focusText();
}

function beginEdit(entry) {
  sendWhenLoaded = false;
  setAbout({ edit: entry, draft: about.edit ? about.draft : text.value });
  setText(entry.item.text);
  focusText();
  text.setSelectionRange(text.value.length, text.value.length);
}

function drawSend() {
  const loading = tray.some(load => load.state === "loading");
  const ready = text.value.trim() || (!about.edit && tray.some(load => load.state !== "failed"));
  byId("send").setAttribute("aria-disabled", String(!ready));
  byId("composer").dataset.loading = String(sendWhenLoaded && loading);
}

function trayChanged() {
  drawSend();
  const loading = tray.some(load => load.state === "loading");
  if (!sendWhenLoaded || loading) return;
  sendWhenLoaded = false;
  if (!tray.some(load => load.state === "failed")) submit();
}

async function submit() {
  const value = text.value.trim();
  if (value.length > TEXT_LENGTH) {
    notice(`This has ${value.length.toLocaleString()} characters, more than ${TEXT_LENGTH.toLocaleString()}: send it as a file.`);
    return;
  }
  if (about.edit) await saveEdit(value);
  else if (tray.some(load => load.state === "failed")) notice("A file could not be uploaded: retry or remove it.");
  else if (tray.some(load => load.state === "loading")) sendWhenLoaded = true;
  else if (value || tray.length) sendNew(value);
  drawSend();
}

function sendNew(value) {
  const item = {
    id: crypto.randomUUID(), from: "you", at: Date.now(), text: value, format: "plain",
    replyTo: about.reply?.item.id, files: takeTray(), reactions: [],
  };
  setAbout({});
  setText("");
  const { entry } = put(item, "sending");
  toEnd();
  deliver(entry);
}

/** One at a time, so that they arrive in the order in which they were written. */
let line = Promise.resolve();

function deliver(entry) {
  put(entry.item, "sending");
  line = line.then(() => attempt(entry));
  return line;
}

/** The page made the id, so trying again after a lost answer doubles nothing. */
async function attempt(entry) {
  const { id, text: words, replyTo, files } = entry.item;
  try {
    const answer = await post("/send", { id, text: words, replyTo, files: files.map(file => file.id) });
    // What was heard over the other way since is at least as new.
    if (entry.item.seq === undefined) put(answer.item);
  } catch (error) {
    if (entry.item.seq !== undefined) return;
    put(entry.item, error instanceof Refusal ? "failed" : "waiting", reasonOf(error));
  }
}

function deliverWaiting() {
  for (const entry of order.filter(entry => entry.state === "waiting")) deliver(entry);
}

// What was not sent exists here only.
addEventListener("beforeunload", event => {
  if (tray.length || order.some(entry => entry.state !== "sent")) event.preventDefault();
});

async function saveEdit(value) {
  const { edit } = about;
  if (!value) return;
  if (value === edit.item.text) return setAbout({});
  try {
    const { item } = await post("/edit", { id: edit.item.id, text: value });
    put(item);
    if (about.edit === edit) setAbout({});
  } catch (error) {
    notice(`The edit was not saved: ${reasonOf(error)}.`);
  }
}

text.addEventListener("input", fitText);
text.addEventListener("keydown", event => {
  // While an input method composes a word, Enter is its key.
  if (event.isComposing) return;
  if (event.key === "Enter" && !event.shiftKey) {
    event.preventDefault();
    submit();
  } else if (event.key === "ArrowUp" && !text.value && !about.edit && lastOwn()) {
    event.preventDefault();
    beginEdit(lastOwn());
  }
});
byId("composer").addEventListener("submit", event => {
  event.preventDefault();
  submit();
  focusText();
});
byId("about-cancel").addEventListener("click", () => { setAbout({}); focusText(); });
addEventListener("keydown", event => {
  if (event.key !== "Escape" || byId("viewer").open || byId("about").hidden) return;
  setAbout({});
  focusText();
});

// Files come from the button, from the clipboard, and from elsewhere on the screen.

byId("attach").addEventListener("click", () => byId("picker").click());
byId("picker").addEventListener("change", () => {
  addFiles(byId("picker").files);
  byId("picker").value = "";
  focusText();
});
addEventListener("paste", event => {
  const files = event.clipboardData?.files ?? [];
  if (!files.length || about.edit) return;
  event.preventDefault();
  addFiles(files);
});

const carriesFiles = event => event.dataTransfer?.types.includes("Files");
let inside = 0;

function setDrop(count) {
  inside = count;
  byId("drop").hidden = inside <= 0;
}

addEventListener("dragenter", event => { if (carriesFiles(event)) setDrop(inside + 1); });
addEventListener("dragleave", event => { if (carriesFiles(event)) setDrop(inside - 1); });
addEventListener("dragover", event => { if (carriesFiles(event)) event.preventDefault(); });
addEventListener("drop", event => {
  if (!carriesFiles(event)) return;
  event.preventDefault();
  setDrop(0);
  if (!about.edit) addFiles(event.dataTransfer.files);
  focusText();
});
