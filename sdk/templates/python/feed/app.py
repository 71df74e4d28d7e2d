"""News from a list that is looked at again and again: each item becomes one message."""

import json
from typing import Any

from lockgate import MINUTE, Batch, Malformed, Message, Rejected, Unavailable, http, service, source, store

FEED = "https://feeds.example.org/news.json"
# Items of one call; the host takes 100.
MOST = 50
# Items that are remembered of those that are no longer in the list.
KEPT = 500
# Characters of what an item is remembered by.
KEY = 200


@source
def poll(failures: int) -> Batch:
    items = news()
    known: list[str] = store.get_json("known", [])
    seen, fresh = set(known), []
    for item in items:
        if (name := key(item)) not in seen:
            seen.add(name)
            fresh.append(item)
    # After a failure one thing at a time, and in the end past the one that fails.
    taken = fresh[: 1 if failures else MOST]
    batch = Batch(again_after=0 if len(taken) < len(fresh) else MINUTE)
    for item in taken:
        if failures >= 3:
            batch.skipped(f"an item that failed three times: {key(item)}")
        elif (told := message(item)) is None:
            # What can't be read keeps back nothing but itself.
            batch.skipped("an item without id or title")
        else:
            batch.event(told)
    # Whatever stands in the list stays known, in whichever order it was told.
    listed = {*map(key, items)}
    gone = [name for name in known if name not in listed][-KEPT:]
    store.set_json("known", [*gone, *(name for name in known if name in listed), *map(key, taken)])
    return batch


def message(item: Any) -> Message | None:
    id, title = id_of(item), item.get("title") if isinstance(item, dict) else None
    if not id or not isinstance(title, str) or not title:
        return None
    link = item["link"] if isinstance(item.get("link"), str) else ""
    return service("{{name}}", f"{title}\n{link}", id=id)


def id_of(item: Any) -> str:
    """The id, which may be a text or a number; empty if there is none."""
    id = item.get("id") if isinstance(item, dict) else None
    return str(id) if type(id) in (str, int) else ""


def key(item: Any) -> str:
    """By what an item is known again, whether or not it can be read: of a long id the beginning and the end."""
    whole = id_of(item) or f"no id: {json.dumps(item)}"
    return whole if len(whole) <= KEY else whole[: KEY // 2] + whole[-KEY // 2 :]


def news() -> list[Any]:
    """Said to be malformed or rejected, what the platform alone does wrong would count as a failure, and an item would pay for
    it."""
    try:
        items = http.get(FEED).check().json()
    except (Malformed, Rejected) as trouble:
        raise Unavailable(str(trouble)) from None
    if not isinstance(items, list):
        raise Unavailable("the feed is no list")
    return items
