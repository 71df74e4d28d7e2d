//! Calls of the Bot API. The token is the host's: a placeholder stands where it goes. Nothing is repeated here.

use std::time::Duration;

use lockgate_sdk::Trouble;
use lockgate_sdk::http::{self, Part, Request, Response};
use serde_json::{Value, json};

use crate::feed;
use crate::fields::Fields;
use crate::trouble;

/// Where the API is. A server of the operator's own is his `upstream`, of which nothing is known here.
const HOST: &str = "https://api.telegram.org";

/// How long a call waits for its answer, other than one for news or with files.
const PATIENCE: Duration = Duration::from_secs(10);

/// Calls a method with these parameters; what it gave.
pub fn call(method: &str, parameters: &Value) -> Result<Value, Trouble> {
    let response = request(method).timeout(PATIENCE).json(parameters)?.send()?;
    result(&response)
}

/// Calls a method with a form, for files.
pub fn submit(method: &str, parts: Vec<Part>) -> Result<Value, Trouble> {
    result(&request(method).form(parts).send()?)
}

/// Asks for news; the answer as it came, repaired where it is no text.
pub fn updates(parameters: &Value, patience: Duration) -> Result<String, Trouble> {
    let response = request("getUpdates").timeout(patience).json(parameters)?.send()?;
    if response.is_ok() {
        return Ok(feed::repair(&response.body));
    }
    let trouble = trouble::of(&response, &read(&response).unwrap_or_default());
    Err(trouble::of_no_update(trouble))
}

/// Writes the file of this id to a path under `/inbox`.
pub fn download(file: &str, into: &str) -> Result<(), Trouble> {
    let file = call("getFile", &json!({ "file_id": file }))?;
    let path = file.text("file_path").ok_or_else(|| {
        Trouble::rejected("Telegram gives no file for this attachment; a bot can fetch files of at most 20 MB")
    })?;
    if path.starts_with('/') {
        // A server of the operator's own with `--local` names a place on its own disk.
        return Err(Trouble::rejected(
            "the Bot API server keeps files on its own disk; run it without --local",
        ));
    }
    let path: Vec<String> = path.split('/').map(http::encode).collect();
    let url = format!("{HOST}/file/bot{{bot_token}}/{}", path.join("/"));
    let response = Request::get(url).into_file(into).send()?;
    match response.status {
        _ if response.is_ok() => Ok(()),
        404 => Err(Trouble::rejected("Telegram no longer has the file")),
        _ => Err(trouble::of(&response, &read(&response).unwrap_or_default())),
    }
}

fn request(method: &str) -> Request {
    Request::post(format!("{HOST}/bot{{bot_token}}/{method}"))
}

/// What a method gave. After a success that can't be read nothing is known but that it was one.
fn result(response: &Response) -> Result<Value, Trouble> {
    let mut answer = read(response).unwrap_or_default();
    if response.is_ok() && answer.get("ok") != Some(&Value::Bool(false)) {
        return Ok(answer.get_mut("result").map(Value::take).unwrap_or_default());
    }
    Err(trouble::of(response, &answer))
}

fn read(response: &Response) -> Option<Value> {
    serde_json::from_str(&feed::repair(&response.body)).ok()
}
