//! Bounds of what is remembered and told when somebody may do more than before.

use std::time::Duration;

/// How long a new approver waits before he counts, unless somebody confirms him.
pub const APPROVER_WAIT: Duration = Duration::from_secs(600);
/// Accounts that may approve; further ones never count.
pub const APPROVERS: usize = 128;
/// Buttons that confirm or refuse an approver and were not pressed yet; the oldest go.
pub const CONFIRMATIONS: usize = 256;
/// Bytes that what channels may do takes in the journal; of more only that it changed is told.
pub const TOLD_GRANTS_BYTES: usize = 96 << 10;
/// Bytes that the accounts that are heard take there; of more only that they changed is told.
pub const TOLD_PEOPLE_BYTES: usize = 48 << 10;
/// Lines about what became wider that are kept until everybody was told; older ones are counted.
pub const TOLD_LINES: usize = 48;
/// Characters of one of these lines.
pub const TOLD_LINE_CHARS: usize = 300;
/// Messages about it in an hour, to each who is told; what comes beyond waits and is told together.
pub const TOLD_PER_HOUR: usize = 12;
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
