//! An example in another language than Rust: built from its sources in a folder of the test's own, granted all that it asks
//! for, and led to a fake platform.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

use super::scaffold::prepare;
use super::{Built, COMPILING, build};
use crate::guests::root;
use crate::home::{Home, Status};
use crate::platform::Platform;
use crate::serve::Serve;
use crate::wait::until;

/// A folder of `examples/`, copied.
pub struct Example {
    name: String,
    folder: TempDir,
}

impl Example {
    /// Copies it to where it can be built without leaving anything behind. `lang`: `ts`, `js`, and so on.
    ///
    /// # Errors
    /// If it can't be copied.
    pub fn open(name: &str, lang: &str) -> Result<Example> {
        let folder = TempDir::with_prefix("lockgate-example-").context("make a temporary folder")?;
        let example = Example {
            name: name.to_owned(),
            folder,
        };
        copy(&root().join("examples").join(name), &example.folder())?;
        prepare(lang, &example.folder())?;
        Ok(example)
    }

    /// Where the copy stands.
    #[must_use]
    pub fn folder(&self) -> std::path::PathBuf {
        self.folder.path().join(&self.name)
    }

    /// `lockgate build`, and then the example's own tests.
    ///
    /// # Errors
    /// If one of them fails; its words are in the message.
    pub fn built(&self, tests: &[&str]) -> Result<Built> {
        let built = build(&self.folder())?;
        let (program, arguments) = tests.split_first().context("an example has tests")?;
        let output = Command::new(program)
            .args(arguments)
            .current_dir(self.folder())
            .output()
            .with_context(|| format!("start {program}"))?;
        let words = [output.stdout, output.stderr].concat();
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&words));
        Ok(built)
    }

    /// Serves it under its own name with this secret, granted `grants`, and led to a platform instead of `host`.
    ///
    /// # Errors
    /// If `add` refuses, or it does not come up.
    pub fn serve(&self, built: &Built, added: &Added<'_>) -> Result<(Home, Serve)> {
        let home = Home::new()?;
        let file = built.path.to_str().context("a component's path is not text")?;
        let secret = format!(
            "{}=file:{}",
            added.secret.0,
            home.secret_file(added.secret.1)?.display()
        );
        let arguments = ["add", file, "--name", &self.name, "--yes", "--secret", &secret];
        let grants = added.grants.iter().flat_map(|grant| ["--grant", grant]);
        let ran = home.add_shown(&arguments.into_iter().chain(grants).collect::<Vec<_>>())?;
        ensure!(ran.ok(), "add ended with {:?}:\n{}{}", ran.code, ran.stdout, ran.stderr);
        if let Some((host, platform)) = added.upstream {
            let address = format!("http://{}", platform.address());
            home.edit_config(|config| {
                let upstreams = toml::Table::from_iter([(host.to_owned(), address.into())]);
                if let Some(channel) = config["channel"][&self.name].as_table_mut() {
                    channel.insert("upstream".into(), upstreams.into());
                }
            })?;
        }
        for arguments in added.then {
            let ran = home.run(arguments)?;
            ensure!(ran.ok(), "{arguments:?} ended with {:?}:\n{}", ran.code, ran.stderr);
        }
        let serve = Serve::channel(&home)?;
        let ready = |status: Status| {
            status
                .channel(&self.name)
                .is_some_and(|own| own.phase == "ready")
                .then_some(())
        };
        until(COMPILING, "the example is ready", || ready(home.status().ok()?)).with_context(|| serve.stderr())?;
        Ok((home, serve))
    }
}

/// How an example is added.
pub struct Added<'a> {
    /// Its secret: the name and the text.
    pub secret: (&'a str, &'a str),
    /// What it is granted: `network:chat`, `host:api.example.org`.
    pub grants: &'a [&'a str],
    /// Which host is somewhere else, if it asks for one.
    pub upstream: Option<(&'a str, &'a Platform)>,
    /// What is typed before it is served.
    pub then: &'a [&'a [&'a str]],
}

pub(super) fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("create {}", to.display()))?;
    for entry in fs::read_dir(from).with_context(|| format!("read {}", from.display()))? {
        let entry = entry.with_context(|| format!("read {}", from.display()))?;
        let name = entry.file_name();
        if [".lockgate", "node_modules", ".venv"].iter().any(|left| name == *left) {
            continue;
        }
        let (path, into) = (entry.path(), to.join(&name));
        if path.is_dir() {
            copy(&path, &into)?;
        } else {
            fs::copy(&path, &into).with_context(|| format!("copy {}", path.display()))?;
        }
    }
    Ok(())
}
