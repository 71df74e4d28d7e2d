// A chat over a web API: looks for messages, and answers. The host puts the token into each request.

import { Malformed, Rejected, again, channel, direct, fetchOk, group, parseJson, person, sent, store } from "#lockgate";
import type { Message } from "#lockgate";

const CHAT = "https://chat.example.org";
/** Milliseconds between two looks. */
const PAUSE = 2_000;
/** Messages of one call; the host takes 100. */
const MOST = 50;

interface Update {
  id: number;
  user: string;
  name: string;
  room: string;
  text: string;
}

function updates(text: string): Update[] {
  const list = parseJson<Update[]>(text);
  if (Array.isArray(list) && list.every((update) => Number.isSafeInteger(update?.id))) return list;
  throw new Malformed("no list of messages with ids");
}

function message({ id, user, name, room, text }: Update): Message {
  // A room that is called as the one who writes in it is between him and us.
  const where = room === user ? direct(room) : group(room);
  return person({ id: user, name }, where, text, { id });
}

export default channel({
  async source(failures) {
    const after = store.getJson<number>("after") ?? 0;
    const answer = await fetchOk(`${CHAT}/updates?after=${after}`);
    const fresh = updates(await answer.text());
    // After a failure one thing at a time, and in the end past the one that fails.
    const taken = fresh.slice(0, failures > 0 ? 1 : MOST);
    const batch = again(taken.length < fresh.length ? 0 : PAUSE);
    for (const update of taken) {
      if (failures >= 3) batch.skipped(`the message ${update.id}`);
      else batch.event(message(update));
    }
    // The platform forgets what is asked for after this, so it moves only with what is committed.
    store.setJson("after", Math.max(after, ...taken.map(({ id }) => id)));
    return batch;
  },

  sink: {
    async send({ place, text }) {
      const body = JSON.stringify({ room: place.conversation, text });
      const headers = { "content-type": "application/json" };
      const answer = await fetchOk(`${CHAT}/send`, { method: "POST", headers, body });
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
