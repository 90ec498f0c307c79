//! `peelian-server`: partners submit records and figures over gRPC, and query outcome measures.
//!
//! A module imports only modules that come before it in this list: `limits`, `clock`, `private`, `store`,
//! `synthesise`, `resource_name`, `identity`, `config`, `telemetry`, `client`, `ledger`, `export`, `release`, `demo`, `error`,
//! `task`, `exchange`, `publication`, `service`, `server`, `command`.

mod audit;
mod client;
mod clock;
mod command;
mod config;
mod demo;
mod error;
mod exchange;
mod export;
mod hex;
mod identity;
mod ledger;
mod limits;
mod policy;
mod private;
mod publication;
mod release;
mod resource_name;
mod server;
mod service;
mod store;
mod synthesise;
mod task;
mod telemetry;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    command::Arguments::parse().run()
}
