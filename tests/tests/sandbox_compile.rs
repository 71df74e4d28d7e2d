//! What a component can do to who compiles it: the child has bounds of its own, and the host's memory sees little of what
//! it makes. Alone in its process, whose memory and children it measures.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]
#![cfg(target_os = "linux")]

use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use lockgate::limits;
use lockgate::sandbox::compiled::{COMPILE_VERB, CompiledError, compile};
use lockgate_tests::fuzz::Mutator;
use lockgate_tests::home::binary;
use lockgate_tests::load::random::Random;
use lockgate_tests::room::example;
use lockgate_tests::wait;
use wasm_encoder::{CodeSection, Component, Function, FunctionSection, Module, ModuleSection, TypeSection, ValType};

/// Bytes that the host may need for a compilation beyond the component itself.
const BEYOND: usize = 64 << 20;
/// Damaged components that are tried.
const DAMAGED: usize = 60;

/// Divisions, each of which becomes many instructions and a trap: a bomb is small, and what is made of it is not.
fn divisions(functions: u32, each: u32) -> Vec<u8> {
    let mut types = TypeSection::new();
    types.ty().function([ValType::I32], [ValType::I32]);
    let (mut declared, mut code) = (FunctionSection::new(), CodeSection::new());
    for _ in 0..functions {
        declared.function(0);
        let mut body = Function::new([]);
        body.instructions().local_get(0);
        for _ in 0..each {
            body.instructions().local_get(0).i32_div_s();
        }
        body.instructions().end();
        code.function(&body);
    }
    let mut module = Module::new();
    module.section(&types).section(&declared).section(&code);
    let mut component = Component::new();
    component.section(&ModuleSection(&module));
    component.finish()
}

/// A line of a process's `status`, in bytes.
fn line(text: &str, name: &str) -> Option<usize> {
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    let kib: usize = line?.trim().trim_end_matches(" kB").parse().ok()?;
    Some(kib << 10)
}

/// The same of this process.
fn status(name: &str) -> usize {
    line(&std::fs::read_to_string("/proc/self/status").unwrap(), name).unwrap()
}

/// What became of a component, how much code it is, and how much more memory the host needed at the worst moment.
async fn compiled(component: &[u8]) -> (Result<(), CompiledError>, u64, usize) {
    let file = tempfile::tempfile().unwrap();
    std::fs::write("/proc/self/clear_refs", "5").unwrap();
    let before = status("VmRSS");
    let done = compile(&binary("lockgate"), component, file.try_clone().unwrap()).await;
    let more = status("VmHWM").saturating_sub(before);
    (done, file.metadata().unwrap().len(), more)
}

#[tokio::test]
async fn a_compile_bomb_is_stopped_by_its_childs_bounds() {
    // A small component that becomes much code takes nothing of the host's memory.
    let (done, code, more) = compiled(&divisions(40, 30_000)).await;
    assert!(done.is_ok() && code > 8 << 20, "{done:?}: {code} bytes");
    assert!(more < 8 << 20, "the host needed {more} bytes for {code} of code");

    let watch = Watch::begin();
    // One function that is as large as a function may be needs more than the child may have.
    let (done, _, more) = compiled(&divisions(1, 2_400_000)).await;
    assert!(matches!(done, Err(CompiledError::OverLimit)), "{done:?}");
    assert!(more < BEYOND, "the host needed {more} bytes");
    let worst = watch.worst();
    println!("the largest child had {} MiB", worst >> 20);
    assert!(worst > 256 << 20, "{worst} bytes: this was no bomb");
    let most = usize::try_from(limits::COMPILE_MEMORY).unwrap() + BEYOND;
    assert!(worst < most, "a child had {worst} bytes");
}

/// Looks at this process's children all the time.
struct Watch {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<usize>,
}

impl Watch {
    fn begin() -> Watch {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            let mut worst = 0;
            while !stopped.load(Ordering::Relaxed) {
                worst = worst.max(children().unwrap_or_default());
                std::thread::park_timeout(Duration::from_millis(5));
            }
            worst
        });
        Watch { stop, thread }
    }

    /// The most memory that a child had.
    fn worst(self) -> usize {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().unwrap()
    }
}

/// The most memory that one of this process's children has had up to now.
fn children() -> std::io::Result<usize> {
    let parent = format!("\nPPid:\t{}\n", std::process::id());
    let texts = std::fs::read_dir("/proc")?.flatten();
    let texts = texts.filter_map(|entry| std::fs::read_to_string(entry.path().join("status")).ok());
    let sizes = texts
        .filter(|text| text.contains(&parent))
        .filter_map(|text| line(&text, "VmHWM"));
    Ok(sizes.max().unwrap_or_default())
}

/// The system ends a child that goes beyond; here it is only seen that it was told to, before the child reads a byte.
#[test]
fn the_child_has_told_the_system_its_bounds() {
    let mut child = Command::new(binary("lockgate"))
        .arg(COMPILE_VERB)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let bounds = [
        ("Max cpu time", limits::COMPILE_CPU_SECONDS),
        ("Max data size", limits::COMPILE_MEMORY),
        ("Max file size", limits::COMPILED_BYTES),
        ("Max core file size", 0),
    ];
    let path = format!("/proc/{}/limits", child.id());
    let told = wait::until(wait::PATIENCE, "the child's bounds", || {
        let text = std::fs::read_to_string(&path).ok()?;
        let holds = |(name, most): &(&str, u64)| {
            let line = text
                .lines()
                .find_map(|line| line.strip_prefix(name))
                .unwrap_or_default();
            let (soft, hard) = (line.split_whitespace().next(), line.split_whitespace().nth(1));
            [soft, hard] == [Some(most.to_string().as_str()); 2]
        };
        bounds.iter().all(holds).then_some(())
    });
    // Nothing more comes, so it ends.
    drop(child.stdin.take());
    child.wait().unwrap();
    told.unwrap();
}

/// Flipped bits, cut and doubled pieces: the child says no, or makes code of it, and is never broken by it.
#[test]
fn damaged_components_are_refused_and_break_nothing() {
    let pool = [example("hello").unwrap()];
    let mut mutator = Mutator::new(Random::seeded(40), &["\0asm", "\u{1}", "\0"]).within(pool[0].len());
    let mut refused = 0;
    for _ in 0..DAMAGED {
        let input = mutator.next(&pool);
        let mut file = tempfile::tempfile().unwrap();
        std::io::Write::write_all(&mut file, &input).unwrap();
        std::io::Seek::rewind(&mut file).unwrap();
        let child = Command::new(binary("lockgate"))
            .arg(COMPILE_VERB)
            .stdin(Stdio::from(file))
            .output()
            .unwrap();
        assert_eq!(child.status.signal(), None, "a signal ended it");
        let said = String::from_utf8_lossy(&child.stderr);
        assert!(!said.contains("panicked"), "{said}");
        refused += usize::from(!child.status.success());
    }
    assert!(refused > DAMAGED / 2, "{refused} of {DAMAGED}");
}
