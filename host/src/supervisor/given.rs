//! What of the operator's machine a channel is given: from the grant to what its calls hold in their hands.

use std::path::Path;
use std::sync::Arc;

use crate::database::Databases;
use crate::grant::Grant;
use crate::manifest::FolderAccess;
use crate::paths::OffLimits;
use crate::program::Programs;
use crate::sandbox::{Named, Quota, Refusals};

/// Folders, databases and programs of one channel.
pub struct Given {
    /// As the guest sees them under `/folders`.
    pub folders: Vec<Named>,
    /// By name.
    pub databases: Databases,
    /// By name.
    pub programs: Programs,
    /// What is refused of all of them.
    pub refusals: Arc<Refusals>,
}

impl Given {
    /// As granted. `binary`: lockgate's own.
    ///
    /// # Errors
    /// A folder can't be opened as it is named: in words for the operator. Databases and programs are looked at when they
    /// are used, because they may come and go.
    pub fn of(grant: &Grant, off_limits: &OffLimits, binary: &Path) -> Result<Self, String> {
        let refusals = Arc::new(Refusals::default());
        let named = grant.folders().iter().map(|(name, folder)| {
            let quota = match folder.access {
                FolderAccess::Read => None,
                FolderAccess::Write => Some(Quota::adding(folder.path.clone(), folder.quota, Arc::clone(&refusals))),
            };
            let named = Named::new(name, folder.path.clone(), off_limits.clone(), quota);
            named.check().map_err(|error| format!("folder `{name}`: {error}"))?;
            Ok::<_, String>(named)
        });
        let folders = named.collect::<Result<_, _>>()?;
        let databases = Databases::new(grant.databases().clone(), off_limits.clone(), binary.to_owned());
        let programs = Programs::new(grant.commands()).map_err(|error| format!("a pattern {error}"))?;
        Ok(Self {
            folders,
            databases,
            programs,
            refusals,
        })
    }
}
