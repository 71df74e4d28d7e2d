//! `into`: an answer's body as a new file in the call's `/inbox`, counted like everything that the guest writes there.

use std::sync::Arc;

use crate::egress::ResponseBody;
use crate::files::{Fresh, create_guest};
use crate::sandbox::bindings::http::Failure;
use crate::sandbox::files::quota::Quota;
use crate::sandbox::files::write;

use super::{INBOX, blocking, refused};

/// A file that waits for its bytes.
pub struct Into {
    fresh: Fresh,
    quota: Arc<Quota>,
    path: String,
}

impl Into {
    /// Makes it, if nothing stands there and the folder may hold one file more.
    ///
    /// # Errors
    /// The call has no `/inbox`, it is full, or no new file can be made there.
    pub async fn make(inbox: Option<Arc<Quota>>, path: &str) -> Result<Self, Failure> {
        let none = || refused("this call has no /inbox to write an answer to");
        let quota = inbox.ok_or_else(none)?;
        let mut change = quota.change().await.map_err(|error| refused(&error.to_string()))?;
        if !change.fits_file() {
            return Err(full(path));
        }
        change.added();
        let (folder, named) = (quota.folder().to_owned(), path.to_owned());
        match blocking(move || create_guest(&folder, INBOX, &named)).await {
            Ok(fresh) => Ok(Self {
                fresh,
                quota,
                path: path.to_owned(),
            }),
            Err(failure) => {
                change.undone();
                Err(failure)
            }
        }
    }

    /// Writes all of the body to it.
    ///
    /// # Errors
    /// It is more than the folder may have, or does not come to its end; the file is gone then.
    pub async fn keep(self, body: ResponseBody) -> Result<(), Failure> {
        let poured = self.pour(body).await;
        if poured.is_err() {
            self.discard().await;
        }
        poured
    }

    async fn pour(&self, mut body: ResponseBody) -> Result<(), Failure> {
        let cloned = self.fresh.file.try_clone();
        let file = Arc::new(cloned.map_err(|error| self.unwritten(&error))?);
        let mut at = 0;
        while let Some(piece) = body.chunk().await {
            // The line lets no more through than a file may have.
            let written = write(Arc::clone(&file), Some(at), piece?, Arc::clone(&self.quota)).await;
            at += written.map_err(|error| self.unwritten(&error))?;
        }
        Ok(())
    }

    /// Takes it away again.
    pub async fn discard(self) {
        // Without the right to change the folder it stays, counted; it goes with the call.
        if let Ok(mut change) = self.quota.change().await {
            let fresh = self.fresh;
            // As above.
            let _ = tokio::task::spawn_blocking(move || fresh.remove()).await;
            change.removed();
        }
    }

    fn unwritten(&self, error: &std::io::Error) -> Failure {
        match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => full(&self.path),
            _ => refused(&format!(
                "{} can't be written: {error}",
                crate::text::terminal(&self.path)
            )),
        }
    }
}

fn full(path: &str) -> Failure {
    refused(&format!("no room for {} in /inbox", crate::text::terminal(path)))
}
