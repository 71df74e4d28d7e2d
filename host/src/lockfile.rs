//! lockfile.
