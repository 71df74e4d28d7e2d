//! What the kernel says of a process and of the machine.

use std::fs;

use anyhow::{Context, Result};

/// Clock ticks a second in `/proc/PID/stat`: 100 on every Linux that this runs on.
const TICKS: f64 = 100.0;

/// The proportional set size of a process, in MiB: shared pages are divided among those who share them.
///
/// # Errors
/// If the process is gone or not ours.
pub fn pss_mib(pid: u32) -> Result<f64> {
    let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).context("read smaps_rollup")?;
    let kib = text.lines().find_map(|line| {
        line.strip_prefix("Pss:")?
            .trim()
            .strip_suffix(" kB")?
            .trim()
            .parse::<f64>()
            .ok()
    });
    Ok(kib.context("smaps_rollup has no Pss")? / 1024.0)
}

/// The CPU seconds that a process has used, user and system, its ended threads included.
///
/// # Errors
/// If the process is gone.
pub fn cpu_seconds(pid: u32) -> Result<f64> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).context("read stat")?;
    ticks(&text).map(|ticks| ticks / TICKS).context("stat has no times")
}

/// `utime + stime`: the 14th and 15th fields, counted after the name, which may hold blanks and brackets.
fn ticks(stat: &str) -> Option<f64> {
    let (_, after_name) = stat.rsplit_once(')')?;
    let mut fields = after_name.split_whitespace().skip(11);
    let user: f64 = fields.next()?.parse().ok()?;
    let system: f64 = fields.next()?.parse().ok()?;
    Some(user + system)
}

/// The machine in one line: CPU, cores, kernel, load, and the versions of what is compared.
#[must_use]
pub fn machine() -> String {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let cpu = read("/proc/cpuinfo");
    let model = cpu
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
        .map_or("unknown CPU", |(_, name)| name);
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let load = read("/proc/loadavg");
    let load = load.split(' ').next().unwrap_or_default().to_owned();
    let node = std::process::Command::new("node").arg("--version").output();
    let node = node.map_or_else(
        |_| "none".to_owned(),
        |output| String::from_utf8_lossy(&output.stdout).trim().to_owned(),
    );
    format!(
        "{model}, {cores} cores, Linux {}, load {load} at start, node {node}",
        read("/proc/sys/kernel/osrelease").trim()
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_times_behind_an_odd_name() {
        let stat = "17 (a) b (c) S 1 17 17 0 -1 4194304 100 0 0 0 250 50 0 0 20 0 1 0 100 1 1";
        assert_eq!(ticks(stat), Some(300.0));
        assert_eq!(ticks("17 (a"), None);
    }

    #[test]
    fn measures_this_process() {
        let own = std::process::id();
        assert!(pss_mib(own).unwrap() > 0.1);
        assert!(cpu_seconds(own).unwrap() < 3600.0);
        assert!(machine().contains("cores"));
    }
}
