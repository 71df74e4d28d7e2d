//! The components that lockgate's binary brings along. They are named here and not in the host, which names no channel;
//! nothing but the bytes of committed components belongs here.

/// A chat page, for the browser.
pub const CHAT: &[u8] = include_bytes!("prebuilt/fakechat.wasm");
/// The generic receiver of signed webhooks.
pub const RECEIVER: &[u8] = include_bytes!("prebuilt/webhook.wasm");
/// All that `lockgate add NAME` knows without a file, by name.
pub const ALL: &[(&str, &[u8])] = &[
    ("fakechat", CHAT),
    ("telegram", include_bytes!("prebuilt/telegram.wasm")),
    ("ticker", include_bytes!("prebuilt/ticker.wasm")),
    ("webhook", RECEIVER),
];
