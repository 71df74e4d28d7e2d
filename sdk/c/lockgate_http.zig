//! HTTP for channels in Zig, as far as a granted rule covers it. Follows no redirect.

const lg = @import("lockgate.zig");
const c = lg.c;

/// Why there is no answer, in the host's own words.
pub const Failure = union(enum) {
    /// No granted rule covers it; the text names the one that is missing.
    refused: []const u8,
    /// Nobody answered in time.
    unanswered: []const u8,
    /// The answer is larger than 4 MiB.
    too_large,

    fn of(inner: c.lg_http_failure) Failure {
        return switch (inner.tag) {
            c.LOCKGATE_CHANNEL_HTTP_FAILURE_REFUSED => .{ .refused = lg.slice(inner.val.refused) },
            c.LOCKGATE_CHANNEL_HTTP_FAILURE_UNREACHABLE => .{ .unanswered = lg.slice(inner.val.@"unreachable") },
            else => .too_large,
        };
    }
};

/// A request, changed with its functions before it is sent.
pub const Request = struct {
    inner: c.lg_http,

    /// Where a rule has a credential in its path, the placeholder stands in the URL literally.
    pub fn init(method: []const u8, url: []const u8) Request {
        return .{ .inner = c.lg_http_new(lg.str(method), lg.str(url)) };
    }

    pub fn header(self: *Request, name: []const u8, value: []const u8) void {
        c.lg_http_header(&self.inner, lg.str(name), lg.str(value));
    }

    pub fn body(self: *Request, mime: []const u8, text: []const u8) void {
        c.lg_http_body(&self.inner, lg.str(mime), lg.str(text));
    }

    /// The bytes of a file under `/inbox`, `/outbox` or `/data`.
    pub fn file(self: *Request, path: []const u8) void {
        c.lg_http_file(&self.inner, lg.str(path));
    }

    pub fn timeout(self: *Request, millis: u32) void {
        c.lg_http_timeout(&self.inner, millis);
    }

    /// Writes a 2xx answer's body to this path under `/inbox`.
    pub fn into(self: *Request, path: []const u8) void {
        c.lg_http_into(&self.inner, lg.str(path));
    }

    /// Rejected if no rule covers it, unavailable if nobody answers, malformed if the answer is larger than 4 MiB.
    pub fn send(self: *Request) lg.Trouble!Response {
        var response: c.lg_response = undefined;
        return if (c.lg_fetch(&self.inner, &response)) .{ .inner = response } else lg.named();
    }

    /// The same with the host's own word for a failure.
    pub fn sendOr(self: *Request, failure: *Failure) ?Response {
        var response: c.lg_response = undefined;
        var why: c.lg_http_failure = undefined;
        if (c.lg_fetch_or(&self.inner, &response, &why)) return .{ .inner = response };
        failure.* = .of(why);
        return null;
    }
};

pub const Response = struct {
    inner: c.lg_response,

    pub fn status(self: *const Response) u16 {
        return self.inner.status;
    }

    /// The body as valid UTF-8.
    pub fn text(self: *const Response) []const u8 {
        return lg.slice(c.lg_http_text(&self.inner));
    }

    pub fn bytes(self: *const Response) []const u8 {
        return lg.fromBytes(self.inner.body);
    }

    /// The body as JSON.
    pub fn json(self: *const Response, comptime T: type) lg.Trouble!T {
        return lg.json(T, self.text());
    }

    /// The first header of that name, whatever its case.
    pub fn header(self: *const Response, name: []const u8) ?[]const u8 {
        var value: c.lg_str = undefined;
        return if (c.lg_pair(&self.inner.headers, lg.str(name), &value)) lg.slice(value) else null;
    }

    /// Itself if the status is 2xx, else the trouble that it tells of (see `lg_http_ok`).
    pub fn ok(self: Response) lg.Trouble!Response {
        return if (c.lg_http_ok(&self.inner)) self else lg.named();
    }
};

pub fn get(url: []const u8) Request {
    return .init("GET", url);
}

/// A request with a body of JSON.
pub fn postJson(url: []const u8, value: anytype) Request {
    var request: Request = .init("POST", url);
    request.body("application/json", lg.jsonOf(value));
    return request;
}

/// Text as one segment of a path, or as a name or value of a query.
pub fn encoded(text: []const u8) []const u8 {
    return lg.slice(c.lg_url(lg.str(text)));
}
