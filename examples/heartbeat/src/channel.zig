//! A dead man's switch. Whatever should run regularly posts `NAME SECONDS` each time; if the next beat does not come within so
//! many seconds, that becomes an event, and so does the first beat after it. `NAME stop` ends the watch.
const std = @import("std");
const lg = @import("lockgate");

/// Things that are watched at a time.
const most = 50;
const name_bytes = 64;
/// A week.
const most_seconds = 604_800;

/// What is known of a thing, as the store has it: `beat/NAME` is `LAST SECONDS` and, while it is late, ` late`.
const Beat = struct {
    /// Milliseconds since the Unix epoch.
    last: u64,
    /// How long it may be until the next.
    seconds: u32,
    late: bool,

    fn read(name: []const u8) !?Beat {
        const text = lg.store.get(key(name)) orelse return null;
        var words = std.mem.tokenizeScalar(u8, text, ' ');
        const last = words.next() orelse "";
        const seconds = words.next() orelse "";
        return .{
            .last = try std.fmt.parseInt(u64, last, 10),
            .seconds = try std.fmt.parseInt(u32, seconds, 10),
            .late = words.next() != null,
        };
    }

    fn write(self: Beat, name: []const u8) !void {
        const late = if (self.late) " late" else "";
        try lg.store.set(key(name), lg.print("{d} {d}{s}", .{ self.last, self.seconds, late }));
    }

    fn millis(self: Beat) u64 {
        return @as(u64, self.seconds) * 1000;
    }
};

fn key(name: []const u8) []const u8 {
    return lg.print("beat/{s}", .{name});
}

pub fn onRequest(request: *const lg.Request, answer: *lg.Answer) !void {
    var words = std.mem.tokenizeAny(u8, lg.body(request), " \r\n");
    const name = words.next() orelse "";
    const period = words.next() orelse "";
    if (!isName(name) or words.next() != null) return refuse(answer);
    if (std.mem.eql(u8, period, "stop")) return lg.store.delete(key(name));
    const seconds = std.fmt.parseInt(u32, period, 10) catch return refuse(answer);
    if (seconds == 0 or seconds > most_seconds) return refuse(answer);
    try beaten(name, seconds, answer);
}

fn refuse(answer: *lg.Answer) void {
    answer.status = 400;
    lg.reply(answer, "text/plain", "post NAME SECONDS, with 1 to 604800 seconds until the next beat, or NAME stop\n");
}

/// Letters, digits and `-_.`: it gets into events.
fn isName(name: []const u8) bool {
    for (name) |byte| if (!std.ascii.isAlphanumeric(byte) and std.mem.indexOfScalar(u8, "-_.", byte) == null) return false;
    return name.len > 0 and name.len <= name_bytes;
}

fn beaten(name: []const u8, seconds: u32, answer: *lg.Answer) !void {
    const now = lg.now();
    if (try Beat.read(name)) |before| {
        if (before.late) say(&answer.outcome, name, lg.print("{s} beats again, after {d} s", .{ name, sinceSeconds(before, now) }));
    } else if (lg.store.keys("beat/").len >= most) {
        answer.status = 507;
        return lg.reply(answer, "text/plain", "fifty things are watched already; end one with NAME stop\n");
    }
    const beat: Beat = .{ .last = now, .seconds = seconds, .late = false };
    try beat.write(name);
    lg.wake(&answer.outcome.effects, name, seconds * 1000);
}

/// Wakes can't be taken back: one whose thing has beaten since, or is not watched any more, finds that out here.
pub fn onWake(name: []const u8, _: u32, outcome: *lg.Outcome) !void {
    var beat = (try Beat.read(name)) orelse return;
    if (beat.late) return;
    const now = lg.now();
    const due = beat.last + beat.millis();
    if (now < due) return lg.wake(&outcome.effects, name, @intCast(@min(due - now, most_seconds * 1000)));
    beat.late = true;
    try beat.write(name);
    const text = "no beat of {s} for {d} s; it should come every {d} s";
    say(outcome, name, lg.print(text, .{ name, sinceSeconds(beat, now), beat.seconds }));
}

fn sinceSeconds(beat: Beat, now: u64) u64 {
    return (now -| beat.last) / 1000;
}

fn say(outcome: *lg.Outcome, name: []const u8, text: []const u8) void {
    var event = lg.service("heartbeat", text);
    lg.meta(&event, "name", name);
    lg.deliver(outcome, event);
}
