// What is posted, signed, becomes an event. The host has checked the signature before this is called.

import { channel, ok, service, store } from "#lockgate";
import type { Request } from "#lockgate";

export default channel({
  hook(request: Request) {
    const count = (store.getJson<number>("count") ?? 0) + 1;
    store.setJson("count", count);
    return ok().event(service("{{name}}", request.text(), { meta: { count } }));
  },
});
