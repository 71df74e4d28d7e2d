//! What a folder is: its language, by the files that the language's own tools look for, and its manifest. Reads; changes
//! nothing.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::components::{self, MANIFEST_FILE};
use crate::manifest::{Manifest, ManifestError};

/// In what a channel is written, and with what it is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// With cargo.
    Rust,
    /// With StarlingMonkey; bundled first.
    TypeScript,
    /// With StarlingMonkey.
    JavaScript,
    /// JavaScript with QuickJS: a tenth of the size, and no `fetch`.
    QuickJs,
    /// With CPython.
    Python,
    /// With the standard compiler.
    Go,
    /// With clang, or with Zig's.
    C,
    /// With Zig.
    Zig,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Rust,
        Self::TypeScript,
        Self::JavaScript,
        Self::QuickJs,
        Self::Python,
        Self::Go,
        Self::C,
        Self::Zig,
    ];
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Rust => "Rust",
            Self::TypeScript => "TypeScript",
            Self::JavaScript => "JavaScript",
            Self::QuickJs => "QuickJS",
            Self::Python => "Python",
            Self::Go => "Go",
            Self::C => "C",
            Self::Zig => "Zig",
        })
    }
}

/// A folder with a channel's sources.
#[derive(Debug)]
pub struct Project {
    /// Where it is, absolute.
    pub folder: PathBuf,
    /// In what it is written.
    pub language: Language,
    /// The text of its channel.toml.
    pub text: String,
    /// What that says.
    pub manifest: Manifest,
}

/// Why a folder can't be built.
#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    /// Not there, or not readable.
    #[error("can't read {}; name a project's folder, or make one with `lockgate new`", .path.display())]
    Unreadable {
        /// What.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// Its manifest is wrong.
    #[error("{}: {error}", .path.display())]
    Manifest {
        /// The file.
        path: PathBuf,
        /// With line and column.
        error: ManifestError,
    },
    /// No language is known by its files.
    #[error(
        "{} has none of Cargo.toml, package.json, pyproject.toml, go.mod, src/*.zig and src/*.c, so its language is not known; \
         `lockgate new` makes a project that is",
        .folder.display()
    )]
    NoLanguage {
        /// The folder.
        folder: PathBuf,
    },
}

impl Project {
    /// Where its component is written, `.lockgate/NAME.wasm`.
    pub fn component(&self) -> PathBuf {
        self.folder
            .join(super::WORK)
            .join(format!("{}.wasm", self.manifest.about.name))
    }

    /// Looks at a folder.
    ///
    /// # Errors
    /// It has no channel.toml, a wrong one, or no language that is known.
    pub fn open(folder: &Path) -> Result<Self, ProjectError> {
        let unreadable = |path: &Path| {
            let path = path.to_owned();
            move |source| ProjectError::Unreadable { path, source }
        };
        let folder = folder.canonicalize().map_err(unreadable(folder))?;
        let path = folder.join(MANIFEST_FILE);
        let text = read_text(&path).map_err(unreadable(&path))?;
        let manifest = Manifest::parse(&text).map_err(|error| ProjectError::Manifest { path, error })?;
        let language = language(&folder)?;
        Ok(Self {
            folder,
            language,
            text,
            manifest,
        })
    }
}

/// A file of somebody else's, within a bound and only if it is one: a pipe would never end, nor would a device.
fn read_text(path: &Path) -> io::Result<String> {
    String::from_utf8(components::read_bounded(path)?).map_err(io::Error::other)
}

/// By the file that the language's own tools look for. package.json says more: `"lockgate": { "engine": "quickjs" }`, and a
/// source in TypeScript is `src/channel.ts`.
fn language(folder: &Path) -> Result<Language, ProjectError> {
    let has = |name: &str| folder.join(name).is_file();
    if has("Cargo.toml") {
        return Ok(Language::Rust);
    }
    if has("package.json") {
        let text = read_text(&folder.join("package.json")).unwrap_or_default();
        let package: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
        let engine = package.pointer("/lockgate/engine").and_then(serde_json::Value::as_str);
        return Ok(match engine {
            Some("quickjs") => Language::QuickJs,
            _ if has("src/channel.ts") => Language::TypeScript,
            _ => Language::JavaScript,
        });
    }
    if has("pyproject.toml") {
        return Ok(Language::Python);
    }
    if has("go.mod") {
        return Ok(Language::Go);
    }
    let sources = std::fs::read_dir(folder.join("src")).into_iter().flatten().flatten();
    let ends: Vec<PathBuf> = sources.map(|entry| entry.path()).collect();
    let any = |end: &str| {
        ends.iter()
            .any(|path| path.extension().is_some_and(|found| found == end))
    };
    if any("zig") {
        return Ok(Language::Zig);
    }
    if any("c") {
        return Ok(Language::C);
    }
    Err(ProjectError::NoLanguage {
        folder: folder.to_owned(),
    })
}
