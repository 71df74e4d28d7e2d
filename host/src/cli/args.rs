//! stub
/// serve
#[derive(Debug)]
pub struct ServeArgs { /// c
pub channel: bool, /// t
pub tools: bool, /// n
pub name: String }
