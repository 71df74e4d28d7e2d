// The part of Matrix's client-server API that the channel uses, over the web's own `fetch`. The host puts the token in. What
// the server says is somebody else's: nothing of its form is taken for granted.

import { Rejected, fetchOk, http, parseJson } from "#lockgate";

export const SERVER = "https://matrix.org";
const API = `${SERVER}/_matrix/client/v3`;
/** Milliseconds that the server may wait for news. */
const WAIT = 25_000;
/** Only what the channel reads. */
const FILTER = JSON.stringify({
  presence: { types: [] },
  account_data: { types: [] },
  room: {
    timeline: { limit: 50, types: ["m.room.message", "m.room.encrypted"] },
    state: { types: [], lazy_load_members: true },
    ephemeral: { types: [] },
    account_data: { types: [] },
  },
});

export interface Event {
  event_id: string;
  type: string;
  sender: string;
  origin_server_ts?: number;
  content: Record<string, any>;
}

/** What is new in one room. */
export interface Room {
  id: string;
  events: Event[];
  /** The server has left out what came before these events. */
  gap: boolean;
  /** The members, joined and invited, if the server says it. */
  members?: number;
}

export interface News {
  next: string;
  rooms: Room[];
  invites: string[];
}

const segment = encodeURIComponent;

async function json(method: string, path: string, body?: object): Promise<any> {
  const sent = { body: JSON.stringify(body), headers: { "content-type": "application/json" } };
  const answer = await fetchOk(`${API}/${path}`, body ? { method, ...sent } : { method });
  return parseJson(await answer.text());
}

export async function whoami(): Promise<string> {
  return String((await json("GET", "account/whoami")).user_id);
}

/** What is new since a token; without one, where things stand, at once. */
export async function sync(since: string | undefined): Promise<News> {
  const given = new URLSearchParams({ filter: FILTER, timeout: since ? String(WAIT) : "0" });
  if (since) given.set("since", since);
  const { next_batch, rooms } = await json("GET", `sync?${given}`);
  const joined = Object.entries<any>(rooms?.join ?? {});
  return { next: String(next_batch), rooms: joined.map(room), invites: Object.keys(rooms?.invite ?? {}) };
}

function room([id, { timeline, summary }]: [string, any]): Room {
  const events = Array.isArray(timeline?.events) ? timeline.events.filter(isEvent) : [];
  const joined = summary?.["m.joined_member_count"];
  const members = Number.isInteger(joined) ? joined + (summary["m.invited_member_count"] ?? 0) : undefined;
  return { id, events, gap: timeline?.limited === true, members };
}

const isEvent = (event: any) => {
  const { event_id, type, sender, content } = event ?? {};
  return [event_id, type, sender].every((one) => typeof one === "string") && typeof content === "object" && content !== null;
};

export const join = (id: string) => json("POST", `rooms/${segment(id)}/join`, {});

/** Sends an event. The same key sends the same event: the server takes it once. */
export async function send(id: string, type: string, key: string, content: object): Promise<string> {
  const { event_id } = await json("PUT", `rooms/${segment(id)}/send/${type}/${segment(key)}`, content);
  return String(event_id);
}

export const typing = (id: string, me: string, timeout: number) =>
  json("PUT", `rooms/${segment(id)}/typing/${segment(me)}`, { typing: true, timeout });

/** A new room for two. */
export async function createDirect(user: string): Promise<string> {
  const preset = "trusted_private_chat";
  return String((await json("POST", "createRoom", { preset, is_direct: true, invite: [user] })).room_id);
}

// Files go past the channel's memory: the host streams them.

export function upload(file: string, name: string): string {
  const url = `${SERVER}/_matrix/media/v3/upload?filename=${segment(name)}`;
  const answer = http.post(url, { file, headers: { "content-type": "application/octet-stream" } });
  return String(answer.ok().json().content_uri);
}

export function download(media: string, into: string) {
  const [, server, id] = /^([\w.:-]+)\/([\w-]+)$/.exec(media) ?? [];
  if (!server || !id) throw new Rejected("there is no such attachment");
  const url = `${SERVER}/_matrix/client/v1/media/download/${segment(server)}/${segment(id)}`;
  http.get(url, { into }).ok();
}
