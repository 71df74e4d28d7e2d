//! One request to a page: judged by its head, bounded, and only then the guest is called. What is refused is told in the
//! host's own words, which are the same for everybody.

use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::header::{
    ALLOW, AUTHORIZATION, CONTENT_LENGTH, COOKIE, EXPECT, HeaderMap, HeaderValue, PROXY_AUTHORIZATION,
};
use hyper::http::request::Parts;
use hyper::{Request, Response, StatusCode};

use super::Site;
use super::answer::{self, Bad};
use super::body::Body;
use super::check::{self, Stranger, Visitor};
use super::upload::{Intake, Unread};
use crate::channel::{Channel, Failure};
use crate::files::FilesError;
use crate::listener;
use crate::manifest::PAGE_RULE;
use crate::sandbox::HookRequest;

/// Why a request was not answered by the guest; each is counted for its channel.
#[derive(Debug)]
enum Refused {
    /// By its head.
    Stranger(Stranger),
    /// The channel is not ready.
    NotReady,
    /// The body was not taken.
    Unread(Unread),
    /// Too many calls of the channel wait for their guest.
    Busy,
    /// The call failed.
    Failed(Failure),
    /// The guest's answer can't be given; what it brought is committed.
    Bad(Bad),
}

/// Answers a request.
pub async fn handle(site: Arc<Site>, request: Request<Incoming>) -> Response<Body> {
    let channel = site.channel();
    let (parts, body) = request.into_parts();
    let answered = match check::check(&parts, site.address, &site.token) {
        Ok(Visitor::Opening) => return answer::door(),
        Ok(Visitor::Known) => match &channel {
            Some(channel) => ask(&site, channel, parts, body).await,
            None => Err(Refused::NotReady),
        },
        Err(stranger) => Err(Refused::Stranger(stranger)),
    };
    answered.unwrap_or_else(|refused| {
        if let Some(channel) = &channel {
            count(channel, &refused);
        }
        told(&refused)
    })
}

async fn ask(site: &Site, channel: &Arc<Channel>, parts: Parts, body: Incoming) -> Result<Response<Body>, Refused> {
    let unmade = |error: FilesError| Refused::Failed(error.into());
    let scratch = channel.scratch().map_err(unmade)?;
    let most = channel.grant().page().map_or(0, |page| page.upload);
    let intake = Intake::new(most, scratch.path(), &site.uploads);
    let body = intake
        .take(body, stated(&parts.headers))
        .await
        .map_err(Refused::Unread)?;
    let _place = channel.place().ok_or(Refused::Busy)?;
    let request = HookRequest {
        method: parts.method.as_str().to_owned(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: headers(&parts.headers),
        body,
        rule: PAGE_RULE.to_owned(),
    };
    let (answer, scratch) = channel.show(&request, scratch).await.map_err(Refused::Failed)?;
    answer::of_guest(channel, answer, scratch).await.map_err(|bad| {
        tracing::warn!(channel = %channel.context().name, ?bad, "the guest's answer can't be given");
        Refused::Bad(bad)
    })
}

/// The length that the sender gave its body.
fn stated(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// What the guest sees of the headers: nothing that opens this page, or anything else of the browser's owner.
fn headers(map: &HeaderMap) -> Vec<(String, String)> {
    let kept = map
        .iter()
        .filter(|(name, _)| ![COOKIE, AUTHORIZATION, PROXY_AUTHORIZATION, EXPECT, check::TOKEN].contains(name));
    kept.filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())))
        .collect()
}

/// What the browser gets.
fn told(refused: &Refused) -> Response<Body> {
    let second = Duration::from_secs(1);
    match refused {
        Refused::Stranger(stranger) => answer::closing(strange(*stranger)),
        Refused::NotReady | Refused::Busy | Refused::Bad(Bad::Crowded) => {
            answer::dressed(listener::later(StatusCode::SERVICE_UNAVAILABLE, second))
        }
        // What was not read of the body would be taken for the next request.
        Refused::Unread(unread) => answer::closing(unheard(unread)),
        Refused::Failed(failure) => answer::dressed(listener::of_failure(failure)),
        Refused::Bad(Bad::Answer(_)) => answer::empty(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

fn unheard(unread: &Unread) -> Response<Body> {
    match unread {
        Unread::TooLarge => answer::empty(StatusCode::PAYLOAD_TOO_LARGE),
        Unread::Incomplete => answer::empty(StatusCode::REQUEST_TIMEOUT),
        unread if unread.is_for_room() => answer::empty(StatusCode::INSUFFICIENT_STORAGE),
        Unread::Busy | Unread::Unwritten(_) => {
            answer::dressed(listener::later(StatusCode::SERVICE_UNAVAILABLE, Duration::from_secs(5)))
        }
    }
}

fn strange(stranger: Stranger) -> Response<Body> {
    match stranger {
        Stranger::Host => answer::said(
            StatusCode::MISDIRECTED_REQUEST,
            "Not served under this name. Run `lockgate status` and open the link that it shows.\n",
        ),
        Stranger::Site => answer::said(
            StatusCode::FORBIDDEN,
            "Another site sent you here. Run `lockgate status`, and put the link that it shows into the address bar.\n",
        ),
        Stranger::Method => {
            let mut response = answer::empty(StatusCode::METHOD_NOT_ALLOWED);
            let allowed = HeaderValue::from_static("GET, POST");
            response.headers_mut().insert(ALLOW, allowed);
            response
        }
        Stranger::Token => answer::said(
            StatusCode::UNAUTHORIZED,
            "Not without the page's token. Run `lockgate status` and open the link that it shows.\n",
        ),
    }
}

/// A refused request is seen in `status`, under its reason.
fn count(channel: &Channel, refused: &Refused) {
    channel.count(match refused {
        Refused::Stranger(Stranger::Host | Stranger::Site) => "page-foreign",
        Refused::Stranger(Stranger::Token) => "page-unverified",
        Refused::Unread(Unread::TooLarge) => "page-too-large",
        Refused::Unread(Unread::Incomplete) => "page-incomplete",
        Refused::Unread(Unread::Unwritten(_)) => "page-upload-not-kept",
        Refused::Unread(Unread::Busy) | Refused::Busy => "page-busy",
        Refused::Bad(Bad::Crowded) => "page-crowded",
        Refused::Bad(Bad::Answer(_)) => "page-bad-answer",
        Refused::Failed(Failure::Commit(_)) => "page-not-committed",
        Refused::Failed(_) => "page-failed",
        Refused::Stranger(Stranger::Method) | Refused::NotReady => return,
    });
}
