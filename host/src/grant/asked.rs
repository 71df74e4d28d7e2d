//! What of a configuration a manifest still asks for. Bytes under development ask for less from one build to the next, and
//! nobody writes lockgate.toml anew for each.

use std::collections::BTreeSet;

use crate::config::ChannelConfig;
use crate::manifest::Manifest;
use crate::reach::HttpRule;

/// The configuration without what the manifest does not ask for.
pub fn asked(config: &ChannelConfig, manifest: &Manifest) -> ChannelConfig {
    let mut config = config.clone();
    let labels: BTreeSet<String> = manifest.http.iter().map(HttpRule::label).collect();
    config.secrets.retain(|name, _| manifest.secrets.contains_key(name));
    config.hosts.retain(|label| labels.contains(label));
    config.upstreams.retain(|label, _| labels.contains(label));
    config.databases.retain(|name, _| manifest.databases.contains_key(name));
    config.commands.retain(|name, _| manifest.commands.contains_key(name));
    config.folders.retain(|name, _| manifest.folders.contains_key(name));
    for (name, folder) in &mut config.folders {
        if let Some(ask) = manifest.folders.get(name) {
            folder.access = folder.access.min(ask.access);
        }
    }
    config
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::Config;
    use crate::grant::Grant;
    use crate::lockfile::RelayPin;

    #[test]
    fn what_is_asked_no_more_is_no_reason_to_refuse_the_rest() {
        let asks = "[channel]\nname='w'\nversion='1'\nsummary='s'\n";
        let more = "[secrets.key]\ntitle='Key'\n[asks.folders.notes]\ntitle='Notes'\naccess='write'\n\
            [[asks.http]]\nhost='api.example.org'\npaths=['/v1']\n";
        let lines = "[channel.c]\ncomponent='/w'\nhosts=['api.example.org']\n\
            folders.notes={path='/notes',access='write'}\nsecrets.key={env='KEY'}\n";
        let config = Config::parse(lines, Path::new("lockgate.toml")).unwrap();
        let (name, channel) = config.channels.first_key_value().unwrap();
        let check = |asks: &str, expected: bool| {
            let manifest = Manifest::parse(asks).unwrap();
            let narrow = asked(channel, &manifest);
            assert_eq!(narrow == *channel, expected, "{asks}");
            Grant::compute(name, &manifest, &narrow, RelayPin::Absent).unwrap();
        };
        check(asks, false);
        check(&format!("{asks}{more}"), true);
        check(&format!("{asks}{more}").replace("access='write'\n", ""), false);
    }
}
