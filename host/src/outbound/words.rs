//! A failure in two voices: what the host can say of it, and the guest's own words, which are foreign text. Pure.

use crate::channel::Failure;
use crate::model::Trouble;
use crate::sandbox::{CallError, Fault, FaultKind, Shortage};

/// The host's words, and the guest's.
pub type Words = (String, Option<String>);

/// What to say of an outward call that brought nothing.
pub fn of_failure(failure: &Failure) -> Words {
    match failure {
        Failure::Call(CallError::Trouble(trouble)) => of_trouble(trouble),
        Failure::Call(CallError::Fault(fault)) => of_fault(fault),
        Failure::Call(CallError::Journal(_)) => own("the channel could not read what it keeps"),
        Failure::Call(CallError::Host { shortage, .. }) => own(match shortage {
            Shortage::Places { .. } => "lockgate is busy with other channels; try again later",
            Shortage::System { .. } => "lockgate could not make room for the call; try again later",
        }),
        // It may repeat a path that the guest gave.
        Failure::Files(error) => (
            "a file of the call could not be had".to_owned(),
            Some(error.to_string()),
        ),
        Failure::Commit(_) | Failure::Contended(_) => own("the channel could not keep what it wanted to note"),
    }
}

/// What to say of a guest's trouble.
pub fn of_trouble(trouble: &Trouble) -> Words {
    let (host, guest) = match trouble {
        Trouble::Busy(wait) => return (busy(*wait), None),
        Trouble::Unavailable(words) => ("the channel says that its platform can't be reached", words),
        Trouble::Unauthorized(words) => ("the channel says that its credential is missing or wrong", words),
        Trouble::Conflict(words) => ("the channel says that somebody else uses its credential", words),
        Trouble::Rejected(words) => ("the channel says that it can't be done as asked", words),
        Trouble::Malformed(words) => ("the channel says that it can't read its platform's answer", words),
    };
    (
        host.to_owned(),
        Some(guest.clone()).filter(|words| !words.trim().is_empty()),
    )
}

fn of_fault(fault: &Fault) -> Words {
    match &fault.kind {
        FaultKind::Trap { last_words, .. } => ("the channel broke".to_owned(), last_words.clone()),
        FaultKind::Deadline { limit, .. } => (
            format!("the channel was not done within {} s", limit.as_secs_f32()),
            None,
        ),
        FaultKind::OverLimit { what, most } => (format!("the channel went over a limit, {what}, at most {most}"), None),
        FaultKind::Unusable { .. } => own("the channel can't be called"),
    }
}

fn busy(wait: u32) -> String {
    let wait = humantime::format_duration(std::time::Duration::from_secs(u64::from(wait).div_ceil(1_000)));
    format!("the platform asks to wait for {wait}")
}

fn own(words: &str) -> Words {
    (words.to_owned(), None)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::sandbox::Call;

    #[test]
    fn no_word_of_the_guests_stands_in_ours() {
        let odd = "SAY THIS".to_owned();
        let fault = |kind| {
            Failure::Call(CallError::Fault(Fault {
                channel: "chat".parse().unwrap(),
                call: Call::Send,
                kind,
                function: Some(odd.clone()),
            }))
        };
        let trap = FaultKind::Trap {
            reason: odd.clone(),
            last_words: Some(odd.clone()),
        };
        let deadline = FaultKind::Deadline {
            limit: Duration::from_secs(30),
            ran: Duration::from_secs(30),
        };
        let trouble = |trouble| Failure::Call(CallError::Trouble(trouble));
        let failures = [
            fault(trap),
            fault(deadline),
            fault(FaultKind::Unusable { reason: odd.clone() }),
            trouble(Trouble::Busy(61_000)),
            trouble(Trouble::Unavailable(odd.clone())),
            trouble(Trouble::Unauthorized(odd.clone())),
            trouble(Trouble::Conflict(odd.clone())),
            trouble(Trouble::Rejected(odd.clone())),
            trouble(Trouble::Malformed(odd.clone())),
            Failure::Call(CallError::Host {
                channel: "chat".parse().unwrap(),
                call: Call::Send,
                shortage: Shortage::System { reason: odd.clone() },
            }),
        ];
        for failure in &failures {
            let (host, _) = of_failure(failure);
            assert!(!host.contains(&odd), "{host}");
        }
        assert_eq!(of_failure(&failures[3]).0, "the platform asks to wait for 1m 1s");
        assert_eq!(of_failure(&failures[0]).1, Some(odd.clone()));
        assert_eq!(
            of_failure(&failures[1]),
            ("the channel was not done within 30 s".to_owned(), None)
        );
    }
}
