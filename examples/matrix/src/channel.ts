// Matrix: looks for news with a long poll, and answers. Rooms that are encrypted can't be read, and it says so in the status.

import { Trouble, again, channel, sent, store } from "#lockgate";
import type { Batch, Outgoing, Place } from "#lockgate";
import * as matrix from "./matrix.js";
import { message, replaced } from "./message.js";

/** Events of one call; the host takes 100. */
const MOST = 80;
/** Invitations of one look that are accepted, and rooms that the channel is in at most: anybody may invite it. */
const INVITES = 10;
const ROOMS = 500;
/** Milliseconds for which one sign of typing is shown. */
const TYPING = 25_000;

async function me(): Promise<string> {
  const known = store.getText("me");
  if (known !== undefined) return known;
  const id = await matrix.whoami();
  store.set("me", id);
  return id;
}

/** How many are in a room, as the server said last. */
function members({ id, members }: matrix.Room): number | undefined {
  if (members !== undefined) store.setJson(`members/${id}`, members);
  return members ?? store.getJson<number>(`members/${id}`);
}

/** Whoever invites is let in: the operator's list decides who is heard. */
async function accept(invites: string[], batch: Batch) {
  const places = Math.min(INVITES, Math.max(ROOMS - store.keys("members/").length, 0));
  if (invites.length > places) batch.skipped(`${invites.length - places} invitations, which are too many`);
  for (const room of invites.slice(0, places)) {
    try {
      await matrix.join(room);
    } catch (error) {
      if (!(error instanceof Trouble)) throw error;
      batch.skipped(`an invitation to ${room}: ${error.message}`);
    }
  }
}

function tell(event: matrix.Event, room: matrix.Room, own: string, batch: Batch) {
  if (event.sender === own) return;
  if (event.type === "m.room.encrypted") {
    batch.skipped(`an encrypted message in ${room.id}`);
    return;
  }
  const edit = replaced(event);
  const now = edit ? { ...event, event_id: edit.id, content: edit.content } : event;
  const told = message(now, room.id, members(room), own);
  if (told && edit) batch.edited(told, event.event_id);
  else if (told) batch.event(told);
}

/** A message's place in a thread, and what it answers. */
function relation({ thread }: Place, replyTo?: string) {
  const answered = replyTo === undefined ? undefined : { "m.in_reply_to": { event_id: replyTo } };
  const within = thread === undefined ? undefined : { rel_type: "m.thread", event_id: thread };
  return answered || within ? { "m.relates_to": { ...within, ...answered } } : {};
}

/** Puts the ids of what was sent behind `ids`, also when a later file fails. */
async function sendFiles({ key, place, files }: Outgoing, ids: string[]) {
  for (const [nth, file] of files.entries()) {
    const name = file.split("/").pop() ?? "file";
    const content = { msgtype: "m.file", body: name, url: matrix.upload(file, name), ...relation(place) };
    ids.push(await matrix.send(place.conversation, "m.room.message", `${key}-${nth}`, content));
  }
}

export default channel({
  async source(failures) {
    const own = await me();
    const since = store.getText("since");
    const news = await matrix.sync(since);
    const all = news.rooms.flatMap((room) => room.events.map((event) => ({ event, room })));
    news.rooms.forEach(members);
    // What was before the first look is no news. Of one look's news those that an earlier call took are left out: the
    // cursor moves only when all are taken.
    const done = store.getJson<string[]>("done") ?? [];
    const fresh = since === undefined ? [] : all.filter(({ event }) => !done.includes(event.event_id));
    const taken = fresh.slice(0, failures > 0 ? 1 : MOST);
    const batch = again(taken.length < fresh.length ? 0 : 250);
    for (const { event, room } of taken) {
      if (failures >= 3) batch.skipped(`the event ${event.event_id}`);
      else tell(event, room, own, batch);
    }
    if (taken.length < fresh.length) {
      store.setJson("done", [...done, ...taken.map(({ event }) => event.event_id)]);
      return batch;
    }
    await accept(news.invites, batch);
    const gaps = since === undefined ? [] : news.rooms.filter(({ gap }) => gap).map(({ id }) => id);
    if (gaps.length > 0) batch.skipped(`what came before the last 50 messages in ${gaps.length} rooms: ${gaps.slice(0, 5).join(", ")}`);
    store.set("since", news.next);
    store.delete("done");
    return batch;
  },

  sink: {
    async send(outgoing) {
      const { key, place, text, replyTo } = outgoing;
      const ids: string[] = [];
      if (text) {
        const content = { msgtype: "m.text", body: text, ...relation(place, replyTo) };
        ids.push(await matrix.send(place.conversation, "m.room.message", key, content));
      }
      try {
        await sendFiles(outgoing, ids);
      } catch (error) {
        if (!(error instanceof Trouble) || ids.length === 0) throw error;
        return sent(...ids).stopped(error);
      }
      return sent(...ids);
    },

    async edit(place, id, text) {
      const now = { msgtype: "m.text", body: text };
      const relates = { rel_type: "m.replace", event_id: id };
      const content = { ...now, body: `* ${text}`, "m.new_content": now, "m.relates_to": relates };
      await matrix.send(place.conversation, "m.room.message", unique(), content);
    },

    async react(place, id, emoji) {
      const relates = { rel_type: "m.annotation", event_id: id, key: emoji };
      await matrix.send(place.conversation, "m.reaction", unique(), { "m.relates_to": relates });
    },

    async typing(place) {
      await matrix.typing(place.conversation, await me(), TYPING);
    },

    async direct(sender) {
      const known = store.getText(`direct/${sender}`);
      if (known !== undefined) return known;
      const room = await matrix.createDirect(sender);
      store.set(`direct/${sender}`, room);
      return room;
    },
  },

  media(handle, into) {
    matrix.download(handle, into);
  },
});

/** A key for what is sent once and never repeated. */
function unique(): string {
  return crypto.randomUUID();
}
