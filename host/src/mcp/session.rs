//! One connection of one client: negotiation and tools by rmcp, over our framing. It lives as long as its [`Session`]
//! is held, touches the [`Desk`] only in a tool call, and knows nothing of what is pushed through its outbox.

use std::borrow::Cow;
use std::sync::Arc;

use rmcp::model::{
    CallToolRequestParams, CallToolResponse, ErrorData, ExperimentalCapabilities, Implementation, ListToolsResult,
    PaginatedRequestParams, ProtocolVersion, ServerCapabilities, ServerConfig,
};
use rmcp::service::{NotificationContext, RequestContext};
use rmcp::{RoleServer, ServerHandler, ServiceExt};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::desk::Desk;
use super::instructions::instructions;
use super::outbox::Outbox;
use super::tools;
use super::wire::{Counts, Wire};
use crate::text;

/// The newest revision in which a server may speak without being asked; a client that negotiates a later one never
/// takes a channel's events.
const NEWEST: ProtocolVersion = ProtocolVersion::V_2025_11_25;

/// Which tools a session has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ToolSet {
    /// All: the session takes events.
    Full,
    /// `channels` alone: it is no channel session.
    ChannelsOnly,
}

/// How a session is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Which tools it has.
    pub tools: ToolSet,
}

/// Who is at the other end, in its own words, cleaned for display.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientInfo {
    /// The program's name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The revision of MCP that was negotiated.
    pub protocol: String,
}

/// Why a session is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Ended {
    /// The client closed its end, or it could not be read.
    #[error("the client closed its end")]
    Input,
    /// Nothing could be written any more.
    #[error("the client stopped reading")]
    Output,
    /// The session's task was ended from our side, or negotiation failed.
    #[error("the session was ended")]
    Task,
}

/// Owns the task of one connection: dropped, it ends it.
#[derive(Debug)]
pub struct Session {
    outbox: Outbox,
    client: watch::Receiver<Option<ClientInfo>>,
    ended: watch::Receiver<Option<Ended>>,
    counts: Arc<Counts>,
    task: JoinHandle<()>,
}

/// Starts to serve a client over any byte stream. Must be called inside a tokio runtime; answers `initialize` without
/// asking the desk anything.
pub fn open<R, W>(reader: R, writer: W, options: Options, desk: Arc<dyn Desk>) -> Session
where
    R: AsyncRead + Send + Unpin + 'static,
    W: AsyncWrite + Send + Unpin + 'static,
{
    let outbox = Outbox::start(writer);
    let counts = Arc::new(Counts::default());
    let (client_is, client) = watch::channel(None);
    let (end, ended) = watch::channel(None);
    let wire = Wire::new(
        reader,
        outbox.clone(),
        Arc::clone(&desk),
        Arc::clone(&counts),
        end.clone(),
    );
    let door = Door {
        options,
        desk,
        client: client_is,
    };
    let task = tokio::spawn(async move {
        match door.serve(wire).await {
            Ok(running) => {
                // How it ended, the wire has said already.
                let _ = running.waiting().await;
            }
            Err(error) => tracing::debug!(%error, "the client left before it was greeted"),
        }
        end.send_if_modified(|ended| ended.is_none() && ended.replace(Ended::Task).is_none());
    });
    Session {
        outbox,
        client,
        ended,
        counts,
        task,
    }
}

impl Session {
    /// Resolves when the client has completed `initialize` (its `notifications/initialized` is here), with who it is;
    /// or when it is over before that.
    pub async fn initialized(&self) -> Result<ClientInfo, Ended> {
        let mut client = self.client.clone();
        tokio::select! {
            biased;
            known = client.wait_for(Option::is_some) => match known.map(|known| known.clone()) {
                Ok(Some(known)) => Ok(known),
                Ok(None) | Err(_) => Err(self.closed().await),
            },
            ended = self.closed() => Err(ended),
        }
    }

    /// The way to the client.
    pub fn outbox(&self) -> Outbox {
        self.outbox.clone()
    }

    /// Resolves when the client's end is closed, or when nothing can be written to it any more.
    pub async fn closed(&self) -> Ended {
        let mut ended = self.ended.clone();
        tokio::select! {
            known = ended.wait_for(Option::is_some) => match known.map(|known| *known) {
                Ok(Some(known)) => known,
                Ok(None) | Err(_) => Ended::Task,
            },
            () = self.outbox.gone() => Ended::Output,
        }
    }

    /// What the client sent that nobody could use.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What rmcp calls.
struct Door {
    options: Options,
    desk: Arc<dyn Desk>,
    client: watch::Sender<Option<ClientInfo>>,
}

impl ServerHandler for Door {
    fn get_info(&self) -> ServerConfig {
        let mut experimental = ExperimentalCapabilities::new();
        experimental.insert("claude/channel".to_owned(), Default::default());
        // Read once a connection: a channel that is added later could not declare it any more.
        experimental.insert("claude/channel/permission".to_owned(), Default::default());
        let mut config = ServerConfig::default();
        config.protocol_version = NEWEST;
        config.capabilities = ServerCapabilities::builder()
            .enable_experimental_with(experimental)
            .enable_tools()
            .enable_tool_list_changed()
            .build();
        config.server_info = Implementation::new("lockgate", env!("CARGO_PKG_VERSION"));
        config.instructions = Some(instructions(self.options.tools).to_owned());
        config
    }

    fn supported_protocol_versions(&self) -> Cow<'static, [ProtocolVersion]> {
        // The oldest that the client for which lockgate is made still speaks; rmcp has no name for it.
        let oldest = serde_json::from_value("2024-10-07".into()).ok();
        oldest
            .into_iter()
            .chain(ProtocolVersion::known_up_to(&NEWEST).iter().cloned())
            .collect()
    }

    async fn list_tools(
        &self,
        _request: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let mut listed = tools::list(self.options.tools);
        if self.options.tools == ToolSet::Full {
            listed.extend(self.desk.tools().into_iter().map(tools::own));
        }
        Ok(ListToolsResult::with_all_items(listed))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let arguments = request.arguments.unwrap_or_default();
        let call = tools::parse(self.options.tools, &request.name, arguments)?;
        tokio::select! {
            // Nobody takes the answer any more, so nothing may pile up behind it.
            () = context.ct.cancelled() => Err(ErrorData::internal_error("cancelled", None)),
            result = tools::run(call, self.desk.as_ref()) => Ok(result?.into()),
        }
    }

    async fn on_initialized(&self, context: NotificationContext<RoleServer>) {
        let Some(peer) = context.peer.peer_info() else { return };
        self.client.send_replace(Some(ClientInfo {
            name: text::attribute(&peer.client_info.name),
            version: text::attribute(&peer.client_info.version),
            protocol: text::attribute(peer.protocol_version.as_str()),
        }));
    }
}

#[cfg(test)]
mod tests;
