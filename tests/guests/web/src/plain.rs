//! The contract's own interface.

use lockgate_sdk::http::{Body, Content, Failure, Request, Response};

use crate::Asked;

/// Sends it and says what came of it.
pub fn sent(asked: &Asked) -> String {
    let mut request = Request::new(asked.method, asked.url.as_str());
    for (name, value) in &asked.headers {
        request = request.header(*name, *value);
    }
    if !asked.body.is_empty() {
        request.body = Body::Whole(Content::Bytes(asked.body.into()));
    }
    report(request.send())
}

/// One line: the status with headers and body, or why there is none.
pub fn report(answer: Result<Response, Failure>) -> String {
    match answer {
        Ok(response) => {
            let headers: Vec<String> = response
                .headers
                .iter()
                .map(|(name, value)| format!("{name}: {value}"))
                .collect();
            format!("{} [{}] {}", response.status, headers.join("; "), response.text())
        }
        Err(Failure::Refused(why)) => format!("refused: {why}"),
        Err(Failure::Unreachable(why)) => format!("unreachable: {why}"),
        Err(Failure::TooLarge) => "too large".into(),
    }
}
