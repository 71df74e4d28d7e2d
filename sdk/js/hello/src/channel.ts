// The smallest channel: what is posted to it becomes an event, and it counts.

import { channel, ok, service, store } from "#lockgate";

export default channel({
  hook(request) {
    const count = (store.getJson<number>("count") ?? 0) + 1;
    store.setJson("count", count);
    return ok().event(service("hello", request.text(), { meta: { count } }));
  },
});
