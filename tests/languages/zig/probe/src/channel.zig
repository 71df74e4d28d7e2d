//! What every language proves; channel.toml says what each word of a body means.
const std = @import("std");
const lg = @import("lockgate");

pub fn onRequest(request: *const lg.Request, answer: *lg.Answer) !void {
    const all = lg.body(request);
    const word = std.mem.sliceTo(all, ' ');
    const rest = if (word.len == all.len) "" else all[word.len + 1 ..];
    if (std.mem.eql(u8, word, "meta")) return lg.deliver(&answer.outcome, aboutAnn());
    lg.deliver(&answer.outcome, lg.service("probe", try textFor(word, rest)));
}

fn textFor(word: []const u8, rest: []const u8) ![]const u8 {
    const Command = enum { event, store, fetch, trap, trouble };
    switch (std.meta.stringToEnum(Command, word) orelse return lg.malformed("no such command")) {
        .event => return rest,
        .store => {
            const count = lg.store.number("count") + 1;
            try lg.store.setNumber("count", count);
            return lg.digits(count);
        },
        .fetch => return fetched(rest),
        .trap => @panic("as asked"),
        .trouble => return lg.rejected("as asked"),
    }
}

/// The answer, or why there is none.
fn fetched(url: []const u8) []const u8 {
    var request = lg.http.get(url);
    var failure: lg.http.Failure = undefined;
    const response = request.sendOr(&failure) orelse return switch (failure) {
        .refused => |why| lg.print("refused: {s}", .{why}),
        .unanswered => |why| lg.print("unreachable: {s}", .{why}),
        .too_large => "unreachable: too large",
    };
    return lg.print("{d} {s}", .{ response.status(), response.text() });
}

fn aboutAnn() lg.Message {
    var message = lg.person(lg.account("7", "Ann"), lg.direct("room"), "meta");
    lg.meta(&message, "k", "v");
    return message;
}

pub fn onSend(outgoing: *const lg.Outgoing, receipt: *lg.Receipt) !void {
    var request: lg.http.Request = .init("POST", "https://probe.example.org/said");
    request.body("text/plain", lg.slice(outgoing.text));
    const response = try request.send();
    if (response.status() == 429) return lg.busy(1000);
    lg.sent(receipt, (try response.ok()).text());
}

pub fn onEdit(_: *const lg.Place, _: []const u8, _: []const u8, _: bool, _: *lg.Effects) !void {
    return lg.rejected("no");
}
