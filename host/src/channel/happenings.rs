//! What happened on a channel's websockets, as calls of its guest. When they are made, the sockets decide.

use std::sync::Arc;

use super::faults::Input;
use super::{Channel, Failure, Occasion, Phase, SocketView};
use crate::access::Provenance;
use crate::egress::{self, Line};
use crate::model::Effect;
use crate::sandbox::{Call, Happening};

impl Channel {
    /// Whether its code is told what websockets bring.
    pub(super) fn has_sockets(&self) -> bool {
        self.prepared.has(Call::Socket)
    }

    /// What a person may know of its websockets.
    pub fn sockets(&self) -> Vec<SocketView> {
        self.lasting.sockets.views()
    }

    /// Its way outward.
    pub(super) fn line(&self) -> Arc<Line> {
        Arc::clone(&self.context.egress)
    }

    /// Shows who watches that a websocket was refused.
    pub(super) fn show_refused_socket(&self, url: &str, failure: &egress::Failure) {
        let context = &self.context;
        context.tap.show_refused(&context.egress, "a websocket", url, failure);
    }

    /// Waits until it can be given what happened: it was started, and acts by itself.
    pub(super) async fn listens(&self) {
        let mut phase = self.phase.subscribe();
        // The sender is ours, so it is there.
        let _ = phase.wait_for(can_listen).await;
    }

    /// Waits until it can't.
    pub(super) async fn listens_no_more(&self) {
        let mut phase = self.phase.subscribe();
        let _ = phase.wait_for(|phase| !can_listen(phase)).await;
    }

    /// Gives it what happened on the connection of this name, for the first time or again. `serial` tells the connection's
    /// happenings apart: one that breaks the guest three times says no more of it than one that does so once.
    pub(super) async fn happened(
        &self,
        connection: &str,
        happening: &Happening,
        failures: u32,
        serial: u32,
    ) -> Result<(), Failure> {
        let closed = matches!(happening, Happening::Closed { .. }).then(|| connection.to_owned());
        let occasion = Occasion {
            closed,
            ..Occasion::default()
        };
        let happened = self
            .perform(Call::Socket, Provenance::Reported, occasion, || {
                Box::pin(async {
                    let folders = self.folders(None, None);
                    let happening = happening.clone();
                    let done = self
                        .prepared
                        .happened(&self.context, connection, happening, failures, &folders)
                        .await?;
                    Ok(((), done.value, done.written, done.took))
                })
            })
            .await;
        let input = Input {
            call: Call::Socket,
            name: connection.to_owned(),
            failures: serial,
        };
        self.fared(input, &happened).await;
        happened
    }

    /// Asks for the connections again that were to be open when the last process ended. Without the interface there can be
    /// none.
    pub(super) async fn resume_sockets(&self) {
        let connections = self.context.journal.connections(self.context.instance);
        let connections = connections.unwrap_or_else(|error| {
            tracing::error!(channel = %self.context.name, %error, "the channel's connections can't be read");
            Vec::new()
        });
        match self.has_sockets() {
            true => self.lasting.sockets.resume(connections),
            false => self.refuse("connect-refused", connections.len() as u64).await,
        }
    }

    /// A call's effects as they are written down: a connection whose end it was told is to be open no more, unless somebody
    /// has asked for it meanwhile or the call does.
    pub(super) fn standing(&self, occasion: &Occasion, effects: Vec<Effect>) -> Vec<Effect> {
        let ended = occasion.closed.clone().filter(|name| !self.lasting.sockets.wants(name));
        let ended = ended.into_iter().map(Effect::Disconnect);
        ended.chain(effects).collect()
    }
}

fn can_listen(phase: &Phase) -> bool {
    phase.acts() && phase.takes_calls()
}
