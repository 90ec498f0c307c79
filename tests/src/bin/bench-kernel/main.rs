//! Times the kernel on columns from Arrow IPC files, for `bench_kernel.py` to compare with Polars and DuckDB.
//!
//! `generate DIR` writes `crimes.arrow` and `victims.arrow`; `time DIR` reads them back, writes the answers to
//! `DIR/answers.json`, then runs the query named on each line of its input and answers with the seconds it took, so that
//! the kernel's runs alternate with the others' and share the machine's moods; `scale` prints the cost per row at several
//! sizes.

mod data;
mod files;
mod queries;

use std::error::Error;
use std::fs;
use std::hint::black_box;
use std::io::stdin;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Parser;
use data::{Crimes, Victims};
use files::{Columns, crimes_batch, victims_batch};
use peelian_core::kernel::Column;
use queries::{VictimColumns, counts, repeats};
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
    /// Write DIR/answers.json, then run the query named on each line of input: count, count-breakdown or repeat.
    Time {
        /// Directory that `generate` wrote.
        dir: PathBuf,
        /// Threads to use.
        #[arg(long, default_value = "2")]
        threads: NonZeroUsize,
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
        Command::Time { dir, threads } => {
            let crimes = Columns::read(&dir.join("crimes.arrow"))?;
            let victims = Columns::read(&dir.join("victims.arrow"))?;
            time(&crimes, &victims, threads, &dir)?;
        }
        Command::Scale { threads, runs } => {
            for millions in [1, 5, 10, 20] {
                let crimes = Columns(crimes_batch(Crimes::new(millions * 1_000_000))?);
                let victims = Columns(victims_batch(Victims::new(millions * 1_000_000))?);
                scale(&crimes, &victims, threads, runs)?;
            }
        }
    }
    Ok(())
}

/// Writes the answers, then runs the queries named on standard input.
fn time(crimes: &Columns, victims: &Columns, threads: NonZeroUsize, dir: &Path) -> Result<(), Box<dyn Error>> {
    let (codes, victims) = (crimes.codes()?, victims.victims()?);
    let repeat = repeats(&victims, threads)?;
    let answers = json!({
        "count": counts(&codes, false, threads)?.values(),
        "count-breakdown": counts(&codes, true, threads)?.values(),
        "repeat": { "numerator": repeat.numerator, "denominator": repeat.denominator },
    });
    fs::write(dir.join("answers.json"), serde_json::to_vec(&answers)?)?;
    println!("ready");
    for figure in stdin().lines() {
        println!("{}", seconds(&figure?, &codes, &victims, threads)?);
    }
    Ok(())
}

/// Runs one query and returns the seconds it took.
fn seconds(
    figure: &str,
    crimes: &[Column<'_>],
    victims: &VictimColumns<'_>,
    threads: NonZeroUsize,
) -> Result<f64, Box<dyn Error>> {
    let start = Instant::now();
    match figure {
        "count" => drop(black_box(counts(crimes, false, threads)?)),
        "count-breakdown" => drop(black_box(counts(crimes, true, threads)?)),
        "repeat" => drop(black_box(repeats(victims, threads)?)),
        other => return Err(format!("no query is called {other}").into()),
    }
    Ok(start.elapsed().as_secs_f64())
}

/// Prints the best cost per row of each query.
fn scale(crimes: &Columns, victims: &Columns, threads: NonZeroUsize, runs: usize) -> Result<(), Box<dyn Error>> {
    let rows = crimes.0.num_rows();
    let (codes, victims) = (crimes.codes()?, victims.victims()?);
    // Repeats first: once something large has been freed, the allocator keeps what it gets, as in a service that has run for a
    // while. Before that each run faults its tables in anew: half a millisecond for a count, two with the breakdown.
    for figure in ["repeat", "count", "count-breakdown"] {
        let mut best = f64::INFINITY;
        for _ in 0..=runs {
            best = best.min(seconds(figure, &codes, &victims, threads)?);
        }
        let value = best * 1e9 / rows as f64;
        println!(
            "{}",
            json!({ "figure": format!("kernel.{figure}.per-row"), "value": value, "unit": "ns", "rows": rows })
        );
    }
    Ok(())
}
