//! What stands behind one call: the meter, the resource table, an empty WASI, and the views of each capability. It is
//! made for the call and dropped with it.

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Instant;

use wasmtime::component::ResourceTable;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

use super::files::Files;
use super::folders::Folders;
use super::http::wasi::Web;
use super::meter::Meter;
use super::output::{GuestLog, LogStream};
use super::store::Drafts;
use super::{ChannelContext, limits};

/// The data of a call's `Store`. Every capability of a guest is a field here.
pub struct CallState {
    pub(super) meter: Meter,
    pub(super) table: ResourceTable,
    pub(super) wasi: WasiCtx,
    pub(super) files: Files,
    pub(super) folders: Folders,
    pub(super) web: Web,
    pub(super) channel: Arc<ChannelContext>,
    pub(super) drafts: Drafts,
    pub(super) log: GuestLog,
    pub(super) streams: [LogStream; 2],
    pub(super) last_error: Option<String>,
    pub(super) deadline: Instant,
}

impl CallState {
    /// A state with nothing granted but the channel's own store, settings and log, and these folders.
    ///
    /// # Errors
    /// One of the folders can't be opened.
    pub fn new(
        channel: Arc<ChannelContext>,
        memory: usize,
        deadline: Instant,
        folders: &Folders,
    ) -> wasmtime::Result<Self> {
        let log = GuestLog::new(&channel);
        let streams = [
            LogStream::new(log.clone(), tracing::Level::INFO),
            LogStream::new(log.clone(), tracing::Level::WARN),
        ];
        let [out, err] = &streams;
        // No arguments, environment, addresses or name lookup: the defaults, said aloud.
        let mut wasi = WasiCtx::builder();
        wasi.stdout(out.clone())
            .stderr(err.clone())
            .allow_tcp(false)
            .allow_udp(false)
            .allow_ip_name_lookup(false)
            .max_random_size(u64::from(limits::RANDOM_BYTES));
        let files = folders.open(&mut wasi, &channel)?;
        let wasi = wasi.build();
        let mut table = ResourceTable::new();
        table.set_max_capacity(limits::GUEST_RESOURCES);
        let web = Web::new(&channel.egress, channel.tap.clone(), deadline);
        Ok(Self {
            meter: Meter::new(memory),
            table,
            wasi,
            files,
            folders: folders.clone(),
            web,
            channel,
            drafts: Drafts::default(),
            log,
            streams,
            last_error: None,
            deadline,
        })
    }

    /// Logs what the standard streams still hold.
    pub fn finish_output(&self) {
        self.streams.iter().for_each(LogStream::finish);
    }
}

impl WasiView for CallState {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}
