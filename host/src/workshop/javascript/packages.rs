//! Packages, as node looks for them: in the project's `node_modules`, then in that of each folder above. What is in the project
//! is the project's; what is above it is taken only from where nobody else could have put it, for it is run as whoever builds.
//! Reads no package and runs none.

use std::path::{Path, PathBuf};

use crate::paths;
use crate::workshop::ToolError;

/// Where node looks for packages in a folder.
const MODULES: &str = "node_modules";

/// The folder of a package that has to be there.
///
/// # Errors
/// It is nowhere, or as [`find`].
pub(super) fn installed(project: &Path, name: &'static str, get: &'static str) -> Result<PathBuf, ToolError> {
    find(project, name, get)?.ok_or(ToolError::Missing { tool: name, get })
}

/// The folder of the nearest package of this name. `get`: how the project gets its own.
///
/// # Errors
/// It is above the project, and others can write on the way to it. None further above is taken then: node would not either.
pub(super) fn find(project: &Path, name: &'static str, get: &'static str) -> Result<Option<PathBuf>, ToolError> {
    let of = |folder: &Path| folder.join(MODULES).join(name);
    let has = |folder: &&Path| of(folder).join("package.json").is_file();
    let Some(folder) = project.ancestors().find(has) else {
        return Ok(None);
    };
    let package = of(folder);
    if folder == project {
        return Ok(Some(package));
    }
    // The folder, its `node_modules`, a scope, the package.
    let mut way: Vec<&Path> = package.ancestors().take_while(|at| at.starts_with(folder)).collect();
    way.reverse();
    match way.into_iter().find(|at| !paths::is_closed(at)) {
        Some(open) => Err(ToolError::Exposed {
            tool: name,
            folder: open.to_owned(),
            get,
        }),
        None => Ok(Some(package)),
    }
}

/// Where node would look above the project and others can put something, be it there by now or not: what a package asks for in
/// its turn, and lacks, must not come from there.
pub(super) fn open(project: &Path) -> Vec<PathBuf> {
    let above = project.ancestors().skip(1);
    let open = above.filter(|folder| {
        let modules = folder.join(MODULES);
        !paths::is_closed(folder) || (modules.exists() && !paths::is_closed(&modules))
    });
    open.map(|folder| folder.join(MODULES)).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::fs::{Permissions, create_dir_all, set_permissions};
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;
    use crate::workshop::write;

    /// A project two levels below `above`, where the package is.
    fn scene(name: &str) -> (tempfile::TempDir, PathBuf, PathBuf) {
        let top = tempfile::tempdir().unwrap();
        let above = top.path().canonicalize().unwrap().join("above");
        let project = above.join("x/project");
        create_dir_all(&project).unwrap();
        write(&above.join(MODULES).join(name).join("package.json"), b"{}").unwrap();
        (top, above, project)
    }

    /// What is said where `open`, below `above`, has this mode.
    #[track_caller]
    fn check(name: &'static str, open: &str, mode: u32) {
        let (_top, above, project) = scene(name);
        let open = above.join(open).components().collect::<PathBuf>();
        set_permissions(&open, Permissions::from_mode(mode)).unwrap();
        let refusal = installed(&project, name, "get it").unwrap_err().to_string();
        let expected = format!(
            "{name} is taken from {}, which others can write; get it",
            open.display()
        );
        assert_eq!(refusal, expected);
    }

    #[test]
    fn a_package_from_where_others_can_write_is_refused_by_name() {
        for mode in [0o1777, 0o777, 0o757] {
            check("esbuild", "", mode);
            check("esbuild", MODULES, mode);
            check("esbuild", "node_modules/esbuild", mode);
            check(
                "@bytecodealliance/componentize-js",
                "node_modules/@bytecodealliance",
                mode,
            );
        }
    }

    #[test]
    fn one_from_a_trusted_folder_above_is_taken_and_the_projects_own_wherever_it_stands() {
        let (_top, above, project) = scene("esbuild");
        let there = above.join("node_modules/esbuild");
        assert_eq!(installed(&project, "esbuild", "").unwrap(), there);
        let nothing = find(&project, "lockgate-no-such-package", "").unwrap();
        assert_eq!(nothing, None);

        set_permissions(&above, Permissions::from_mode(0o1777)).unwrap();
        let own = project.join("node_modules/esbuild");
        write(&own.join("package.json"), b"{}").unwrap();
        assert_eq!(installed(&project, "esbuild", "").unwrap(), own);
    }

    #[test]
    fn a_link_to_where_others_can_write_is_not_followed() {
        let (top, above, project) = scene("other");
        let shared = top.path().join("shared");
        write(&shared.join("esbuild/package.json"), b"{}").unwrap();
        symlink(shared.join("esbuild"), above.join("node_modules/esbuild")).unwrap();
        assert!(installed(&project, "esbuild", "").is_ok());
        set_permissions(&shared, Permissions::from_mode(0o777)).unwrap();
        assert!(matches!(
            installed(&project, "esbuild", ""),
            Err(ToolError::Exposed { .. })
        ));
    }

    #[test]
    fn where_others_can_put_a_package_is_known_before_they_do() {
        let (_top, above, project) = scene("esbuild");
        let modules = above.join(MODULES);
        assert!(!open(&project).contains(&modules));
        set_permissions(&modules, Permissions::from_mode(0o1777)).unwrap();
        assert!(open(&project).contains(&modules));
        std::fs::remove_dir_all(&modules).unwrap();
        assert!(!open(&project).contains(&modules));
        set_permissions(&above, Permissions::from_mode(0o1777)).unwrap();
        assert!(open(&project).contains(&modules));
        assert!(!open(&project).contains(&project.join(MODULES)));
    }
}
