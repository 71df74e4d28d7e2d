// A chat over a websocket, which the host keeps open: what comes is a call of `socket`, what is sent goes over HTTP. The host
// puts the token into the first frame and into each request.

import { Rejected, channel, direct, group, http, outcome, parseJson, person, sent } from "#lockgate";

const GATEWAY = "gateway.example.org";
const SOCKET = `wss://${GATEWAY}/socket`;
/** Milliseconds between two signs of life. */
const BEAT = 30_000;

const open = () => outcome().connect("main", SOCKET);

function message(frame) {
  const [id, user, room] = [frame.id, frame.user, frame.room].map(nameOf);
  if (!id || !user || !room || typeof frame.text !== "string") return undefined;
  // A room that is called as the one who writes in it is between him and us.
  const where = room === user ? direct(room) : group(room);
  const name = typeof frame.name === "string" ? frame.name : undefined;
  return person({ id: user, name }, where, frame.text, { id });
}

/** A name of the platform's, which may be a text or a whole number; empty if there is none. */
function nameOf(value) {
  return typeof value === "string" || Number.isSafeInteger(value) ? String(value) : "";
}

/** What can't be read is said at once: as a failure it would be given again, and all that follows would wait for it. */
function heard(data) {
  if (typeof data !== "string") return outcome().skipped("a frame that is no text");
  let frame;
  try {
    frame = parseJson(data);
  } catch {
    return outcome().skipped("a frame that is no JSON");
  }
  if (frame?.op !== "message") return outcome();
  const told = message(frame);
  return told ? outcome().event(told) : outcome().skipped("a message without id, user, room or text");
}

export default channel({
  life: () => open().wake("beat", BEAT),

  timer: (name) => outcome().frame("main", JSON.stringify({ op: "ping" })).wake(name, BEAT),

  socket(connection, happening) {
    switch (happening.kind) {
      case "opened":
        // The token is missing here: the host adds it as the manifest's rule says.
        return outcome().frame(connection, JSON.stringify({ op: "hello" }));
      case "frame":
        return heard(happening.data);
      case "closed":
        return open();
    }
  },

  sink: {
    send({ place, text }) {
      const json = { room: place.conversation, text };
      const answer = http.post(`https://${GATEWAY}/send`, { json }).ok();
      // It was sent, whatever the answer looks like: a trouble would say that nothing was.
      try {
        const { id } = answer.json();
        return id == null ? sent() : sent(id);
      } catch {
        return sent();
      }
    },
    edit() {
      throw new Rejected("this chat can't change what was sent");
    },
    react() {
      throw new Rejected("this chat has no reactions");
    },
    typing() {
      throw new Rejected("this chat does not show who is typing");
    },
    direct: (sender) => sender,
  },

  media() {
    throw new Rejected("this chat has no attachments");
  },
});
