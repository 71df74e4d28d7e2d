//! One session from greeting to end: nothing is opened before the client has completed `initialize`; then, if the session
//! has a part in the channels, this process becomes the owner, or waits beside the one that is.
//!
//! ```text
//!  greeted ──► visitor                        (no channel session, nothing always on)
//!     │
//!     └──────► beside ──the lock is free──► owner: supervisor, listener, pages, control, pump
//! ```

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, mpsc, watch};

use crate::approvals::{Announcer, Approvals, Surroundings};
use crate::book::Book;
use crate::channel::{Asides, Heard, Waiting};
use crate::components::Components;
use crate::config::Config;
use crate::control::Control;
use crate::desk::Door;
use crate::files;
use crate::herald::{self, Herald};
use crate::house::House;
use crate::journal::{Journal, Released};
use crate::limits;
use crate::listener::{self, Listening};
use crate::managed::Managed;
use crate::mcp::{ClientInfo, Ended, Outbox, Session};
use crate::model::{Approach, PermissionRequest, Press, SessionId, Typed, UnixMillis};
use crate::outbound::Scope;
use crate::pages::{self, Pages};
use crate::pairing::{self, Reception};
use crate::paths::{Home, Owner, OwnerLock, PathsError, StateDir};
use crate::pump::{Pump, Witness};
use crate::sandbox::{Allocation, Sandbox};
use crate::status::SessionReport;
use crate::supervisor::{Environment, Roster, Supervisor, Variables, describe};
use crate::toolbox;

/// How often what is too old is removed.
const HOUSEKEEPING: Duration = Duration::from_secs(600);

/// Whether a session takes events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// It is a channel session: events are pushed into it.
    Takes,
    /// It is none, but the operator gave it the tools: it may fetch what waits.
    Fetches,
    /// It keeps the channels going for what a person waits for; no event is pushed into it.
    Keeps,
    /// It is none: it may look, or keep channels going that are always on.
    Looks,
}

/// All that a session needs of its surroundings.
pub struct Attendance {
    /// Whose files.
    pub home: Home,
    /// The folders in which the session works; no folder of ours may lie in one of them.
    pub roots: Vec<PathBuf>,
    /// Our own binary, to compile in a child.
    pub binary: PathBuf,
    /// The process environment, for secrets that stand there.
    pub variables: Variables,
    /// The files of the organisation that manages this machine.
    pub managed: Managed,
    /// Whether events are pushed into it.
    pub part: Part,
    /// Shared with the session's tools.
    pub witness: Witness,
    /// Shared with the session's tools.
    pub scope: Scope,
    /// Told where this process stands.
    pub door: watch::Sender<Door>,
}

impl Attendance {
    /// Attends a session until it ends. What it has done is on disk at any moment, so the future may be dropped.
    pub async fn attend(self, session: &Session) -> Ended {
        let client = match session.initialized().await {
            Ok(client) => client,
            Err(ended) => return ended,
        };
        tracing::info!(
            client = client.name,
            version = client.version,
            protocol = client.protocol,
            "a client is here"
        );
        tokio::select! {
            ended = session.closed() => ended,
            never = self.part_taken(&client, session.outbox()) => match never {},
        }
    }

    async fn part_taken(self, client: &ClientInfo, outbox: Outbox) -> std::convert::Infallible {
        let door = self.door.clone();
        let owns = matches!(self.part, Part::Takes | Part::Keeps) || always_on(&self.home);
        let taken = match self.part {
            _ if owns => self.own(client, outbox).await,
            Part::Fetches => self.stand_beside().await,
            Part::Takes | Part::Keeps | Part::Looks => {
                self.door.send_replace(Door::Visitor);
                std::future::pending().await
            }
        };
        let why = match taken {
            Ok(never) => match never {},
            Err(why) => why,
        };
        tracing::error!(why, "the channels can't be run; the tools say so");
        door.send_replace(Door::Failed(why.into()));
        std::future::pending().await
    }

    /// Lets the tools work over the journal, and never becomes the owner.
    ///
    /// # Errors
    /// The state folder can't be used: in words for the operator.
    async fn stand_beside(self) -> Result<std::convert::Infallible, String> {
        let (state, journal) = self.open().await?;
        self.door.send_replace(Door::Beside(journal, state));
        std::future::pending().await
    }

    async fn open(&self) -> Result<(StateDir, Journal), String> {
        let (home, roots) = (self.home.clone(), self.roots.clone());
        let opened = blocking(move || {
            let state = home.open_state(roots.iter().map(PathBuf::as_path));
            let state = state.map_err(|error| describe(&error))?;
            let journal = Journal::open(&state.journal()).map_err(|error| describe(&error))?;
            Ok((state, journal))
        });
        opened.await?
    }

    /// Becomes the owner when the lock is free, and runs the house.
    ///
    /// # Errors
    /// The state folder can't be used: in words for the operator.
    async fn own(self, client: &ClientInfo, outbox: Outbox) -> Result<std::convert::Infallible, String> {
        let (state, journal) = self.open().await?;
        let (lock, owner) = self.wait_for_lock(&state, &journal).await?;
        let run = self.run(client, outbox, state, journal, owner).await;
        drop(lock);
        run
    }

    async fn wait_for_lock(&self, state: &StateDir, journal: &Journal) -> Result<(OwnerLock, Owner), String> {
        let now = UnixMillis::now();
        let tried = state.lock(now).map_err(|error| describe(&error))?;
        let lock = match tried {
            Ok(lock) => lock,
            Err(owner) => {
                tracing::info!(
                    owner = owner.map(|owner| owner.pid),
                    "another process runs the channels; waiting beside it"
                );
                self.door.send_replace(Door::Beside(journal.clone(), state.clone()));
                let state = state.clone();
                blocking(move || state.wait_for_lock())
                    .await?
                    .map_err(|error: PathsError| describe(&error))?
            }
        };
        Ok((
            lock,
            Owner {
                pid: std::process::id(),
                since: UnixMillis::now(),
            },
        ))
    }

    async fn run(
        self,
        client: &ClientInfo,
        outbox: Outbox,
        state: StateDir,
        journal: Journal,
        owner: Owner,
    ) -> Result<std::convert::Infallible, String> {
        // No session outlives the process that wrote to it, and that process is gone: we hold its lock.
        journal
            .release(Released::All, UnixMillis::now())
            .await
            .map_err(|error| describe(&error))?;
        let folder = state.clone();
        blocking(move || files::sweep(&folder)).await?;
        let sandbox = blocking(|| Sandbox::new(Allocation::Pooling))
            .await?
            .map_err(|error| describe(&error))?;
        let components = Components::new(state.clone(), journal.clone(), self.binary.clone());
        let book = Arc::new(Book::new(self.home.clone()));
        let (asides, overheard) = Asides::new();
        let environment = Environment {
            home: self.home.clone(),
            state: state.clone(),
            journal: journal.clone(),
            sandbox,
            components,
            loading: Arc::new(Semaphore::new(1)),
            compiling: Arc::new(Semaphore::new(1)),
            variables: Arc::clone(&self.variables),
            book: Arc::clone(&book),
            asides,
            managed: self.managed.clone(),
        };
        let (supervisor, roster) = Supervisor::new(environment);
        let (reloads, asked) = mpsc::channel(1);
        let (listening, heard) = watch::channel(Listening::default());
        let (serving, served) = watch::channel(Pages::new());
        let (said, session) = watch::channel(None);
        let reception = Reception {
            home: self.home.clone(),
            book: Arc::clone(&book),
            journal: journal.clone(),
            roster: roster.clone(),
            herald: Herald::new(journal.clone()),
            greet: Arc::default(),
        };
        let (prompts, mut requests) = mpsc::channel(limits::PROMPTS_WAITING);
        if self.part != Part::Takes {
            // Nobody is asked over channels for a session that they don't speak to.
            requests.close();
        }
        let (asking, questions) = watch::channel(Vec::new());
        let attending = SessionId(format!("{}-{}", owner.pid, owner.since.0));
        let house = House {
            owner,
            state: state.clone(),
            journal: journal.clone(),
            roster: roster.clone(),
            listening: heard,
            pages: served,
            session,
            reloads,
            prompts,
            asked: questions,
            book: Arc::clone(&book),
            greet: Arc::clone(&reception.greet),
        };
        let Heard {
            strangers,
            presses,
            verdicts,
            open,
        } = overheard;
        let heard = (strangers, presses, verdicts);
        let approvals = Approvals::new(Surroundings {
            roster: roster.clone(),
            journal: journal.clone(),
            book,
            outbox: outbox.clone(),
            scope: self.scope.clone(),
            known: open,
            asked: asking,
        });
        let control = Control::bind(&state)
            .inspect_err(|error| tracing::warn!(error = describe(error), "`status` and `add` can't reach this process"))
            .ok();
        let announcer = Announcer::new(roster.clone(), journal.clone(), Arc::clone(&house.book));
        self.door.send_replace(Door::Owner(house.clone()));
        let pump = Pump::new(
            journal.clone(),
            outbox.clone(),
            attending,
            roster.clone(),
            state.clone(),
            (self.witness.clone(), self.scope.clone()),
        );
        tokio::join!(
            supervisor.run(asked),
            listener::run(roster.clone(), listening),
            self.scope.typing().run(roster.clone()),
            herald::run(roster.clone(), journal.clone()),
            Box::pin(people(heard, reception, announcer, (approvals, requests))),
            pages::run(roster.clone(), serving),
            announce(self.part, roster, outbox),
            answer(control, house),
            push(self.part, pump),
            report(client, self.part, &self.witness, said),
            keep_house(&journal, &state),
        );
        // Each of them ends only when it is dropped.
        std::future::pending().await
    }
}

/// Answers what people say to the host itself, until the future is dropped.
async fn people(
    heard: (Waiting<Approach>, Waiting<Press>, Waiting<Typed>),
    reception: Reception,
    announcer: Announcer,
    (approvals, requests): (Approvals, mpsc::Receiver<PermissionRequest>),
) {
    let (strangers, presses, verdicts) = heard;
    // What is no press of the announcer's waits here for its judge, and behind it all others in their places.
    let (others, pressed) = mpsc::channel(1);
    tokio::join!(
        pairing::run(reception, strangers),
        announcer.run(presses, others),
        approvals.run(requests, pressed, verdicts)
    );
}

async fn answer(control: Option<Control>, house: House) {
    if let Some(control) = control {
        control.run(house).await;
    }
}

async fn push(part: Part, pump: Pump) {
    if part != Part::Takes {
        return;
    }
    if let Err(gone) = pump.run().await {
        tracing::info!(%gone, "nothing more can be pushed");
    }
}

/// Tells the client of the channels' own tools, if it has any tools at all.
async fn announce(part: Part, roster: watch::Receiver<Arc<Roster>>, outbox: Outbox) {
    if part != Part::Looks {
        toolbox::announce(roster, outbox).await;
    }
}

/// Keeps what `status` says of the session up to date.
async fn report(client: &ClientInfo, part: Part, witness: &Witness, said: watch::Sender<Option<SessionReport>>) {
    let mut hearing = witness.watch();
    loop {
        let word = match part {
            Part::Takes => hearing.borrow_and_update().word(),
            Part::Fetches | Part::Keeps | Part::Looks => "no channel session",
        };
        said.send_replace(Some(SessionReport {
            client: format!("{} {}", client.name, client.version),
            protocol: client.protocol.clone(),
            hearing: word.to_owned(),
        }));
        if hearing.changed().await.is_err() {
            return;
        }
    }
}

async fn keep_house(journal: &Journal, state: &StateDir) {
    loop {
        let folder = state.clone();
        let sweep = move || {
            folder
                .sweep_inbox()
                .and_then(|()| folder.sweep_trash(UnixMillis::now()))
        };
        if let Ok(Err(error)) = blocking(sweep).await {
            tracing::warn!(%error, "files that are too old can't be removed");
        }
        if let Err(error) = journal.housekeep(UnixMillis::now()).await {
            tracing::warn!(%error, "what is too old can't be removed; trying again later");
        }
        tokio::time::sleep(HOUSEKEEPING).await;
    }
}

/// Whether the operator wants channels to run without a channel session. A file that can't be read says no; the owner
/// will say why.
fn always_on(home: &Home) -> bool {
    let file = home.config_file();
    let text = std::fs::read_to_string(&file).unwrap_or_default();
    Config::parse(&text, &file).is_ok_and(|config| config.always_on)
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, String> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| "a task of lockgate itself failed".to_owned())
}
