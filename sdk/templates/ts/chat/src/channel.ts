// A chat over a web API: looks for messages, and answers. The host puts the token into each request.

import {
  Malformed,
  Rejected,
  Unavailable,
  again,
  channel,
  direct,
  fetchOk,
  group,
  parseJson,
  person,
  sent,
  store,
} from "#lockgate";
import type { Message } from "#lockgate";

const CHAT = "https://chat.example.org";
/** Milliseconds between two looks. */
const PAUSE = 2_000;
/** Messages of one call; the host takes 100. */
const MOST = 50;

/** What an update may have; none of it is sure. */
interface Update {
  id?: unknown;
  user?: unknown;
  name?: unknown;
  room?: unknown;
  text?: unknown;
}
/** One whose id is a number. */
type Numbered = Update & { id: number };

/** Said to be malformed or rejected, what the platform alone does wrong would count as a failure, and a message would pay for it. */
async function news(after: number): Promise<unknown[]> {
  try {
    const list: unknown = parseJson(await (await fetchOk(`${CHAT}/updates?after=${after}`)).text());
    if (Array.isArray(list)) return list;
  } catch (trouble) {
    if (!(trouble instanceof Malformed || trouble instanceof Rejected)) throw trouble;
    throw new Unavailable(trouble.message);
  }
  throw new Unavailable("the updates are no list");
}

function message(update: Numbered): Message | undefined {
  const user = nameOf(update.user);
  const room = nameOf(update.room);
  if (!user || !room || typeof update.text !== "string") return undefined;
  // A room that is called as the one who writes in it is between him and us.
  const where = room === user ? direct(room) : group(room);
  const name = typeof update.name === "string" ? update.name : undefined;
  return person({ id: user, name }, where, update.text, { id: String(update.id) });
}

/** A name of the platform's, which may be a text or a whole number; empty if there is none. */
function nameOf(value: unknown): string {
  return typeof value === "string" || Number.isSafeInteger(value) ? String(value) : "";
}

export default channel({
  async source(failures) {
    const after = store.getJson<number>("after") ?? 0;
    const updates = await news(after);
    const numbered = (updates as (Update | null)[]).filter((update): update is Numbered => Number.isSafeInteger(update?.id));
    // The cursor is the last id that was told, so they are told in order, whatever order they come in.
    const fresh = numbered.filter(({ id }) => id > after).sort((one, other) => one.id - other.id);
    // After a failure one thing at a time, and in the end past the one that fails.
    const taken = fresh.slice(0, failures > 0 ? 1 : MOST);
    const batch = again(taken.length < fresh.length ? 0 : PAUSE);
    for (const update of taken) {
      const told = message(update);
      if (failures >= 3) batch.skipped(`the message ${update.id} failed three times`);
      else if (told) batch.event(told);
      // What can't be read keeps back nothing but itself.
      else batch.skipped(`the message ${update.id} has no user, room or text`);
    }
    const odd = updates.length - numbered.length;
    if (odd > 0) batch.skipped(`messages without a number for an id: ${odd}`);
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
