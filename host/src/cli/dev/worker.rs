//! One build on a thread of its own: what is shown and read at the terminal meanwhile does not wait for it. Asks nothing.

use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use anyhow::anyhow;

use super::News;
use super::place::{Place, Put};
use super::source::{Build, Source};
use crate::cli::interrupt::Interrupt;
use crate::cli::print::Printer;

/// What a build came to.
pub struct Done {
    /// What was built, if it was looked at.
    pub build: Build,
    /// Where it is now.
    pub put: Put,
}

/// Whether a line of the worker's may be drawn over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Screen {
    /// Nothing else is shown; what is typed and answered stands between.
    Ours,
    /// Others show and read there.
    Shared,
}

/// All that a build needs.
pub struct Order {
    pub source: Source,
    pub place: Arc<Mutex<Place>>,
    pub interrupt: Interrupt,
    pub screen: Screen,
    pub tell: Sender<News>,
}

/// Builds, and puts what was built in its place; the loop is told in the end, whatever happened.
pub fn begin(order: Order) -> JoinHandle<()> {
    std::thread::spawn(move || {
        let broke = |_| Err(anyhow!("the build broke off; please report this"));
        let done = std::thread::scope(|scope| scope.spawn(|| work(&order)).join().unwrap_or_else(broke));
        // Whoever listened is gone only if the loop is over.
        let _ = order.tell.send(News::Built(done.map(Box::new)));
    })
}

fn work(order: &Order) -> anyhow::Result<Done> {
    let printer = Printer::of_process();
    let mut printer = match order.screen {
        Screen::Ours => printer,
        Screen::Shared => printer.still(),
    };
    let build = order.source.build(&order.interrupt, &mut printer)?;
    let mut place = order.place.lock().unwrap_or_else(PoisonError::into_inner);
    let put = place.put(&build, &mut printer)?;
    Ok(Done { build, put })
}
