//! `peelian-server`: partners submit records and figures over gRPC, and query outcome measures.
//!
//! A module imports only modules below it: `tests/rooms.rs` has their order.

mod admission;
mod audit;
mod clock;
mod command;
mod config;
mod core_dumps;
mod demo;
mod error;
mod exchange;
mod export;
mod identity;
mod ledger;
mod limits;
mod memory;
mod policy;
mod private;
mod publication;
mod release;
mod resource_name;
mod server;
mod service;
mod signing;
mod store;
mod synthesise;
mod task;
mod telemetry;

use std::process::ExitCode;

fn main() -> ExitCode {
    command::run()
}
