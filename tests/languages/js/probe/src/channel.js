// The probe of the languages in JavaScript, for QuickJS: a hook's body is a command, and what comes of it is an event.

import { Busy, Refused, Rejected, Unreachable, channel, direct, http, ok, person, sent, service, store } from "#lockgate";

function fetched(url) {
  try {
    const answer = http.get(url);
    return `${answer.status} ${answer.text()}`;
  } catch (error) {
    if (error instanceof Refused) return `refused: ${error.message}`;
    if (error instanceof Unreachable) return `unreachable: ${error.message}`;
    throw error;
  }
}

function counted() {
  const count = (store.getJson("count") ?? 0) + 1;
  store.setJson("count", count);
  return String(count);
}

function result(command, rest) {
  switch (command) {
    case "event":
      return service("probe", rest);
    case "store":
      return service("probe", counted());
    case "fetch":
      return service("probe", fetched(rest));
    case "meta":
      return person({ id: "7", name: "Ann" }, direct("room"), "meta", { meta: { k: "v" } });
    case "trouble":
      throw new Rejected("as asked");
    default:
      throw new Error(`no command: ${command}`);
  }
}

export default channel({
  hook(request) {
    const [command, ...rest] = request.text().split(" ");
    return ok().event(result(command, rest.join(" ")));
  },
  sink: {
    send({ text }) {
      const answer = http.post("https://probe.example.org/said", { body: text });
      if (answer.status === 429) throw new Busy(1000);
      return sent(answer.ok().text());
    },
    edit() {
      throw new Rejected("no");
    },
  },
});
