//! A guest's request body: what it writes, as it writes it. Trailers are not sent: no rule covers them.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::{Body, Frame};
use wasmtime_wasi_http::WasiBody;

use crate::egress::Failure;

/// A body that can still be read after whoever was to send it has let go of it. Copies are one body.
#[derive(Clone)]
pub struct Guests(Arc<Mutex<WasiBody>>);

impl Guests {
    /// What this guest writes.
    pub fn new(body: WasiBody) -> Self {
        Self(Arc::new(Mutex::new(body)))
    }

    /// All of it.
    ///
    /// # Errors
    /// It has more than so many bytes, or the guest does not finish it.
    pub async fn whole(self, most: usize) -> Result<Bytes, Failure> {
        match Limited::new(self, most).collect().await {
            Ok(body) => Ok(body.to_bytes()),
            Err(error) if error.is::<LengthLimitError>() => Err(Failure::Refused(format!(
                "a credential goes into this body, so it may have {most} bytes; send less, or use another rule"
            ))),
            Err(error) => Err(Failure::Refused(error.to_string())),
        }
    }

    /// Takes what else comes, so that the guest can write to the end.
    pub async fn drain(mut self) {
        while let Some(Ok(_)) = self.frame().await {}
    }

    // A poisoned lock only means that another task panicked while it read from a channel.
    fn body(&self) -> std::sync::MutexGuard<'_, WasiBody> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Body for Guests {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let polled = Pin::new(&mut *self.body()).poll_frame(context);
        polled.map(|frame| {
            let frame = frame?.map_err(|_| io::Error::other("the guest did not finish its body"));
            Some(frame.and_then(|frame| match frame.is_data() {
                true => Ok(frame),
                false => Err(io::Error::other("trailers are not sent")),
            }))
        })
    }

    fn is_end_stream(&self) -> bool {
        self.body().is_end_stream()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use http_body_util::Full;
    use wasmtime_wasi_http::Error;

    use super::*;

    fn guests(bytes: &[u8]) -> Guests {
        let body = Full::new(Bytes::copy_from_slice(bytes));
        Guests::new(body.map_err(|never| match never {}).boxed_unsync())
    }

    #[tokio::test]
    async fn a_whole_body_is_bounded() {
        assert_eq!(guests(b"12345").whole(5).await.unwrap(), "12345");
        assert_eq!(guests(b"").whole(0).await.unwrap(), "");
        let refused = guests(b"123456").whole(5).await.unwrap_err();
        assert!(matches!(refused, Failure::Refused(why) if why.contains("5 bytes")));
    }

    #[tokio::test]
    async fn what_was_given_up_is_still_read() {
        let guests = guests(b"12345");
        drop(guests.clone());
        assert!(!guests.is_end_stream());
        guests.clone().drain().await;
        assert!(guests.is_end_stream());
    }

    /// One that has only trailers.
    struct Late(bool);

    impl Body for Late {
        type Data = Bytes;
        type Error = Error;

        fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
            let first = std::mem::take(&mut self.0);
            Poll::Ready(first.then(|| Ok(Frame::trailers(hyper::HeaderMap::new()))))
        }
    }

    #[tokio::test]
    async fn trailers_break_a_body_off() {
        let error = Guests::new(Late(true).boxed_unsync()).collect().await.unwrap_err();
        assert_eq!(error.to_string(), "trailers are not sent");
    }
}
