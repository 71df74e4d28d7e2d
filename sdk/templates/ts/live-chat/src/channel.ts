// A chat over a websocket, which the host keeps open: what comes is a call of `socket`, what is sent goes over HTTP. The host
// puts the token into the first frame and into each request.

import { Rejected, channel, direct, fetchOk, group, outcome, parseJson, person, sent } from "#lockgate";
import type { Message } from "#lockgate";

const GATEWAY = "gateway.example.org";
const SOCKET = `wss://${GATEWAY}/socket`;
/** Milliseconds between two signs of life. */
const BEAT = 30_000;

interface Frame {
  op: string;
  id: string;
  user: string;
  name: string;
  room: string;
  text: string;
}

const open = () => outcome().connect("main", SOCKET);

function message({ id, user, name, room, text }: Frame): Message {
  // A room that is called as the one who writes in it is between him and us.
  const where = room === user ? direct(room) : group(room);
  return person({ id: user, name }, where, text, { id });
}

function heard(data: string | Uint8Array) {
  if (typeof data !== "string") return outcome().skipped("a frame that is no text");
  const frame = parseJson<Frame>(data);
  return frame?.op === "message" ? outcome().event(message(frame)) : outcome();
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
    async send({ place, text }) {
      const body = JSON.stringify({ room: place.conversation, text });
      const headers = { "content-type": "application/json" };
      const answer = await fetchOk(`https://${GATEWAY}/send`, { method: "POST", headers, body });
      // It was sent, whatever the answer looks like: a trouble would say that nothing was.
      try {
        const { id } = parseJson<{ id?: string | null }>(await answer.text());
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
