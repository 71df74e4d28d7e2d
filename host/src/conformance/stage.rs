//! Where the trial takes place: a home that goes away, the component compiled in it, what its manifest asks for in made-up
//! form, and the ways outward that all lead to the stand-in.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ring::rand::{SecureRandom, SystemRandom};

use super::platform::{Platform, Way};
use super::report::Figures;
use super::summary::Tally;
use super::trial::Trial;
use super::{ConformanceError, forms};
use crate::components::{Code, Components, Examined, Kept};
use crate::database::Databases;
use crate::egress::{Egress, Line, Patience, Rules};
use crate::grant::Grant;
use crate::journal::Journal;
use crate::limits;
use crate::lockfile::RelayPin;
use crate::manifest::{FolderAccess, Manifest};
use crate::model::{ChannelName, Digest, Secret, UnixMillis};
use crate::paths::{Home, OffLimits, StateDir};
use crate::program::Programs;
use crate::sandbox::{Allocation, ChannelContext, MinuteBudget, Named, Prepared, Quota, Sandbox, Tap};

/// The parts of a trial that all checks share.
pub struct Stage {
    manifest: Manifest,
    grant: Grant,
    secrets: BTreeMap<String, Secret>,
    egress: Arc<Egress>,
    component: Digest,
    code: Code,
    binary: PathBuf,
    /// The component, ready to be called.
    pub prepared: Prepared,
    /// Where its stores are.
    pub journal: Journal,
    /// Where its files are.
    pub state: StateDir,
    /// Who answers its requests.
    pub platform: Platform,
    /// Calls so far.
    pub tally: Mutex<Tally>,
    /// Dropped last: all of the above stands in it.
    _folder: Folder,
}

/// A folder that is removed with its owner.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl Folder {
    fn make() -> Result<Self, ConformanceError> {
        let parent = std::env::temp_dir();
        let failed = |reason: String| ConformanceError::Home {
            folder: parent.clone(),
            reason,
        };
        let mut random = [0; 8];
        let drawn = SystemRandom::new().fill(&mut random);
        drawn.map_err(|_| failed("the system gives no random bytes".to_owned()))?;
        let path = parent.join(format!("lockgate-test-{}", data_encoding::HEXLOWER.encode(&random)));
        let made = DirBuilder::new().mode(0o700).create(&path);
        made.map_err(|error| failed(error.to_string()))?;
        Ok(Self(path))
    }
}

impl Stage {
    /// Compiles, grants and opens.
    ///
    /// # Errors
    /// There is no place for it, or the component does not compile or link.
    pub async fn set(examined: &Examined, binary: &Path, kept: Option<&Kept>) -> Result<Self, ConformanceError> {
        let folder = Folder::make()?;
        let failed = |reason: String| ConformanceError::Home {
            folder: folder.0.clone(),
            reason,
        };
        let home = Home::find(Some(&folder.0), &|_| None).map_err(|error| failed(error.to_string()))?;
        let state = home.open_state(None).map_err(|error| failed(error.to_string()))?;
        let journal = Journal::open(&state.journal()).map_err(|error| failed(error.to_string()))?;
        let sandbox = Sandbox::new(Allocation::Pooling)?;
        let components = Components::new(state.clone(), journal.clone(), binary.to_owned());
        components.keep(examined)?;
        let manifest = examined.manifest.clone();
        let platform = Platform::open().await.map_err(|error| failed(error.to_string()))?;
        let grant = grant(&manifest, platform.address, &folder.0)?;
        let egress = egress(&platform).map_err(|error| failed(error.to_string()))?;
        let (prepared, code) = prepare(&components, &sandbox, examined, kept, grant.memory()).await?;
        Ok(Self {
            prepared,
            code,
            secrets: forms::secrets(&manifest),
            component: examined.digest,
            binary: binary.to_owned(),
            tally: Mutex::default(),
            manifest,
            grant,
            egress,
            journal,
            state,
            platform,
            _folder: folder,
        })
    }

    /// What it asks for.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// What it was given.
    pub fn grant(&self) -> &Grant {
        &self.grant
    }

    /// A channel of this component with an empty store and a budget of its own.
    ///
    /// # Errors
    /// The temporary home can't be written any more.
    pub fn trial(&self) -> Result<Trial<'_>, String> {
        let words = |error: &dyn std::error::Error| format!("the trial itself failed: {error}; free some disk");
        let name = self.grant.channel().clone();
        let instance = self.journal.add_instance(&name, UnixMillis::now());
        let instance = instance.map_err(|error| words(&error))?;
        let data = self.grant.data().map(|most| {
            let folder = self.state.data(instance).map_err(|error| words(&error))?;
            Ok::<_, String>(Quota::lasting(folder, most))
        });
        let context = ChannelContext {
            name,
            instance,
            component: self.component,
            journal: self.journal.clone(),
            settings: BTreeMap::new(),
            log: Arc::new(MinuteBudget::of_log()),
            tap: Tap::default(),
            writes: MinuteBudget::of_store(),
            random: SystemRandom::new(),
            egress: self.line(),
            folders: self.folders(),
            databases: Databases::new(
                self.grant.databases().clone(),
                OffLimits::default(),
                self.binary.clone(),
            ),
            programs: Programs::new(self.grant.commands(), Vec::new()).map_err(|error| words(&error))?,
            refusals: Arc::default(),
        };
        Ok(Trial::new(self, Arc::new(context), data.transpose()?))
    }

    fn line(&self) -> Arc<Line> {
        let rules = Rules {
            granted: self.grant.http().to_vec(),
            withheld: Vec::new(),
        };
        let upstreams = self.grant.upstreams().clone();
        let channel = self.grant.channel().clone();
        self.egress.line(channel, rules, upstreams, self.secrets.clone())
    }

    fn folders(&self) -> Vec<Named> {
        let named = self.grant.folders().iter().map(|(name, folder)| {
            let quota = match folder.access {
                FolderAccess::Read => None,
                FolderAccess::Write => Some(Quota::adding(folder.path.clone(), folder.quota, Arc::default())),
            };
            Named::new(name, folder.path.clone(), OffLimits::default(), quota)
        });
        named.collect()
    }

    /// Who was asked so far, each once.
    pub fn touched(&self) -> BTreeSet<String> {
        self.platform.state.seen().into_iter().collect()
    }

    /// What was made up, a line each.
    pub fn given(&self) -> Vec<String> {
        forms::given(&self.manifest)
    }

    /// Time and memory so far.
    pub fn figures(&self, compiled: Duration) -> Figures {
        let tally = self.tally.lock().unwrap_or_else(PoisonError::into_inner);
        tally.figures(compiled, self.code, self.grant.memory())
    }
}

/// Has the component ready to be called, with the code that the operator's store keeps of it if that is sound.
async fn prepare(
    components: &Components,
    sandbox: &Arc<Sandbox>,
    examined: &Examined,
    kept: Option<&Kept>,
    memory: usize,
) -> Result<(Prepared, Code), ConformanceError> {
    let (engine, digest) = (sandbox.fingerprint(), &examined.digest);
    if let Some(kept) = kept
        && let Some(code) = components.take_over(kept, digest, engine)?
    {
        match components.prepare(sandbox, digest, memory) {
            Err(error) if error.is_about_compiled_code() => {}
            ready => return Ok((ready?, code)),
        }
    }
    components.compile(examined, engine).await?;
    Ok((components.prepare(sandbox, digest, memory)?, Code::Compiled))
}

/// All that the manifest asks for. The hosts lead to the stand-in, the folders are empty, and the databases and programs
/// are not there.
fn grant(manifest: &Manifest, platform: std::net::SocketAddr, folder: &Path) -> Result<Grant, ConformanceError> {
    let failed = |reason: String| ConformanceError::Home {
        folder: folder.to_owned(),
        reason,
    };
    let name: ChannelName = "test".parse().map_err(|_| failed("no name".to_owned()))?;
    // A way without a link: what an operator names is reached so, too.
    let base = folder.canonicalize().map_err(|error| failed(error.to_string()))?;
    for name in manifest.folders.keys() {
        let made = std::fs::create_dir_all(base.join("folders").join(name));
        made.map_err(|error| failed(error.to_string()))?;
    }
    let config = forms::config(manifest, platform, &base);
    Grant::compute(&name, manifest, &config, RelayPin::Absent)
        .map_err(|refusal| ConformanceError::Grant(refusal.to_string()))
}

fn egress(platform: &Platform) -> Result<Arc<Egress>, crate::egress::EgressError> {
    let patience = Patience {
        most: limits::CONFORMANCE_ANSWER,
        ..Patience::default()
    };
    let way = Arc::new(Way::to(platform));
    Egress::new(Arc::clone(&way) as _, way, patience, None)
}
