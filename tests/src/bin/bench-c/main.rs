//! What the C library costs over the Rust calls that it makes: `bench-c libpeelian.so` prints a line of JSON for each
//! figure.
//!
//! The library is loaded as a program in C would load it, and both sides take turns, so that they share the machine's
//! moods.
#![expect(unsafe_code, reason = "it calls the C library")]

mod library;

use std::error::Error;
use std::hint::black_box;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use arrow::array::{ArrayRef, BooleanArray, Date32Array, DictionaryArray, RecordBatch, StringArray, UInt8Array};
use arrow::datatypes::UInt8Type;
use clap::Parser;
use library::Library;
use peelian::v1 as wire;
use peelian_core::Core;
use peelian_core::engine::{Local, LocalContent, LocalRows, Query, compute_once, to_arrow_on};
use peelian_core::stats::proportion::proportion;
use serde_json::json;

/// Measure the C library against the Rust calls that it makes.
#[derive(Parser)]
struct Arguments {
    /// libpeelian.so
    library: PathBuf,
    /// Crimes to compute from.
    #[arg(long, default_value_t = 10_000_000)]
    rows: usize,
    /// Times that each side computes.
    #[arg(long, default_value_t = 5)]
    runs: usize,
}

fn main() -> Result<(), Box<dyn Error>> {
    let Arguments { library, rows, runs } = Arguments::parse();
    let library = Library::open(&library)?;
    wilson(&library);
    let table = crimes(rows)?;
    compute("c.compute", &library, &table, false, runs)?;
    compute("c.compute-one-query", &library, &table, true, runs)
}

/// One call of Wilson's interval, in nanoseconds.
fn wilson(library: &Library) {
    const CALLS: u32 = 5_000_000;
    let per_call = |call: &dyn Fn(f64) -> f64| {
        let start = Instant::now();
        let sum: f64 = (0..CALLS).map(|number| call(f64::from(number % 400))).sum();
        black_box(sum);
        start.elapsed().as_secs_f64() * 1e9 / f64::from(CALLS)
    };
    let (mut rust, mut c) = (f64::INFINITY, f64::INFINITY);
    for _ in 0..9 {
        let bare = |x: f64| {
            let found = proportion(black_box(x), black_box(400.0), black_box(0.95));
            found.ok().and_then(|found| found.interval).map_or(0.0, |interval| interval.lower)
        };
        rust = rust.min(per_call(&bare));
        c = c.min(per_call(&|x| library.wilson(black_box(x), black_box(400.0), black_box(0.95))));
    }
    print("c.wilson", c, "ns", "the Rust call", rust);
}

/// A measure by borough and month from a table of crimes, in seconds. With `alone`, only what it needs is read.
fn compute(
    figure: &str,
    library: &Library,
    table: &RecordBatch,
    alone: bool,
    runs: usize,
) -> Result<(), Box<dyn Error>> {
    let core = Arc::new(Core::from_seeds()?);
    let (mut rust, mut c) = (f64::INFINITY, f64::INFINITY);
    for _ in 0..runs {
        let start = Instant::now();
        let answered = by_rust(&core, table, alone)?;
        rust = rust.min(start.elapsed().as_secs_f64());
        let start = Instant::now();
        let through_c = library.compute(table, alone)?;
        c = c.min(start.elapsed().as_secs_f64());
        assert_eq!(answered, through_c, "both sides give the same values");
    }
    print(&format!("{figure}.{}-rows", table.num_rows()), c, "s", "the Rust call", rust);
    Ok(())
}

fn by_rust(core: &Arc<Core>, table: &RecordBatch, alone: bool) -> Result<RecordBatch, Box<dyn Error>> {
    let query = wire::Query {
        measures: vec!["knife-crime-offences".into()],
        areas: vec!["borough".into()],
        periods: vec!["2014-01..2016-12".into()],
        ..wire::Query::default()
    };
    let query = Query::from_wire(&query, core)?;
    let threads = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let content = LocalContent::Batches(std::slice::from_ref(table));
    let rows = LocalRows::new("crime", content);
    let observations = if alone {
        compute_once(core, &query, vec![rows], threads)?.observations
    } else {
        let mut local = Local::new(core).with_threads(threads);
        local.add(rows)?;
        local.engine(threads).query(&query)?
    };
    Ok(to_arrow_on(&observations, threads)?)
}

/// Crimes of three years, as an analyst's table has them: codes as dictionaries, days as days.
fn crimes(rows: usize) -> Result<RecordBatch, Box<dyn Error>> {
    let codes = |stride: usize, codes: &[&str]| -> Result<ArrayRef, Box<dyn Error>> {
        let keys = (0..rows).map(|row| u8::try_from(row / stride % codes.len()).unwrap_or(0));
        let values = StringArray::from_iter_values(codes);
        Ok(Arc::new(DictionaryArray::<UInt8Type>::try_new(UInt8Array::from_iter_values(keys), Arc::new(values))?))
    };
    let references = |prefix: &str| -> ArrayRef {
        Arc::new(StringArray::from_iter_values((0..rows).map(|row| format!("{prefix}{row:08}"))))
    };
    let boroughs: Vec<String> = (1..=32).map(|number| format!("E0900{:04}", number + 1)).collect();
    let boroughs: Vec<&str> = boroughs.iter().map(String::as_str).collect();
    // 2014-01-01 is day 16,071; three years have 1,096 days.
    let days = (0..rows).map(|row| 16_071 + i32::try_from(row % 1_096).unwrap_or(0));
    let days: ArrayRef = Arc::new(Date32Array::from_iter_values(days));
    let no = codes(1, &["no"])?;
    let flags = ["flag_da", "flag_cse", "flag_csa", "flag_hba", "flag_fm", "flag_fgm"];
    let columns = [
        ("crime_ref", references("c")),
        ("incident_ref", references("i")),
        ("record_status", codes(1, &["active"])?),
        ("recorded_at", Arc::clone(&days)),
        ("committed_from", days),
        ("ho_class", codes(3, &["39", "8N", "34B", "28E"])?),
        ("offence_borough", codes(1, &boroughs)?),
        ("victim_based", Arc::new(BooleanArray::from(vec![true; rows]))),
        ("knife_use", codes(7, &["none", "none", "none", "threatened", "injured"])?),
        ("gun_use", codes(1, &["none"])?),
        ("flag_hate", codes(1, &[""])?),
    ];
    let flags = flags.into_iter().map(|flag| (flag, Arc::clone(&no)));
    Ok(RecordBatch::try_from_iter(columns.into_iter().chain(flags))?)
}

/// Prints a figure, and beside it what it is measured against.
fn print(figure: &str, value: f64, unit: &str, against: &str, other: f64) {
    let line = json!({
        "figure": figure, "value": value, "unit": unit, "against": format!("{against}: {other}"), "ratio": value / other,
        "more": value - other,
    });
    println!("{line}");
}
