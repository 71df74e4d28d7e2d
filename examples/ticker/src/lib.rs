//! A heartbeat: it reports once an interval that it is alive, and with it that timers, the store and events work.
//! It talks to nobody outside.

use lockgate_sdk::{Batch, Life, Message, Outcome, Source, Timer, Trouble, channel, host, store};

/// The name of the one wake, and the key of its counter.
const BEAT: &str = "beat";
/// Milliseconds between two beats, unless the setting `interval` says otherwise.
const INTERVAL: u32 = 60_000;
/// Milliseconds between two looks.
const LOOK: u32 = 1_000;

channel!(struct Ticker: life, timer, source);

impl Life for Ticker {
    fn start() -> Result<Outcome, Trouble> {
        Ok(Outcome::none().wake(BEAT, interval()?))
    }
}

impl Timer for Ticker {
    fn fire(name: String, _failures: u32) -> Result<Outcome, Trouble> {
        let count = counted(BEAT) + 1;
        store::set(BEAT, count.to_string())?;
        Ok(
            Outcome::from(Message::service("ticker", format!("beat {count}")).id(format!("beat-{count}")))
                .wake(name, interval()?),
        )
    }
}

impl Source for Ticker {
    /// Says once, when it has been reached, that the number of beats in the setting `announce` has passed.
    fn poll(_failures: u32) -> Result<Batch, Trouble> {
        let (beats, looks) = (counted(BEAT), counted("looks") + 1);
        store::set("looks", looks.to_string())?;
        let reached = host::setting("announce")
            .and_then(|text| text.parse().ok())
            .is_some_and(|goal: u64| beats >= goal);
        if !reached || store::get("announced").is_some() {
            return Ok(Batch::new(Outcome::none(), LOOK));
        }
        store::set("announced", "yes")?;
        let message = Message::service("ticker", format!("{beats} beats after {looks} looks")).id("announced");
        Ok(Batch::new(Outcome::from(message), LOOK))
    }
}

/// A counter of the store; 0 before it was written.
fn counted(key: &str) -> u64 {
    store::get_as(key).unwrap_or(0)
}

/// The setting in milliseconds.
fn interval() -> Result<u32, Trouble> {
    match host::setting("interval") {
        None => Ok(INTERVAL),
        Some(text) => text.parse().map_err(|_| {
            Trouble::Rejected(format!(
                "the setting `interval` is {text}; write a number of milliseconds, like 60000"
            ))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lockgate_sdk::harness::Harness;

    /// The texts of what came in since it was asked last.
    fn said(house: &Harness) -> Vec<String> {
        house.events().into_iter().map(|message| message.text).collect()
    }

    #[test]
    fn each_beat_counts_and_sets_the_next() {
        let house = Harness::new();
        assert!(house.start::<Ticker>().is_ok());
        for expected in ["beat 1", "beat 2"] {
            assert_eq!(
                (house.wakes(), house.due()),
                (vec![(BEAT.into(), u64::from(INTERVAL))], vec![])
            );
            house.advance(u64::from(INTERVAL));
            assert_eq!(house.due(), [BEAT]);
            assert!(house.fire::<Ticker>(BEAT).is_ok());
            assert_eq!(said(&house), [expected]);
        }
    }

    #[test]
    fn the_goal_is_announced_once() {
        let house = Harness::new().setting("announce", "1");
        let look = || house.poll::<Ticker>().map(|batch| batch.again_after);
        assert_eq!((look(), said(&house)), (Ok(LOOK), vec![]));
        assert!(house.fire::<Ticker>(BEAT).is_ok());
        assert_eq!(said(&house), ["beat 1"]);
        assert_eq!(
            (look(), said(&house)),
            (Ok(LOOK), vec!["1 beats after 2 looks".to_owned()])
        );
        assert_eq!((look(), said(&house)), (Ok(LOOK), vec![]));
    }

    #[test]
    fn a_setting_that_is_no_number_is_refused() {
        let house = Harness::new().setting("interval", "soon");
        assert!(matches!(house.start::<Ticker>(), Err(Trouble::Rejected(why)) if why.contains("soon")));
        assert_eq!(house.wakes(), []);
    }
}
