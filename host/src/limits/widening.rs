//! Bounds of what is remembered and told when somebody may do more than before.

use std::time::Duration;

/// How long a new approver waits before he counts, unless somebody confirms him.
pub const APPROVER_WAIT: Duration = Duration::from_secs(600);
/// How long an approver may be off the list and count at once when he is back.
pub const APPROVER_BACK: Duration = Duration::from_secs(60);
/// How long an approver who is off the list hears what changes, and may say that nobody added a new one.
pub const APPROVER_HEARD_AFTER: Duration = Duration::from_secs(24 * 3_600);
/// Accounts that may approve; further ones never count.
pub const APPROVERS: usize = 128;
/// Buttons that confirm or refuse an approver and were not pressed yet; the oldest go.
pub const CONFIRMATIONS: usize = 128;
/// Bytes that what channels may do takes in the journal; of more only that it changed is told.
pub const TOLD_GRANTS_BYTES: usize = 48 << 10;
/// Bytes that the accounts that are heard take there; of more only that they changed is told.
pub const TOLD_PEOPLE_BYTES: usize = 32 << 10;
/// Lines about what became wider that are kept until everybody was told; older ones are counted. Of lines about approvers
/// the last one about each is kept beside these.
pub const TOLD_LINES: usize = 48;
/// Lines about who may not approve any more; older ones are counted.
pub const TOLD_LEFT: usize = 32;
/// Bytes of one line.
pub const TOLD_LINE_BYTES: usize = 512;
/// Characters of one of these lines.
pub const TOLD_LINE_CHARS: usize = 300;
/// Messages about it in an hour, to each who is told; what comes beyond waits and is told together.
pub const TOLD_PER_HOUR: usize = 12;
/// How often an approver hears of new approvers however often he heard of something, or could not be told: several times
/// within the time that a new one waits.
pub const TOLD_URGENTLY: Duration = Duration::from_secs(60);
/// How long after a first failure somebody is told again; doubled each time.
pub const TOLD_AGAIN: Duration = Duration::from_secs(5);
/// The longest such pause.
pub const TOLD_AGAIN_MOST: Duration = Duration::from_secs(3_600);
/// New approvers that have buttons below one message; of further ones only the lines tell.
pub const CONFIRMATIONS_SHOWN: usize = 3;
/// Characters of an account's id on such a button: its end.
pub const BUTTON_ID_CHARS: usize = 12;
/// Answers to presses of such buttons that are under way; further ones are counted and not given.
pub const CONFIRMATION_REPLIES: usize = 16;
/// How often the list of people is looked at while nobody speaks.
pub const LIST_LOOKED_AT: Duration = Duration::from_secs(2);
