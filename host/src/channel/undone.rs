//! Effects that nothing can carry out, counted so that none is lost silently. Pure.

use crate::grant::PageGrant;
use crate::model::Effect;

/// Effects that nothing can carry out, by reason: no channel has a granted host, and not every one has a page.
pub fn count(effects: &[Effect], page: Option<&PageGrant>) -> Vec<(&'static str, u64)> {
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
    ];
    if page.is_none() {
        tallies.push((
            "publication-without-page",
            count(|effect| matches!(effect, Effect::Publish { .. })),
        ));
    }
    tallies.retain(|(_, count)| *count > 0);
    tallies
}
