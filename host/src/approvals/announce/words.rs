//! What the session and approvers read of what became wider. Pure.

use crate::widening::News;

/// Whether a message asks something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// Buttons below it confirm or refuse a new approver.
    Buttons,
    /// It only tells.
    Nothing,
}

/// For the session: the first line is ours, the names below it are from the operator's files.
pub fn for_session(news: &News) -> String {
    let mut text = "lockgate: more may be done than before; if your operator did not just do this, tell him".to_owned();
    for line in lines(news) {
        text.push_str("\n> ");
        text.push_str(&line);
    }
    text
}

/// For somebody who could approve before.
pub fn for_approver(news: &News, asked: Asked) -> String {
    let mut text = "lockgate: more may be done than before:".to_owned();
    for line in lines(news) {
        text.push_str("\n- ");
        text.push_str(&line);
    }
    text.push_str("\nIf none of you did this, somebody else changes lockgate's files: look at them at your terminal.");
    if asked == Asked::Buttons {
        text.push_str("\nDo you know of the new approver?");
    }
    text
}

fn lines(news: &News) -> impl Iterator<Item = String> {
    let lost = (news.lost > 0).then(|| format!("{} more, not listed here; run `lockgate status`", news.lost));
    lost.into_iter().chain(news.lines.iter().cloned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::widening::Urgency;

    #[test]
    fn both_read_the_same_lines() {
        let news = News {
            urgency: Urgency::Rest,
            lines: vec![
                "chat may now: carry approvals".into(),
                "ann may write now, as talk:1".into(),
            ],
            lost: 3,
            upto: 5,
        };
        assert_eq!(
            for_session(&news),
            "lockgate: more may be done than before; if your operator did not just do this, tell him\n\
             > 3 more, not listed here; run `lockgate status`\n\
             > chat may now: carry approvals\n\
             > ann may write now, as talk:1"
        );
        let told = for_approver(&News { lost: 0, ..news }, Asked::Buttons);
        assert_eq!(
            told,
            "lockgate: more may be done than before:\n\
             - chat may now: carry approvals\n\
             - ann may write now, as talk:1\n\
             If none of you did this, somebody else changes lockgate's files: look at them at your terminal.\n\
             Do you know of the new approver?"
        );
    }
}
