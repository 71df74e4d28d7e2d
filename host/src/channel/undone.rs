//! Effects that nothing can carry out yet, counted so that none is lost silently. Pure.

use crate::model::Effect;

/// Effects that nothing can carry out yet, by reason: no channel has a granted host or page.
pub fn count(effects: &[Effect]) -> Vec<(&'static str, u64)> {
    let count = |which: fn(&Effect) -> bool| effects.iter().filter(|effect| which(effect)).count() as u64;
    let mut tallies = vec![
        (
            "connect-refused",
            count(|effect| matches!(effect, Effect::Connect { .. })),
        ),
        (
            "frame-without-connection",
            count(|effect| matches!(effect, Effect::SendFrame { .. })),
        ),
        (
            "publication-without-page",
            count(|effect| matches!(effect, Effect::Publish { .. })),
        ),
    ];
    tallies.retain(|(_, count)| *count > 0);
    tallies
}
