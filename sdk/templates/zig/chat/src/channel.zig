//! A chat: looks for updates, a JSON list of {id, user, name, room, text}, and posts what the session answers.
const std = @import("std");
const lg = @import("lockgate");

/// Milliseconds.
const again_after = 2_000;
/// Updates of one call; the host takes 100.
const most = 50;

/// An update whose number can be read, whatever else it has.
const Numbered = struct {
    id: u64,
    update: lg.Json,

    fn before(_: void, one: Numbered, other: Numbered) bool {
        return one.id < other.id;
    }
};

pub fn onPoll(failures: u32, batch: *lg.Batch) !void {
    var after = lg.store.number("after");
    const list = news(after) catch |problem| return platforms(problem);
    var fresh: std.ArrayList(Numbered) = .empty;
    var odd: usize = 0;
    var updates = list.items();
    while (updates.next()) |update| {
        const id = std.fmt.parseInt(u64, update.id("id"), 10) catch {
            odd += 1;
            continue;
        };
        if (id > after) try fresh.append(lg.allocator, .{ .id = id, .update = update });
    }
    // The cursor is the last id that was told, so they are told in order, whatever order they come in.
    std.mem.sortUnstable(Numbered, fresh.items, {}, Numbered.before);
    // After a failure one thing at a time, and in the end past the one that fails.
    const allowed: usize = if (failures > 0) 1 else most;
    const left = @min(fresh.items.len, allowed);
    batch.again_after = if (fresh.items.len > left) 0 else again_after;
    for (fresh.items[0..left]) |one| {
        tell(&batch.outcome, one, failures);
        after = one.id;
    }
    if (odd > 0) lg.skip(&batch.outcome, lg.print("messages without a number for an id: {d}", .{odd}));
    try lg.store.setNumber("after", after);
}

fn news(after: u64) lg.Trouble!lg.Json {
    var request = lg.http.get(lg.print("https://chat.example.org/updates?after={d}", .{after}));
    const response = try (try request.send()).ok();
    const list = try lg.Json.open(response.text());
    return if (list.isList()) list else lg.malformed("the updates are no list");
}

/// Said to be malformed or rejected, what the platform alone does wrong would count as a failure, and a message would pay for it.
fn platforms(problem: lg.Trouble) lg.Trouble {
    return switch (problem) {
        error.Malformed, error.Rejected => lg.unavailable(lg.reason()),
        else => problem,
    };
}

/// What can't be read, or fails again and again, keeps back nothing but itself. A room that is called like its writer is the
/// direct conversation with him.
fn tell(outcome: *lg.Outcome, one: Numbered, failures: u32) void {
    const user = one.update.id("user");
    const room = one.update.id("room");
    const text = one.update.get("text");
    if (failures >= 3) return lg.skip(outcome, lg.print("the message {d} failed three times", .{one.id}));
    if (user.len == 0 or room.len == 0 or !text.isText()) {
        return lg.skip(outcome, lg.print("the message {d} has no user, room or text", .{one.id}));
    }
    const sender = lg.account(user, one.update.get("name").text());
    const where = if (std.mem.eql(u8, room, user)) lg.direct(room) else lg.group(room);
    var message = lg.person(sender, where, text.text());
    message.id = lg.str(lg.digits(one.id));
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
