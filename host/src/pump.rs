//! pump.
