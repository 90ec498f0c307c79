//! Times the protection of tables: `bench-disclosure FILE...` reads files with the columns borough, bcu, month, code and count,
//! and prints a line of JSON for each file and each kind of protection.
//!
//! The table is published by borough, command and London; by month, quarter, year and all months; and by code and all codes.

use std::collections::BTreeSet;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Parser;
use peelian_core::disclosure::{Dimension, Policy, Protected, Steps, Table, protect_with};
use serde_json::json;

/// Time the protection of tables of counts.
#[derive(Parser)]
struct Arguments {
    /// CSV files with the columns borough, bcu, month (as 2023-01), code and count.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Counts of 1 to this number are suppressed.
    #[arg(long, default_value_t = 4)]
    max_n: u64,
    /// Times that each table is protected.
    #[arg(long, default_value_t = 3)]
    runs: usize,
}

fn main() -> Result<(), Box<dyn Error>> {
    let Arguments { files, max_n, runs } = Arguments::parse();
    let policy = Policy::small_counts(max_n);
    for file in &files {
        let table = table(file)?;
        for (protection, steps) in [("exact", Steps { intervals: false, ..Steps::ALL }), ("intervals", Steps::ALL)] {
            let (found, seconds) = fastest(runs, || protect_with(&table, &policy, steps))?;
            let summary = &found.summary;
            println!(
                "{}",
                json!({
                    "file": file.file_stem().and_then(|name| name.to_str()),
                    "protection": protection,
                    "seconds": seconds,
                    "cells": summary.cells,
                    "primary": summary.primary,
                    "secondary": summary.secondary + summary.further,
                    "suppressed": summary.suppressed_sum,
                    "sum": summary.sum,
                })
            );
        }
    }
    Ok(())
}

/// What the last run found, and the seconds of the fastest one.
fn fastest<E>(runs: usize, run: impl Fn() -> Result<Protected, E>) -> Result<(Protected, f64), E> {
    let timed = || {
        let start = Instant::now();
        run().map(|found| (found, start.elapsed().as_secs_f64()))
    };
    let mut best = timed()?;
    for _ in 1..runs {
        let (found, seconds) = timed()?;
        best = (found, best.1.min(seconds));
    }
    Ok(best)
}

/// The table of a file.
fn table(file: &Path) -> Result<Table, Box<dyn Error>> {
    let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).from_path(file)?;
    let rows = reader.records().collect::<Result<Vec<_>, _>>()?;
    let codes = |at: usize| rows.iter().map(|row| row[at].to_owned()).collect::<BTreeSet<_>>();
    let months = codes(2);
    let parents = |parent: fn(&str) -> String| months.iter().map(move |month| (month.clone(), parent(month)));
    let boroughs = rows.iter().map(|row| (row[0].to_owned(), row[1].to_owned()));
    let area = Dimension::new("area", codes(0))?.hierarchy(boroughs)?.total("all")?;
    let month = Dimension::new("month", months.clone())?.hierarchy(parents(quarter))?;
    let month = month.hierarchy(parents(|month| month[..4].to_owned()))?.total("all")?;
    let code = Dimension::new("code", codes(3))?.total("all")?;
    let mut table = Table::new(vec![area, month, code])?;
    for row in &rows {
        table.add(&[&row[0], &row[2], &row[3]], row[4].parse()?)?;
    }
    Ok(table)
}

/// The quarter of a month: 2023Q1 of 2023-02.
fn quarter(month: &str) -> String {
    let number = month[5..].parse::<u32>().unwrap_or_default();
    format!("{}Q{}", &month[..4], number.div_ceil(3))
}
