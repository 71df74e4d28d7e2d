//! News of a feed: a JSON list of {id, title, link}. Each item becomes one event.
const std = @import("std");
const lg = @import("lockgate");

/// Milliseconds.
const again_after = 60_000;
/// Items of one call; the host takes 100.
const most = 50;
/// Bytes of what an item is remembered by.
const key_bytes = 200;
/// Bytes that are remembered of items that are no longer in the list.
const kept_bytes = 64 << 10;

pub fn onPoll(failures: u32, batch: *lg.Batch) !void {
    const list = news() catch |problem| return platforms(problem);
    var known: std.ArrayList(u8) = .empty;
    try known.append(lg.allocator, '\n');
    try known.appendSlice(lg.allocator, lg.store.get("known") orelse "");
    // After a failure one thing at a time, and in the end past the one that fails.
    var left: usize = if (failures > 0) 1 else most;
    var listed: std.ArrayList(u8) = .empty;
    batch.again_after = again_after;
    var items = list.items();
    while (items.next()) |item| {
        const line = lg.print("\n{s}\n", .{lg.jsonOf(keyOf(item))});
        try listed.appendSlice(lg.allocator, line);
        if (std.mem.indexOf(u8, known.items, line) != null) continue;
        if (left == 0) {
            batch.again_after = 0;
            continue;
        }
        tell(&batch.outcome, item, failures);
        try known.appendSlice(lg.allocator, line);
        left -= 1;
    }
    try lg.store.set("known", try kept(known.items, listed.items));
}

fn news() lg.Trouble!lg.Json {
    var request = lg.http.get("https://feeds.example.org/news.json");
    const response = try (try request.send()).ok();
    const list = try lg.Json.open(response.text());
    return if (list.isList()) list else lg.malformed("the feed is no list");
}

/// Said to be malformed or rejected, what the platform alone does wrong would count as a failure, and an item would pay for it.
fn platforms(problem: lg.Trouble) lg.Trouble {
    return switch (problem) {
        error.Malformed, error.Rejected => lg.unavailable(lg.reason()),
        else => problem,
    };
}

/// By what an item is known again, whether or not it can be read: of a long id the beginning and the end.
fn keyOf(item: lg.Json) []const u8 {
    const id = item.id("id");
    const whole = if (id.len > 0) id else lg.print("no id: {s}", .{item.raw()});
    if (whole.len <= key_bytes) return whole;
    return lg.utf8(lg.print("{s}{s}", .{ whole[0 .. key_bytes / 2], whole[whole.len - key_bytes / 2 ..] }));
}

/// The last whole lines, of so many bytes at most.
fn newest(lines: []const u8, bytes: usize) []const u8 {
    if (lines.len <= bytes) return lines;
    const from = lines.len - bytes - 1;
    const end = std.mem.indexOfScalarPos(u8, lines, from, '\n') orelse return "";
    return lines[end + 1 ..];
}

/// What stays known: whatever stands in the list, in whichever order it was told, and the last of what does not.
fn kept(known: []const u8, listed: []const u8) ![]const u8 {
    var gone: std.ArrayList(u8) = .empty;
    var stay: std.ArrayList(u8) = .empty;
    var keys = std.mem.tokenizeScalar(u8, known, '\n');
    while (keys.next()) |key| {
        const line = lg.print("\n{s}\n", .{key});
        const place = if (std.mem.indexOf(u8, listed, line) == null) &gone else &stay;
        try place.appendSlice(lg.allocator, line);
    }
    return lg.print("{s}{s}", .{ newest(gone.items, kept_bytes), stay.items });
}

/// What can't be read, or fails again and again, keeps back nothing but itself.
fn tell(outcome: *lg.Outcome, item: lg.Json, failures: u32) void {
    const id = item.id("id");
    const title = item.get("title").text();
    if (failures >= 3) return lg.skip(outcome, lg.print("an item that failed three times: {s}", .{keyOf(item)}));
    if (id.len == 0 or title.len == 0) return lg.skip(outcome, "an item without id or title");
    var message = lg.service("{{name}}", lg.print("{s}\n{s}", .{ title, item.get("link").text() }));
    message.id = lg.str(id);
    lg.deliver(outcome, message);
}
