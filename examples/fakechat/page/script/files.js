// Files: what is shown of those that were sent, and the tray of those that are about to be. A file's address answers only
// to requests with the token, so everything is fetched through the host's object and shown from memory.

const FILE_BYTES = 50 * 1024 * 1024;
const FILES_AT_ONCE = 10;
const PICTURES = new Set(["image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"]);
const KEPT_BLOBS = 64;
/** Addresses of what was fetched, by file; the oldest go when there are too many. */
const blobs = new Map();

function blobOf(file) {
  if (!blobs.has(file.id)) {
    blobs.set(file.id, lockgate.blob(`/file/${encodeURIComponent(file.id)}`));
    blobs.get(file.id).catch(() => blobs.delete(file.id));
    if (blobs.size > KEPT_BLOBS) {
      const [[id, oldest]] = blobs;
      blobs.delete(id);
      oldest.then(URL.revokeObjectURL, () => {});
    }
  }
  return blobs.get(file.id);
}

function fileNodes(files) {
  const pictures = files.filter(file => PICTURES.has(file.mime));
  const others = files.filter(file => !PICTURES.has(file.mime));
  return [...(pictures.length ? [el("div.pictures", {}, ...pictures.map(pictureNode))] : []), ...others.map(chipNode)];
}

function chipNode(file) {
  return el("button.file", { type: "button", click: () => save(file), title: "Download" }, icon("file"),
    el("span", {}, el("b", {}, file.name), el("small", {}, `${sizeName(file.size)} · download`)));
}

function pictureNode(file) {
  const image = el("img", { alt: file.name });
  const node = el("button.picture", { type: "button", "aria-label": `Image ${file.name}, show it large`, click: () => view(file) }, image);
  node.load = async () => {
    try {
      image.src = await blobOf(file);
      await image.decode();
      node.classList.add("loaded");
    } catch {
      node.replaceWith(chipNode(file));
    }
  };
  near.observe(node);
  return node;
}

/** Pictures are fetched when they come near the part of the page that is seen. */
const near = new IntersectionObserver(seen => {
  for (const { target, isIntersecting } of seen) {
    if (!isIntersecting) continue;
    near.unobserve(target);
    target.load();
  }
}, { root: byId("scroller"), rootMargin: "600px" });

async function save(file) {
  try {
    el("a", { href: await blobOf(file), download: file.name }).click();
  } catch {
    notice(`${file.name} can't be fetched: it may have been removed with the oldest messages.`);
  }
}

let viewed;

async function view(file) {
  viewed = file;
  byId("viewer-name").textContent = file.name;
  byId("viewer-image").alt = file.name;
  byId("viewer-image").src = await blobOf(file);
  byId("viewer").showModal();
}

byId("viewer-save").addEventListener("click", () => save(viewed));
byId("viewer").addEventListener("click", event => {
  if (event.target === byId("viewer") || event.target === byId("viewer-image")) byId("viewer").close();
});

// The tray. A file goes up as soon as it was chosen; the message waits for it.

const tray = [];

function addFiles(files) {
  for (const file of files) {
    if (tray.length >= FILES_AT_ONCE) {
      notice(`At most ${FILES_AT_ONCE} files go with one message.`);
      break;
    }
    if (file.size > FILE_BYTES) {
      notice(`${file.name} has ${sizeName(file.size)}: at most ${sizeName(FILE_BYTES)} can be sent.`);
      continue;
    }
    const load = { file, state: "loading", reason: "", sent: undefined, stop: undefined };
    load.node = el("li.load", {});
    load.preview = PICTURES.has(file.type) ? URL.createObjectURL(file) : undefined;
    tray.push(load);
    byId("tray").append(load.node);
    upload(load);
  }
  drawTray();
}

async function upload(load) {
  load.stop = new AbortController();
  load.state = "loading";
  drawLoad(load);
  const { name, type } = load.file;
  const path = `/upload?name=${encodeURIComponent(name)}&type=${encodeURIComponent(type || "application/octet-stream")}`;
  try {
    const answer = await lockgate.fetch(path, {
      method: "POST",
      body: load.file,
      signal: load.stop.signal,
    });
    load.sent = (await answerOf(answer)).file;
    load.state = "done";
  } catch (error) {
    if (!tray.includes(load)) return;
    load.state = "failed";
    load.reason = reasonOf(error);
  }
  drawLoad(load);
  drawTray();
  trayChanged();
}

function drawLoad(load) {
  const { file, state, reason, node } = load;
  node.dataset.state = state;
  // No request of a page says how far it is, so the bar says only that it goes on.
  const bar = state === "loading" ? el("progress", { "aria-label": `Uploading ${file.name}` }) : undefined;
  const words = { loading: sizeName(file.size), done: sizeName(file.size), failed: reason }[state];
  node.replaceChildren(
    load.preview ? el("img", { src: load.preview, alt: "" }) : icon("file"),
    el("span", {}, el("b", {}, file.name), el("small", {}, words), bar),
    ...(state === "failed" ? [el("button.text", { type: "button", click: () => { upload(load); focusText(); } }, "Retry")] : []),
    iconButton("close", `Remove ${file.name}`, () => dropLoad(load), "Remove"));
}

function dropLoad(load) {
  tray.splice(tray.indexOf(load), 1);
  load.stop.abort();
  load.node.remove();
  if (load.preview) URL.revokeObjectURL(load.preview);
  drawTray();
  trayChanged();
  focusText();
}

/** Empties the tray and gives what is in it. */
function takeTray() {
  const files = tray.map(load => load.sent);
  for (const load of tray.splice(0)) {
    load.node.remove();
    if (load.preview) URL.revokeObjectURL(load.preview);
  }
  drawTray();
  return files;
}

function drawTray() {
  byId("tray").hidden = tray.length === 0;
}
