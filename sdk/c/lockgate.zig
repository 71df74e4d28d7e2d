//! The SDK for channels in Zig: texts are slices, what fails is an error of `Trouble`. A channel is `src/channel.zig` with a
//! `pub fn` for each section of its channel.toml (`onRequest`, `onPoll`, …, see `lockgate_root.zig`). Each call runs in a fresh
//! instance whose memory goes with it: nothing is freed, and what has to last goes to `store`. What a call fills in and writes
//! to the store is committed together when it returns, and none of it when it fails or traps.
//!
//! The types are those of C: look into `lockgate.h` for their fields, which hold `Str`; `str` and `slice` go between.

const std = @import("std");

/// Everything that the SDK for C has, under its own names.
pub const c = @import("c");

pub const http = @import("lockgate_http.zig");
pub const Json = @import("lockgate_json.zig").Json;

pub const Str = c.lg_str;
pub const Message = c.lg_message;
pub const Sender = c.lg_sender;
pub const Conversation = c.lg_conversation;
pub const Place = c.lg_place;
pub const Press = c.lg_press;
pub const Outcome = c.lg_outcome;
pub const Effects = c.lg_effects;
pub const Batch = if (@hasDecl(c, "LG_HAS_SOURCE")) c.lg_batch else opaque {};
pub const Request = if (@hasDecl(c, "LG_HAS_HOOK")) c.lg_request else opaque {};
pub const Answer = if (@hasDecl(c, "LG_HAS_HOOK")) c.lg_answer else opaque {};
pub const Happening = if (@hasDecl(c, "LG_HAS_SOCKET")) c.lg_happening else opaque {};
pub const Outgoing = if (@hasDecl(c, "LG_HAS_SINK")) c.lg_outgoing else opaque {};
pub const Receipt = if (@hasDecl(c, "LG_HAS_SINK")) c.lg_receipt else opaque {};

/// Why a call did not do its work. `return lg.rejected("no such room")` says why; a bare error of another kind ends the call as
/// `malformed`, with the error's name.
pub const Trouble = error{ Busy, Unavailable, Unauthorized, Conflict, Rejected, Malformed };

pub fn str(text: []const u8) Str {
    return .{ .ptr = @constCast(text.ptr), .len = text.len };
}

pub fn slice(text: Str) []const u8 {
    return if (text.len == 0) "" else text.ptr[0..text.len];
}

fn bytes(text: []const u8) c.lg_bytes {
    return .{ .ptr = @constCast(text.ptr), .len = text.len };
}

pub fn fromBytes(of: c.lg_bytes) []const u8 {
    return if (of.len == 0) "" else of.ptr[0..of.len];
}

/// The platform asks to wait.
pub fn busy(millis: u32) Trouble {
    _ = c.lg_busy(millis);
    return error.Busy;
}

/// Not reachable just now: the host tries again, later each time.
pub fn unavailable(why: []const u8) Trouble {
    _ = c.lg_unavailable(str(why));
    return error.Unavailable;
}

/// The credential is missing or wrong: the channel rests until it changes.
pub fn unauthorized(why: []const u8) Trouble {
    _ = c.lg_unauthorized(str(why));
    return error.Unauthorized;
}

/// Somebody else uses the same credential.
pub fn conflict(why: []const u8) Trouble {
    _ = c.lg_conflict(str(why));
    return error.Conflict;
}

/// It can't be done as asked: the model is told so.
pub fn rejected(why: []const u8) Trouble {
    _ = c.lg_rejected(str(why));
    return error.Rejected;
}

/// The platform sent something that the channel can't read.
pub fn malformed(why: []const u8) Trouble {
    _ = c.lg_malformed(str(why));
    return error.Malformed;
}

/// The error for the trouble that C named last.
pub fn named() Trouble {
    return switch (c.lg_trouble_named().tag) {
        c.LOCKGATE_CHANNEL_WORDS_TROUBLE_BUSY => error.Busy,
        c.LOCKGATE_CHANNEL_WORDS_TROUBLE_UNAVAILABLE => error.Unavailable,
        c.LOCKGATE_CHANNEL_WORDS_TROUBLE_UNAUTHORIZED => error.Unauthorized,
        c.LOCKGATE_CHANNEL_WORDS_TROUBLE_CONFLICT => error.Conflict,
        c.LOCKGATE_CHANNEL_WORDS_TROUBLE_REJECTED => error.Rejected,
        else => error.Malformed,
    };
}

/// The words of the trouble that was named last; none if it has none.
pub fn reason() []const u8 {
    const trouble = c.lg_trouble_named();
    return slice(switch (trouble.tag) {
        c.LOCKGATE_CHANNEL_WORDS_TROUBLE_BUSY => str(""),
        c.LOCKGATE_CHANNEL_WORDS_TROUBLE_UNAVAILABLE => trouble.val.unavailable,
        c.LOCKGATE_CHANNEL_WORDS_TROUBLE_UNAUTHORIZED => trouble.val.unauthorized,
        c.LOCKGATE_CHANNEL_WORDS_TROUBLE_CONFLICT => trouble.val.conflict,
        c.LOCKGATE_CHANNEL_WORDS_TROUBLE_REJECTED => trouble.val.rejected,
        else => trouble.val.malformed,
    });
}

/// Ends a call with an error: false, and its trouble is named. An error that was not named, or is not what was named last, has
/// its name for a reason.
pub fn end(problem: anyerror) bool {
    if (problem == named()) return false;
    const why = @errorName(problem);
    _ = switch (problem) {
        error.Busy => busy(1000),
        error.Unavailable => unavailable(why),
        error.Unauthorized => unauthorized(why),
        error.Conflict => conflict(why),
        error.Rejected => rejected(why),
        else => malformed(why),
    } catch {};
    return false;
}

/// What a thing says (a build, a feed, a log), in a conversation of its name. Its id is random until `id` is set.
pub fn service(name: []const u8, text: []const u8) Message {
    return c.lg_service(str(name), str(text));
}

/// What an account of the platform wrote; set `id` to the platform's.
pub fn person(sender: Sender, conversation: Conversation, text: []const u8) Message {
    return c.lg_person(sender, conversation, str(text));
}

/// An account by the platform's stable id; the name may be empty.
pub fn account(id: []const u8, name: []const u8) Sender {
    return c.lg_account(str(id), str(name));
}

/// A conversation of one person with the channel's own account.
pub fn direct(id: []const u8) Conversation {
    return c.lg_direct(str(id));
}

/// A room that others can read or write.
pub fn group(id: []const u8) Conversation {
    return c.lg_group(str(id));
}

/// An attribute for the model, shown as `x_<key>`.
pub fn meta(message: *Message, key: []const u8, value: []const u8) void {
    c.lg_meta(message, str(key), str(value));
}

/// Bytes that wait on the platform by its handle; `onFetch` is asked for them.
pub fn attach(message: *Message, handle: []const u8, name: []const u8, mime: []const u8) void {
    c.lg_attach(message, str(handle), str(name), str(mime));
}

/// Copies a message into what the call brings.
pub fn deliver(outcome: *Outcome, message: Message) void {
    c.lg_deliver(outcome, message);
}

pub fn deliverEdited(outcome: *Outcome, current: Message, revision: []const u8) void {
    c.lg_deliver_edited(outcome, current, str(revision));
}

pub fn deliverPress(outcome: *Outcome, press: Press) void {
    c.lg_deliver_press(outcome, press);
}

/// What the channel could not read and steps over: shown in `status`, never to the model.
pub fn skip(outcome: *Outcome, what: []const u8) void {
    c.lg_skip(outcome, str(what));
}

pub fn connect(effects: *Effects, name: []const u8, url: []const u8) void {
    c.lg_connect(effects, str(name), str(url));
}

pub fn sendFrame(effects: *Effects, connection: []const u8, text: []const u8) void {
    c.lg_send_frame(effects, str(connection), str(text));
}

pub fn sendBytes(effects: *Effects, connection: []const u8, what: []const u8) void {
    c.lg_send_bytes(effects, str(connection), bytes(what));
}

pub fn disconnect(effects: *Effects, name: []const u8) void {
    c.lg_disconnect(effects, str(name));
}

/// Calls `onWake` with this name after so many milliseconds; a later one of the same name replaces it.
pub fn wake(effects: *Effects, name: []const u8, millis: u32) void {
    c.lg_wake(effects, str(name), millis);
}

pub fn publish(effects: *Effects, topic: []const u8, text: []const u8) void {
    c.lg_publish(effects, str(topic), str(text));
}

/// A request's body as valid UTF-8; empty if it is a file (over 1 MiB).
pub fn body(request: *const Request) []const u8 {
    return slice(c.lg_body(request));
}

/// Fills in an answer's body, with its type.
pub fn reply(answer: *Answer, mime: []const u8, text: []const u8) void {
    c.lg_reply(answer, str(mime), str(text));
}

/// A frame's text; empty if it is binary, or the connection was opened or closed.
pub fn frameText(happening: *const Happening) []const u8 {
    return slice(c.lg_frame_text(happening));
}

/// The platform's id of one message that was sent.
pub fn sent(receipt: *Receipt, id: []const u8) void {
    c.lg_add(&receipt.messages, str(id));
}

/// What a channel keeps between calls.
pub const store = struct {
    /// Null if there is none.
    pub fn get(key: []const u8) ?[]const u8 {
        var value: c.lg_bytes = undefined;
        return if (c.lg_store_get(str(key), &value)) fromBytes(value) else null;
    }

    /// A number in digits; 0 if there is none.
    pub fn number(key: []const u8) u64 {
        return c.lg_store_number(str(key));
    }

    pub fn set(key: []const u8, value: []const u8) Trouble!void {
        if (!c.lg_store_set(str(key), str(value))) return named();
    }

    pub fn setNumber(key: []const u8, value: u64) Trouble!void {
        return set(key, digits(value));
    }

    pub fn delete(key: []const u8) void {
        c.lg_store_delete(str(key));
    }

    /// If at commit the key has another value than this, the call runs again. Not for `onSend`, `onEdit`, `onTool`.
    pub fn check(key: []const u8, expected: ?[]const u8) void {
        const value = bytes(expected orelse "");
        c.lg_store_check(str(key), if (expected == null) null else &value);
    }

    /// In ascending order.
    pub fn keys(prefix: []const u8) []const Str {
        const found = c.lg_store_keys(str(prefix));
        return if (found.len == 0) &.{} else found.ptr[0..found.len];
    }
};

pub fn log(level: std.log.Level, text: []const u8) void {
    c.lg_log(switch (level) {
        .debug => c.LG_DEBUG,
        .info => c.LG_INFO,
        .warn => c.LG_WARN,
        .err => c.LG_ERROR,
    }, str(text));
}

/// For `std.log`: a line is cut at 1,024 bytes.
pub fn logFn(comptime level: std.log.Level, comptime scope: @EnumLiteral(), comptime format: []const u8, args: anytype) void {
    _ = scope;
    var line: [1024]u8 = undefined;
    log(level, std.fmt.bufPrint(&line, format, args) catch &line);
}

/// Says in the log why it panics, then traps.
pub fn panicked(why: []const u8, _: ?usize) noreturn {
    log(.err, why);
    @trap();
}

/// A setting from the channel's `config` table.
pub fn setting(key: []const u8) ?[]const u8 {
    const value = slice(c.lg_setting(str(key)));
    return if (value.len == 0) null else value;
}

/// Milliseconds since the Unix epoch.
pub fn now() u64 {
    return c.lg_now();
}

/// From the system's generator; at most 1,024 bytes in a call.
pub fn random(count: u32) []const u8 {
    return fromBytes(c.lg_random(count));
}

pub fn digits(number: u64) []const u8 {
    return slice(c.lg_number(number));
}

/// Valid UTF-8 of any bytes: what is none becomes U+FFFD.
pub fn utf8(text: []const u8) []const u8 {
    return slice(c.lg_utf8(bytes(text)));
}

/// The first `most` bytes at most, without cutting a character in two.
pub fn cut(text: []const u8, most: usize) []const u8 {
    return slice(c.lg_cut(str(text), most));
}

/// A text of the format's; it lasts as long as the call.
pub fn print(comptime format: []const u8, args: anytype) []const u8 {
    return std.fmt.allocPrint(allocator, format, args) catch @panic("out of memory");
}

/// The value of a text of JSON, with members that the type does not have left out.
pub fn json(comptime T: type, text: []const u8) Trouble!T {
    return std.json.parseFromSliceLeaky(T, allocator, text, .{ .ignore_unknown_fields = true }) catch |problem|
        return malformed(@errorName(problem));
}

/// A value as JSON.
pub fn jsonOf(value: anytype) []const u8 {
    return std.json.Stringify.valueAlloc(allocator, value, .{}) catch @panic("out of memory");
}

/// The memory of the call: nothing has to be freed.
pub const allocator: std.mem.Allocator = .{ .ptr = undefined, .vtable = &.{
    .alloc = alloc,
    .resize = std.mem.Allocator.noResize,
    .remap = std.mem.Allocator.noRemap,
    .free = free,
} };

fn alloc(_: *anyopaque, len: usize, alignment: std.mem.Alignment, _: usize) ?[*]u8 {
    return @ptrCast(lockgate_take(alignment.toByteUnits(), len));
}

fn free(_: *anyopaque, memory: []u8, _: std.mem.Alignment, _: usize) void {
    lockgate_give(memory.ptr);
}

// Those of lockgate_arena.c.
extern fn lockgate_take(alignment: usize, len: usize) ?*anyopaque;
extern fn lockgate_give(block: ?*anyopaque) void;
