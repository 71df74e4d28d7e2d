//! Whether the person wants what runs to end: by Ctrl-C, or by the signal with which a system ends a process. Ends nothing by
//! itself: who does the work looks, and leaves nothing half.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context;
use tokio::signal::unix::{SignalKind, signal};

/// A word that is said once, and stays said. Its clones are the same word.
#[derive(Debug, Clone, Default)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// From now on such a signal ends the process no more: it says the word, and then `then` runs once, on a thread of its own.
    ///
    /// # Errors
    /// The system tells of no signals.
    pub fn listen(then: impl FnOnce() + Send + 'static) -> anyhow::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (mut interrupt, mut terminate) = {
            let _inside = runtime.enter();
            let interrupt = signal(SignalKind::interrupt()).context("can't watch for SIGINT")?;
            (
                interrupt,
                signal(SignalKind::terminate()).context("can't watch for SIGTERM")?,
            )
        };
        let word = Self::default();
        let said = word.clone();
        std::thread::spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    _ = interrupt.recv() => {}
                    _ = terminate.recv() => {}
                }
            });
            said.set();
            then();
        });
        Ok(word)
    }

    /// Whether it was said.
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }

    /// Says it.
    pub fn set(&self) {
        self.0.store(true, Ordering::SeqCst);
    }
}
