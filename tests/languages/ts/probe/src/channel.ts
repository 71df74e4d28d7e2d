// The probe of the languages in TypeScript: a hook's body is a command, and what comes of it is an event. It asks with the
// engine's own `fetch`, and sends with the contract's http; the one in JavaScript has only that.

import { Busy, Rejected, channel, direct, http, ok, person, sent, service, store } from "#lockgate";
import type { Message, Outgoing, Request } from "#lockgate";

async function fetched(url: string): Promise<string> {
  const answer = await fetch(url);
  const refused = answer.headers.get("x-lockgate");
  if (refused !== null) return `${refused}: ${await answer.text()}`;
  return `${answer.status} ${await answer.text()}`;
}

function counted(): string {
  const count = (store.getJson<number>("count") ?? 0) + 1;
  store.setJson("count", count);
  return String(count);
}

async function result(command: string, rest: string): Promise<Message> {
  switch (command) {
    case "event":
      return service("probe", rest);
    case "store":
      return service("probe", counted());
    case "fetch":
      return service("probe", await fetched(rest));
    case "meta":
      return person({ id: "7", name: "Ann" }, direct("room"), "meta", { meta: { k: "v" } });
    case "trouble":
      throw new Rejected("as asked");
    default:
      throw new Error(`no command: ${command}`);
  }
}

export default channel({
  async hook(request: Request) {
    const [command = "", ...rest] = request.text().split(" ");
    return ok().event(await result(command, rest.join(" ")));
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
