//! News of a feed: a JSON list of {id, title, link}. Each item becomes one event.
const std = @import("std");
const lg = @import("lockgate");

/// Milliseconds.
const again_after = 60_000;
/// Items of one call; the host takes 100.
const most = 50;
const name_bytes = 200;

pub fn onPoll(failures: u32, batch: *lg.Batch) !void {
    var request = lg.http.get("https://feeds.example.org/news.json");
    const response = try (try request.send()).ok();
    const list = try lg.Json.open(response.text());
    if (!list.isList()) return lg.malformed("the feed is no list");
    const known = lg.store.get("known") orelse "";
    var now: std.ArrayList(u8) = .empty;
    // After a failure one thing at a time; when that one has failed three times, it is stepped over.
    var left: usize = if (failures > 0) 1 else most;
    batch.again_after = again_after;
    var items = list.items();
    while (items.next()) |item| {
        const line = lineOf(item);
        const old = std.mem.indexOf(u8, known, line) != null;
        if (!old and left == 0) {
            batch.again_after = 0;
            continue;
        }
        try now.appendSlice(lg.allocator, line);
        if (old) continue;
        if (failures >= 3) lg.skip(&batch.outcome, "an item that failed three times") else tell(&batch.outcome, item);
        left -= 1;
    }
    try lg.store.set("known", now.items);
}

/// What an item is remembered by, as one line: its id, or without one its beginning.
fn lineOf(item: lg.Json) []const u8 {
    const id = item.id("id");
    const name = if (id.len > 0) id else item.raw();
    return lg.print("\n{s}\n", .{lg.jsonOf(lg.cut(name, name_bytes))});
}

fn tell(outcome: *lg.Outcome, item: lg.Json) void {
    const id = item.id("id");
    const title = item.get("title").text();
    if (id.len == 0 or title.len == 0) return lg.skip(outcome, "an item without id or title");
    var message = lg.service("{{name}}", lg.print("{s}\n{s}", .{ title, item.get("link").text() }));
    message.id = lg.str(id);
    lg.deliver(outcome, message);
}
