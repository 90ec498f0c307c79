//! Times the kernel on columns from Arrow IPC files, for `bench_kernel.py` to compare with Polars and DuckDB.
//!
//! `generate DIR` writes `crimes.arrow` and `victims.arrow`; `time DIR` reads them back, writes the answers to
//! `DIR/answers.json` and prints a JSON line of times per query; `scale` prints the cost per row at several sizes.

mod data;
mod files;
mod queries;

use std::error::Error;
use std::fs;
use std::hint::black_box;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Instant;

use clap::Parser;
use data::{Crimes, Victims};
use files::{Columns, crimes_batch, victims_batch};
use queries::{counts, repeats};
use serde_json::json;

/// Make up rows, time the kernel on them, or show its cost per row at several sizes.
#[derive(Parser)]
enum Command {
    /// Write DIR/crimes.arrow and DIR/victims.arrow.
    Generate {
        /// Directory to write to.
        dir: PathBuf,
        /// Crimes, and victims, to make up.
        #[arg(long, default_value_t = 10_000_000)]
        rows: u64,
    },
    /// Time the queries on the files in DIR and write DIR/answers.json.
    Time {
        /// Directory that `generate` wrote.
        dir: PathBuf,
        /// Threads to use.
        #[arg(long, default_value = "2")]
        threads: NonZeroUsize,
        /// Times to run each query.
        #[arg(long, default_value_t = 7)]
        runs: usize,
    },
    /// Print the cost per row from 1 to 20 million rows.
    Scale {
        /// Threads to use.
        #[arg(long, default_value = "2")]
        threads: NonZeroUsize,
        /// Times to run each query.
        #[arg(long, default_value_t = 7)]
        runs: usize,
    },
}

fn main() -> Result<(), Box<dyn Error>> {
    match Command::parse() {
        Command::Generate { dir, rows } => {
            fs::create_dir_all(&dir)?;
            files::write(&dir.join("crimes.arrow"), &crimes_batch(Crimes::new(rows))?)?;
            files::write(&dir.join("victims.arrow"), &victims_batch(Victims::new(rows))?)?;
        }
        Command::Time { dir, threads, runs } => {
            let crimes = Columns::read(&dir.join("crimes.arrow"))?;
            let victims = Columns::read(&dir.join("victims.arrow"))?;
            let answers = time(&crimes, &victims, threads, runs)?;
            fs::write(dir.join("answers.json"), serde_json::to_vec(&answers)?)?;
        }
        Command::Scale { threads, runs } => {
            for millions in [1, 5, 10, 20] {
                let crimes = Columns(crimes_batch(Crimes::new(millions * 1_000_000))?);
                let victims = Columns(victims_batch(Victims::new(millions * 1_000_000))?);
                time(&crimes, &victims, threads, runs)?;
            }
        }
    }
    Ok(())
}

/// Runs each query `runs` times, prints its times, and returns the answers.
fn time(
    crimes: &Columns,
    victims: &Columns,
    threads: NonZeroUsize,
    runs: usize,
) -> Result<serde_json::Value, Box<dyn Error>> {
    let rows = crimes.0.num_rows();
    let columns = crimes.codes()?;
    let by_month = repeated("count", rows, runs, || counts(&columns, false, threads))?;
    let by_person = repeated("count-breakdown", rows, runs, || counts(&columns, true, threads))?;
    let victims = victims.victims()?;
    let repeat = repeated("repeat", rows, runs, || repeats(&victims, threads))?;
    Ok(json!({
        "count": by_month,
        "count-breakdown": by_person,
        "repeat": { "numerator": repeat.numerator, "denominator": repeat.denominator },
    }))
}

fn repeated<T, E: Error + 'static>(
    figure: &str,
    rows: usize,
    runs: usize,
    query: impl Fn() -> Result<T, E>,
) -> Result<T, Box<dyn Error>> {
    let mut answer = query()?;
    let mut seconds = Vec::with_capacity(runs);
    for _ in 0..runs {
        let start = Instant::now();
        answer = black_box(query()?);
        seconds.push(start.elapsed().as_secs_f64());
    }
    println!("{}", json!({ "figure": figure, "rows": rows, "seconds": seconds }));
    Ok(answer)
}
