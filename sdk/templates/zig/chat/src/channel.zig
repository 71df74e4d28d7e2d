//! A chat: looks for updates, a JSON list of {id, user, name, room, text}, and posts what the session answers.
const std = @import("std");
const lg = @import("lockgate");

/// Milliseconds.
const again_after = 2_000;
/// Updates of one call; the host takes 100.
const most = 50;

pub fn onPoll(failures: u32, batch: *lg.Batch) !void {
    var after = lg.store.number("after");
    var request = lg.http.get(lg.print("https://chat.example.org/updates?after={d}", .{after}));
    const response = try (try request.send()).ok();
    const list = try lg.Json.open(response.text());
    if (!list.isList()) return lg.malformed("the updates are no list");
    var updates = list.items();
    // After a failure one thing at a time.
    var left: usize = if (failures > 0) 1 else most;
    batch.again_after = again_after;
    while (updates.next()) |update| {
        if (left == 0) {
            batch.again_after = 0;
            break;
        }
        const id = std.fmt.parseInt(u64, update.id("id"), 10) catch {
            lg.skip(&batch.outcome, "an update without a number for its id");
            left -= 1;
            continue;
        };
        if (id <= after) continue;
        after = id;
        left -= 1;
        if (failures >= 3) {
            lg.skip(&batch.outcome, lg.print("update {d} failed three times", .{id}));
        } else tell(&batch.outcome, update);
    }
    try lg.store.setNumber("after", after);
}

fn tell(outcome: *lg.Outcome, update: lg.Json) void {
    const user = update.id("user");
    const room = update.id("room");
    if (user.len == 0 or room.len == 0) return lg.skip(outcome, "an update without user or room");
    const sender = lg.account(user, update.get("name").text());
    var message = lg.person(sender, lg.group(room), update.get("text").text());
    message.id = lg.str(update.id("id"));
    lg.deliver(outcome, message);
}

pub fn onSend(outgoing: *const lg.Outgoing, receipt: *lg.Receipt) !void {
    const body = .{ .room = lg.slice(outgoing.place.conversation), .text = lg.slice(outgoing.text) };
    var request = lg.http.postJson("https://chat.example.org/send", body);
    const response = try (try request.send()).ok();
    // It was sent, whatever the answer looks like: an error would say that nothing was.
    const said = lg.Json.open(response.text()) catch return;
    const id = said.id("id");
    if (id.len > 0) lg.sent(receipt, id);
}
