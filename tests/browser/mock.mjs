// A stand-in for the host and for fakechat's guest, so that the page can be tested by itself: the same addresses, the same
// token, the same headers; the messages are in memory, and a test can put some there.

import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";

export const PAGE = fileURLToPath(new URL("../../examples/fakechat/page/", import.meta.url));
const POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src blob: data:; "
  + "media-src blob:; connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

/** The document as the guest makes it: each mark in index.html is replaced by the file that it names. */
function assemble() {
  return readFileSync(`${PAGE}index.html`, "utf8")
    .replace(/\/\* ((?:script\/)?[a-z]+\.(?:js|css)) \*\//g, (_, name) => readFileSync(PAGE + name, "utf8"));
}

/** What the host serves to a browser that has no token yet. */
const BOOTSTRAP = `<!doctype html><meta charset="utf-8"><script>
(async () => {
  const token = location.hash.slice(1);
  const headers = init => ({ ...init?.headers, "x-lockgate-token": token });
  const get = (path, init) => fetch(path, { ...init, headers: headers(init) });
  async function follow(path, { onText, onState }, stop) {
    for (let wait = 50; !stop.signal.aborted; wait = Math.min(wait * 2, 400)) {
      try {
        const answer = await get(path, { signal: stop.signal });
        if (answer.status === 401) return onState("expired");
        if (!answer.ok) throw new Error(answer.status);
        onState("open");
        wait = 50;
        let rest = "";
        for (const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();;) {
          const { value, done } = await reader.read();
          if (done) break;
          const parts = (rest + value).split("\\n\\n");
          rest = parts.pop();
          for (const part of parts) if (part.startsWith("data: ")) onText(part.slice(6));
        }
      } catch {}
      onState("lost");
      await new Promise(done => setTimeout(done, wait));
    }
  }
  window.lockgate = {
    fetch: get,
    listen(path, handlers) { const stop = new AbortController(); follow(path, handlers, stop); return { close: () => stop.abort() }; },
    async blob(path) { const answer = await get(path); if (!answer.ok) throw new Error(answer.status); return URL.createObjectURL(await answer.blob()); },
  };
  const html = await (await get("/")).text();
  document.open(); document.write(html); document.close();
})();
</script>`;

export class Mock {
  items = [];
  files = new Map();
  token = randomUUID();
  /** What the guest was asked, for tests that count. */
  calls = [];
  /** A function that may answer a request in the guest's place: gives `[status, json]`, or nothing. */
  instead = () => undefined;
  #listeners = new Set();
  #sockets = new Set();
  #port = 0;

  async start() {
    this.server = createServer((request, response) => this.#serve(request, response));
    this.server.on("connection", socket => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
    });
    await new Promise(done => this.server.listen(this.#port, "127.0.0.1", done));
    this.#port = this.server.address().port;
    return this;
  }

  async stop() {
    const closed = new Promise(done => this.server.close(done));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  get url() { return `http://127.0.0.1:${this.#port}/#${this.token}`; }

  /** Adds a message; `publish: false` leaves it to the history. */
  add(item, { publish = true } = {}) {
    const whole = { seq: this.items.length + 1, id: randomUUID(), from: "session", at: Date.now(), text: "", format: "plain", files: [], reactions: [], ...item };
    this.items.push(whole);
    if (publish) this.publish({ type: "message", item: whole });
    return whole;
  }

  say(text, more = {}) { return this.add({ text, format: "markdown", ...more }); }

  change(item, fields, { publish = true } = {}) {
    Object.assign(item, fields);
    if (publish) this.publish({ type: "changed", item });
    return item;
  }

  addFile(name, mime, bytes) {
    const file = { id: randomUUID(), name, mime, size: bytes.length };
    this.files.set(file.id, { file, bytes });
    return file;
  }

  publish(event) {
    for (const response of this.#listeners) response.write(`data: ${JSON.stringify(event)}\n\n`);
  }

  async #serve(request, response) {
    const url = new URL(request.url, "http://localhost");
    const json = (status, value) => response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
    response.setHeader("content-security-policy", POLICY);
    response.setHeader("x-content-type-options", "nosniff");
    response.setHeader("referrer-policy", "no-referrer");
    if (request.headers["x-lockgate-token"] !== this.token) {
      if (url.pathname === "/" && !request.headers["x-lockgate-token"]) return response.setHeader("content-type", "text/html").end(BOOTSTRAP);
      return json(401, { error: "no token" });
    }
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    this.calls.push(`${request.method} ${url.pathname}`);
    const other = await this.instead(request.method, url.pathname, body);
    if (other) return json(...other);
    const route = { "GET /": "page", "GET /events": "events", "GET /history": "history", "POST /send": "send", "POST /edit": "edit", "POST /upload": "upload" }[`${request.method} ${url.pathname}`];
    if (route) return this[`_${route}`](url, body, response, json);
    const found = this.files.get(url.pathname.replace("/file/", ""));
    if (!found) return json(404, { error: "there is no such file" });
    response.writeHead(200, { "content-type": found.file.mime }).end(found.bytes);
  }

  _page(url, body, response) {
    response.setHeader("content-type", "text/html; charset=utf-8").end(assemble());
  }

  _events(url, body, response) {
    response.writeHead(200, { "content-type": "text/event-stream" }).write(": hello\n\n");
    this.#listeners.add(response);
    response.on("close", () => this.#listeners.delete(response));
  }

  _history(url, body, response, json) {
    const before = Number(url.searchParams.get("before") ?? Infinity);
    const limit = Number(url.searchParams.get("limit") ?? 50);
    const older = this.items.filter(item => item.seq < before);
    json(200, { items: older.slice(-limit), more: older.length > limit, seq: this.items.length });
  }

  _send(url, body, response, json) {
    const { id, text, replyTo, files } = JSON.parse(body);
    const known = this.items.find(item => item.id === id);
    if (known) return json(201, { item: known });
    const item = this.add({ id, text, replyTo, from: "you", files: files.map(file => this.files.get(file).file) });
    json(201, { item });
  }

  _edit(url, body, response, json) {
    const { id, text } = JSON.parse(body);
    const item = this.items.find(item => item.id === id && item.from === "you");
    if (!item) return json(404, { error: "there is no such message of yours" });
    json(200, { item: this.change(item, { text, edited: Date.now() }) });
  }

  _upload(url, body, response, json) {
    json(201, { file: this.addFile(url.searchParams.get("name"), url.searchParams.get("type"), body) });
  }
}

// `node mock.mjs` serves the page for looking at it.
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const mock = await new Mock().start();
  console.log(mock.url);
}
