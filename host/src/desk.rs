//! What the tools of one session reach, in each state of this process: before it knows, as the owner, beside another
//! owner, or as a visitor. Nothing here grants, pairs, installs or edits access.

mod questions;

use std::sync::{Arc, Mutex, PoisonError};

use ring::rand::SystemRandom;
use tokio::sync::watch;

use crate::control;
use crate::house::House;
use crate::journal::{Journal, Proof};
use crate::limits;
use crate::mcp::render;
use crate::mcp::{
    Acknowledged, Answer, ChannelLine, Correction, Delivered, Desk, DeskError, Done, Fetched, Handed, OwnCall, OwnTool,
    Reaction, Reply, Unreadable, Used,
};
use crate::model::{ChannelName, Event, EventId, PermissionRequest, SessionId, UnixMillis};
use crate::outbound::{Outbound, Refusal, Scope, Way};
use crate::paths::{Home, StateDir};
use crate::pump::{Witness, spill};
use crate::status::{ChannelReport, Report};
use crate::toolbox::Toolbox;
use questions::Questions;

/// Where this process stands.
#[derive(Clone)]
pub enum Door {
    /// The client is greeted; nothing was opened yet.
    Opening,
    /// It runs the channels.
    Owner(House),
    /// Another process does, or nobody; the tools work over the journal.
    Beside(Journal, StateDir),
    /// The session has no part in the channels: it can only look.
    Visitor,
    /// The state folder can't be used.
    Failed(Arc<str>),
}

/// The desk of one session.
pub struct Front {
    door: watch::Receiver<Door>,
    witness: Witness,
    scope: Scope,
    random: SystemRandom,
    home: Home,
    session: SessionId,
    handed: Mutex<Vec<EventId>>,
    questions: Questions,
}

impl Front {
    /// A desk whose door may open later.
    pub fn new(door: watch::Receiver<Door>, witness: Witness, scope: Scope, home: Home) -> Self {
        // One process serves one session, and what `inbox` hands out is apart from what is pushed.
        let session = SessionId(format!("{}-inbox", std::process::id()));
        Self {
            door,
            witness,
            scope,
            random: SystemRandom::new(),
            home,
            session,
            handed: Mutex::default(),
            questions: Questions::default(),
        }
    }

    /// Waits until it is known where this process stands.
    async fn door(&self) -> Result<Door, DeskError> {
        let mut door = self.door.clone();
        let known = door
            .wait_for(|door| !matches!(door, Door::Opening))
            .await
            .map_err(|_| DeskError::Closing)?;
        match &*known {
            Door::Failed(why) => Err(DeskError::Journal {
                source: why.to_string().into(),
            }),
            known => Ok(known.clone()),
        }
    }

    async fn journal(&self) -> Result<(Journal, StateDir), DeskError> {
        match self.door().await? {
            Door::Owner(house) => Ok((house.journal, house.state)),
            Door::Beside(journal, state) => Ok((journal, state)),
            _ => Err(no_part()),
        }
    }

    /// The house, if this process runs the channels.
    async fn house(&self) -> Result<House, DeskError> {
        let house = match self.door().await? {
            Door::Owner(house) => house,
            Door::Beside(_, state) => {
                let pid = state.owner().map(|owner| owner.pid);
                return Err(DeskError::NotOwner { pid });
            }
            _ => return Err(no_part()),
        };
        self.note_sign(&house.journal).await?;
        Ok(house)
    }

    /// The house in which this session speaks in a conversation. That it names one which it was sent shows that it hears.
    async fn house_for(&self, chat: &str) -> Result<House, DeskError> {
        let house = self.house().await?;
        let chat = self.scope.chat(chat).map_err(refused)?;
        self.witness.named(&Vec::from_iter(chat.pushed));
        Ok(house)
    }

    /// The model calls a tool again, so it has had the result of the call before: what that handed out is seen.
    async fn note_sign(&self, spool: &Journal) -> Result<(), DeskError> {
        let before = std::mem::take(&mut *self.handed.lock().unwrap_or_else(PoisonError::into_inner));
        if before.is_empty() {
            return Ok(());
        }
        spool
            .acknowledge(before, UnixMillis::now())
            .await
            .map(drop)
            .map_err(journal)
    }

    fn outbound(&self, house: &House) -> Outbound {
        Outbound {
            roster: Arc::clone(&house.roster.borrow()),
            scope: self.scope.clone(),
            random: self.random.clone(),
            state: house.state.clone(),
            config: self.home.config_dir().to_owned(),
        }
    }

    async fn report(&self) -> Result<Report, DeskError> {
        if let Door::Owner(house) = self.door().await? {
            // Before that it would say that there are no channels. The sender is gone only when the house is.
            let _ = house.roster.clone().wait_for(|roster| roster.is_known()).await;
            return house.report().map_err(journal);
        }
        let home = self.home.clone();
        let asked = tokio::task::spawn_blocking(move || control::gather(&home)).await;
        asked
            .map_err(|_| DeskError::Closing)?
            .map_err(|why| DeskError::Journal { source: why.into() })
    }
}

impl Desk for Front {
    fn inbox(&self, limit: usize) -> Reply<'_, Vec<Handed>> {
        Box::pin(async move {
            let (spool, state) = self.journal().await?;
            self.note_sign(&spool).await?;
            let events = fitting(spool.inbox(limit).map_err(journal)?);
            // Handed out is not yet read: they are this session's, and come back if it ends without another sign.
            let ids: Vec<EventId> = events.iter().map(|event| event.id).collect();
            self.witness.handed(&ids);
            spool
                .sent(&self.session, Proof::Unproven, ids.clone(), UnixMillis::now())
                .await
                .map_err(journal)?;
            // Not before: what could not be noted is not shown, and must not count as seen at the next call.
            self.handed.lock().unwrap_or_else(PoisonError::into_inner).extend(&ids);
            events.iter().for_each(|event| self.scope.sent(event, Way::HandedOut));
            let hand = |event: Event| {
                let long = render::is_long(&event);
                Handed {
                    spilled: long.then(|| spill(&state, &event)).flatten(),
                    inbox: state.inbox_path(&event.channel).display().to_string(),
                    event,
                }
            };
            Ok(events.into_iter().map(hand).collect())
        })
    }

    fn acknowledge(&self, ids: Vec<EventId>) -> Reply<'_, Acknowledged> {
        Box::pin(async move {
            let (spool, _) = self.journal().await?;
            self.note_sign(&spool).await?;
            let sign = self.witness.named(&ids);
            // What this session was never sent is not its own to make vanish, whatever a text told the model.
            let (mine, others): (Vec<EventId>, Vec<EventId>) = ids.iter().partition(|id| self.scope.has(**id));
            let mut found = spool.acknowledge(mine, UnixMillis::now()).await.map_err(journal)?;
            found.unknown.extend(others);
            // The sign of a session that seemed deaf is no event of the journal.
            let unknown: Vec<EventId> = found
                .unknown
                .into_iter()
                .filter(|id| !(sign && *id == Witness::SIGN))
                .collect();
            let known = ids.into_iter().filter(|id| !unknown.contains(id)).collect();
            Ok(Acknowledged { known, unknown })
        })
    }

    fn channels(&self, name: Option<ChannelName>) -> Reply<'_, Vec<ChannelLine>> {
        Box::pin(async move {
            let report = self.report().await?;
            let wanted = |found: &str| name.as_ref().is_none_or(|name| name.as_str() == found);
            let channels = report.channels.into_iter().filter(|channel| wanted(&channel.name));
            let problems = [report.problem, report.allowlist.problem].into_iter().flatten();
            Ok(problems.map(problem).chain(channels.filter_map(line)).collect())
        })
    }

    fn answer(&self, answer: Answer) -> Reply<'_, Delivered> {
        Box::pin(async move {
            let house = self.house_for(&answer.chat).await?;
            let outbound = self.outbound(&house);
            to_its_end(async move { outbound.answer(&answer).await }).await
        })
    }

    fn correct(&self, correction: Correction) -> Reply<'_, Done> {
        Box::pin(async move {
            let house = self.house_for(&correction.chat).await?;
            let outbound = self.outbound(&house);
            to_its_end(async move { outbound.correct(&correction).await }).await
        })
    }

    fn react(&self, reaction: Reaction) -> Reply<'_, Done> {
        Box::pin(async move {
            let house = self.house_for(&reaction.chat).await?;
            let outbound = self.outbound(&house);
            to_its_end(async move { outbound.react(&reaction).await }).await
        })
    }

    fn attachment(&self, id: EventId, number: usize) -> Reply<'_, Fetched> {
        Box::pin(async move {
            let house = self.house().await?;
            self.witness.named(&[id]);
            let event = if self.scope.has(id) {
                house.journal.event(id).map_err(journal)?
            } else {
                None
            };
            let event = event.ok_or_else(|| refused(Refusal::NoSuchEvent))?;
            self.outbound(&house).fetch(&event, number).await
        })
    }

    fn asked(&self, asked: Result<PermissionRequest, Unreadable>) {
        // Only a server that is registered as a channel is asked.
        self.witness.prompted();
        self.questions.take(&self.door.borrow(), asked);
    }

    fn tools(&self) -> Vec<OwnTool> {
        match &*self.door.borrow() {
            Door::Owner(house) => Toolbox::of(&house.roster.borrow()).listed,
            // Nobody else could call one.
            _ => Vec::new(),
        }
    }

    fn use_tool(&self, call: OwnCall) -> Reply<'_, Used> {
        Box::pin(async move {
            let outbound = self.outbound(&self.house().await?);
            to_its_end(async move { outbound.use_tool(call).await }).await
        })
    }
}

/// Goes on in a task of its own: a client that gives up its call does not stop an answer half way, sent and not noted.
async fn to_its_end<T: Send + 'static>(
    outward: impl Future<Output = Result<T, Refusal>> + Send + 'static,
) -> Result<T, DeskError> {
    let done = tokio::spawn(outward).await;
    done.map_err(|_| DeskError::Closing)?.map_err(refused)
}

fn refused(refusal: Refusal) -> DeskError {
    match refusal {
        Refusal::NoSuchTool { name } => DeskError::NoSuchTool { name },
        refusal => DeskError::Refused { source: refusal.into() },
    }
}

fn no_part() -> DeskError {
    DeskError::Journal {
        source: "this session has no part in the channels".into(),
    }
}

/// The operator's files can't be read: the user should know, whichever channel was asked about.
fn problem(what: String) -> ChannelLine {
    let (phase, summary) = ("problem".to_owned(), "lockgate's own files".to_owned());
    ChannelLine {
        name: ChannelName::host(),
        phase,
        summary,
        detail: Some(what),
    }
}

/// As many of the first ones as a result can show whole; one at least.
fn fitting(mut events: Vec<Event>) -> Vec<Event> {
    let mut left = limits::TOOL_RESULT_BYTES;
    let fits = |event: &Event| {
        // Neutralising may double a text; a longer one is shown by its head and stands in a file.
        let text = event.admitted.message.text.len() * 2;
        let cost = limits::SHOWN_EVENT_BYTES
            + if text > limits::BODY_BYTES {
                limits::BODY_HEAD_BYTES
            } else {
                text
            };
        let fits = cost <= left;
        left = left.saturating_sub(cost);
        fits
    };
    let whole = events.iter().map(fits).take_while(|fits| *fits).count();
    events.truncate(whole.max(1));
    events
}

fn line(channel: ChannelReport) -> Option<ChannelLine> {
    let waiting = channel.held + channel.collected;
    let waiting = (waiting > 0).then(|| format!("{waiting} events wait"));
    let detail: Vec<String> = [channel.detail, channel.note, waiting].into_iter().flatten().collect();
    Some(ChannelLine {
        name: channel.name.parse().ok()?,
        phase: channel.phase,
        summary: channel.summary,
        detail: (!detail.is_empty()).then(|| detail.join("; ")),
    })
}

fn journal(source: crate::journal::JournalError) -> DeskError {
    DeskError::Journal { source: source.into() }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::status::PageLink;

    #[test]
    fn the_model_is_told_of_a_channel_but_not_the_way_into_its_page() {
        let report = ChannelReport {
            name: "chat".into(),
            phase: "ready".into(),
            note: Some("other bytes".into()),
            page: Some(PageLink("http://127.0.0.1:40123/#token".into())),
            held: 2,
            ..ChannelReport::default()
        };
        assert!(!format!("{report:?}").contains("40123"));
        let told = line(report).unwrap();
        assert_eq!(told.detail.as_deref(), Some("other bytes; 2 events wait"));
        assert!(!format!("{told:?}").contains("40123"));
    }
}
