//! The line that answers a question for permission. Only the ledger's verdicts come here.

use super::json;
use crate::model::Behavior;

/// The notification: JSON and a line feed.
pub fn verdict(request: &str, behavior: Behavior) -> Vec<u8> {
    let mut out = Vec::with_capacity(160);
    out.extend_from_slice(
        br#"{"jsonrpc":"2.0","method":"notifications/claude/channel/permission","params":{"request_id":"#,
    );
    json(&mut out, request);
    out.extend_from_slice(br#","behavior":"#);
    json(&mut out, behavior.as_str());
    out.extend_from_slice(b"}}\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(behavior: Behavior, expected: &str) {
        assert_eq!(String::from_utf8_lossy(&verdict("abcde", behavior)), expected);
    }

    #[test]
    fn the_line_is_as_the_client_reads_it() {
        let line = |word: &str| {
            format!(
                "{{\"jsonrpc\":\"2.0\",\"method\":\"notifications/claude/channel/permission\",\
                 \"params\":{{\"request_id\":\"abcde\",\"behavior\":\"{word}\"}}}}\n"
            )
        };
        check(Behavior::Allow, &line("allow"));
        check(Behavior::Deny, &line("deny"));
    }
}
