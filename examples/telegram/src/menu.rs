//! The menu of commands that a direct chat with the bot shows. They are messages like any other: nothing answers them here.

use lockgate_sdk::{Trouble, host, store};
use serde_json::json;

use crate::api;

/// Key of the moment from which the menu is to be set; kept as `done` once it is.
const DUE: &str = "menu";
/// Milliseconds until it is tried again.
const RETRY: u64 = 10 * 60 * 1_000;

/// Has it be set again.
pub fn doubt() {
    store::delete(DUE);
}

/// Whether it is to be set now.
pub fn is_due() -> bool {
    match store::get_text(DUE).as_deref() {
        Some("done") => false,
        Some(due) => due.parse().unwrap_or(0) <= host::now(),
        None => true,
    }
}

/// Sets it. Nothing hangs on it, so a failure only means that it is tried again later.
pub fn set() -> Result<(), Trouble> {
    let command = |command: &str, description: &str| json!({ "command": command, "description": description });
    let menu = json!({
        "commands": [
            command("start", "Begin"),
            command("help", "What can I ask here?"),
            command("status", "What is the session doing?"),
        ],
        "scope": { "type": "all_private_chats" },
    });
    let next = match api::call("setMyCommands", &menu) {
        Ok(_) => "done".to_owned(),
        Err(_) => host::now().saturating_add(RETRY).to_string(),
    };
    Ok(store::set(DUE, next)?)
}
