//! Rules for the client's settings that keep a model from the verbs and the files by which it could give itself more. They stop
//! slips: a model with a shell can write a file in many ways, which is why everything that becomes wider is also told.

use std::path::Path;

use serde_json::json;

use crate::paths::Home;

/// The verbs that give something.
const VERBS: [&str; 4] = ["access", "add", "review", "secret"];
/// The operator's files, and what decides about them.
const FILES: [&str; 4] = ["lockgate.toml", "lockgate.lock", "access.toml", "secrets.toml"];
/// What of the state decides what runs and who counts. The folder for files that a session sends is not among them.
const STATE: [&str; 3] = ["journal.sqlite*", "components/**", "compiled/**"];

/// The rules, as the client writes them: a path from the root begins with two slashes.
pub(super) fn rules(binary: &Path, home: &Home) -> Vec<String> {
    let binary = binary.display().to_string();
    let programs = ["lockgate".to_owned(), "lockgate --home *".to_owned(), binary];
    let shell = programs.iter().flat_map(|program| {
        let verbs = VERBS.iter();
        verbs.map(move |verb| format!("Bash({program} {verb} *)"))
    });
    let config = home.config_dir().display().to_string();
    let state = home.state_dir().display().to_string();
    let mut rules: Vec<String> = shell.collect();
    rules.extend(FILES.map(|file| format!("Edit(/{config}/{file})")));
    rules.extend(STATE.map(|file| format!("Edit(/{state}/{file})")));
    rules.push(format!("Read(/{config}/secrets.toml)"));
    rules
}

/// The lines to put into the settings, as JSON.
pub(super) fn settings(binary: &Path, home: &Home) -> String {
    let settings = json!({"permissions": {"deny": rules(binary, home)}});
    // A value made of texts can always be written.
    serde_json::to_string_pretty(&settings).unwrap_or_default()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_for_the_settings() {
        let home = Home::find(Some(Path::new("/h")), &|_| None).unwrap();
        let expected = r#"{
  "permissions": {
    "deny": [
      "Bash(lockgate access *)",
      "Bash(lockgate add *)",
      "Bash(lockgate review *)",
      "Bash(lockgate secret *)",
      "Bash(lockgate --home * access *)",
      "Bash(lockgate --home * add *)",
      "Bash(lockgate --home * review *)",
      "Bash(lockgate --home * secret *)",
      "Bash(/usr/bin/lockgate access *)",
      "Bash(/usr/bin/lockgate add *)",
      "Bash(/usr/bin/lockgate review *)",
      "Bash(/usr/bin/lockgate secret *)",
      "Edit(//h/lockgate.toml)",
      "Edit(//h/lockgate.lock)",
      "Edit(//h/access.toml)",
      "Edit(//h/secrets.toml)",
      "Edit(//h/state/journal.sqlite*)",
      "Edit(//h/state/components/**)",
      "Edit(//h/state/compiled/**)",
      "Read(//h/secrets.toml)"
    ]
  }
}"#;
        assert_eq!(settings(Path::new("/usr/bin/lockgate"), &home), expected);
    }
}
