//! The tests that there are, by the file in which they stand: Rust's by their attribute, the browser's by their name.
//!
//! It reads source text. A test that is left out by default (`#[ignore]`) shows nothing, so it counts as none.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, Result};

use crate::floors::{self, Source};

/// Where Rust's tests stand; a file is named from the top of the repository.
const RUST: [&str; 5] = ["host/src", "tests/src", "tests/tests", "sdk/rust/src", "examples"];
/// Where the browser's stand.
const BROWSER: &str = "tests/browser";

/// The names of tests, as `file::function`.
#[derive(Debug, Default)]
pub struct Known(BTreeSet<String>);

impl Known {
    /// These, for a test of the check itself.
    #[must_use]
    pub fn of(tests: &[&str]) -> Known {
        Known(tests.iter().map(|test| (*test).to_owned()).collect())
    }

    /// All tests of a repository.
    ///
    /// # Errors
    /// If its files can't be read.
    pub fn read(repository: &Path) -> Result<Known> {
        let mut known = BTreeSet::new();
        for folder in RUST {
            let sources = floors::read(&repository.join(folder))?;
            for source in sources.iter().filter(|source| !source.path.starts_with("target/")) {
                let names = functions(source).into_iter();
                known.extend(names.map(|name| format!("{folder}/{}::{name}", source.path)));
            }
        }
        let folder = repository.join(BROWSER);
        for entry in std::fs::read_dir(&folder).with_context(|| format!("read {}", folder.display()))? {
            let path = entry.context("read the browser's tests")?.path();
            let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if file.ends_with(".test.mjs") {
                let text = std::fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
                known.extend(named(&text).into_iter().map(|name| format!("{BROWSER}/{file}::{name}")));
            }
        }
        Ok(Known(known))
    }

    /// Whether there is such a test.
    #[must_use]
    pub fn has(&self, test: &str) -> bool {
        self.0.contains(test)
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.len()
    }
}

/// The functions of a source that are tests.
fn functions(source: &Source) -> Vec<String> {
    let mut found = Vec::new();
    let mut lines = source.code.lines().map(str::trim);
    while let Some(line) = lines.next() {
        if !(line.starts_with("#[test]") || line.starts_with("#[tokio::test")) {
            continue;
        }
        // More attributes may stand between, on one line or several.
        let mut between = lines
            .by_ref()
            .take_while(|line| !line.is_empty() && !line.starts_with('}'));
        let mut ignored = false;
        let declared = between.find(|line| {
            ignored |= line.starts_with("#[ignore");
            line.starts_with("fn ") || line.starts_with("async fn ")
        });
        let name = declared.and_then(|line| line.split_once("fn ")?.1.split(['(', '<']).next());
        found.extend(name.filter(|_| !ignored).map(str::to_owned));
    }
    found
}

/// The names of a script's tests: the text that a call at the margin begins with, as `test("it works", …)` has one.
fn named(text: &str) -> Vec<String> {
    let name = |line: &str| {
        let (call, rest) = line.split_once("(\"")?;
        let at_margin = !call.is_empty() && call.chars().all(|c| c.is_ascii_alphanumeric());
        let end = rest.find("\",")?;
        (at_margin && call != "import").then(|| rest[..end].replace("\\\"", "\""))
    };
    text.lines().filter_map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_that_are_tests() {
        let text = "#[test]\nfn one() {}\n#[tokio::test(flavor = \"x\")]\nasync fn two() {}\nfn three() {}\n\
            #[test]\n#[cfg(unix)]\nfn four() {}\n#[test]\n#[ignore = \"slow\"]\nfn five() {}\n\
            // #[test]\n// fn six() {}\nproptest! {\n    #[test]\n    fn seven(\n        a in 1..2,\n    ) {}\n}\n";
        assert_eq!(functions(&Source::new("a.rs", text)), ["one", "two", "four", "seven"]);
    }

    #[test]
    fn names_of_a_scripts_tests() {
        let text = "test(\"one\", async () => {\n  check(\"inside\", 1);\n});\ncase(\"two \\\"x\\\"\", 2);\nimport(\"a\", b)\n";
        assert_eq!(named(text), ["one", "two \"x\""]);
    }
}
