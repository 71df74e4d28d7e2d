//! One call, as the host makes it: an empty `/inbox`, drafts, the commit or nothing, and again if what was checked has changed.

use super::house::{self, House, Socket};
use super::kept::Commit;
use super::{Harness, bounds, files};
use crate::{Answer, Attachment, Batch, Content, Effect, Inbound, Message, Outcome, Receipt, ToolAnswer, Trouble};
use std::cell::RefCell;

/// How often a call runs before the host takes it for a fault.
const RUNS: u32 = 3;
/// What a call returns.
pub trait Returned {
    /// What of it is to be committed.
    fn outcome(&self) -> Outcome;
    /// Whether the host may run the call again.
    const REPEATED: bool = true;
}

impl Returned for Outcome {
    fn outcome(&self) -> Outcome {
        self.clone()
    }
}

impl Returned for Answer {
    fn outcome(&self) -> Outcome {
        self.outcome.clone()
    }
}

impl Returned for Batch {
    fn outcome(&self) -> Outcome {
        self.outcome.clone()
    }
}

impl Returned for () {
    fn outcome(&self) -> Outcome {
        Outcome::none()
    }
}

impl Returned for Receipt {
    fn outcome(&self) -> Outcome {
        self.effects.outcome()
    }
    // What it sent can't be taken back.
    const REPEATED: bool = false;
}

impl Returned for ToolAnswer {
    fn outcome(&self) -> Outcome {
        self.effects.outcome()
    }
    // What it did outside can't be taken back.
    const REPEATED: bool = false;
}

impl Returned for Vec<Effect> {
    fn outcome(&self) -> Outcome {
        Outcome {
            inbound: Vec::new(),
            effects: self.clone(),
        }
    }
    const REPEATED: bool = false;
}

/// A call that runs. When it is dropped, by a panic too, no drafts are left.
struct Running<'a>(&'a RefCell<House>);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        let mut house = self.0.borrow_mut();
        house.kept.end();
        house.folders.in_call = false;
    }
}

impl Harness {
    /// A call of which the host tells how often it has failed in a row.
    pub(super) fn counted<T: Returned>(
        &self,
        name: Option<&str>,
        run: impl Fn(u32) -> Result<T, Trouble>,
    ) -> Result<T, Trouble> {
        let key = name.map(str::to_owned);
        let failures = self.house.borrow().failures.get(&key).copied().unwrap_or(0);
        let taken = name.and_then(|name| self.house.borrow_mut().wakes.remove_entry(name));
        let done = self.call(&[], || run(failures));
        let mut house = self.house.borrow_mut();
        match &done {
            Ok(_) => house.failures.remove(&key),
            Err(trouble) => {
                house.wakes.extend(taken);
                // As the host does: a poll is not told of what its platform alone is to blame for.
                let told = name.is_some() || matches!(trouble, Trouble::Malformed(_) | Trouble::Rejected(_));
                house.failures.insert(key, failures + u32::from(told))
            }
        };
        drop(house);
        done
    }

    /// One call, with these files in its folders.
    pub(super) fn call<T: Returned>(
        &self,
        given: &[(&str, &[u8])],
        run: impl Fn() -> Result<T, Trouble>,
    ) -> Result<T, Trouble> {
        house::enter(&self.house);
        let mut meanwhile = self.meanwhile.take();
        for _ in 0..RUNS {
            self.prepare(given);
            let running = Running(&self.house);
            let returned = run()?;
            let outcome = returned.outcome();
            let drafts = self.house.borrow_mut().kept.end();
            drop(running);
            if let Some(act) = &mut meanwhile {
                act();
            }
            if let Err(excess) = bounds::check(&outcome) {
                panic!("the host refuses the call: {excess}");
            }
            let commit = self.house.borrow_mut().kept.commit(drafts);
            match commit {
                Commit::Done => {
                    self.perform(outcome);
                    return Ok(returned);
                }
                Commit::Conflict if T::REPEATED => {}
                Commit::Conflict => panic!("a call that sends can't be repeated: it must not use store::check"),
                Commit::Full => panic!("the store would hold more than 16 MiB: the host refuses the commit"),
            }
        }
        panic!("the call ran {RUNS} times, and each time another had changed what it had checked: the host gives up")
    }

    fn prepare(&self, given: &[(&str, &[u8])]) {
        let cleared = self.house.borrow_mut().folders.clear();
        assert!(cleared.is_ok(), "empty the temporary folders: {cleared:?}");
        for (path, bytes) in given {
            let written = files::write(path, bytes);
            assert!(written.is_ok(), "prepare {path}: {written:?}");
        }
        let mut house = self.house.borrow_mut();
        house.folders.in_call = true;
        house.web.in_call = 0;
        house.kept.begin();
    }

    /// What the host does after the commit.
    fn perform(&self, outcome: Outcome) {
        let now = self.now();
        for inbound in &outcome.inbound {
            if let Inbound::Message(message) = inbound {
                self.take_files(message);
            }
        }
        let mut house = self.house.borrow_mut();
        house.inbound.extend(outcome.inbound);
        for effect in outcome.effects {
            match effect {
                Effect::Wake(wake) => {
                    house.wakes.insert(wake.name, now.saturating_add(u64::from(wake.after)));
                }
                Effect::Publish(publication) => house.published.push((publication.topic, publication.text)),
                Effect::Connect(connection) => house.sockets.push(Socket::Connect(connection)),
                Effect::SendFrame(frame) => house.sockets.push(Socket::Send(frame)),
                Effect::Disconnect(name) => house.sockets.push(Socket::Disconnect(name)),
            }
        }
    }

    fn take_files(&self, message: &Message) {
        for (index, attachment) in message.attachments.iter().enumerate() {
            let Attachment {
                content: Content::File(path),
                ..
            } = attachment
            else {
                continue;
            };
            assert!(
                path.starts_with("/inbox/"),
                "an attachment is {path}, which is not under /inbox"
            );
            let bytes = files::read(path).unwrap_or_else(|failure| panic!("an attachment: {failure}"));
            let key = (message.id.clone(), index);
            self.house.borrow_mut().attachments.insert(key, bytes);
        }
    }
}
