//! What the tools of one session reach, in each state of this process: before it knows, as the owner, beside another
//! owner, or as a visitor. Nothing here grants, pairs, installs or edits access.

use std::sync::Arc;

use tokio::sync::watch;

use crate::control;
use crate::house::House;
use crate::journal::Journal;
use crate::mcp::{Acknowledged, ChannelLine, Desk, DeskError, Reply};
use crate::model::{ChannelName, Event, EventId, UnixMillis};
use crate::paths::Home;
use crate::pump::Witness;
use crate::status::{ChannelReport, Report};

/// Where this process stands.
#[derive(Clone)]
pub enum Door {
    /// The client is greeted; nothing was opened yet.
    Opening,
    /// It runs the channels.
    Owner(House),
    /// Another process does, or nobody; the tools work over the journal.
    Beside(Journal),
    /// The session has no part in the channels: it can only look.
    Visitor,
    /// The state folder can't be used.
    Failed(Arc<str>),
}

/// The desk of one session.
pub struct Front {
    door: watch::Receiver<Door>,
    witness: Witness,
    home: Home,
}

impl Front {
    /// A desk whose door may open later.
    pub fn new(door: watch::Receiver<Door>, witness: Witness, home: Home) -> Self {
        Self { door, witness, home }
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

    async fn journal(&self) -> Result<Journal, DeskError> {
        match self.door().await? {
            Door::Owner(house) => Ok(house.journal),
            Door::Beside(journal) => Ok(journal),
            _ => Err(DeskError::Journal {
                source: "this session has no part in the channels".into(),
            }),
        }
    }

    async fn report(&self) -> Result<Report, DeskError> {
        if let Door::Owner(house) = self.door().await? {
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
    fn inbox(&self, limit: usize) -> Reply<'_, Vec<Event>> {
        Box::pin(async move {
            let spool = self.journal().await?;
            let events = spool.inbox(limit).map_err(journal)?;
            // What the model was handed as a tool's result, it has.
            let ids = events.iter().map(|event| event.id).collect();
            spool.acknowledge(ids, UnixMillis::now()).await.map_err(journal)?;
            Ok(events)
        })
    }

    fn acknowledge(&self, ids: Vec<EventId>) -> Reply<'_, Acknowledged> {
        Box::pin(async move {
            let spool = self.journal().await?;
            let sign = self.witness.named(&ids);
            let found = spool
                .acknowledge(ids.clone(), UnixMillis::now())
                .await
                .map_err(journal)?;
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
            Ok(report
                .problem
                .map(problem)
                .into_iter()
                .chain(channels.filter_map(line))
                .collect())
        })
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
