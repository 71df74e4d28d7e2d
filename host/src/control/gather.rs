//! The report for who is not the owner: asked of the owner, or read from the files if there is none.

use crate::access::AccessBook;
use crate::book::Book;
use crate::components;
use crate::grant::Grant;
use crate::journal::Journal;
use crate::managed::Managed;
use crate::model::{ChannelName, UnixMillis};
use crate::paths::{Home, StateDir};
use crate::status::{AllowlistReport, Carrying, ChannelReport, OutwardReport, Report};
use crate::supervisor::{self, Spec, describe, note};

/// The report of the owner, or, if nobody runs the channels, what the files say. Blocks.
///
/// # Errors
/// In words for the operator.
pub fn gather(home: &Home) -> Result<Report, String> {
    if !home.state_dir().exists() {
        return offline(home, None);
    }
    let state = home.open_state(None).map_err(|error| error.to_string())?;
    match super::status(&state).map_err(|error| describe(&error))? {
        Some(report) => Ok(report),
        None => offline(home, Some(&state)),
    }
}

/// What the files say when nobody runs the channels.
fn offline(home: &Home, state: Option<&StateDir>) -> Result<Report, String> {
    let book = Book::new(home.clone());
    let mut report = Report {
        owner: state.and_then(StateDir::owner),
        allowlist: AllowlistReport::of(&book),
        ..Report::empty()
    };
    let wanted = match supervisor::read(home) {
        Ok(wanted) => wanted.under(&Managed::here().policy()),
        Err(problem) => {
            return Ok(Report {
                problem: Some(problem),
                ..report
            });
        }
    };
    let (off_limits, list) = (home.off_limits(), book.current());
    let stopped = |(name, spec): (&ChannelName, &Spec)| ChannelReport {
        name: name.to_string(),
        phase: "stopped".to_owned(),
        version: spec.pin.version.clone(),
        note: note(name, spec, &off_limits),
        policy: spec.standing.as_ref().map(|standing| standing.words.clone()),
        relay: state.and_then(|state| carrying(state, name, spec, &list)),
        outward: OutwardReport::of_upstreams(&spec.config.upstreams),
        ..ChannelReport::default()
    };
    let broken = |(name, why): (&ChannelName, &String)| ChannelReport {
        name: name.to_string(),
        phase: "broken".to_owned(),
        detail: Some(why.clone()),
        ..ChannelReport::default()
    };
    report.channels = wanted
        .specs
        .iter()
        .map(stopped)
        .chain(wanted.unapproved.iter().chain(&wanted.refused).map(broken))
        .collect();
    report.policy = wanted.policy;
    report.channels.sort_by(|a, b| a.name.cmp(&b.name));
    if let Some(journal) = state.map(StateDir::journal).filter(|journal| journal.exists()) {
        let reader = Journal::peek(&journal).map_err(|error| describe(&error))?;
        report.allowlist.add_waiting(&reader, UnixMillis::now());
        let instances = wanted
            .specs
            .iter()
            .map(|(name, spec)| (spec.pin.instance, name.clone()))
            .collect();
        report
            .add_counts(&reader, &instances)
            .and_then(|()| report.add_quarantines(&reader, &wanted.specs))
            .and_then(|()| report.add_relay(&reader, &[]))
            .map_err(|error| describe(&error))?;
    }
    Ok(report)
}

/// Whether a channel that does not run would carry approvals, by its approved bytes. What can't be read or granted is told of
/// when it is started.
fn carrying(state: &StateDir, name: &ChannelName, spec: &Spec, list: &AccessBook) -> Option<Carrying> {
    let bytes = components::read_bounded(&state.component(&spec.pin.digest)).ok()?;
    let manifest = components::examine(bytes, None).ok()?.manifest;
    let grant = Grant::compute(name, &manifest, &spec.config, spec.pin.relay_pin()).ok()?;
    Carrying::of(&grant, spec.standing.as_ref(), list)
}
