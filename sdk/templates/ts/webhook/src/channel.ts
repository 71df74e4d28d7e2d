// What is posted, signed, becomes an event. The host has checked the signature before this is called.

import { channel, ok, service, store } from "#lockgate";

export default channel({
  hook(request) {
    const count = (store.getJson<number>("count") ?? 0) + 1;
    store.setJson("count", count);
    return ok().event(service("{{name}}", request.text(), { meta: { count } }));
  },
});
