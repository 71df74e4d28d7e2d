"""News from a list that is looked at again and again: each item becomes one message."""

from typing import Any

from lockgate import MINUTE, Batch, Malformed, Message, http, service, source, store

FEED = "https://feeds.example.org/news.json"
# Items of one call; the host takes 100.
MOST = 50
# Ids that are remembered: more than the list ever has.
KEPT = 500


@source
def poll(failures: int) -> Batch:
    items = read(http.get(FEED).check())
    known: list[str] = store.get_json("known", [])
    fresh = [item for item in items if str(item["id"]) not in known]
    # After a failure one thing at a time, and in the end past the one that fails.
    taken = fresh[: 1 if failures else MOST]
    batch = Batch(again_after=0 if len(taken) < len(fresh) else MINUTE)
    for item in taken:
        if failures >= 3:
            batch.skipped(f"the item {item['id']}")
        else:
            batch.event(message(item))
    store.set_json("known", [*known, *(str(item["id"]) for item in taken)][-KEPT:])
    return batch


def message(item: dict[str, Any]) -> Message:
    title, link = str(item.get("title", "")), str(item.get("link", ""))
    return service("{{name}}", f"{title}\n{link}", id=str(item["id"]), meta={"link": link})


def read(answer: http.Response) -> list[dict[str, Any]]:
    items = answer.json()
    if not isinstance(items, list) or not all(isinstance(item, dict) and "id" in item for item in items):
        raise Malformed("no list of items with ids")
    return items
