// News from a list that is looked at again and again: each item becomes one message.

import { Malformed, again, channel, http, parseJson, service, store } from "#lockgate";

const FEED = "https://feeds.example.org/news.json";
/** Milliseconds between two looks. */
const PAUSE = 60_000;
/** Items of one call; the host takes 100. */
const MOST = 50;
/** Ids that are remembered: more than the list ever has. */
const KEPT = 500;

function items(text) {
  const list = parseJson(text);
  if (Array.isArray(list) && list.every((item) => item?.id !== undefined)) return list;
  throw new Malformed("no list of items with ids");
}

export default channel({
  source(failures) {
    const answer = http.get(FEED).ok();
    const known = store.getJson("known") ?? [];
    const fresh = items(answer.text()).filter(({ id }) => !known.includes(String(id)));
    // After a failure one thing at a time, and in the end past the one that fails.
    const taken = fresh.slice(0, failures > 0 ? 1 : MOST);
    const batch = again(taken.length < fresh.length ? 0 : PAUSE);
    for (const { id, title, link } of taken) {
      if (failures >= 3) batch.skipped(`the item ${id}`);
      else batch.event(service("{{name}}", `${title}\n${link}`, { id, meta: { link } }));
    }
    store.setJson("known", [...known, ...taken.map(({ id }) => String(id))].slice(-KEPT));
    return batch;
  },
});
