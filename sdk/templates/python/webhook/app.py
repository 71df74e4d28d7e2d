"""What is posted becomes an event, and is counted. The host has checked the signature before."""

from lockgate import Answer, Request, hook, ok, service, store


@hook
def receive(request: Request) -> Answer:
    count = store.get_int("count") + 1
    store.set("count", count)
    return ok().event(service("{{name}}", request.text, meta={"count": str(count)}))
