//! What is logged and how: to standard error only, because standard output is the answer or the client's.

use std::io::IsTerminal;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use super::args::{Cli, Verb};
use super::print::Printer;
use crate::model::TOLD;
use crate::sandbox::WATCHED;

/// Starts logging for this command.
pub(super) fn start(cli: &Cli, printer: &mut Printer) {
    let usual = usual(&cli.verb, cli.verbose);
    let wanted = std::env::var("LOCKGATE_LOG").ok().filter(|text| !text.is_empty());
    let level = match wanted.as_deref().map(named) {
        None => usual,
        Some(Some(level)) => level,
        Some(None) => {
            printer.warn("LOCKGATE_LOG is none of error, warn, info, debug, trace; ignored");
            usual
        }
    };
    let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let is_quiet = cli.verbose == 0 && wanted.is_none();
    let announced = match &cli.verb {
        Verb::Try | Verb::Demo | Verb::Dev(_) if is_quiet => LevelFilter::ERROR,
        _ => level,
    };
    let is_loop = matches!(&cli.verb, Verb::Dev(_)) && is_quiet;
    let called = if is_loop { LevelFilter::ERROR } else { level };
    // Who watches a channel is shown that in lines of its own.
    let watched = if is_loop { LevelFilter::OFF } else { level };
    // Libraries are heard when something is wrong: at other levels some of them log what clients and channels say.
    let ours = Targets::new()
        .with_default(level.min(LevelFilter::WARN))
        .with_target("lockgate", level)
        // What became wider is an event of the session as well, and that is what a person reads here.
        .with_target("lockgate::approvals::announce", announced)
        // Where a channel is developed, each of its calls has a line of its own.
        .with_target("lockgate::channel", called)
        .with_target("lockgate::channel::", level)
        .with_target("lockgate::listener", called)
        .with_target(TOLD, watched)
        .with_target(WATCHED, watched)
        // What guests say has a target of its own, and bounds and escapes of ours.
        .with_target("guest", level);
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal() && !plain);
    // One was set before only if this runs twice in a process, as tests do.
    let _ = subscriber.finish().with(ours).try_init();
}

/// A server's state changes are worth a line; other verbs say themselves what they do.
fn usual(verb: &Verb, verbose: u8) -> LevelFilter {
    if matches!(verb, Verb::Test(_)) && verbose == 0 {
        // What breaks there is meant to: the report says how.
        return LevelFilter::OFF;
    }
    let quiet = usize::from(matches!(verb, Verb::Serve(_)));
    let levels = [
        LevelFilter::WARN,
        LevelFilter::INFO,
        LevelFilter::DEBUG,
        LevelFilter::TRACE,
    ];
    levels[(quiet + usize::from(verbose)).min(levels.len() - 1)]
}

fn named(text: &str) -> Option<LevelFilter> {
    match text {
        "error" => Some(LevelFilter::ERROR),
        "warn" => Some(LevelFilter::WARN),
        "info" => Some(LevelFilter::INFO),
        "debug" => Some(LevelFilter::DEBUG),
        "trace" => Some(LevelFilter::TRACE),
        _ => None,
    }
}
