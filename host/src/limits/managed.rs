//! Bounds of an organisation's files.

use std::time::Duration;

/// Bytes of one of them.
pub const MANAGED_BYTES: usize = 1 << 20;
/// Files of the client's managed settings, the first one included.
pub const MANAGED_FILES: usize = 100;
/// Components that lockgate's policy file may list.
pub const MANAGED_COMPONENTS: usize = 1_000;
/// How often they are looked at while channels run: no change takes longer to hold.
pub const MANAGED_LOOK: Duration = Duration::from_secs(3);
