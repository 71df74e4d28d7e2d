//! A page's request: a call like a hook's, but nobody signed it, and it may come again.

use super::{Channel, Failure, Occasion};
use crate::access::Provenance;
use crate::sandbox::{Call, Folders, HookAnswer, HookRequest};

impl Channel {
    /// A call for the channel's page. The answer is for the browser, and what the call brought has been committed.
    ///
    /// # Errors
    /// Nothing was committed.
    pub async fn show(&self, request: &HookRequest) -> Result<HookAnswer, Failure> {
        self.perform(Call::Receive, Provenance::Reported, Occasion::default(), || {
            Box::pin(async {
                let done = self
                    .prepared
                    .receive(&self.context, request.clone(), &Folders::default())
                    .await?;
                let (answer, outcome) = done.value;
                Ok((answer, outcome, done.written, done.took))
            })
        })
        .await
    }
}
