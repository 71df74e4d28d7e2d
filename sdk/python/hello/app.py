"""The smallest channel: what is posted to it becomes an event, and it counts."""

from lockgate import Answer, Request, hook, ok, service, store


@hook
def receive(request: Request) -> Answer:
    count = store.get_int("count") + 1
    store.set("count", count)
    return ok().event(service("hello", request.text, meta={"count": str(count)}))
