// The probe of the languages in JavaScript, for QuickJS: a hook's body is a command, and what comes of it is an event.

import { Busy, Refused, Rejected, Unreachable, channel, command, database, direct, http, ok, person, sent, service, store } from "#lockgate";

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

const SQL = "SELECT name, count, price, picture, note FROM stock WHERE name = ?1 AND count > ?2 AND price > ?3";

function queried(name, text) {
  const [row] = database.query(name, SQL, [text, 0, 0.5]);
  if (!row) return "nothing";
  const [found, count, price, picture, note] = row;
  return `${found} ${count} ${price * 2} ${picture.length} ${note}`;
}

function ran(name, text) {
  const { status, stdout, stderr } = command.run(name, [text], "in");
  return `${status} ${stdout}${stderr}`;
}

function counted() {
  const count = (store.getJson("count") ?? 0) + 1;
  store.setJson("count", count);
  return String(count);
}

function result(word, rest) {
  const [first, ...more] = rest.split(" ");
  switch (word) {
    case "event":
      return service("probe", rest);
    case "store":
      return service("probe", counted());
    case "fetch":
      return service("probe", fetched(rest));
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
  hook(request) {
    const [word, ...rest] = request.text().split(" ");
    return ok().event(result(word, rest.join(" ")));
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
