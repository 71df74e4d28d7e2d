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
    const Command = enum { event, store, fetch, query, run, trap, trouble };
    switch (std.meta.stringToEnum(Command, word) orelse return lg.malformed("no such command")) {
        .event => return rest,
        .store => {
            const count = lg.store.number("count") + 1;
            try lg.store.setNumber("count", count);
            return lg.digits(count);
        },
        .fetch => return fetched(rest),
        .query => return queried(rest),
        .run => return ran(rest),
        .trap => @panic("as asked"),
        .trouble => return lg.rejected("as asked"),
    }
}

const sql = "SELECT name, count, price, picture, note FROM stock WHERE name = ?1 AND count > ?2 AND price > ?3";

fn queried(rest: []const u8) ![]const u8 {
    const name = std.mem.sliceTo(rest, ' ');
    var given: lg.c.lg_values = .{};
    lg.c.lg_bind_text(&given, lg.str(rest[@min(rest.len, name.len + 1)..]));
    lg.c.lg_bind_integer(&given, 0);
    lg.c.lg_bind_real(&given, 0.5);
    var rows: lg.c.lg_rows = undefined;
    if (!lg.c.lg_query(lg.str(name), lg.str(sql), given, &rows)) return lg.named();
    if (rows.len == 0) return "nothing";
    const row = rows.ptr[0].ptr;
    const noted = row[4].tag == lg.c.LOCKGATE_CHANNEL_DATABASE_VALUE_TEXT;
    const note = if (noted) lg.slice(row[4].val.text) else "null";
    const price: i64 = @intFromFloat(row[2].val.real * 2);
    const found = lg.slice(row[0].val.text);
    return lg.print("{s} {d} {d} {d} {s}", .{ found, row[1].val.integer, price, row[3].val.blob.len, note });
}

fn ran(rest: []const u8) ![]const u8 {
    const name = std.mem.sliceTo(rest, ' ');
    var arguments: lg.c.lg_strs = .{};
    lg.c.lg_add(&arguments, lg.str(rest[@min(rest.len, name.len + 1)..]));
    var output: lg.c.lg_output = undefined;
    if (!lg.c.lg_run(lg.str(name), arguments, lg.c.lg_as_bytes(lg.str("in")), &output)) return lg.named();
    return lg.print("{d} {s}{s}", .{ output.status, lg.fromBytes(output.stdout_), lg.fromBytes(output.stderr_) });
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
