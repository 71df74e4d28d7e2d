//! One tool's process: in a group of its own, so that it ends with all that it started; its output bounded, and its time.
//! What the output means is not looked at.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

use crate::limits;

/// How often it is looked whether it may still run.
const LOOK: Duration = Duration::from_millis(50);
/// The same when it writes no more, and only its end is missing.
const SHORT_LOOK: Duration = Duration::from_millis(2);
/// Bytes that are read at once.
const PIECE: usize = 16 << 10;

/// What one run may take.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// How long it may run.
    pub deadline: Duration,
    /// Bytes of each output that are kept.
    pub output: usize,
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// With success.
    Well,
    /// With another status, or by a signal.
    Badly,
    /// It was ended when its time was over.
    Late(Duration),
    /// It was ended because nobody wanted it any more.
    GivenUp,
}

/// What became of it.
#[derive(Debug)]
pub struct Ran {
    pub ended: Ended,
    pub stdout: Output,
    pub stderr: Output,
}

/// The end of what it wrote.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Output {
    pub bytes: Vec<u8>,
    /// Bytes before these.
    pub left_out: u64,
}

impl Bounds {
    /// Those of every language's tools.
    pub fn of_tools() -> Self {
        Self {
            deadline: limits::TOOL_DEADLINE,
            output: limits::TOOL_OUTPUT_BYTES,
        }
    }
}

/// Runs it to its end, or to that of its time. Blocks.
///
/// # Errors
/// It can't be started, or the system does not tell its end.
pub fn run(command: &mut Command, bounds: Bounds, is_given_up: &dyn Fn() -> bool) -> io::Result<Ran> {
    let end = Instant::now() + bounds.deadline;
    let mut child = Started(
        command
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?,
    );
    let (tell, closed) = mpsc::channel();
    let stdout = child
        .0
        .stdout
        .take()
        .map(|pipe| keep(pipe, bounds.output, tell.clone()));
    let stderr = child.0.stderr.take().map(|pipe| keep(pipe, bounds.output, tell));
    let why = child.wait(&closed, &|| match Instant::now() >= end {
        true => Some(Ended::Late(bounds.deadline)),
        false => is_given_up().then_some(Ended::GivenUp),
    })?;
    if why.is_some() {
        // Both are closed at once, unless something that it started has left its group.
        let _ = closed.recv_timeout(limits::TOOL_OUTPUT_AFTER);
    }
    let status = child.0.wait()?;
    let ended = why.unwrap_or(if status.success() { Ended::Well } else { Ended::Badly });
    let [stdout, stderr] = [stdout, stderr].map(|kept| kept.map(|kept| taken(&kept)).unwrap_or_default());
    Ok(Ran { ended, stdout, stderr })
}

/// A process that is the first of its group.
struct Started(Child);

impl Started {
    /// Until it has ended, and everything that it wrote was read; or, if there is a reason to, until it was ended: that reason.
    /// What it leaves behind and still holds its outputs, as a server for the next build does, is not waited for.
    fn wait(&self, closed: &Receiver<()>, over: &dyn Fn() -> Option<Ended>) -> io::Result<Option<Ended>> {
        let (mut is_closed, mut since) = (false, None);
        loop {
            if self.has_ended()? {
                let since = *since.get_or_insert_with(Instant::now);
                if is_closed || since.elapsed() >= limits::TOOL_OUTPUT_AFTER {
                    return Ok(None);
                }
            } else if let Some(why) = over() {
                self.end();
                return Ok(Some(why));
            }
            match is_closed {
                true => std::thread::sleep(SHORT_LOOK),
                false => is_closed = closed.recv_timeout(LOOK) == Err(RecvTimeoutError::Disconnected),
            }
        }
    }

    /// Whether it has. Its number stays its own until it is waited for.
    fn has_ended(&self) -> io::Result<bool> {
        let Some(pid) = self.pid() else { return Ok(true) };
        let look = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        Ok(waitid(WaitId::Pid(pid), look)?.is_some())
    }

    fn pid(&self) -> Option<Pid> {
        i32::try_from(self.0.id()).ok().and_then(Pid::from_raw)
    }

    fn end(&self) {
        // Whoever is gone already needs no end.
        let _ = self.pid().map(|group| kill_process_group(group, Signal::KILL));
    }
}

type Kept = Arc<Mutex<(VecDeque<u8>, u64)>>;

/// Reads all of a pipe and keeps the end of it; `closed` is dropped when there is no more.
fn keep(mut pipe: impl Read + Send + 'static, most: usize, closed: Sender<()>) -> Kept {
    let kept = Kept::default();
    let ours = Arc::clone(&kept);
    std::thread::spawn(move || {
        let mut piece = vec![0; PIECE];
        while let Ok(read @ 1..) = pipe.read(&mut piece) {
            let mut kept = ours.lock().unwrap_or_else(PoisonError::into_inner);
            kept.0.extend(&piece[..read]);
            let over = kept.0.len().saturating_sub(most);
            kept.0.drain(..over);
            kept.1 += over as u64;
        }
        drop(closed);
    });
    kept
}

fn taken(kept: &Kept) -> Output {
    let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
    Output {
        bytes: std::mem::take(&mut kept.0).into(),
        left_out: kept.1,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const BOUNDS: Bounds = Bounds {
        deadline: Duration::from_secs(60),
        output: 1_000,
    };

    fn shell(script: &str, bounds: Bounds, is_given_up: &dyn Fn() -> bool) -> Ran {
        run(Command::new("/bin/sh").arg("-c").arg(script), bounds, is_given_up).unwrap()
    }

    #[test]
    fn both_outputs_and_the_end_are_told() {
        #[track_caller]
        fn check(script: &str, expected: (Ended, &str, &str)) {
            let ran = shell(script, BOUNDS, &|| false);
            let text = |output: Output| String::from_utf8(output.bytes).unwrap();
            let (stdout, stderr) = (text(ran.stdout), text(ran.stderr));
            assert_eq!((ran.ended, &*stdout, &*stderr), expected, "{script}");
        }
        check("echo a; echo b >&2", (Ended::Well, "a\n", "b\n"));
        check("echo a; exit 3", (Ended::Badly, "a\n", ""));
        check("kill -9 $$", (Ended::Badly, "", ""));
        check("exec >&- 2>&-; exec sleep 0.1", (Ended::Well, "", ""));
        check("cat", (Ended::Well, "", ""));
    }

    #[test]
    fn of_very_much_output_the_end_is_kept_and_the_rest_is_counted() {
        let ran = shell("head -c 9000000 /dev/zero; printf end", BOUNDS, &|| false);
        assert_eq!(ran.ended, Ended::Well);
        assert_eq!((ran.stdout.bytes.len(), ran.stdout.left_out), (1_000, 8_999_003));
        assert!(ran.stdout.bytes.ends_with(b"end"));
        let just = shell("head -c 1000 /dev/zero", BOUNDS, &|| false).stdout;
        assert_eq!((just.bytes.len(), just.left_out), (1_000, 0));
    }

    /// Waits for the end of what the script has started and named in its first line.
    fn check_ended(ran: &Ran, expected: Ended) {
        assert_eq!(ran.ended, expected);
        let text = String::from_utf8(ran.stdout.bytes.clone()).unwrap();
        let pid = Pid::from_raw(text.trim().parse().unwrap()).unwrap();
        let end = Instant::now() + Duration::from_secs(10);
        while rustix::process::test_kill_process(pid).is_ok() && !is_zombie(pid) {
            assert!(Instant::now() < end, "{pid:?} runs on");
            std::thread::sleep(SHORT_LOOK);
        }
    }

    /// Whoever reaps what has no parent any more may be slow.
    fn is_zombie(pid: Pid) -> bool {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero()));
        stat.is_ok_and(|stat| stat.rsplit(") ").next().is_some_and(|rest| rest.starts_with('Z')))
    }

    #[test]
    fn what_takes_too_long_is_ended_with_all_that_it_started() {
        let short = Duration::from_millis(300);
        let bounds = Bounds {
            deadline: short,
            ..BOUNDS
        };
        let ran = shell("sleep 1000 & echo $!; wait", bounds, &|| false);
        check_ended(&ran, Ended::Late(short));
        // Also if it has closed its outputs.
        let ran = shell("sleep 1000 & echo $!; exec >&- 2>&-; wait", bounds, &|| false);
        check_ended(&ran, Ended::Late(short));
    }

    #[test]
    fn what_it_leaves_behind_is_not_waited_for() {
        let begun = Instant::now();
        let ran = shell("sleep 30 & echo $!", BOUNDS, &|| false);
        assert_eq!(ran.ended, Ended::Well);
        assert!(begun.elapsed() < Duration::from_secs(25));
        let text = String::from_utf8(ran.stdout.bytes).unwrap();
        let left = Pid::from_raw(text.trim().parse().unwrap()).unwrap();
        rustix::process::kill_process(left, Signal::KILL).unwrap();
    }

    #[test]
    fn what_nobody_wants_any_more_is_ended() {
        let asked = std::cell::Cell::new(0);
        let is_given_up = || {
            asked.set(asked.get() + 1);
            asked.get() > 3
        };
        let ran = shell("sleep 1000 & echo $!; wait", BOUNDS, &is_given_up);
        check_ended(&ran, Ended::GivenUp);
    }
}
