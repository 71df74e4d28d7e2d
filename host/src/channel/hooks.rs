//! Calls over HTTP: those that a signature verified, and those of the channel's own page.

use std::sync::Arc;

use super::{Channel, Failure, Occasion};
use crate::access::Provenance;
use crate::files::{FilesError, Scratch};
use crate::journal::ReplayKey;
use crate::sandbox::{Call, HookAnswer, HookContent, HookRequest};

impl Channel {
    /// A verified call over HTTP. The answer is for the caller, and what the call brought has been committed.
    ///
    /// # Errors
    /// Nothing was committed.
    pub async fn receive(&self, request: &HookRequest, replay: ReplayKey) -> Result<HookAnswer, Failure> {
        let scratch = self.handles_files().then(|| self.scratch()).transpose()?;
        let occasion = Occasion {
            replay: Some(replay),
            scratch: scratch.map(Arc::new),
            ..Occasion::default()
        };
        self.hook(Provenance::Verified, occasion, request).await
    }

    /// A request of the channel's page. `scratch` is the call's `/inbox`, and holds the request's body if that is a file;
    /// it comes back for an answer that names a file in it.
    ///
    /// # Errors
    /// Nothing was committed.
    pub async fn show(&self, request: &HookRequest, scratch: Scratch) -> Result<(HookAnswer, Scratch), Failure> {
        let scratch = Arc::new(scratch);
        let upload = match &request.body {
            HookContent::File(name) => Some(name.clone()),
            HookContent::Bytes(_) => None,
        };
        let occasion = Occasion {
            scratch: Some(Arc::clone(&scratch)),
            upload,
            ..Occasion::default()
        };
        let answer = self.hook(Provenance::Reported, occasion, request).await?;
        // The call and its copies are over, so nobody else holds it.
        let path = scratch.path().to_owned();
        let scratch = Arc::into_inner(scratch).ok_or_else(|| FilesError::Scratch {
            path,
            source: std::io::Error::other("it is still in use"),
        })?;
        Ok((answer, scratch))
    }

    async fn hook(
        &self,
        provenance: Provenance,
        occasion: Occasion,
        request: &HookRequest,
    ) -> Result<HookAnswer, Failure> {
        let folders = self.folders(occasion.scratch.as_deref(), None);
        self.perform(Call::Receive, provenance, occasion, || {
            Box::pin(async {
                let done = self.prepared.receive(&self.context, request.clone(), &folders).await?;
                let (answer, outcome) = done.value;
                Ok((answer, outcome, done.written, done.took))
            })
        })
        .await
    }
}
