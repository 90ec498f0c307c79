//! Measures disclosure control on a borough table of 9,450 linked cells: exact protection, intervals, and the attack.
//!
//! ```text
//! cargo run --release --workspace --example disclosure_speed -- shared/vectors/sdc_london_1.csv [WIDTH] [reasons]
//! ```
//!
//! The file has the columns borough, bcu, month, code and count.

use std::collections::BTreeSet;
use std::error::Error;
use std::time::Instant;

use peelian_core::disclosure::{
    Dimension, Policy, Protected, PublishedCell, Steps, Table, Verdict, audit, protect_with,
};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("the path of a table is missing")?;
    let mut policy = Policy::small_counts(4);
    if let Some(width) = arguments.next() {
        policy.width = width.parse()?;
    }
    policy.reasons_published = arguments.next().is_some();
    let rows = rows(&path)?;
    let dimensions = dimensions(&rows)?;
    let mut table = Table::new(dimensions.clone())?;
    for row in &rows {
        table.add(&[&row[0], &row[2], &row[3]], row[4].parse()?)?;
    }
    println!("width {}, reasons published: {}", policy.width, policy.reasons_published);
    let exact = time("exact protection", || protect_with(&table, &policy, Steps { intervals: false, ..Steps::ALL }))?;
    report(&exact);
    let protected = time("with intervals", || protect_with(&table, &policy, Steps::ALL))?;
    report(&protected);
    let cells: Vec<PublishedCell> = (protected.cells.iter())
        .map(|cell| PublishedCell { codes: cell.codes.clone(), value: cell.value, status: cell.status })
        .collect();
    let found = time("attack", || audit(&dimensions, &cells, &[], policy.knowledge()))?;
    let (recoverable, narrow) = (found.recoverable.len(), found.narrow.len());
    println!("  {} enclosed, {recoverable} recoverable, {narrow} too narrow", found.enclosed.len());
    Ok(())
}

fn rows(path: &str) -> Result<Vec<Vec<String>>, Box<dyn Error>> {
    let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).from_path(path)?;
    let rows = reader.records().map(|row| Ok(row?.iter().map(str::to_owned).collect()));
    rows.collect::<Result<_, csv::Error>>().map_err(Into::into)
}

/// Boroughs, commands and London; months, quarters, years and both years; codes and their total.
fn dimensions(rows: &[Vec<String>]) -> Result<Vec<Dimension>, Box<dyn Error>> {
    let codes = |at: usize| rows.iter().map(|row| row[at].clone()).collect::<BTreeSet<_>>();
    let commands = rows.iter().map(|row| (row[0].clone(), row[1].clone()));
    let months = codes(2);
    let mut periods = Vec::new();
    for month in &months {
        let quarter = format!("{}Q{}", &month[..4], month[5..].parse::<u32>()?.div_ceil(3));
        periods.push((month.clone(), quarter.clone()));
        periods.push((quarter, month[..4].to_owned()));
    }
    Ok(vec![
        Dimension::new("area", codes(0))?.hierarchy(commands)?.total("London")?,
        Dimension::new("month", months)?.hierarchy(periods)?.total("both")?,
        Dimension::new("code", codes(3))?.total("all")?,
    ])
}

fn time<T, E>(what: &str, work: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    let start = Instant::now();
    let done = work()?;
    println!("{what}: {:.2} s", start.elapsed().as_secs_f64());
    Ok(done)
}

fn report(protected: &Protected) {
    let one = &protected.summary;
    println!(
        "  {} cells, {} primary, {} secondary, {} further, {} released, {} of {} counts lost, {} components, largest {}",
        one.cells,
        one.primary,
        one.secondary,
        one.further,
        one.released,
        one.suppressed_sum,
        one.sum,
        one.components,
        one.largest_component
    );
    if let Verdict::Unsafe(cells) = &one.verdict {
        println!("  {} cells cannot be protected", cells.len());
    }
}
