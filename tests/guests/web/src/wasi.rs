//! wasi:http, as a client of another language calls it.

use crate::Asked;
use wasip2::http::outgoing_handler::handle;
use wasip2::http::types::{Fields, IncomingResponse, Method, OutgoingBody, OutgoingRequest, RequestOptions, Scheme};
use wasip2::io::streams::StreamError;

/// Sends it and says what came of it, in the words of the other interface.
pub fn sent(asked: &Asked) -> String {
    match request(asked) {
        Ok(request) => exchange(request, asked.body.as_bytes(), None),
        Err(why) => format!("refused: {why}"),
    }
}

/// A request, or which part of it the host did not take.
pub fn request(asked: &Asked) -> Result<OutgoingRequest, String> {
    let fields = Fields::new();
    for (name, value) in &asked.headers {
        let name = (*name).to_owned();
        fields
            .append(&name, value.as_bytes())
            .map_err(|error| format!("header {name}: {error:?}"))?;
    }
    let request = OutgoingRequest::new(fields);
    let (scheme, rest) = asked.url.split_once("://").ok_or("no scheme")?;
    let at = rest.find('/').unwrap_or(rest.len());
    let scheme = match scheme {
        "http" => Scheme::Http,
        "https" => Scheme::Https,
        other => Scheme::Other(other.into()),
    };
    let method = match asked.method {
        "GET" => Method::Get,
        "POST" => Method::Post,
        "DELETE" => Method::Delete,
        other => Method::Other(other.into()),
    };
    request.set_method(&method).map_err(|()| "method")?;
    request.set_scheme(Some(&scheme)).map_err(|()| "scheme")?;
    request.set_authority(Some(&rest[..at])).map_err(|()| "authority")?;
    request.set_path_with_query(Some(&rest[at..])).map_err(|()| "path")?;
    Ok(request)
}

/// Sends a request and its body, and waits for the answer.
pub fn exchange(request: OutgoingRequest, body: &[u8], options: Option<RequestOptions>) -> String {
    let outgoing = (!body.is_empty()).then(|| request.body());
    let future = match handle(request, options) {
        Ok(future) => future,
        Err(error) => return format!("refused: {error:?}"),
    };
    if let Some(Ok(outgoing)) = outgoing
        && let Err(why) = written(&outgoing, body).and_then(|()| finished(outgoing))
    {
        return why;
    }
    future.subscribe().block();
    match future.get() {
        Some(Ok(Ok(response))) => report(&response),
        other => format!("failed: {other:?}"),
    }
}

/// Writes all of it, as fast as the host takes it.
pub fn written(body: &OutgoingBody, bytes: &[u8]) -> Result<(), String> {
    let stream = body.write().map_err(|()| "no stream")?;
    for piece in bytes.chunks(4096) {
        let written = stream.blocking_write_and_flush(piece);
        written.map_err(|error| format!("write: {error:?}"))?;
    }
    Ok(())
}

fn finished(body: OutgoingBody) -> Result<(), String> {
    OutgoingBody::finish(body, None).map_err(|error| format!("finish: {error:?}"))
}

fn report(response: &IncomingResponse) -> String {
    let entries = response.headers().entries();
    let told = entries.iter().find(|(name, _)| name == "x-lockgate");
    let told = told.map(|(_, value)| String::from_utf8_lossy(value).into_owned());
    let status = response.status();
    let body = match read(response) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(why) => return format!("{status}, then {why}"),
    };
    match told {
        Some(kind) => format!("{kind}: {body}"),
        None => {
            let shown = |(name, value): &(String, Vec<u8>)| format!("{name}: {}", String::from_utf8_lossy(value));
            let headers: Vec<String> = entries.iter().map(shown).collect();
            format!("{status} [{}] {body}", headers.join("; "))
        }
    }
}

fn read(response: &IncomingResponse) -> Result<Vec<u8>, String> {
    let body = response.consume().map_err(|()| "no body")?;
    let stream = body.stream().map_err(|()| "no stream")?;
    let mut bytes = Vec::new();
    loop {
        match stream.blocking_read(64 << 10) {
            Ok(piece) => bytes.extend_from_slice(&piece),
            Err(StreamError::Closed) => return Ok(bytes),
            Err(StreamError::LastOperationFailed(error)) => {
                return Err(format!("{} bytes and {}", bytes.len(), error.to_debug_string()));
            }
        }
    }
}
