//! Effects that nothing can carry out, counted so that none is lost silently. Pure.

use crate::model::Effect;

/// What a channel has that carries effects out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Abilities {
    /// A page of its own.
    pub page: bool,
    /// It is told what its websockets bring; without that it has none.
    pub sockets: bool,
}

/// Effects that nothing can carry out, by reason.
pub fn count(effects: &[Effect], abilities: Abilities) -> Vec<(&'static str, u64)> {
    let count = |which: fn(&Effect) -> bool| effects.iter().filter(|effect| which(effect)).count() as u64;
    let mut tallies = Vec::new();
    if !abilities.sockets {
        let connects = count(|effect| matches!(effect, Effect::Connect { .. }));
        let frames = count(|effect| matches!(effect, Effect::SendFrame { .. }));
        tallies.extend([("connect-refused", connects), ("frame-without-connection", frames)]);
    }
    if !abilities.page {
        let publications = count(|effect| matches!(effect, Effect::Publish { .. }));
        tallies.push(("publication-without-page", publications));
    }
    tallies.retain(|(_, count)| *count > 0);
    tallies
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Frame;

    #[test]
    fn what_nothing_carries_out_is_counted() {
        let effects = [
            Effect::Connect {
                name: "main".into(),
                url: "wss://a/".into(),
                headers: Vec::new(),
            },
            Effect::SendFrame {
                connection: "main".into(),
                frame: Frame::Text(String::new()),
            },
            Effect::Disconnect("main".into()),
            Effect::Publish {
                topic: "t".into(),
                text: String::new(),
            },
        ];
        let check = |page, sockets, expected: &[(&str, u64)]| {
            assert_eq!(count(&effects, Abilities { page, sockets }), expected);
        };
        check(true, true, &[]);
        check(false, true, &[("publication-without-page", 1)]);
        check(true, false, &[("connect-refused", 1), ("frame-without-connection", 1)]);
        assert_eq!(
            count(
                &[],
                Abilities {
                    page: false,
                    sockets: false
                }
            ),
            []
        );
    }
}
