//! stub
/// a
pub fn ancestors() -> Vec<crate::argv::CommandLine> { vec![] }
