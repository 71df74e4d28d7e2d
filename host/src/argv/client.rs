//! How the client reads its own command line, as far as it matters here.

use super::{ChannelFlag, CommandLine};

/// Programs that run the client from a script.
const RUNTIMES: [&str; 4] = ["node", "nodejs", "bun", "deno"];
/// Options of those programs that are followed by a value.
const RUNTIME_VALUES: [&str; 8] = [
    "-r",
    "--require",
    "--import",
    "--loader",
    "--experimental-loader",
    "-C",
    "--conditions",
    "--title",
];
/// The client's own commands: their servers are started to be looked at, not to work.
const COMMANDS: [&str; 13] = [
    "mcp",
    "plugin",
    "plugins",
    "config",
    "doctor",
    "update",
    "upgrade",
    "install",
    "auth",
    "agents",
    "setup-token",
    "migrate-installer",
    "auto-mode",
];
/// The client's options that are followed by exactly one value, whatever it looks like: so a flag's name that is
/// given as a value is no flag.
const ONE_VALUE: [&str; 21] = [
    "--agent",
    "--agents",
    "--append-system-prompt",
    "--append-system-prompt-file",
    "--debug-file",
    "--effort",
    "--fallback-model",
    "--input-format",
    "--json-schema",
    "--max-budget-usd",
    "--max-turns",
    "--model",
    "-n",
    "--name",
    "--output-format",
    "--permission-mode",
    "--permission-prompt-tool",
    "--session-id",
    "--setting-sources",
    "--settings",
    "--system-prompt",
];
/// The client's options that take every following word up to the next option.
const MANY_VALUES: [&str; 11] = [
    "--add-dir",
    "--allowedTools",
    "--allowed-tools",
    "--betas",
    "--disallowedTools",
    "--disallowed-tools",
    "--file",
    "--mcp-config",
    "--plugin-dir",
    "--plugin-url",
    "--tools",
];
/// The client's options that may be followed by a value.
const PERHAPS_VALUE: [&str; 8] = [
    "-d",
    "--debug",
    "--from-pr",
    "-r",
    "--resume",
    "-w",
    "--worktree",
    "--remote-control",
];

/// What a client was given, if this is one.
pub(super) fn arguments(line: &CommandLine) -> Option<&[String]> {
    let (program, arguments) = line.argv.split_first()?;
    if is_client_program(program) || is_client_program(&line.exe) {
        return Some(arguments);
    }
    let runtime = |path: &str| RUNTIMES.contains(&file_name(path));
    if !runtime(program) && !runtime(&line.exe) {
        return None;
    }
    let script = script(arguments)?;
    is_client_script(&arguments[script]).then(|| &arguments[script + 1..])
}

/// The program itself, by its name or by the folder in which its versions lie.
fn is_client_program(path: &str) -> bool {
    file_name(path) == "claude" || path.contains("/claude/versions/")
}

/// A script that is the client: its package, or the link to it.
fn is_client_script(path: &str) -> bool {
    file_name(path) == "claude" || (path.contains("/claude-code/") && file_name(path).starts_with("cli."))
}

fn file_name(path: &str) -> &str {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    // A login shell's habit, and another system's.
    let name = name.strip_prefix('-').unwrap_or(name);
    name.strip_suffix(".exe").unwrap_or(name)
}

/// Where among a runtime's arguments the script stands.
fn script(arguments: &[String]) -> Option<usize> {
    let mut index = 0;
    while let Some(argument) = arguments.get(index) {
        if RUNTIME_VALUES.contains(&argument.as_str()) {
            index += 2;
        } else if argument.starts_with('-') || argument == "run" {
            index += 1;
        } else {
            return Some(index);
        }
    }
    None
}

/// How the client works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// At a terminal.
    Interactive,
    /// One answer, and out.
    Print,
}

/// What is taken from a client's command line.
pub(super) struct Launch<'a> {
    /// The entries of `--channels`.
    pub channels: Vec<&'a str>,
    /// The entries of the development flag.
    pub development: Vec<&'a str>,
    /// Print mode or not.
    pub mode: Mode,
    /// The first word that belongs to no option: a command or the prompt.
    first_word: Option<&'a str>,
}

/// To which list the next words belong.
#[derive(Clone, Copy)]
enum Open {
    Nothing,
    Ignored,
    Flag(ChannelFlag),
}

impl<'a> Launch<'a> {
    pub fn read(arguments: &'a [String]) -> Self {
        let mut launch = Launch {
            channels: Vec::new(),
            development: Vec::new(),
            mode: Mode::Interactive,
            first_word: None,
        };
        let mut words = arguments.iter().map(String::as_str).peekable();
        let mut open = Open::Nothing;
        while let Some(word) = words.next() {
            if word == "--" {
                launch.first_word = launch.first_word.or(words.next());
                break;
            }
            if !is_option(word) {
                launch.take_word(word, open);
                continue;
            }
            open = launch.take_option(word);
            let unless_option = PERHAPS_VALUE.contains(&word) && words.peek().is_some_and(|next| !is_option(next));
            if ONE_VALUE.contains(&word) || unless_option {
                words.next();
            }
        }
        launch
    }

    /// Whether the client was called for one of its commands.
    pub fn is_command(&self) -> bool {
        self.first_word.is_some_and(|word| COMMANDS.contains(&word))
    }

    fn take_word(&mut self, word: &'a str, open: Open) {
        match open {
            Open::Flag(flag) => self.list(flag).push(word),
            Open::Ignored => {}
            Open::Nothing => self.first_word = self.first_word.or(Some(word)),
        }
    }

    /// Reads an option's name, and says where the words after it belong.
    fn take_option(&mut self, word: &'a str) -> Open {
        for flag in [ChannelFlag::Channels, ChannelFlag::Development] {
            match word.strip_prefix(flag.as_str()) {
                Some("") => return Open::Flag(flag),
                Some(value) if value.starts_with('=') => self.list(flag).push(&value[1..]),
                _ => {}
            }
        }
        if word == "--print" || is_short_print(word) {
            self.mode = Mode::Print;
        }
        if MANY_VALUES.contains(&word) {
            Open::Ignored
        } else {
            Open::Nothing
        }
    }

    fn list(&mut self, flag: ChannelFlag) -> &mut Vec<&'a str> {
        match flag {
            ChannelFlag::Channels => &mut self.channels,
            ChannelFlag::Development => &mut self.development,
        }
    }
}

fn is_option(word: &str) -> bool {
    word.len() > 1 && word.starts_with('-')
}

/// `-p`, alone or among other letters (`-cp`), up to a letter that takes the rest as its value.
fn is_short_print(word: &str) -> bool {
    let letters = word.strip_prefix('-').filter(|letters| !letters.starts_with('-'));
    letters.is_some_and(|letters| {
        letters
            .chars()
            .take_while(|letter| !"drnw".contains(*letter))
            .any(|it| it == 'p')
    })
}
