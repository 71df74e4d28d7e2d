//! Not written yet.

use super::{Bench, BuildError, Made};

/// Builds the project.
pub(super) fn build(_: &Bench<'_>) -> Result<Made, BuildError> {
    Err(BuildError::World("this language is not there yet".into()))
}
