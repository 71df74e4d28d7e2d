//! Capability `host`: log, settings, clock and random bytes.

use ring::rand::SecureRandom;

use super::bindings::host::{Host, Level};
use super::convert::said;
use super::limits;
use super::output::covered;
use super::state::CallState;
use crate::model::UnixMillis;

impl Host for CallState {
    fn log(&mut self, level: Level, text: String) -> wasmtime::Result<()> {
        let level = match level {
            Level::Debug => tracing::Level::DEBUG,
            Level::Info => tracing::Level::INFO,
            Level::Warn => tracing::Level::WARN,
            Level::Error => {
                self.last_error = Some(said(&covered(&self.channel.egress, &text)));
                tracing::Level::ERROR
            }
        };
        self.log.line(level, &text);
        Ok(())
    }

    fn setting(&mut self, key: String) -> wasmtime::Result<Option<String>> {
        Ok(self.channel.settings.get(&key).cloned())
    }

    fn now(&mut self) -> wasmtime::Result<u64> {
        Ok(UnixMillis::now().0)
    }

    fn random(&mut self, length: u32) -> wasmtime::Result<Vec<u8>> {
        if length > limits::RANDOM_BYTES {
            return Err(wasmtime::Error::msg("host.random gives at most 1,024 bytes in a call"));
        }
        let mut bytes = vec![0; length as usize];
        self.channel
            .random
            .fill(&mut bytes)
            .map_err(|_| wasmtime::Error::msg("the system gives no random bytes"))?;
        Ok(bytes)
    }
}
