//! Who the bot is, by its own word, kept in the store: what addresses it can't be told without. Asked again after each start,
//! since then it may be another bot.

use lockgate_sdk::{Trouble, store};
use serde_json::json;

use crate::api;
use crate::fields::Fields;
use crate::{poll, trouble};

/// Key of what is kept: the id and the user name.
const ME: &str = "me";
/// Key of the mark that it has been asked since the last start.
const SURE: &str = "me-sure";

/// The bot's own account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Me {
    /// Its id; 0 if it is not known, which is nobody's.
    pub id: i64,
    /// Its user name without the at sign.
    pub username: String,
}

/// Has it be asked again.
pub fn doubt() {
    store::delete(SURE);
}

/// Whether the platform is to be asked.
pub fn is_due() -> bool {
    store::get(SURE).is_none()
}

/// Asks the platform, and keeps the answer. Of another bot than before nothing else is kept: its updates have other numbers.
pub fn ask() -> Result<(), Trouble> {
    let user = api::call("getMe", &json!({})).map_err(trouble::of_no_update)?;
    let id = user
        .int("id")
        .ok_or_else(|| Trouble::unavailable("Telegram's answer to getMe has no id"))?;
    if kept().is_some_and(|me| me.id != id) {
        poll::forget();
    }
    let username = user.text("username").unwrap_or_default();
    store::set(ME, format!("{id} {username}"))?;
    Ok(store::set(SURE, "")?)
}

/// Who the bot is; none until it has been asked.
pub fn kept() -> Option<Me> {
    let kept = store::get_text(ME)?;
    let (id, username) = kept.split_once(' ')?;
    Some(Me {
        id: id.parse().ok()?,
        username: username.to_owned(),
    })
}
