//! A channel in a room, as a door would have it: granted, with its folders, and not started.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Error, Result};
use lockgate::book::Book;
use lockgate::channel::{Asides, Channel, Lasting, Shelf, Sockets};
use lockgate::config::Config;
use lockgate::egress::Egress;
use lockgate::grant::Grant;
use lockgate::limits;
use lockgate::lockfile::RelayPin;
use lockgate::model::{Review, Secret};
use lockgate::paths::{Home, StateDir};
use lockgate::sandbox::Allocation;
use lockgate::supervisor::Given;

use super::{Room, guest};
use crate::home::binary;

/// A room with one channel; everything goes with it.
pub struct Running {
    /// Where it stands.
    pub room: Room,
    /// Its state folder.
    pub state: StateDir,
    /// The channel, named as its guest, in which things may say anything.
    pub channel: Arc<Channel>,
}

impl Running {
    /// A channel of the test guest of this name.
    ///
    /// # Errors
    /// If the guest was not built, or the room can't be made.
    pub async fn new(name: &str) -> Result<Running> {
        Self::given(name, "").await
    }

    /// The same with these lines below its table in lockgate.toml.
    ///
    /// # Errors
    /// As [`Running::new`], or if the lines can't be granted.
    pub async fn given(name: &str, lines: &str) -> Result<Running> {
        Self::keeping(name, lines, &[], Sockets::new(limits::SOCKET_UNHEARD)).await
    }

    /// The same with these secrets, and with these websockets, which nobody keeps open yet.
    ///
    /// # Errors
    /// As [`Running::given`].
    pub async fn keeping(name: &str, lines: &str, secrets: &[(&str, &str)], sockets: Arc<Sockets>) -> Result<Running> {
        let room = Room::new(Allocation::Pooling)?;
        let home = Home::find(Some(&room.path()), &|_| None)?;
        let state = home.open_state(None)?;
        let examined = room.compile(guest(name)?).await?;
        let prepared = room.load(&examined)?;
        let text = format!("[channel.{name}]\ncomponent='/x.wasm'\nevents='all'\n{lines}");
        let config = Config::parse(&text, Path::new("lockgate.toml"))?;
        let (channel, config) = config.channels.first_key_value().context("one channel")?;
        let grant = Grant::compute(channel, &examined.manifest, config, RelayPin::Held)?;
        let mut context = Arc::into_inner(room.channel(name, &[])?).context("the only handle")?;
        let given = Given::of(&grant, &home.off_limits(), &binary("lockgate")).map_err(Error::msg)?;
        (context.folders, context.refusals) = (given.folders, given.refusals);
        (context.databases, context.programs) = (given.databases, given.programs);
        let secrets = secrets
            .iter()
            .map(|(name, value)| ((*name).to_owned(), Secret::new(*value)));
        let (rules, upstreams) = (grant.http().to_vec(), grant.upstreams().clone());
        context.egress = Egress::system(None)?.line(channel.clone(), rules, upstreams, secrets.collect());
        let shelf = Shelf::open(&state, channel, context.instance, &grant)?;
        let (about, book) = (examined.manifest.about, Arc::new(Book::new(home)));
        let channel = Channel::new(
            about,
            grant,
            Vec::new(),
            prepared,
            (context, Review::Done),
            (book, Asides::new().0),
            (shelf, Lasting::new(sockets)),
        );
        Ok(Running { room, state, channel })
    }

    /// Its folder `/data`.
    ///
    /// # Errors
    /// If it can't be made.
    pub fn data(&self) -> Result<PathBuf> {
        Ok(self.state.data(self.channel.context().instance)?)
    }

    /// How often something was counted for it.
    ///
    /// # Errors
    /// If the journal can't be read.
    pub fn tally(&self, reason: &str) -> Result<u64> {
        let instance = self.channel.context().instance;
        let tallies = self.room.journal.tallies()?;
        let found = tallies
            .into_iter()
            .find(|tally| tally.instance == instance && tally.reason == reason);
        Ok(found.map_or(0, |tally| tally.count))
    }
}
