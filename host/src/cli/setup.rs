//! `lockgate setup`: the two lines to type, the rules to put into the client's settings, and what of the client's own conditions can be seen from here. Changes
//! nothing, and asks nobody.

mod deny;
mod gates;

use std::path::{Path, PathBuf};

use anyhow::Context;

use super::ExitStatus;
use super::ancestors::ancestors;
use super::print::{Cell, Printer, Table, shell_word};
use crate::argv::{ServerNames, channel_session};
use crate::managed;
use crate::paths::Home;
use gates::{Gate, Managed, Sight, State};

/// Prints it all.
///
/// # Errors
/// Standard output can't be written, or the binary's own path is not known.
pub fn run(home: Option<&Path>, printer: &mut Printer) -> anyhow::Result<ExitStatus> {
    let binary = std::env::current_exe().context("can't find lockgate's own binary")?;
    let variable = |name: &str| std::env::var(name).ok();
    let home = home.map(Path::to_owned).or_else(|| {
        variable("LOCKGATE_HOME")
            .filter(|home| !home.is_empty())
            .map(PathBuf::from)
    });
    let home = home.map(|home| std::path::absolute(&home).unwrap_or(home));
    printer.line("Once, to make lockgate known to the client:")?;
    printer.line(&format!("  {}", add_line(&binary, home.as_deref())))?;
    printer.line("")?;
    printer.line("Each time, to start a session that takes events:")?;
    printer.line("  claude --dangerously-load-development-channels server:lockgate")?;
    printer.line("")?;
    printer.line(
        "Once, so that no session gives itself more by a slip, in the client's settings (~/.claude/settings.json):",
    )?;
    let folders = Home::find(home.as_deref(), &variable)?;
    printer.script(&format!("{}\n\n", deny::settings(&binary, &folders)))?;
    let sight = Sight {
        variable: &variable,
        client: on_path(variable("PATH").as_deref().unwrap_or_default()),
        managed: Managed::of(managed::Managed::here().settings()),
        session: channel_session(&ancestors(), &ServerNames::default()),
    };
    printer.table(&table(&gates::all(&sight)))?;
    Ok(ExitStatus::Success)
}

fn add_line(binary: &Path, home: Option<&Path>) -> String {
    let home = home.map_or(String::new(), |home| {
        format!(" --home {}", shell_word(&home.display().to_string()))
    });
    format!(
        "claude mcp add --scope user lockgate -- {}{home} serve",
        shell_word(&binary.display().to_string())
    )
}

fn table(gates: &[Gate]) -> Table {
    let mut table = Table::default();
    table.line(Cell::strong(
        "What could keep events away, as far as it can be seen from here:",
    ));
    for gate in gates {
        let state = match gate.state {
            State::Open => Cell::good("ok"),
            State::Closed => Cell::bad("problem"),
            State::Unknown => Cell::faint("unknown"),
        };
        table.row([Cell::plain(gate.what), state, Cell::plain(&gate.text)]);
    }
    table
}

/// The client's program, if a folder of this list has it.
fn on_path(path: &str) -> Option<PathBuf> {
    use std::os::unix::fs::PermissionsExt;
    let runs = |file: &PathBuf| {
        std::fs::metadata(file).is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
    };
    std::env::split_paths(path)
        .map(|folder| folder.join("claude"))
        .find(runs)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_line_to_type_is_one_command() {
        let plain = add_line(Path::new("/usr/bin/lockgate"), None);
        assert_eq!(plain, "claude mcp add --scope user lockgate -- /usr/bin/lockgate serve");
        let odd = add_line(Path::new("/o'b/lock gate"), Some(Path::new("/h $x")));
        assert_eq!(
            odd,
            "claude mcp add --scope user lockgate -- '/o'\\''b/lock gate' --home '/h $x' serve"
        );
    }

    #[test]
    fn a_client_is_a_program() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let (first, second) = (dir.path().join("a"), dir.path().join("b"));
        for folder in [&first, &second] {
            std::fs::create_dir(folder).unwrap();
            std::fs::write(folder.join("claude"), "").unwrap();
        }
        let path = format!("/nowhere:{}:{}", first.display(), second.display());
        assert_eq!(on_path(&path), None);
        std::fs::set_permissions(second.join("claude"), std::fs::Permissions::from_mode(0o755)).unwrap();
        assert_eq!(on_path(&path), Some(second.join("claude")));
    }
}
