//! Times the server as a process, through its door, for `tests/bench`: submissions of a million crimes, and queries of
//! many callers at once. Each figure is one JSON line.

mod compute;
mod guard;
mod query;
mod rows;
mod server;
mod submit;

use std::error::Error;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Parser;

/// Time the server through its door.
#[derive(Parser)]
enum Command {
    /// Write the crimes that `submit` submits as DIR/crimes.csv.
    Rows {
        /// Directory to write to.
        dir: PathBuf,
        /// Crimes to make up.
        #[arg(long, default_value_t = 1_000_000)]
        rows: u32,
    },
    /// Submit the crimes to a server with an empty ledger, as typed records and as Arrow.
    Submit {
        /// The program peelian-server.
        server: PathBuf,
        /// Directory for the servers' data.
        dir: PathBuf,
        /// Crimes to submit.
        #[arg(long, default_value_t = 1_000_000)]
        rows: u32,
        /// Times to submit them in each encoding.
        #[arg(long, default_value_t = 3)]
        runs: u32,
    },
    /// Write the crimes that `compute` computes from as DIR/crimes.arrows.
    Batches {
        /// Directory to write to.
        dir: PathBuf,
        /// Crimes to make up.
        #[arg(long, default_value_t = 10_000_000)]
        rows: u32,
    },
    /// Compute twelve measures by borough and month from the crimes in this process, for each line of input, and answer
    /// with the seconds to check them, the seconds in all and the number of observations.
    Compute {
        /// Crimes to make up.
        #[arg(long, default_value_t = 10_000_000)]
        rows: u32,
        /// Threads to use.
        #[arg(long, default_value = "2")]
        threads: NonZeroUsize,
    },
    /// List the measures that `compute` computes.
    Measures,
    /// Ask and submit to a server that identifies, limits, checks and records its callers, and to one that does not, in turn.
    Guard {
        /// The program peelian-server.
        server: PathBuf,
        /// Directory for the servers' data.
        dir: PathBuf,
        /// Crimes that the servers hold, and that are submitted.
        #[arg(long, default_value_t = 1_000_000)]
        rows: u32,
        /// Times to submit them to each.
        #[arg(long, default_value_t = 3)]
        runs: u32,
    },
    /// Query a server that holds the crimes, from many callers at once.
    Query {
        /// The program peelian-server.
        server: PathBuf,
        /// Directory for the server's data.
        dir: PathBuf,
        /// Crimes that the server holds.
        #[arg(long, default_value_t = 1_000_000)]
        rows: u32,
        /// Callers, each with a connection of its own.
        #[arg(long, default_value_t = 32)]
        callers: usize,
        /// Seconds to measure for.
        #[arg(long, default_value_t = 10)]
        seconds: u64,
    },
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    match Command::parse() {
        Command::Rows { dir, rows } => rows::write_csv(&rows::crimes(0, rows), &dir.join("crimes.csv")),
        Command::Submit { server, dir, rows, runs } => submit::run(&server, &dir, rows, runs).await,
        Command::Batches { dir, rows } => compute::write(&dir, rows),
        Command::Compute { rows, threads } => compute::run(rows, threads),
        Command::Measures => {
            println!("{}", compute::MEASURES.join("\n"));
            Ok(())
        }
        Command::Guard { server, dir, rows, runs } => guard::run(&server, &dir, rows, runs).await,
        Command::Query { server, dir, rows, callers, seconds } => {
            query::run(&server, &dir, rows, callers, seconds).await
        }
    }
}
