//! text.
/// Stub until merged.
pub fn terminal(t: &str) -> String { t.into() }
/// Stub until merged.
pub fn clip(t: &str, n: usize) -> String { t.chars().take(n).collect() }
