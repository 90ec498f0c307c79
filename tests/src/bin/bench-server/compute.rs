//! Measures computed in the process that holds the rows: what the libraries do, without a library in between.

use std::error::Error;
use std::fs::File;
use std::io::stdin;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use arrow::array::RecordBatch;
use arrow::ipc::writer::StreamWriter;
use peelian::v1 as wire;
use peelian_core::Core;
use peelian_core::engine::{LocalContent, LocalRows, Query, compute_once, to_arrow_on};

use crate::rows;

/// Rows of a batch.
const BATCH: u32 = 1_000_000;

/// Twelve measures that are counts of crimes.
pub(crate) const MEASURES: [&str; 12] = [
    "recorded-crime-volume",
    "recorded-crime-volume.victim-based",
    "knife-crime-offences",
    "knife-crime-offences.with-injury",
    "gun-crime-offences",
    "domestic-abuse-reports",
    "domestic-abuse-reports.violence-with-injury",
    "hate-crime-reports",
    "hate-crime-reports.race-or-religion",
    "sexual-violence-reports",
    "sexual-violence-reports.rape",
    "knife-possession-offences",
];

/// Writes the crimes to DIR/crimes.arrows: a stream, as each batch has dictionaries of its own.
pub(crate) fn write(dir: &Path, count: u32) -> Result<(), Box<dyn Error>> {
    let mut writer: Option<StreamWriter<File>> = None;
    for batch in batches(count) {
        let batch = batch?;
        let open = match writer.take() {
            Some(open) => open,
            None => StreamWriter::try_new(File::create(dir.join("crimes.arrows"))?, &batch.schema())?,
        };
        writer.insert(open).write(&batch)?;
    }
    if let Some(mut writer) = writer {
        writer.finish()?;
    }
    Ok(())
}

fn batches(count: u32) -> impl Iterator<Item = Result<RecordBatch, Box<dyn Error>>> {
    let starts = (0..count.div_ceil(BATCH)).map(|number| number * BATCH);
    starts.map(move |start| rows::arrow(&rows::crimes(start, BATCH.min(count - start))))
}

/// Computes from the same crimes whenever a line comes in, and answers with the seconds it took: up to the
/// observations, and to the table.
pub(crate) fn run(count: u32, threads: NonZeroUsize) -> Result<(), Box<dyn Error>> {
    let core = Arc::new(Core::from_seeds()?);
    let batches = batches(count).collect::<Result<Vec<_>, _>>()?;
    println!("ready");
    for line in stdin().lines() {
        line?;
        let start = Instant::now();
        let query = wire::Query {
            measures: MEASURES.map(str::to_owned).to_vec(),
            areas: vec!["borough".into()],
            periods: vec!["2015-01..2016-12".into()],
            ..wire::Query::default()
        };
        let query = Query::from_wire(&query, &core)?;
        let content = LocalContent::Batches(&batches);
        let rows = LocalRows { synthetic: true, ..LocalRows::new("crime", content) };
        let computed = compute_once(&core, &query, vec![rows], threads)?;
        let observed = start.elapsed().as_secs_f64();
        let table = to_arrow_on(&computed.observations, threads)?;
        println!("{observed} {} {}", start.elapsed().as_secs_f64(), table.num_rows());
    }
    Ok(())
}
