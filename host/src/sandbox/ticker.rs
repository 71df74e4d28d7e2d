//! The epoch ticker: one thread that advances the engine's epoch while a guest runs, and sleeps otherwise, so that an
//! idle host wakes nobody. It never looks at a guest.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::thread::{self, Thread};
use std::time::Duration;

use wasmtime::{Engine, EngineWeak};

/// The time between two epochs: how late a deadline may be noticed, and how long a guest runs before others get a turn.
pub const TICK: Duration = Duration::from_millis(10);

/// Owner of the ticking thread. Dropping it ends the thread.
pub struct Ticker {
    shared: Arc<Shared>,
    thread: Thread,
}

struct Shared {
    running: AtomicUsize,
    asleep: AtomicBool,
}

/// One guest runs as long as this lives.
pub struct Running {
    shared: Arc<Shared>,
}

impl Ticker {
    /// Starts the thread. It holds the engine weakly, so it can't keep it alive.
    ///
    /// # Errors
    /// The system refuses another thread.
    pub fn start(engine: &Engine) -> std::io::Result<Self> {
        let shared = Arc::new(Shared {
            running: AtomicUsize::new(0),
            asleep: AtomicBool::new(false),
        });
        let (engine, watched) = (engine.weak(), Arc::downgrade(&shared));
        let thread = thread::Builder::new()
            .name("epochs".into())
            .spawn(move || tick(&engine, &watched))?;
        Ok(Self {
            shared,
            thread: thread.thread().clone(),
        })
    }

    /// A guest is about to run.
    pub fn run(&self) -> Running {
        self.shared.running.fetch_add(1, Ordering::SeqCst);
        // Only the first guest after a pause pays for waking the thread.
        if self.shared.asleep.swap(false, Ordering::SeqCst) {
            self.thread.unpark();
        }
        Running {
            shared: Arc::clone(&self.shared),
        }
    }

    /// Whether the thread sleeps because no guest runs.
    pub fn is_asleep(&self) -> bool {
        self.shared.asleep.load(Ordering::SeqCst)
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        // The thread sees that nobody holds the shared state any more.
        self.shared = Arc::new(Shared {
            running: AtomicUsize::new(0),
            asleep: AtomicBool::new(false),
        });
        self.thread.unpark();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.shared.running.fetch_sub(1, Ordering::SeqCst);
    }
}

fn tick(engine: &EngineWeak, shared: &Weak<Shared>) {
    loop {
        let Some(state) = shared.upgrade() else { return };
        if state.running.load(Ordering::SeqCst) == 0 {
            state.asleep.store(true, Ordering::SeqCst);
            // A guest that came between the two lines above has not seen `asleep`: look again.
            if state.running.load(Ordering::SeqCst) == 0 {
                drop(state);
                thread::park();
            } else {
                state.asleep.store(false, Ordering::SeqCst);
            }
            continue;
        }
        drop(state);
        thread::sleep(TICK);
        match engine.upgrade() {
            Some(engine) => engine.increment_epoch(),
            None => return,
        }
    }
}
