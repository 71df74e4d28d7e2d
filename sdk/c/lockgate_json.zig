//! Reading JSON whose shape is another's: checked once as a whole, at most 64 deep, and nothing is copied but texts with
//! escapes. For a shape of one's own `lockgate.json(T, text)` is shorter.

const lg = @import("lockgate.zig");
const c = lg.c;

/// A value in a text that was checked, or none.
pub const Json = struct {
    inner: c.lg_json,

    /// Malformed if the text is not one value of JSON.
    pub fn open(of: []const u8) lg.Trouble!Json {
        var value: c.lg_json = undefined;
        return if (c.lg_json_open(lg.str(of), &value)) .{ .inner = value } else lg.malformed("that is no JSON");
    }

    /// The member of an object; none if there is no such.
    pub fn get(self: Json, name: []const u8) Json {
        return .{ .inner = c.lg_json_get(self.inner, lg.str(name)) };
    }

    /// A text without its escapes; empty if it is none.
    pub fn text(self: Json) []const u8 {
        return lg.slice(c.lg_json_text(self.inner));
    }

    /// A name of the platform's, which may be a text or a number; empty if it is neither.
    pub fn id(self: Json, name: []const u8) []const u8 {
        return lg.slice(c.lg_json_get_id(self.inner, lg.str(name)));
    }

    /// A whole number, exactly.
    pub fn integer(self: Json) ?i64 {
        var number: i64 = undefined;
        return if (c.lg_json_integer(self.inner, &number)) number else null;
    }

    pub fn isTrue(self: Json) bool {
        return c.lg_json_true(self.inner);
    }

    pub fn isText(self: Json) bool {
        return self.inner.kind == c.LG_JSON_TEXT;
    }

    pub fn isList(self: Json) bool {
        return self.inner.kind == c.LG_JSON_LIST;
    }

    /// As it stands in the text.
    pub fn raw(self: Json) []const u8 {
        return lg.slice(self.inner.raw);
    }

    /// Over a list, or the values of an object; of anything else, over nothing.
    pub fn items(self: Json) Items {
        return .{ .inner = c.lg_json_items(self.inner) };
    }
};

pub const Items = struct {
    inner: c.lg_json_each,

    pub fn next(self: *Items) ?Json {
        var item: c.lg_json = undefined;
        return if (c.lg_json_next(&self.inner, &item)) .{ .inner = item } else null;
    }
};
