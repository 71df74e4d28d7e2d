//! Capability `http`, and `wasi:http`: nothing is granted yet, so everything is refused, in the way that each of them
//! has for a refusal. There is no client behind either.

use http_body_util::{BodyExt, Full};
use hyper::{Request, Response, StatusCode};
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks};

use super::bindings::http::{Failure, Host, Request as GuestRequest, Response as GuestResponse};
use super::state::CallState;

const REFUSAL: &str = "no host is granted to this channel";

impl Host for CallState {
    fn fetch(&mut self, _request: GuestRequest) -> wasmtime::Result<Result<GuestResponse, Failure>> {
        Ok(Err(Failure::Refused(REFUSAL.into())))
    }
}

/// Answers every request of `wasi:http` with 403.
///
/// An error would be simpler, but the JavaScript runtime aborts the instance when a request with a body fails that
/// way; an answer is something that every guest can handle.
pub struct RefuseAll;

type Io = Box<dyn Future<Output = Result<(), Error>> + Send>;
type Answer = wasmtime_wasi_http::Result<(Response<WasiBody>, Io)>;

impl WasiHttpHooks for RefuseAll {
    fn send_request(
        &mut self,
        _request: Request<WasiBody>,
        _options: Option<RequestOptions>,
        _processed: Io,
    ) -> Box<dyn Future<Output = Answer> + Send> {
        Box::new(async {
            let body = Full::from(REFUSAL).map_err(|never| match never {}).boxed_unsync();
            let mut response = Response::new(body);
            *response.status_mut() = StatusCode::FORBIDDEN;
            Ok((response, Box::new(async { Ok(()) }) as Io))
        })
    }
}
