//! What a program writes: the beginning is kept, the rest is read and forgotten, so that it can end as it would.

use tokio::io::{AsyncRead, AsyncReadExt};

use super::Output;
use crate::limits;

/// Bytes that are read at once.
const CHUNK: usize = 16 << 10;

/// The beginning of what one stream gave.
#[derive(Debug, Default)]
pub struct Said {
    kept: Vec<u8>,
    cut: bool,
}

/// Reads to the end. A stream that breaks has ended.
pub async fn read(stream: Option<impl AsyncRead + Unpin>) -> Said {
    let (mut said, mut chunk) = (Said::default(), vec![0; CHUNK]);
    let Some(mut stream) = stream else { return said };
    while let Ok(count @ 1..) = stream.read(&mut chunk).await {
        let room = limits::COMMAND_OUTPUT_BYTES - said.kept.len();
        said.kept.extend_from_slice(&chunk[..count.min(room)]);
        said.cut |= count > room;
    }
    said
}

/// Both streams; the second says what was cut.
pub fn whole(status: i32, stdout: Said, mut stderr: Said) -> Output {
    let cut = stdout.cut || stderr.cut;
    for (name, cut) in [("stdout", stdout.cut), ("stderr", stderr.cut)] {
        if cut {
            let most = limits::COMMAND_OUTPUT_BYTES;
            stderr
                .kept
                .extend(format!("\nlockgate: {name} was cut after {most} bytes\n").bytes());
        }
    }
    Output {
        status,
        stdout: stdout.kept,
        stderr: stderr.kept,
        cut,
    }
}
