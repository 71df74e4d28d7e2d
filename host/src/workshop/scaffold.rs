//! New projects: from the templates in this binary to a folder that builds at once. Writes nowhere but into a folder that was
//! not there, or was empty.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use include_dir::Dir;

use super::{BuildError, Project, sdk, write as put};
use crate::components::MANIFEST_FILE;
use crate::manifest::Manifest;
use crate::model::ChannelName;

/// Where the templates stand in the folder of the SDKs.
const TEMPLATES: &str = "templates";
/// Under which name nobody is found, and so every host of a template stands.
const PLACEHOLDER: &str = ".example.org";
/// Where a project says what it is.
const README: &str = "README.md";
/// Characters of a name that is proposed: `lockgate dev` runs it with four more.
const LIKE: usize = 28;

/// What a template is made for: `rust`, `ts`, `js`, `python`, `go`, `c`, `zig`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Template {
    /// The folder of the language.
    pub lang: &'static str,
    /// The folder of the kind.
    pub kind: &'static str,
}

/// Why there is no new project.
#[derive(Debug, thiserror::Error)]
pub enum ScaffoldError {
    /// The folder's name can't be a channel's.
    #[error(
        "{name:?} is no name for a channel, as the folder's has to be: a to z, 0 to 9 and single hyphens, a letter first, at \
         most 32 characters, and not lockgate, host, all or dev; try {like:?}"
    )]
    Name {
        /// The last part of the path.
        name: String,
        /// One that is as near to it as can be.
        like: String,
    },
    /// There is something already.
    #[error("{} is not empty; name a folder that is not there yet", .path.display())]
    Occupied {
        /// Where.
        path: PathBuf,
    },
    /// It can't be looked into.
    #[error("can't read {}; name a folder that is not there yet", .path.display())]
    Unreadable {
        /// Where.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// This binary has no such template.
    #[error("there is no template for {kind} in {lang} in this lockgate; try another --kind")]
    NoTemplate {
        /// The language's folder.
        lang: &'static str,
        /// The kind's.
        kind: &'static str,
    },
    /// A file of it.
    #[error(transparent)]
    Write(BuildError),
    /// It was written, and is none.
    #[error("the template does not fit this lockgate: {0}")]
    Unfit(BuildError),
}

/// Makes a project in a folder, whose last part is the channel's name, with all that its tools and an editor read. Returns
/// it as [`Project::open`] does.
///
/// # Errors
/// The name is none, the folder is in use, or the disk can't be written.
pub fn scaffold(folder: &Path, template: Template) -> Result<Project, ScaffoldError> {
    // `.` has the name of the folder that it is.
    let folder = &std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    if !is_name(&name) {
        let like = similar(&name);
        return Err(ScaffoldError::Name { name, like });
    }
    check_empty(folder)?;
    let files = files(template, &name)?;
    for (path, bytes) in &files {
        put(&folder.join(path), bytes).map_err(ScaffoldError::Write)?;
    }
    let project = Project::open(folder).map_err(|error| ScaffoldError::Unfit(error.into()))?;
    super::lay_out(&project, &()).map_err(ScaffoldError::Write)?;
    Ok(project)
}

/// The hosts of a new project that are nobody's, for which its author puts in his platform's.
pub fn placeholders(manifest: &Manifest) -> BTreeSet<String> {
    let hosts = manifest.http.iter().map(|rule| rule.host.to_string());
    hosts.filter(|host| host.ends_with(PLACEHOLDER)).collect()
}

fn is_name(name: &str) -> bool {
    name.parse::<ChannelName>().is_ok() && !name.ends_with('-') && !name.contains("--")
}

/// A name that can be a channel's, from one that can't.
fn similar(name: &str) -> String {
    let lower = name.to_ascii_lowercase();
    let parts = lower.split(|c: char| !c.is_ascii_alphanumeric());
    let parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
    let joined = parts.join("-");
    let like = joined.trim_start_matches(|c: char| !c.is_ascii_lowercase());
    let like: String = like.chars().take(LIKE).collect();
    [like.trim_end_matches('-').to_owned(), format!("my-{like}")]
        .into_iter()
        .find(|like| is_name(like))
        .unwrap_or_else(|| "my-channel".to_owned())
}

/// The files of a template with the names put in.
fn files(template: Template, name: &str) -> Result<Vec<(PathBuf, Vec<u8>)>, ScaffoldError> {
    let Template { lang, kind } = template;
    let dir = |path: String| sdk::ALL.get_dir(format!("{TEMPLATES}/{path}"));
    let none = ScaffoldError::NoTemplate { lang, kind };
    let (Some(shared), Some(own)) = (dir(format!("kinds/{kind}")), dir(format!("{lang}/{kind}"))) else {
        return Err(none);
    };
    let mut files = Vec::new();
    for dir in [Some(shared), dir(format!("{lang}/common")), Some(own)]
        .into_iter()
        .flatten()
    {
        collect(dir, dir.path(), name, &mut files);
    }
    let manifest = files.iter().find(|(path, _)| path == Path::new(MANIFEST_FILE));
    let hosts = manifest.ok_or(none)?.1.clone();
    let hosts =
        Manifest::parse(&String::from_utf8_lossy(&hosts)).map_or_else(|_| BTreeSet::new(), |it| placeholders(&it));
    let words = placeholder_words(&hosts);
    for (_, bytes) in files.iter_mut().filter(|(path, _)| path == Path::new(README)) {
        *bytes = String::from_utf8_lossy(bytes)
            .replace("{{placeholder}}", &words)
            .into_bytes();
    }
    Ok(files)
}

/// What a project's README says of them, if there are any.
fn placeholder_words(hosts: &BTreeSet<String>) -> String {
    match hosts
        .iter()
        .map(|host| format!("`{host}`"))
        .collect::<Vec<_>>()
        .join(", ")
    {
        hosts if hosts.is_empty() => String::new(),
        hosts => format!(
            "{hosts} is a placeholder, in `channel.toml` and in the code: put your platform's host in its place before `lockgate dev`. \
             Building and\ntesting need no platform.\n\n"
        ),
    }
}

/// All files below a template's folder. One that begins with a dot would be taken for the repository's own, so `gitignore`
/// stands for it.
fn collect(dir: &Dir<'_>, root: &Path, name: &str, files: &mut Vec<(PathBuf, Vec<u8>)>) {
    for file in dir.files() {
        // All of them stand below the root.
        let path = file.path().strip_prefix(root).unwrap_or(file.path());
        let path = match path.to_str() {
            Some("gitignore") => PathBuf::from(".gitignore"),
            _ => PathBuf::from(filled(&path.to_string_lossy(), name)),
        };
        let bytes = file.contents();
        let bytes = std::str::from_utf8(bytes).map_or_else(|_| bytes.to_vec(), |text| filled(text, name).into_bytes());
        files.push((path, bytes));
    }
    for dir in dir.dirs() {
        collect(dir, root, name, files);
    }
}

/// A text with the channel's name in it.
fn filled(text: &str, name: &str) -> String {
    text.replace("{{name}}", name)
        .replace("{{name_}}", &name.replace('-', "_"))
        .replace("{{Name}}", &camel(name))
}

/// `ci-hook` as `CiHook`.
fn camel(name: &str) -> String {
    let upper = |part: &str| {
        let mut chars = part.chars();
        let first = chars.next().map(|first| first.to_ascii_uppercase());
        first.into_iter().chain(chars).collect::<String>()
    };
    name.split('-').map(upper).collect()
}

fn check_empty(folder: &Path) -> Result<(), ScaffoldError> {
    let path = folder.to_owned();
    match std::fs::read_dir(folder).map(|mut entries| entries.next().is_none()) {
        Ok(true) => Ok(()),
        Ok(false) => Err(ScaffoldError::Occupied { path }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(source) => Err(ScaffoldError::Unreadable { path, source }),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const TEMPLATE: Template = Template {
        lang: "rust",
        kind: "webhook",
    };

    #[test]
    fn names_are_put_in_as_each_language_wants_them() {
        fn check(text: &str, expected: &str) {
            assert_eq!(filled(text, "ci-hook2-x"), expected);
        }
        check("[{{name}}] {{name_}}::{{Name}}", "[ci-hook2-x] ci_hook2_x::CiHook2X");
        check("{name} {{ name }} {{other}}", "{name} {{ name }} {{other}}");
    }

    #[test]
    fn a_name_that_can_t_be_one_is_answered_with_one_that_can() {
        fn check(name: &str, expected: &str) {
            assert_eq!(similar(name), expected, "{name:?}");
            assert!(is_name(&similar(name)), "{name:?}");
        }
        check("Weather", "weather");
        check("my_Weather  feed!", "my-weather-feed");
        check("9-lives", "lives");
        check("dev", "my-dev");
        check("a--b-", "a-b");
        check("", "my-channel");
        check("äöü", "my-channel");
        check(&"long".repeat(9), &"long".repeat(7));
        check(&format!("{}-b", "a".repeat(27)), &"a".repeat(27));
    }

    #[test]
    fn a_folder_that_is_in_use_or_no_name_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let taken = folder.path().join("taken");
        std::fs::create_dir(&taken).unwrap();
        std::fs::write(taken.join("mine"), "mine").unwrap();
        let error = scaffold(&taken, TEMPLATE).unwrap_err();
        assert!(matches!(error, ScaffoldError::Occupied { .. }), "{error}");
        assert_eq!(std::fs::read_dir(&taken).unwrap().count(), 1);
        for name in [
            "Upper",
            "a_b",
            "-a",
            "a-",
            "a--b",
            "1a",
            "dev",
            "ä",
            "a b",
            &"a".repeat(40),
        ] {
            let error = scaffold(&folder.path().join(name), TEMPLATE).unwrap_err();
            assert!(matches!(error, ScaffoldError::Name { .. }), "{name}: {error}");
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        let error = scaffold(Path::new("/"), TEMPLATE).unwrap_err();
        assert!(matches!(error, ScaffoldError::Name { .. }), "{error}");
    }

    #[test]
    fn every_template_is_a_project_of_its_language_with_all_names_filled() {
        let langs = sdk::ALL.get_dir(TEMPLATES).unwrap().dirs();
        let langs: Vec<&str> = langs.filter_map(|dir| dir.path().file_name()?.to_str()).collect();
        for lang in langs.into_iter().filter(|lang| *lang != "kinds") {
            for kind in ["feed", "webhook", "chat", "live-chat"] {
                let folder = tempfile::tempdir().unwrap();
                let project = scaffold(&folder.path().join("a-b"), Template { lang, kind });
                let project = project.unwrap_or_else(|error| panic!("{lang} {kind}: {error}"));
                assert_eq!(project.manifest.about.name, "a-b");
                for (path, bytes) in files(Template { lang, kind }, "a-b").unwrap() {
                    let text = String::from_utf8(bytes).unwrap();
                    let is_filled = ["{{name", "{{Name", "{{placeholder"]
                        .iter()
                        .all(|it| !text.contains(it));
                    assert!(is_filled, "{}", path.display());
                    assert!(project.folder.join(&path).is_file(), "{}", path.display());
                }
                assert!(project.folder.join(".gitignore").is_file() && project.folder.join("README.md").is_file());
                assert!(project.folder.join(".lockgate/wit/project.wit").is_file());
                let readme = std::fs::read_to_string(project.folder.join("README.md")).unwrap();
                // Without --name it is refused.
                assert!(readme.contains("lockgate add .lockgate/a-b.wasm --name a-b"), "{lang}");
                // Whoever builds it and runs it first would look for a mistake of his own.
                let hosts = placeholders(&project.manifest);
                assert_eq!(hosts.is_empty(), kind == "webhook");
                for host in hosts {
                    assert!(
                        readme.contains(&format!("`{host}` is a placeholder")),
                        "{lang} {kind}: {readme}"
                    );
                    let comments = project
                        .text
                        .lines()
                        .filter(|line| line.starts_with('#'))
                        .collect::<String>();
                    assert!(comments.contains(&format!("{host} is a placeholder")), "{lang} {kind}");
                }
                // It names the SDK's page, which is there before anything was built.
                let page = readme.split('`').find(|part| part.ends_with("README.md")).unwrap();
                assert!(
                    std::fs::metadata(project.folder.join(page)).unwrap().len() > 0,
                    "{lang}"
                );
            }
        }
    }
}
