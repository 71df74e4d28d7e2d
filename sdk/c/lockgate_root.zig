//! The root of every channel in Zig: gives the host's calls to the functions of the project's `src/channel.zig`, and makes a
//! panic of Zig's a line in the operator's log and a trap. Decides nothing.

const std = @import("std");
const lg = @import("lockgate");
const channel = @import("channel");
const c = lg.c;

pub const panic = std.debug.FullPanic(lg.panicked);
pub const std_options: std.Options = if (@hasDecl(channel, "std_options")) channel.std_options else .{ .logFn = lg.logFn };

/// True, or false with the trouble named: an error that is none of the SDK's own is `malformed`, under its name.
fn ended(result: anytype) bool {
    result catch |problem| return lg.end(problem);
    return true;
}

fn start(outcome: *lg.Outcome) callconv(.c) bool {
    return ended(channel.onStart(outcome));
}

fn poll(failures: u32, batch: *lg.Batch) callconv(.c) bool {
    return ended(channel.onPoll(failures, batch));
}

fn wake(name: c.lg_str, failures: u32, outcome: *lg.Outcome) callconv(.c) bool {
    return ended(channel.onWake(lg.slice(name), failures, outcome));
}

fn request(asked: *const lg.Request, answer: *lg.Answer) callconv(.c) bool {
    return ended(channel.onRequest(asked, answer));
}

fn socket(connection: c.lg_str, happening: *const lg.Happening, failures: u32, outcome: *lg.Outcome) callconv(.c) bool {
    return ended(channel.onSocket(lg.slice(connection), happening, failures, outcome));
}

fn send(outgoing: *const lg.Outgoing, receipt: *lg.Receipt) callconv(.c) bool {
    return ended(channel.onSend(outgoing, receipt));
}

fn edit(place: *const lg.Place, message: c.lg_str, text: c.lg_str, markdown: bool, effects: *lg.Effects) callconv(.c) bool {
    return ended(channel.onEdit(place, lg.slice(message), lg.slice(text), markdown, effects));
}

fn react(place: *const lg.Place, message: c.lg_str, emoji: c.lg_str, effects: *lg.Effects) callconv(.c) bool {
    return ended(channel.onReact(place, lg.slice(message), lg.slice(emoji), effects));
}

fn typing(place: *const lg.Place, effects: *lg.Effects) callconv(.c) bool {
    return ended(channel.onTyping(place, effects));
}

fn direct(sender: c.lg_str, conversation: *c.lg_str) callconv(.c) bool {
    const found = channel.onDirect(lg.slice(sender)) catch |problem| return lg.end(problem);
    conversation.* = lg.str(found);
    return true;
}

fn press(handle: c.lg_str, text: c.lg_str, effects: *lg.Effects) callconv(.c) bool {
    return ended(channel.onPress(lg.slice(handle), lg.slice(text), effects));
}

fn fetch(handle: c.lg_str, into: c.lg_str) callconv(.c) bool {
    return ended(channel.onFetch(lg.slice(handle), lg.slice(into)));
}

fn tool(name: c.lg_str, arguments: c.lg_str, text: *c.lg_str, effects: *lg.Effects) callconv(.c) bool {
    const said = channel.onTool(lg.slice(name), lg.slice(arguments), effects) catch |problem| return lg.end(problem);
    text.* = lg.str(said);
    return true;
}

/// What a section of channel.toml needs, in the channel and in C. What only may be there is exported if it is.
const calls = .{
    .{ "LIFE", "onStart", "on_start", "start", true },
    .{ "SOURCE", "onPoll", "on_poll", "poll", true },
    .{ "TIMER", "onWake", "on_wake", "wake", true },
    .{ "HOOK", "onRequest", "on_request", "request", true },
    .{ "SOCKET", "onSocket", "on_socket", "socket", true },
    .{ "SINK", "onSend", "on_send", "send", true },
    .{ "SINK", "onEdit", "on_edit", "edit", false },
    .{ "SINK", "onReact", "on_react", "react", false },
    .{ "SINK", "onTyping", "on_typing", "typing", false },
    .{ "SINK", "onDirect", "on_direct", "direct", false },
    .{ "SINK", "onPress", "on_press", "press", false },
    .{ "MEDIA", "onFetch", "on_fetch", "fetch", false },
    .{ "TOOLS", "onTool", "on_tool", "tool", true },
};

comptime {
    for (calls) |call| {
        const section, const zig_name, const c_name, const function, const needed = call;
        const there = @hasDecl(channel, zig_name);
        if (@hasDecl(c, "LG_HAS_" ++ section)) {
            if (there) @export(&@field(@This(), function), .{ .name = c_name });
            if (!there and needed) @compileError("src/channel.zig has no `pub fn " ++ zig_name ++ "`, which a section of channel.toml asks for");
        } else if (there) {
            @compileError("src/channel.zig has `" ++ zig_name ++ "`, but channel.toml lacks its section");
        }
    }
}
