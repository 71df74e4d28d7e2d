//! A chat over a websocket: {"op": "message", id, user, name, room, text} comes in, what the session answers is posted.
const std = @import("std");
const lg = @import("lockgate");

const gateway = "wss://gateway.example.org/socket";
const main = "main";
/// Milliseconds.
const heartbeat_after = 30_000;

pub fn onStart(outcome: *lg.Outcome) !void {
    lg.connect(&outcome.effects, main, gateway);
}

pub fn onSocket(connection: []const u8, happening: *const lg.Happening, _: u32, outcome: *lg.Outcome) !void {
    switch (happening.tag) {
        lg.c.LG_OPENED => {
            // The host adds the token: channel.toml says where it goes.
            lg.sendFrame(&outcome.effects, connection, "{\"op\":\"hello\"}");
            lg.wake(&outcome.effects, "heartbeat", heartbeat_after);
        },
        lg.c.LG_FRAME => heard(outcome, lg.frameText(happening)),
        else => lg.connect(&outcome.effects, connection, gateway),
    }
}

/// What can't be read is said at once: as a failure it would be given again, and all that follows would wait for it. A room
/// that is called like its writer is the direct conversation with him.
fn heard(outcome: *lg.Outcome, text: []const u8) void {
    const frame = lg.Json.open(text) catch return lg.skip(outcome, "a frame that is no JSON");
    if (!std.mem.eql(u8, frame.get("op").text(), "message")) return;
    const id = frame.id("id");
    const user = frame.id("user");
    const room = frame.id("room");
    const said = frame.get("text");
    if (id.len == 0 or user.len == 0 or room.len == 0 or !said.isText()) {
        return lg.skip(outcome, "a message without id, user, room or text");
    }
    const sender = lg.account(user, frame.get("name").text());
    const where = if (std.mem.eql(u8, room, user)) lg.direct(room) else lg.group(room);
    var message = lg.person(sender, where, said.text());
    message.id = lg.str(id);
    lg.deliver(outcome, message);
}

pub fn onWake(name: []const u8, _: u32, outcome: *lg.Outcome) !void {
    lg.sendFrame(&outcome.effects, main, "{\"op\":\"ping\"}");
    lg.wake(&outcome.effects, name, heartbeat_after);
}

pub fn onSend(outgoing: *const lg.Outgoing, receipt: *lg.Receipt) !void {
    const body = .{ .room = lg.slice(outgoing.place.conversation), .text = lg.slice(outgoing.text) };
    var request = lg.http.postJson("https://gateway.example.org/send", body);
    const response = try (try request.send()).ok();
    // It was sent, whatever the answer looks like: an error would say that nothing was.
    const said = lg.Json.open(response.text()) catch return;
    const id = said.id("id");
    if (id.len > 0) lg.sent(receipt, id);
}
