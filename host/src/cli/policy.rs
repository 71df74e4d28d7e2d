//! What the organisation's policy would do to a component, told before anybody is asked about it.

use serde_json::{Value, json};

use crate::config::ChannelConfig;
use crate::model::Digest;
use crate::organisation::{Judged, Policy};

/// In a sentence; nothing to say where there is no policy. `config`: what it would be given.
pub(super) fn words(policy: &Policy, component: &Digest, config: Option<&ChannelConfig>) -> Option<String> {
    match policy.judge(component) {
        Judged::Free => None,
        Judged::Refused(why) => Some(format!("it would not run here: {why}")),
        Judged::Within(ceilings) => {
            let cuts = config.map(|config| ceilings.narrow(&mut config.clone()));
            Some(ceilings.words(&cuts.unwrap_or_default()))
        }
    }
}

/// The same for scripts.
pub(super) fn to_json(policy: &Policy, component: &Digest, config: Option<&ChannelConfig>) -> Value {
    words(policy, component, config).map_or(
        Value::Null,
        |text| json!({ "runs": !matches!(policy.judge(component), Judged::Refused(_)), "text": text }),
    )
}
