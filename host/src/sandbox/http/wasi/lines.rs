//! The few functions of `wasi:http/types` that stand before the ready-made ones, because those keep whatever a guest hands
//! over: the parts of a request line, which may be as long as a call can lift, in each of a thousand requests; and trailers,
//! which nobody would send.

use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, Resource};
use wasmtime_wasi_http::FieldMap;
use wasmtime_wasi_http::WasiHttpView;
use wasmtime_wasi_http::p2::bindings::http::types::{
    self, ErrorCode, Host, HostOutgoingBody as _, HostOutgoingRequest as _, Method,
};
use wasmtime_wasi_http::p2::body::HostOutgoingBody;
use wasmtime_wasi_http::p2::types::HostOutgoingRequest;

use crate::limits;
use crate::sandbox::state::CallState;

/// The version that the ready-made types have; guests may name an older one.
const TYPES: &str = "wasi:http/types@0.2.12";

type Outgoing = Resource<HostOutgoingRequest>;
type Set = wasmtime::Result<(Result<(), ()>,)>;

/// Puts them before the ready-made ones; shadowing must be allowed.
///
/// # Errors
/// The linker's.
pub fn link(linker: &mut Linker<CallState>) -> wasmtime::Result<()> {
    let mut types = linker.instance(TYPES)?;
    types.func_wrap("[method]outgoing-request.set-method", set_method)?;
    types.func_wrap("[method]outgoing-request.set-path-with-query", set_path)?;
    types.func_wrap("[method]outgoing-request.set-authority", set_authority)?;
    types.func_wrap("[static]outgoing-body.finish", finish)
}

fn set_method(mut store: StoreContextMut<'_, CallState>, (request, method): (Outgoing, Method)) -> Set {
    match &method {
        Method::Other(name) if name.len() > limits::METHOD_BYTES => Ok((Err(()),)),
        _ => Ok((store.data_mut().http().set_method(request, method)?,)),
    }
}

fn set_path(mut store: StoreContextMut<'_, CallState>, (request, path): (Outgoing, Option<String>)) -> Set {
    match longer(path.as_ref(), limits::URL_BYTES) {
        true => Ok((Err(()),)),
        false => Ok((store.data_mut().http().set_path_with_query(request, path)?,)),
    }
}

fn set_authority(mut store: StoreContextMut<'_, CallState>, (request, authority): (Outgoing, Option<String>)) -> Set {
    match longer(authority.as_ref(), limits::AUTHORITY_BYTES) {
        true => Ok((Err(()),)),
        false => Ok((store.data_mut().http().set_authority(request, authority)?,)),
    }
}

fn longer(text: Option<&String>, most: usize) -> bool {
    text.is_some_and(|text| text.len() > most)
}

/// A body with trailers is cut off, so that nobody takes it for whole.
fn finish(
    mut store: StoreContextMut<'_, CallState>,
    (body, trailers): (Resource<HostOutgoingBody>, Option<Resource<FieldMap>>),
) -> wasmtime::Result<(Result<(), ErrorCode>,)> {
    let mut http = store.data_mut().http();
    if let Some(trailers) = trailers {
        let trailers = http.table.delete(trailers)?;
        if !trailers.is_empty() {
            types::HostOutgoingBody::drop(&mut http, body)?;
            return Ok((Err(ErrorCode::HttpRequestTrailerSectionSize(Some(0))),));
        }
    }
    match http.finish(body, None) {
        Ok(()) => Ok((Ok(()),)),
        Err(error) => Ok((Err(http.convert_error_code(error)?),)),
    }
}
