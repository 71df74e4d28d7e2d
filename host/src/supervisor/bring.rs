//! From the operator's files to a channel that can be called: read, pair, grant, load, and compile if this engine has
//! never seen the component. What goes wrong is told in words for the operator.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::given::Given;
use super::plan::StandsFor;
use super::{Spec, Standing, developed, roots};
use tokio::sync::Semaphore;

use crate::book::Book;
use crate::channel::{Asides, Channel, Key, Lasting, Shelf};
use crate::components::{self, Components, Examined};
use crate::config::{ChannelConfig, Config, SecretSource};
use crate::egress::{Egress, Line, Rules};
use crate::grant::{Grant, asked};
use crate::journal::Journal;
use crate::limits;
use crate::lockfile::{Lock, Pin};
use crate::managed::Managed;
use crate::model::{ChannelName, Digest, Review, Secret, TOLD};
use crate::paths::{Home, StateDir};
use crate::reach;
use crate::sandbox::{ChannelContext, MinuteBudget, Prepared, Sandbox};
use crate::signature::{self, HookRule};
use crate::vault::{Vault, VaultError, read_secrets, set_anew};
use crate::widening::Granted;

/// The process environment, lent by whoever may read it.
pub type Variables = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// What channels are made with: one for the process.
#[derive(Clone)]
pub struct Environment {
    /// The operator's files.
    pub home: Home,
    /// Where channels have their files.
    pub state: StateDir,
    /// One database for all channels.
    pub journal: Journal,
    /// One engine for all channels.
    pub sandbox: Arc<Sandbox>,
    /// Approved bytes and compiled code.
    pub components: Components,
    /// Components that may be loaded at the same time.
    pub loading: Arc<Semaphore>,
    /// Components that may be compiled at the same time.
    pub compiling: Arc<Semaphore>,
    /// The process environment, for secrets that stand there.
    pub variables: Variables,
    /// One list of people for all channels.
    pub book: Arc<Book>,
    /// Where channels leave what the host itself answers.
    pub asides: Asides,
    /// The files of the organisation that manages this machine.
    pub managed: Managed,
}

/// What the operator's files want.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Where hooks are listened for.
    pub listen: SocketAddr,
    /// Names under which a tunnel or a proxy reaches the listener.
    pub hosts: BTreeSet<String>,
    /// Folders whose files sessions may send.
    pub send_roots: Vec<PathBuf>,
    /// How long a question for permission may be answered.
    pub relay_ttl: Duration,
    /// What all of them may do, to be compared with what they could before.
    pub granted: Granted,
    /// Channels that are granted and approved.
    pub specs: BTreeMap<ChannelName, Spec>,
    /// Channels that are granted but were never approved, with what to do.
    pub unapproved: BTreeMap<ChannelName, String>,
    /// Channels that the organisation's policy does not admit, with the reason.
    pub refused: BTreeMap<ChannelName, String>,
    /// What the organisation's policy does to all of them.
    pub policy: Option<String>,
}

impl Environment {
    /// Reads the operator's files, and what the secrets that they name come to now. Blocks.
    ///
    /// # Errors
    /// As [`read`].
    pub fn wanted(&self) -> Result<Wanted, String> {
        let mut wanted = read(&self.home)?;
        // What can't be read is said when the channel is brought up.
        let stored = self
            .home
            .folder()
            .ok()
            .and_then(|folder| read_secrets(&folder).ok())
            .flatten();
        for spec in wanted.specs.values_mut() {
            spec.secrets = Some(self.sum(spec, stored.as_deref()));
        }
        Ok(wanted)
    }

    /// One digest for all secrets of a channel and the operator's roots of trust, those that can't be read included.
    fn sum(&self, spec: &Spec, stored: Option<&str>) -> Digest {
        let trusted = roots::read(spec.certificates.as_deref());
        let trusted = trusted.ok().flatten().unwrap_or_default();
        let mut all = Digest::of(&trusted).as_bytes().to_vec();
        for (name, source) in &spec.config.secrets {
            let secret = Vault::read(source, &*self.variables, stored);
            let value = secret.as_ref().map_or(&[][..], |secret| secret.expose());
            all.extend_from_slice(Digest::of(name.as_bytes()).as_bytes());
            all.extend_from_slice(Digest::of(value).as_bytes());
        }
        Digest::of(&all)
    }

    /// Makes a channel ready to be called.
    ///
    /// # Errors
    /// In words for the operator.
    pub async fn bring(&self, name: &ChannelName, spec: &Spec, lasting: Arc<Lasting>) -> Result<Arc<Channel>, String> {
        let words = |error: components::StoreError| describe(&error);
        let (components, digest) = (self.components.clone(), spec.pin.digest);
        let examined = {
            let _turn = self.loading.acquire().await;
            blocking(move || components.read(&digest)).await?.map_err(words)?
        };
        let config = match spec.review {
            Review::Done => spec.config.clone(),
            Review::Waived => asked(&spec.config, &examined.manifest),
        };
        let grant = Grant::compute(name, &examined.manifest, &config, spec.pin.relay_pin());
        let grant = grant.map_err(|refusal| Standing::behind(spec.standing.as_ref(), refusal.to_string()))?;
        let secrets = self.secrets(&grant)?;
        let keys = keys(&grant, &secrets)?;
        let path = spec.certificates.clone();
        let trusted = blocking(move || roots::read(path.as_deref())).await??;
        let egress = line(trusted.as_deref(), &grant, secrets)?;
        let engine = self.sandbox.fingerprint();
        if !self.components.is_compiled(&digest, engine).map_err(words)? {
            self.compile(name, &examined).await.map_err(words)?;
        }
        let memory = grant.memory();
        let prepared = match self.load(digest, memory).await? {
            // Code of another build of the engine, or a file that was tampered with: made anew from the approved bytes.
            Err(error) if error.is_about_compiled_code() => {
                tracing::warn!(channel = %name, error = describe(&error), "compiling again");
                self.compile(name, &examined).await.map_err(words)?;
                self.load(digest, memory).await?.map_err(words)?
            }
            loaded => loaded.map_err(words)?,
        };
        self.lift_for_approval(spec).await?;
        let shelf = Shelf::open(&self.state, name, spec.pin.instance, &grant).map_err(|error| error.to_string())?;
        let (home, binary) = (self.home.clone(), self.components.binary().to_owned());
        let given = move || (Given::of(&grant, &home.off_limits(), &binary), grant);
        let (given, grant) = blocking(given).await?;
        let given = given?;
        let context = ChannelContext {
            name: name.clone(),
            instance: spec.pin.instance,
            component: digest,
            journal: self.journal.clone(),
            settings: grant.settings().clone(),
            log: Arc::new(MinuteBudget::of_log()),
            tap: lasting.tap(),
            writes: MinuteBudget::of_store(),
            random: ring::rand::SystemRandom::new(),
            egress,
            folders: given.folders,
            databases: given.databases,
            programs: given.programs,
            refusals: given.refusals,
        };
        let people = (Arc::clone(&self.book), self.asides.of_its_own());
        let about = examined.manifest.about;
        Ok(Channel::new(
            about,
            grant,
            keys,
            prepared,
            (context, spec.review_of_bytes()),
            people,
            (shelf, lasting),
        ))
    }

    /// Who approves bytes wants them tried. Whoever develops others approves nothing, so that those that come back are in
    /// quarantine again.
    async fn lift_for_approval(&self, spec: &Spec) -> Result<(), String> {
        if spec.review == Review::Waived {
            return Ok(());
        }
        let (journal, instance, digest) = (self.journal.clone(), spec.pin.instance, spec.pin.digest);
        let lifted = blocking(move || journal.approved(instance, &digest)).await?;
        lifted.map_err(|error| describe(&error))
    }

    /// One after the other: a component that takes its whole bound must not take it several times at once. The semaphore
    /// is never closed.
    async fn compile(&self, name: &ChannelName, examined: &Examined) -> Result<(), components::StoreError> {
        let _turn = self.compiling.acquire().await;
        tracing::info!(channel = %name, bytes = examined.bytes.len(), "compiling for this engine");
        self.components.compile(examined, self.sandbox.fingerprint()).await
    }

    /// One after the other: on few cores they are no faster together, and each needs a buffer.
    async fn load(&self, digest: Digest, memory: usize) -> Result<Result<Prepared, components::StoreError>, String> {
        let _turn = self.loading.acquire().await;
        let (components, sandbox) = (self.components.clone(), Arc::clone(&self.sandbox));
        blocking(move || components.prepare(&sandbox, &digest, memory)).await
    }

    /// All secrets that the channel was granted, read once: those that it never uses must not come back to it either.
    fn secrets(&self, grant: &Grant) -> Result<BTreeMap<String, Secret>, String> {
        let folder = self.home.folder().map_err(|error| error.to_string())?;
        let stored = read_secrets(&folder).map_err(|error| error.to_string())?;
        let read = |(name, source): (&String, &SecretSource)| {
            let secret = Vault::read(source, &*self.variables, stored.as_deref());
            let secret = secret.map_err(|error| match error {
                VaultError::Empty(_) => {
                    format!("secret `{name}`: {error}; {}", set_anew(grant.channel(), name, source))
                }
                error => format!("secret `{name}`: {error}"),
            })?;
            Ok((name.clone(), secret))
        };
        grant.secrets().iter().map(read).collect()
    }
}

/// The hook rules that are active, with their secrets.
fn keys(grant: &Grant, secrets: &BTreeMap<String, Secret>) -> Result<Vec<Key>, String> {
    let key = |rule: &HookRule| {
        // A rule is active only if its secret is granted.
        let secret = secrets.get(&rule.secret);
        let secret = secret.ok_or_else(|| format!("secret `{}` is not granted", rule.secret))?;
        signature::check_secret(rule, secret).map_err(|error| format!("secret `{}`: {error}", rule.secret))?;
        Ok(Key {
            rule: rule.clone(),
            secret: secret.clone(),
        })
    };
    grant.rules().iter().map(key).collect()
}

/// Looks at the secrets that go outward, before the first request does.
fn check_credentials(grant: &Grant, secrets: &BTreeMap<String, Secret>) -> Result<(), String> {
    let mut all = secrets.iter();
    all.try_for_each(|(name, secret)| {
        let checked = reach::check_credential(grant.http(), name, secret);
        checked.map_err(|refusal| match grant.secrets().get(name) {
            Some(source) => format!("{refusal}: {}", set_anew(grant.channel(), name, source)),
            None => refusal.to_string(),
        })
    })
}

/// The channel's way outward.
fn line(trusted: Option<&[u8]>, grant: &Grant, secrets: BTreeMap<String, Secret>) -> Result<Arc<Line>, String> {
    let egress = Egress::system(trusted).map_err(|error| describe(&error))?;
    let rules = Rules {
        granted: grant.http().to_vec(),
        withheld: grant.withheld_http().to_vec(),
    };
    check_credentials(grant, &secrets)?;
    let line = egress.line(grant.channel().clone(), rules, grant.upstreams().clone(), secrets);
    for secret in line.short_secrets() {
        let (channel, least) = (grant.channel(), limits::SECRET_SHORT);
        tracing::warn!(target: TOLD, %channel, secret, "a secret of less than {least} bytes can't be told from other text in answers");
    }
    Ok(line)
}

/// Reads lockgate.toml and lockgate.lock.
///
/// # Errors
/// One of them can't be read or parsed: file, line and column.
pub fn read(home: &Home) -> Result<Wanted, String> {
    let file = home.config_file();
    let text = read_text(&file)?;
    let config = Config::parse(&text, &file).map_err(|error| error.to_string())?;
    let lock_file = home.lock_file();
    let lock = Lock::parse(&read_text(&lock_file)?).map_err(|error| error.to_string())?;
    let granted = Granted::of(&config, &lock);
    let mut wanted = Wanted {
        listen: config.listen,
        hosts: config.hosts,
        send_roots: config.send_roots,
        relay_ttl: config.relay_ttl,
        granted,
        specs: BTreeMap::new(),
        unapproved: BTreeMap::new(),
        refused: BTreeMap::new(),
        policy: None,
    };
    for (name, channel) in config.channels {
        match lock.channels.get(&name) {
            Some(_) if channel.dev && !home.is_developed(&name) => {
                wanted.unapproved.insert(name.clone(), developed::over(&name));
            }
            Some(pin) => {
                let spec = spec(home, &name, channel, pin, config.certificates.as_ref());
                wanted.specs.insert(name, spec);
            }
            None => {
                let component = &channel.component;
                let why = format!("it was never approved; run `lockgate add {component} --name {name}`");
                wanted.unapproved.insert(name, why);
            }
        }
    }
    Ok(wanted)
}

/// # Authority
/// Bytes that nobody reviewed run only while `lockgate dev` holds their lock; in the place of others, they carry no approvals.
fn spec(home: &Home, name: &ChannelName, mut config: ChannelConfig, pin: &Pin, certificates: Option<&PathBuf>) -> Spec {
    let mut pin = pin.clone();
    let stand_in = pin.dev.take().filter(|_| home.is_developed(name));
    let is_waived = config.dev || stand_in.is_some();
    let stands_for = stand_in.is_some().then(|| StandsFor {
        pin: pin.clone(),
        relay: config.relay,
        standing: None,
    });
    if let Some(digest) = stand_in {
        (pin.digest, pin.relay, config.relay) = (digest, None, false);
    }
    Spec {
        config,
        pin,
        secrets: None,
        certificates: certificates.cloned(),
        standing: None,
        review: if is_waived { Review::Waived } else { Review::Done },
        stands_for,
    }
}

fn read_text(path: &std::path::Path) -> Result<String, String> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(text),
        // Nothing was added yet.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(format!("can't read {}: {error}", path.display())),
    }
}

/// An error with its causes in one line.
pub fn describe(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}

pub(super) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, String> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| "a task of lockgate itself failed".to_owned())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
