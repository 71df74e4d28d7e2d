// A session: the MCP client of `tests/node`, which starts lockgate as an editor or an agent would.

import { execFile, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const CLIENT = fileURLToPath(new URL("../node/client.mjs", import.meta.url));
const PATIENCE_MS = 30_000;

export class Session {
  #lines = [];
  #waiting = [];
  #calls = 0;

  /** Starts `lockgate serve` behind a client, and waits until they have greeted each other. */
  static async start(lockgate) {
    const session = new Session();
    session.child = spawn(process.execPath, [CLIENT, lockgate, "serve", "--channel"], { stdio: ["pipe", "pipe", "inherit"] });
    createInterface({ input: session.child.stdout }).on("line", line => session.#take(JSON.parse(line)));
    await session.#line(line => line.ready);
    return session;
  }

  #take(line) {
    this.#lines.push(line);
    for (const look of [...this.#waiting]) look();
  }

  /** The first line that fits; it is taken out, what came before it stays. */
  #line(fits) {
    return new Promise((done, fail) => {
      const timer = setTimeout(() => fail(new Error(`nothing that fits among ${JSON.stringify(this.#lines)}`)), PATIENCE_MS);
      const look = () => {
        const at = this.#lines.findIndex(fits);
        if (at < 0) return;
        clearTimeout(timer);
        this.#waiting = this.#waiting.filter(one => one !== look);
        done(this.#lines.splice(at, 1)[0]);
      };
      this.#waiting.push(look);
      look();
    });
  }

  /** The next event whose text has this in it. */
  async event(text) {
    return (await this.#line(line => line.event?.content.includes(text))).event;
  }

  /** Whether an event with this text has come up to now. */
  heard(text) {
    return this.#lines.some(line => line.event?.content.includes(text));
  }

  /** Calls a tool and gives its result; an error result is thrown. */
  async call(name, given) {
    const id = this.#calls += 1;
    this.child.stdin.write(`${JSON.stringify({ id, do: "call", name, arguments: given })}\n`);
    const line = await this.#line(line => line.id === id);
    if (line.error || line.result.isError) throw new Error(`${name}: ${JSON.stringify(line.error ?? line.result)}`);
    return line.result.content.map(part => part.text).join("\n");
  }

  /** Ends both. */
  async end() {
    const gone = new Promise(done => this.child.on("close", done));
    this.child.stdin.end();
    await gone;
  }
}

/** The links of the pages, by channel, once all of these have one. */
export async function pages(lockgate, ...channels) {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end;) {
    const { stdout } = await promisify(execFile)(lockgate, ["status", "--json"]);
    const status = JSON.parse(stdout);
    const links = Object.fromEntries(status.channels.filter(one => one.page).map(one => [one.name, one.page]));
    if (channels.every(name => links[name])) return links;
  }
  throw new Error(`no pages of ${channels}`);
}
