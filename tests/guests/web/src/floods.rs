//! What a guest could keep in the host's memory by wasi:http, and bodies that never come to their end.

use wasip2::http::outgoing_handler::{FutureIncomingResponse, handle};
use wasip2::http::types::{Fields, Method, OutgoingBody, OutgoingRequest, RequestOptions};
use wasip2::io::streams::OutputStream;

use crate::Asked;
use crate::wasi::{exchange, request, written};

/// Rows that are tried, more than a call may have.
const ROWS: usize = 2_000;
const OPEN: &str = "https://open.example.org/echo";

/// Does a deed; the argument is a URL, how many headers a set has, or nothing.
pub fn done(deed: &str, argument: &str) -> String {
    let headers = argument.parse().unwrap_or(0);
    match deed {
        "fields" => fields(headers),
        "field" => format!("{:?}", Fields::new().append("a", &vec![b'x'; headers])),
        "requests" => requests(headers),
        "lines" => lines(),
        "bodies" => bodies(),
        "held" => held(argument),
        "trailers" => trailers(),
        "unfinished" => unfinished(),
        "between" => between(argument),
        _ => "no such deed".into(),
    }
}

/// One set of so many headers: many without a value cost the host the most.
fn full(headers: usize) -> Fields {
    let fields = Fields::new();
    for n in 0..headers {
        let _ = fields.append(&format!("{n:x}"), b"");
    }
    fields
}

/// As many sets as there can be, and one more, which traps.
fn fields(headers: usize) -> String {
    let mut all = Vec::new();
    for _ in 0..ROWS {
        all.push(full(headers));
    }
    format!("{} sets", all.len())
}

/// Requests that are not sent, with everything in them that fits.
fn requests(headers: usize) -> String {
    let mut all = Vec::new();
    for _ in 0..ROWS {
        let request = OutgoingRequest::new(full(headers));
        let (path, authority) = ("/".repeat(8 << 10), "a".repeat(250));
        let _ = request.set_path_with_query(Some(&path));
        let _ = request.set_authority(Some(&authority));
        let _ = request.set_method(&Method::Other("M".repeat(16)));
        if let Ok(body) = request.body() {
            fill(&body);
        }
        all.push(request);
    }
    format!("{} requests", all.len())
}

/// Lines as long as a call can lift: none of them may stay with the host.
fn lines() -> String {
    let request = OutgoingRequest::new(Fields::new());
    let long = "a".repeat(8 << 20);
    let method = request.set_method(&Method::Other(long.clone()));
    let path = request.set_path_with_query(Some(&format!("/{long}")));
    let authority = request.set_authority(Some(&long));
    format!("{method:?} {path:?} {authority:?}")
}

/// Bodies of requests that are not sent, written to as long as the host takes something.
fn bodies() -> String {
    let mut all = Vec::new();
    for _ in 0..ROWS {
        let request = OutgoingRequest::new(Fields::new());
        if let Ok(body) = request.body() {
            all.push((fill(&body), body, request));
        }
    }
    format!("{} bodies", all.len())
}

fn fill(body: &OutgoingBody) -> Option<OutputStream> {
    let stream = body.write().ok()?;
    while let Ok(most @ 1..) = stream.check_write() {
        if stream.write(&vec![b'x'; usize::try_from(most).unwrap_or(1)]).is_err() {
            break;
        }
    }
    Some(stream)
}

/// More requests than a call may send, all under way, and no answer taken until the end.
fn held(url: &str) -> String {
    let mut futures: Vec<FutureIncomingResponse> = Vec::new();
    for _ in 0..100 {
        match request(&Asked::get(url)).map(|request| handle(request, None)) {
            Ok(Ok(future)) => futures.push(future),
            other => return format!("{} and {:?}", futures.len(), other.map(|sent| sent.map(drop))),
        }
    }
    let mut statuses: Vec<(u16, usize)> = Vec::new();
    let mut answers = Vec::new();
    for future in futures {
        future.subscribe().block();
        let Some(Ok(Ok(response))) = future.get() else {
            return "no answer".into();
        };
        match statuses.iter_mut().find(|(status, _)| *status == response.status()) {
            Some((_, count)) => *count += 1,
            None => statuses.push((response.status(), 1)),
        }
        answers.push(response);
    }
    statuses.sort_unstable();
    format!("{statuses:?}")
}

/// Headers after the body.
fn trailers() -> String {
    let Ok(request) = request(&Asked {
        method: "POST",
        ..Asked::get(OPEN)
    }) else {
        return "no request".into();
    };
    let Ok(body) = request.body() else {
        return "no body".into();
    };
    let Ok(_future) = handle(request, None) else {
        return "not sent".into();
    };
    let trailers = Fields::new();
    let added = trailers.append("x-late", b"1");
    let wrote = written(&body, b"body");
    format!("{added:?} {wrote:?} {:?}", OutgoingBody::finish(body, Some(trailers)))
}

/// A body of which more is promised than comes.
fn unfinished() -> String {
    let Ok(request) = request(&Asked {
        method: "POST",
        ..Asked::get(OPEN)
    }) else {
        return "no request".into();
    };
    let Ok(body) = request.body() else {
        return "no body".into();
    };
    let Ok(future) = handle(request, None) else {
        return "not sent".into();
    };
    let _ = written(&body, b"the beginning");
    // The body stays open, and the answer never comes: the host ends the call.
    future.subscribe().block();
    let answer = future
        .get()
        .map(|answer| answer.map(|answer| answer.map(|response| response.status())));
    format!("{answer:?}")
}

/// Asks for a head within four seconds, and for bytes within one of each other.
fn between(url: &str) -> String {
    let options = RequestOptions::new();
    let _ = options.set_first_byte_timeout(Some(4_000_000_000));
    let _ = options.set_between_bytes_timeout(Some(1_000_000_000));
    match request(&Asked::get(url)) {
        Ok(request) => exchange(request, b"", Some(options)),
        Err(why) => why,
    }
}
