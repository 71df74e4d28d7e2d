// The probe of the languages in TypeScript: a hook's body is a command, and what comes of it is an event. It asks with the
// engine's own `fetch`, and sends with the contract's http; the one in JavaScript has only that.

import { Busy, Rejected, channel, command, database, direct, http, ok, person, sent, service, store } from "#lockgate";
import type { Message, Outgoing, Request } from "#lockgate";

async function fetched(url: string): Promise<string> {
  const answer = await fetch(url);
  const refused = answer.headers.get("x-lockgate");
  if (refused !== null) return `${refused}: ${await answer.text()}`;
  return `${answer.status} ${await answer.text()}`;
}

const SQL = "SELECT name, count, price, picture, note FROM stock WHERE name = ?1 AND count > ?2 AND price > ?3";

function queried(name: string, text: string): string {
  const [row] = database.query(name, SQL, [text, 0, 0.5]);
  if (!row) return "nothing";
  const [found, count, price, picture, note] = row as [string, number, number, Uint8Array, string | null];
  return `${found} ${count} ${price * 2} ${picture.length} ${note}`;
}

function ran(name: string, text: string): string {
  const { status, stdout, stderr } = command.run(name, [text], "in");
  return `${status} ${stdout}${stderr}`;
}

function counted(): string {
  const count = (store.getJson<number>("count") ?? 0) + 1;
  store.setJson("count", count);
  return String(count);
}

async function result(word: string, rest: string): Promise<Message> {
  const [first = "", ...more] = rest.split(" ");
  switch (word) {
    case "event":
      return service("probe", rest);
    case "store":
      return service("probe", counted());
    case "fetch":
      return service("probe", await fetched(rest));
    case "query":
      return service("probe", queried(first, more.join(" ")));
    case "run":
      return service("probe", ran(first, more.join(" ")));
    case "meta":
      return person({ id: "7", name: "Ann" }, direct("room"), "meta", { meta: { k: "v" } });
    case "trouble":
      throw new Rejected("as asked");
    default:
      throw new Error(`no command: ${word}`);
  }
}

export default channel({
  async hook(request: Request) {
    const [word = "", ...rest] = request.text().split(" ");
    return ok().event(await result(word, rest.join(" ")));
  },
  sink: {
    send({ text }: Outgoing) {
      const answer = http.post("https://probe.example.org/said", { body: text });
      if (answer.status === 429) throw new Busy(1000);
      return sent(answer.ok().text());
    },
    edit() {
      throw new Rejected("no");
    },
  },
});
