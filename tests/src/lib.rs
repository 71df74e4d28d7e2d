//! What the house tests share: the guests, built from source and found by name.

pub mod guests;
