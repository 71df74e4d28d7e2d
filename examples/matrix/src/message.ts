// From an event of Matrix to a message of the contract.

import { direct, group, person } from "#lockgate";
import type { Attachment, Conversation, Message, Options } from "#lockgate";
import type { Event } from "./matrix.js";

const FILES = ["m.image", "m.file", "m.audio", "m.video"];

const text = (value: unknown) => (typeof value === "string" ? value : undefined);

/** A name to show: the part of the account before its server. */
const named = (id: string) => ({ id, name: id.replace(/^@/, "").split(":")[0]! });

/** Two are a direct conversation; of a room whose members are not known nobody is said to be alone with us. */
export const conversation = (room: string, members: number | undefined, thread?: string): Conversation =>
  members !== undefined && members <= 2 ? direct(room, { thread }) : group(room, { thread });

/** The message, for `me`; nothing if it is none that a person reads. */
export function message(event: Event, room: string, members: number | undefined, me: string): Message | undefined {
  const { content, sender, event_id, origin_server_ts } = event;
  const body = text(content.body);
  if (body === undefined || text(content.msgtype) === undefined) return undefined;
  const relates = content["m.relates_to"];
  const thread = relates?.rel_type === "m.thread" ? text(relates.event_id) : undefined;
  const answered = relates?.is_falling_back ? undefined : text(relates?.["m.in_reply_to"]?.event_id);
  const mentions = content["m.mentions"]?.user_ids;
  const options: Options = {
    id: event_id,
    inReplyTo: answered,
    mentionsMe: Array.isArray(mentions) && mentions.includes(me),
    sentAt: Number.isSafeInteger(origin_server_ts) ? origin_server_ts : undefined,
    attachments: attachments(content),
  };
  return person(named(sender), conversation(room, members, thread), body, options);
}

function attachments({ msgtype, url, body, filename, info }: Record<string, any>): Attachment[] {
  const handle = /^mxc:\/\/([\w.:-]+\/[\w-]+)$/.exec(text(url) ?? "")?.[1];
  if (!FILES.includes(msgtype) || handle === undefined) return [];
  const size = Number.isSafeInteger(info?.size) && info.size >= 0 ? info.size : undefined;
  return [{ name: text(filename) ?? body, mime: text(info?.mimetype), size, handle }];
}

/** The event that this one replaces, and its new content. */
export function replaced({ content }: Event): { id: string; content: Record<string, any> } | undefined {
  const relates = content["m.relates_to"];
  const now = content["m.new_content"];
  const id = text(relates?.event_id);
  return relates?.rel_type === "m.replace" && id && typeof now === "object" && now ? { id, content: now } : undefined;
}
