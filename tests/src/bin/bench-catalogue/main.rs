//! Times the whole catalogue on synthetic records: `bench-catalogue DIR...` reads folders that `peelian-server synthesise` wrote,
//! for more and more months, and prints a line of JSON for each.
//!
//! Timed is what a process does that holds checked rows: it makes an engine, counts, and answers every measure for London and
//! its boroughs by month. Reading and checking the files is timed apart. The processor time is told too: it changes less beside other
//! work.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::hint::black_box;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use clap::Parser;
use peelian::v1 as wire;
use peelian_core::Core;
use peelian_core::engine::{Local, LocalContent, LocalRows, MAX_MEASURES, Query};
use serde_json::{Value, json};

/// Time the whole catalogue on synthetic records.
#[derive(Parser)]
struct Arguments {
    /// Folders of `peelian-server synthesise`, the one with the fewest months first.
    #[arg(required = true)]
    folders: Vec<PathBuf>,
    /// Threads to use.
    #[arg(long, default_value = "2")]
    threads: NonZeroUsize,
    /// Times that the catalogue is computed.
    #[arg(long, default_value_t = 3)]
    runs: usize,
}

/// The time of one folder.
struct Timed {
    months: usize,
    rows: usize,
    observations: usize,
    /// Seconds of the fastest run.
    seconds: f64,
    /// Seconds of processor time of the run that needed least, on all threads.
    processor: Option<f64>,
    /// Seconds to read and check the files.
    reading: f64,
}

fn main() -> Result<(), Box<dyn Error>> {
    let Arguments { folders, threads, runs } = Arguments::parse();
    let core = Arc::new(Core::from_seeds()?);
    let mut first: Option<(usize, f64)> = None;
    for folder in &folders {
        let timed = time(&core, folder, threads, runs)?;
        let Timed { months, rows, observations, seconds, processor, reading } = timed;
        // Beside other work, the time on the clock says more of that work than of the rows.
        #[expect(clippy::cast_precision_loss, reason = "a few million rows")]
        let per_row = processor.unwrap_or(seconds) / rows as f64;
        let (fewest, of_fewest) = *first.get_or_insert((months, per_row));
        let (against, ratio) = match fewest == months {
            true => (Value::Null, Value::Null),
            false => (json!(format!("a row of {fewest} months")), json!(rounded(per_row / of_fewest))),
        };
        println!(
            "{}",
            json!({
                "figure": format!("catalogue.{months}-months"),
                "value": rounded(seconds),
                "unit": "s",
                "against": against,
                "ratio": ratio,
                "processor": processor.map(rounded),
                "rows": rows,
                "observations": observations,
                "measures": core.catalogue.iter().len(),
                "reading": rounded(reading),
            })
        );
    }
    Ok(())
}

fn rounded(number: f64) -> f64 {
    (number * 1_000.0).round() / 1_000.0
}

fn time(core: &Arc<Core>, folder: &Path, threads: NonZeroUsize, runs: usize) -> Result<Timed, Box<dyn Error>> {
    let files = files(folder)?;
    let months: Vec<&str> = files.months.iter().map(String::as_str).collect();
    let (Some(first), Some(last)) = (months.first(), months.last()) else {
        return Err(format!("{} has no months of crimes", folder.display()).into());
    };
    let start = Instant::now();
    let mut local = Local::new(core).with_threads(threads);
    let rows = files.of_dataset.iter().map(|(dataset, csv)| LocalRows {
        synthetic: true,
        ..LocalRows::new(dataset, LocalContent::Csv(csv.as_bytes()))
    });
    // An error in full has every row.
    let received = local.add_all(rows.collect()).map_err(|error| error.to_string())?;
    let reading = start.elapsed().as_secs_f64();
    let rows = received.iter().map(|(_, received)| usize::try_from(received.received).unwrap_or(usize::MAX)).sum();
    let measures: Vec<&str> = core.catalogue.iter().map(|measure| &*measure.id).collect();
    let queries = measures.chunks(MAX_MEASURES).map(|measures| {
        let query = wire::Query {
            measures: measures.iter().map(|id| (*id).to_owned()).collect(),
            areas: vec!["E23000001".to_owned(), "borough".to_owned()],
            periods: vec![format!("{first}..{last}")],
            without_companions: true,
            ..wire::Query::default()
        };
        Query::from_wire(&query, core)
    });
    let queries = queries.collect::<Result<Vec<_>, _>>()?;
    let (mut seconds, mut processor, mut observations) = (f64::INFINITY, None, 0);
    for _ in 0..runs.max(1) {
        let (start, before) = (Instant::now(), processor_seconds());
        let engine = local.engine(threads);
        let found = queries.iter().map(|query| engine.query(query)).collect::<Result<Vec<_>, _>>()?;
        seconds = seconds.min(start.elapsed().as_secs_f64());
        let used = processor_seconds().zip(before).map(|(now, before)| now - before);
        processor = used.map(|used| processor.map_or(used, |least: f64| least.min(used)));
        observations = found.iter().map(Vec::len).sum();
        black_box(found);
    }
    Ok(Timed { months: months.len(), rows, observations, seconds, processor, reading })
}

/// The processor time of this process so far, on all threads: the user and the system time of `/proc/self/stat`, in hundredths of a
/// second (proc(5)). `None` where there is no such file.
fn processor_seconds() -> Option<f64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // The name of the program, in brackets, can have spaces. The times are the 12th and the 13th value after it.
    let (_, values) = stat.rsplit_once(')')?;
    let times = values.split_whitespace().skip(11).take(2).map(|time| time.parse::<f64>().ok());
    Some(times.sum::<Option<f64>>()? / 100.0)
}

/// The files of a folder.
struct Files {
    /// The rows of each dataset, under one header.
    of_dataset: BTreeMap<String, String>,
    /// The months of crimes.
    months: Vec<String>,
}

fn files(folder: &Path) -> Result<Files, Box<dyn Error>> {
    let manifest = fs::read_to_string(folder.join("manifest.csv"))?;
    let mut files = Files { of_dataset: BTreeMap::new(), months: Vec::new() };
    for line in manifest.lines().skip(1) {
        let [_, _, dataset, period, path, rows] = line.split(',').collect::<Vec<_>>()[..] else {
            return Err(format!("a line of {} has not six values", folder.join("manifest.csv").display()).into());
        };
        if dataset == "crime" {
            files.months.push(period.to_owned());
        }
        if rows == "0" {
            continue;
        }
        let text = fs::read_to_string(folder.join(path))?;
        match files.of_dataset.get_mut(dataset) {
            Some(all) => all.push_str(text.split_once('\n').map_or("", |(_, rows)| rows)),
            None => _ = files.of_dataset.insert(dataset.to_owned(), text),
        }
    }
    Ok(files)
}
