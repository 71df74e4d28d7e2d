//! One call of a guest: a fresh instance, one entry, and what came of it. The instance is gone when the call returns,
//! whatever happened, so nothing of it can be entered twice.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::{Duration, Instant};

use wasmtime::component::Instance;
use wasmtime::{Store, Trap, UpdateDeadline, WasmBacktrace};

use super::bindings::words;
use super::convert::{HookAnswer, HookRequest, said, trouble};
use super::fault::{Call, CallError, Fault, FaultKind, Shortage};
use super::folders::Folders;
use super::state::CallState;
use super::store::Written;
use super::ticker::TICK;
use super::{ChannelContext, Prepared, limits, shortage};
use crate::model::{Outcome, Seen};

/// What a call brought, not yet committed.
#[derive(Debug)]
pub struct Done<T> {
    /// What the guest returned.
    pub value: T,
    /// What it wrote to its store.
    pub written: Written,
    /// How long it took, instantiation included.
    pub took: Duration,
    /// Bytes of memory that it held in the end.
    pub memory: usize,
}

pub(super) type Entered<'a, T> = Pin<Box<dyn Future<Output = wasmtime::Result<Result<T, words::Trouble>>> + Send + 'a>>;

impl Prepared {
    /// `life.start`.
    ///
    /// # Errors
    /// The guest's trouble, a fault, or an unreadable journal.
    pub async fn start(&self, channel: &Arc<ChannelContext>, folders: &Folders) -> Result<Done<Outcome>, CallError> {
        self.enter(channel, Call::Start, folders, |store, instance, exports| {
            Box::pin(async move {
                let guest = exports.life.as_ref().ok_or_else(missing)?.load(&mut *store, instance)?;
                Ok(guest.call_start(store).await?.map(Outcome::from))
            })
        })
        .await
    }

    /// `source.poll`: the outcome, and milliseconds until the next look.
    ///
    /// # Errors
    /// As `start`.
    pub async fn poll(
        &self,
        channel: &Arc<ChannelContext>,
        failures: u32,
        deadline: Duration,
        folders: &Folders,
    ) -> Result<Done<(Outcome, u32)>, CallError> {
        self.enter_within(
            deadline.min(Call::Poll.deadline()),
            channel,
            Call::Poll,
            folders,
            move |store, instance, exports| {
                Box::pin(async move {
                    let guest = exports
                        .source
                        .as_ref()
                        .ok_or_else(missing)?
                        .load(&mut *store, instance)?;
                    let batch = guest.call_poll(store, failures).await?;
                    Ok(batch.map(|batch| (batch.outcome.into(), batch.again_after)))
                })
            },
        )
        .await
    }

    /// `timer.fire`.
    ///
    /// # Errors
    /// As `start`.
    pub async fn fire(
        &self,
        channel: &Arc<ChannelContext>,
        name: &str,
        failures: u32,
        folders: &Folders,
    ) -> Result<Done<Outcome>, CallError> {
        let name = name.to_owned();
        self.enter(channel, Call::Fire, folders, move |store, instance, exports| {
            Box::pin(async move {
                let guest = exports
                    .timer
                    .as_ref()
                    .ok_or_else(missing)?
                    .load(&mut *store, instance)?;
                Ok(guest.call_fire(store, &name, failures).await?.map(Outcome::from))
            })
        })
        .await
    }

    /// `hook.receive`: the answer for the caller, to be given after the outcome has been committed.
    ///
    /// # Errors
    /// As `start`.
    pub async fn receive(
        &self,
        channel: &Arc<ChannelContext>,
        request: HookRequest,
        folders: &Folders,
    ) -> Result<Done<(HookAnswer, Outcome)>, CallError> {
        let request = request.into();
        self.enter(channel, Call::Receive, folders, move |store, instance, exports| {
            Box::pin(async move {
                let guest = exports.hook.as_ref().ok_or_else(missing)?.load(&mut *store, instance)?;
                let answer = guest.call_receive(store, &request).await?;
                Ok(answer.map(|answer| {
                    let outcome = answer.outcome.into();
                    (
                        HookAnswer {
                            status: answer.status,
                            headers: answer.headers,
                            body: answer.body.into(),
                        },
                        outcome,
                    )
                }))
            })
        })
        .await
    }

    pub(super) async fn enter<T>(
        &self,
        channel: &Arc<ChannelContext>,
        call: Call,
        folders: &Folders,
        entry: impl for<'a> FnOnce(&'a mut Store<CallState>, &'a Instance, &'a super::Exports) -> Entered<'a, T>,
    ) -> Result<Done<T>, CallError> {
        self.enter_within(call.deadline(), channel, call, folders, entry).await
    }

    async fn enter_within<T>(
        &self,
        limit: Duration,
        channel: &Arc<ChannelContext>,
        call: Call,
        folders: &Folders,
        entry: impl for<'a> FnOnce(&'a mut Store<CallState>, &'a Instance, &'a super::Exports) -> Entered<'a, T>,
    ) -> Result<Done<T>, CallError> {
        let begun = Instant::now();
        let ended = self.enter_at(begun, limit, channel, call, folders, entry).await;
        channel.tap.show(|| Seen::Call {
            call: call.to_string(),
            took: u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX),
            memory: ended.as_ref().ok().map(|done| done.memory as u64),
            failure: ended.as_ref().err().map(ToString::to_string),
        });
        ended
    }

    async fn enter_at<T>(
        &self,
        begun: Instant,
        limit: Duration,
        channel: &Arc<ChannelContext>,
        call: Call,
        folders: &Folders,
        entry: impl for<'a> FnOnce(&'a mut Store<CallState>, &'a Instance, &'a super::Exports) -> Entered<'a, T>,
    ) -> Result<Done<T>, CallError> {
        let end = End {
            channel,
            call,
            limit,
            ran: Duration::ZERO,
        };
        // The wait for a free slot counts: a caller's patience does not know what it waits for.
        let slot = tokio::time::timeout(limit, self.sandbox.calls.acquire()).await;
        let _slot = match slot {
            Ok(Ok(slot)) => slot,
            Ok(Err(_)) | Err(_) => return Err(end.short(Shortage::Places { limit })),
        };
        let store = self.store(channel, begun + limit, folders);
        let mut store = store.map_err(|error| end.short(Shortage::System { reason: root(&error) }))?;
        self.run(&mut store, begun, end, entry).await
    }

    async fn run<T>(
        &self,
        store: &mut Store<CallState>,
        begun: Instant,
        mut end: End<'_>,
        entry: impl for<'a> FnOnce(&'a mut Store<CallState>, &'a Instance, &'a super::Exports) -> Entered<'a, T>,
    ) -> Result<Done<T>, CallError> {
        let _running = self.sandbox.ticker.run();
        let work = async {
            let instance = self.pre.instantiate_async(&mut *store).await?;
            entry(&mut *store, &instance, &self.exports).await
        };
        // The epoch stops guest code; this stops what waits in the host. It comes later, so that the epoch's more
        // precise report wins where both would do.
        let outcome = tokio::time::timeout(end.limit + 2 * TICK, at_work(work, &mut end.ran)).await;
        store.data().finish_output();
        match outcome {
            Ok(Ok(Ok(value))) => Ok(Done {
                value,
                written: store.data_mut().drafts.take(),
                took: begun.elapsed(),
                memory: store.data().meter.used(),
            }),
            Ok(Ok(Err(said))) => Err(CallError::Trouble(trouble(said, &store.data().channel.egress))),
            Ok(Err(error)) => Err(end.explain(&error, store.data_mut())),
            Err(_) => Err(end.late()),
        }
    }

    fn store(
        &self,
        channel: &Arc<ChannelContext>,
        deadline: Instant,
        folders: &Folders,
    ) -> wasmtime::Result<Store<CallState>> {
        let state = CallState::new(Arc::clone(channel), self.memory, deadline, folders)?;
        let mut store = Store::new(&self.sandbox.engine, state);
        store.limiter(|state| &mut state.meter);
        store.set_hostcall_fuel(limits::HOSTCALL_BYTES);
        // Without a deadline of its own a store traps at once. One tick, then the callback decides: a hard stop for
        // this guest, and a turn for the others.
        store.set_epoch_deadline(1);
        store.epoch_deadline_callback(|context| {
            Ok(if Instant::now() >= context.data().deadline {
                UpdateDeadline::Interrupt
            } else {
                // To the very end of the line: this turn is given back until the network and the clock were asked and all
                // that was ready has run. A guest that only woke itself again would come before a request that waits
                // to be read, dozens of times in a row.
                UpdateDeadline::YieldCustom(1, Box::pin(tokio::task::yield_now()))
            })
        });
        Ok(store)
    }
}

/// What is known of a call when it brings nothing.
struct End<'a> {
    channel: &'a ChannelContext,
    call: Call,
    limit: Duration,
    /// How long the guest was at work: neither waiting for the host nor for its turn.
    ran: Duration,
}

impl End<'_> {
    fn short(&self, shortage: Shortage) -> CallError {
        CallError::Host {
            channel: self.channel.name.clone(),
            call: self.call,
            shortage,
        }
    }

    fn late(&self) -> CallError {
        let (limit, ran) = (self.limit, self.ran);
        self.fault(FaultKind::Deadline { limit, ran }, None)
    }

    fn fault(&self, kind: FaultKind, function: Option<String>) -> CallError {
        let (channel, call) = (self.channel.name.clone(), self.call);
        let fault = Fault {
            channel,
            call,
            kind,
            function,
        };
        fault.into()
    }

    fn explain(&self, error: &wasmtime::Error, state: &mut CallState) -> CallError {
        if let Some(unreadable) = state.drafts.take_unreadable() {
            return CallError::Journal(unreadable);
        }
        let (limit, ran) = (self.limit, self.ran);
        let trap = error.downcast_ref::<Trap>().copied();
        let kind = match (trap, state.meter.refused()) {
            (Some(Trap::Interrupt), _) => FaultKind::Deadline { limit, ran },
            _ if shortage::is_one(error) => return self.short(Shortage::System { reason: root(error) }),
            (_, Some((what, most))) => FaultKind::OverLimit { what, most },
            // A guest that gets no memory breaks, by whatever trap.
            _ if let Some(reason) = state.meter.take_starved() => return self.short(Shortage::System { reason }),
            (Some(trap), None) => FaultKind::Trap {
                reason: trap.to_string(),
                last_words: state.last_error.take(),
            },
            (None, None) => FaultKind::Unusable {
                reason: said(&root(error)),
            },
        };
        let function = error.downcast_ref::<WasmBacktrace>().and_then(innermost);
        self.fault(kind, function)
    }
}

/// Does it, and adds up how long it is at work: not how long it waits.
async fn at_work<T>(work: impl Future<Output = T>, ran: &mut Duration) -> T {
    let mut work = pin!(work);
    poll_fn(|context| {
        let begun = Instant::now();
        let polled = work.as_mut().poll(context);
        *ran += begun.elapsed();
        polled
    })
    .await
}

/// The deepest function with a name, shortened to what a person can use.
fn innermost(backtrace: &WasmBacktrace) -> Option<String> {
    let noise = [
        "rust_panic",
        "panic",
        "__rust",
        "rust_begin_unwind",
        "abort",
        "handle_alloc_error",
    ];
    let mut names = backtrace.frames().iter().filter_map(|frame| frame.func_name());
    let first = names.clone().next();
    let telling = names.find(|name| !noise.iter().any(|noise| name.contains(noise)));
    telling.or(first).map(said)
}

/// The bottom of an error's chain: what happened, without wasmtime's own backtrace text around it.
fn root(error: &wasmtime::Error) -> String {
    error
        .chain()
        .last()
        .map_or_else(|| error.to_string(), ToString::to_string)
}

pub(super) fn missing() -> wasmtime::Error {
    wasmtime::Error::msg("the component does not export this interface")
}
