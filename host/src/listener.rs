//! listener.
