//! `peelian-server`: partners submit records and figures, and ask for outcome measures, over gRPC.

mod client;
mod clock;
mod command;
mod config;
mod demo;
mod error;
mod exchange;
mod ledger;
mod name;
mod server;
mod service;
mod store;
mod synthesise;
mod telemetry;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    command::Arguments::parse().run()
}
