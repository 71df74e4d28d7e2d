//! Capability `http`: requests in plain records, and the same for clients of `wasi:http`. Both end in the channel's one line
//! outward, which decides, connects and masks; nothing here does. Files are read and written by the host, in the call's own
//! folders and without following links.
//!
//! What the host holds for a `fetch`: the request as it was lifted, at most [`limits::HOSTCALL_BYTES`], and the answer, at
//! most [`limits::RESPONSE_BYTES`]; a file is never whole in memory. For `wasi:http` see [`wasi`].

mod form;
mod into;
mod named;
mod pour;
pub(super) mod wasi;

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use data_encoding::HEXLOWER;
use ring::rand::{SecureRandom, SystemRandom};

use self::form::Piece;
use self::into::Into;
use self::named::Named;
use self::pour::{Source, pour};
use super::bindings::http::{self, Content, Failure, Host, Part, Request, Response};
use super::folders::Folders;
use super::state::CallState;
use crate::egress::{self, Body, Reason};
use crate::files::FilesError;
use crate::limits;

/// Random bytes of a form's boundary: no content has it but by a chance that nobody lives to see.
const BOUNDARY_BYTES: usize = 16;
/// Where an answer can be kept, as the guest sees it.
const INBOX: &str = "/inbox";
const CONTENT_TYPE: &str = "content-type";

impl Host for CallState {
    async fn fetch(&mut self, request: Request) -> wasmtime::Result<Result<Response, Failure>> {
        Ok(self.exchange(request).await)
    }
}

impl CallState {
    async fn exchange(&mut self, mut request: Request) -> Result<Response, Failure> {
        let (channel, calls) = (Arc::clone(&self.channel), Arc::clone(&self.web.calls));
        if !channel.egress.covers(&request.method, &request.url) {
            // It is refused below. No file is looked at for it.
            (request.body, request.into) = (http::Body::Empty, None);
        }
        let (folders, inbox, deadline) = (self.folders.clone(), self.files.quota_of(INBOX), self.deadline);
        let (method, url) = (request.method.clone(), request.url.clone());
        let refused = |failure| {
            channel.egress.count(Reason::Content);
            failure
        };
        let asked = asked(request, deadline, &folders, &channel.random).await;
        let (request, into) = asked.map_err(refused)?;
        // Made before anything is sent: what can't be kept is not asked for.
        let into = match into {
            Some(path) => Some(Into::make(inbox, &path).await.map_err(refused)?),
            None => None,
        };
        let answer = channel.egress.fetch(request, &calls).await;
        if let Err(failure) = &answer {
            channel.tap.show_refused(&channel.egress, &method, &url, failure);
        }
        let is_kept = answer.as_ref().is_ok_and(|answer| (200..300).contains(&answer.status));
        let into = match into {
            Some(into) if !is_kept => {
                into.discard().await;
                None
            }
            into => into,
        };
        let egress::Response { status, headers, body } = answer?;
        let headers = headers.into_iter();
        let headers = headers.map(|(name, value)| (name, String::from_utf8_lossy(&value).into_owned()));
        Ok(Response {
            status,
            headers: headers.collect(),
            body: match into {
                Some(into) => into.keep(body).await.map(|()| Vec::new())?,
                None => body.whole(limits::RESPONSE_BYTES).await?,
            },
        })
    }
}

/// A guest's request with its files looked at, and where it wants the answer.
async fn asked(
    request: Request,
    deadline: Instant,
    folders: &Folders,
    random: &SystemRandom,
) -> Result<(egress::Request, Option<String>), Failure> {
    let headers = request.headers.into_iter();
    let mut headers: Vec<_> = headers.map(|(name, value)| (name, value.into_bytes())).collect();
    let body = match request.body {
        http::Body::Empty => Body::Empty,
        http::Body::Whole(Content::Bytes(bytes)) => Body::Bytes(Bytes::from(bytes)),
        http::Body::Whole(content) => {
            let (length, stream) = poured(vec![source(content, folders).await?]);
            let length = Some(length);
            Body::Stream { length, stream }
        }
        http::Body::Form(parts) => {
            if headers.iter().any(|(name, _)| name.eq_ignore_ascii_case(CONTENT_TYPE)) {
                return Err(refused("the host writes the content-type of a form; leave it out"));
            }
            let boundary = boundary(random)?;
            headers.push((CONTENT_TYPE.into(), form::content_type(&boundary).into_bytes()));
            form(parts, &boundary, folders).await?
        }
    };
    let asked = egress::Request {
        method: request.method,
        url: request.url,
        headers,
        body,
        timeout: request.timeout.map(|millis| Duration::from_millis(millis.into())),
        deadline,
    };
    Ok((asked, request.into))
}

async fn form(parts: Vec<Part>, boundary: &str, folders: &Folders) -> Result<Body, Failure> {
    let files = parts.iter().filter(|part| matches!(part.content, Content::File(_)));
    if files.count() > limits::GUEST_OPEN_FILES {
        let most = limits::GUEST_OPEN_FILES;
        return Err(refused(&format!(
            "a form takes at most {most} files, as many as a call may have open; send fewer"
        )));
    }
    let fields = parts.iter().map(|part| part.name.clone()).collect();
    let pieces = form::pieces(parts.into_iter().map(plain).collect(), boundary);
    let mut sources = Vec::new();
    for piece in pieces.map_err(|error| refused(&error.to_string()))? {
        sources.push(match piece {
            Piece::Written(bytes) => Source::Bytes(bytes),
            Piece::Content(content) => source(content, folders).await?,
        });
    }
    let (length, stream) = poured(sources);
    Ok(Body::Form { fields, length, stream })
}

fn boundary(random: &SystemRandom) -> Result<String, Failure> {
    let mut bytes = [0; BOUNDARY_BYTES];
    let filled = random.fill(&mut bytes);
    filled.map_err(|_| refused("the system gives no random bytes; try again"))?;
    Ok(HEXLOWER.encode(&bytes))
}

/// Looks at a file of this call, which is opened when its turn comes, or takes bytes as they are.
async fn source(content: Content, folders: &Folders) -> Result<Source, Failure> {
    let path = match content {
        Content::Bytes(bytes) => return Ok(Source::Bytes(Bytes::from(bytes))),
        Content::File(path) => path,
    };
    let (folders, shown) = (folders.clone(), crate::text::terminal(&path));
    let named = blocking(move || Named::find(folders, path)).await?;
    if named.length() > limits::FILE_BYTES {
        let most = limits::FILE_BYTES;
        return Err(refused(&format!(
            "{shown} has more than {most} bytes; send a smaller file"
        )));
    }
    Ok(Source::File {
        length: named.length(),
        open: Box::new(|| named.open()),
    })
}

/// A part as the form's writer takes it.
fn plain(part: Part) -> form::Part<Content> {
    let Part {
        name,
        filename,
        mime,
        content,
    } = part;
    form::Part {
        name,
        filename,
        mime,
        content,
    }
}

fn poured(sources: Vec<Source>) -> (u64, egress::Stream) {
    let (length, body) = pour(sources);
    (length, http_body_util::BodyExt::boxed_unsync(body))
}

fn refused(why: &str) -> Failure {
    Failure::Refused(why.to_owned())
}

/// Work on the disk, on a thread for it.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, FilesError> + Send + 'static,
) -> Result<T, Failure> {
    let done = tokio::task::spawn_blocking(work).await;
    let done = done.map_err(|_| refused("a task of the host failed; try again"))?;
    done.map_err(|error| refused(&error.to_string()))
}

impl From<egress::Failure> for Failure {
    fn from(failure: egress::Failure) -> Self {
        match failure {
            egress::Failure::Refused(why) => Self::Refused(why),
            egress::Failure::Unreachable(why) => Self::Unreachable(why),
            egress::Failure::TooLarge => Self::TooLarge,
        }
    }
}
