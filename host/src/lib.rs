//! lockgate hosts Claude Code channels that are WebAssembly components.
//!
//! The house has seven floors, and a file uses only lower floors or its own children; `tests/` checks that.
//! ARCHITECTURE.md is the map.

// 0 words
pub mod limits;
pub mod model;
// 1 law: pure decisions
pub mod access;
pub mod argv;
pub mod component;
pub mod config;
pub mod grant;
pub mod lockfile;
pub mod manifest;
pub mod organisation;
pub mod pace;
pub mod reach;
pub mod relay;
pub mod signature;
pub mod text;
pub mod toolbox;
pub mod widening;
// 2 paper: what stands on disk
pub mod book;
pub mod database;
pub mod files;
pub mod journal;
pub mod managed;
pub mod paths;
pub mod program;
pub mod vault;
// 3 sandbox and intake
pub mod egress;
pub mod intake;
pub mod sandbox;
// 4 life
pub mod channel;
pub mod components;
pub mod herald;
pub mod supervisor;
// 5 doors
pub mod approvals;
pub mod attend;
pub mod conformance;
pub mod control;
pub mod desk;
pub mod house;
pub mod listener;
pub mod mcp;
pub mod outbound;
pub mod pages;
pub mod pairing;
pub mod pump;
pub mod status;
pub mod voice;
pub mod workshop;
// 6 command line
pub mod cli;
