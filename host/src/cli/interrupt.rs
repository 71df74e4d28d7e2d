//! Whether the person wants what runs to end: by Ctrl-C, by closing the terminal, or by the signal with which a system ends a
//! process. Ends nothing by itself: who does the work looks, and leaves nothing half.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// The signals that say so. While they are listened to, they end the process no more.
pub struct Ending {
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
}

impl Ending {
    /// Listens from now on; inside a runtime.
    ///
    /// # Errors
    /// The system tells of no signals.
    pub fn listen() -> anyhow::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt()).context("can't watch for SIGINT")?,
            terminate: signal(SignalKind::terminate()).context("can't watch for SIGTERM")?,
            hangup: signal(SignalKind::hangup()).context("can't watch for SIGHUP")?,
        })
    }

    /// Waits for the first of them.
    pub async fn comes(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            _ = self.hangup.recv() => {}
        }
    }
}

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
        let mut ending = {
            let _inside = runtime.enter();
            Ending::listen()?
        };
        let word = Self::default();
        let said = word.clone();
        std::thread::spawn(move || {
            runtime.block_on(ending.comes());
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
