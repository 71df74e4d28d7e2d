//! What is posted to it becomes an event, and it counts.
const lg = @import("lockgate");

pub fn onRequest(request: *const lg.Request, answer: *lg.Answer) !void {
    const count = lg.digits(lg.store.number("count") + 1);
    try lg.store.set("count", count);
    var event = lg.service("{{name}}", lg.body(request));
    lg.meta(&event, "count", count);
    lg.deliver(&answer.outcome, event);
}
