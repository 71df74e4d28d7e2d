// News from a list that is looked at again and again: each item becomes one message.

import { Malformed, Rejected, Unavailable, again, channel, fetchOk, parseJson, service, store } from "#lockgate";
import type { Message } from "#lockgate";

const FEED = "https://feeds.example.org/news.json";
/** Milliseconds between two looks. */
const PAUSE = 60_000;
/** Items of one call; the host takes 100. */
const MOST = 50;
/** Items that are remembered of those that are no longer in the list. */
const KEPT = 500;
/** Characters of what an item is remembered by. */
const KEY = 200;

/** What an item may have; none of it is sure. */
type Item = { id?: unknown; title?: unknown; link?: unknown } | null;

/** Said to be malformed or rejected, what the platform alone does wrong would count as a failure, and an item would pay for it. */
async function news(): Promise<unknown[]> {
  try {
    const list: unknown = parseJson(await (await fetchOk(FEED)).text());
    if (Array.isArray(list)) return list;
  } catch (trouble) {
    if (!(trouble instanceof Malformed || trouble instanceof Rejected)) throw trouble;
    throw new Unavailable(trouble.message);
  }
  throw new Unavailable("the feed is no list");
}

function message(item: Item): Message | undefined {
  const id = nameOf(item?.id);
  const title = item?.title;
  if (!id || typeof title !== "string" || !title) return undefined;
  const link = typeof item?.link === "string" ? item.link : "";
  return service("{{name}}", `${title}\n${link}`, { id });
}

/** A name of the platform's, which may be a text or a whole number; empty if there is none. */
function nameOf(value: unknown): string {
  return typeof value === "string" || Number.isSafeInteger(value) ? String(value) : "";
}

/** By what an item is known again, whether or not it can be read: of a long id the beginning and the end. */
function key(item: Item): string {
  const whole = [...(nameOf(item?.id) || `no id: ${JSON.stringify(item)}`)];
  return (whole.length <= KEY ? whole : [...whole.slice(0, KEY / 2), ...whole.slice(-KEY / 2)]).join("");
}

export default channel({
  async source(failures) {
    const items = (await news()) as Item[];
    const known = store.getJson<string[]>("known") ?? [];
    const seen = new Set(known);
    const fresh = items.filter((item) => !seen.has(key(item)) && seen.add(key(item)));
    // After a failure one thing at a time, and in the end past the one that fails.
    const taken = fresh.slice(0, failures > 0 ? 1 : MOST);
    const batch = again(taken.length < fresh.length ? 0 : PAUSE);
    for (const item of taken) {
      const told = message(item);
      if (failures >= 3) batch.skipped(`an item that failed three times: ${key(item)}`);
      else if (told) batch.event(told);
      // What can't be read keeps back nothing but itself.
      else batch.skipped("an item without id or title");
    }
    // Whatever stands in the list stays known, in whichever order it was told.
    const listed = new Set(items.map(key));
    const gone = known.filter((name) => !listed.has(name)).slice(-KEPT);
    store.setJson("known", [...gone, ...known.filter((name) => listed.has(name)), ...taken.map(key)]);
    return batch;
  },
});
