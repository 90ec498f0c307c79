//! Measures how many rows a second the intake reads and checks on one core: typed rows, CSV and Arrow.
//!
//! ```text
//! cargo run --release -p peelian-core --example intake_speed [ROWS]
//! ```

use std::error::Error;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Instant;

use arrow::array::{ArrayRef, BooleanArray, Date32Array, DictionaryArray, Int32Array, RecordBatch, StringArray};
use arrow::datatypes::{Field, Int32Type, Schema};
use arrow_ipc::CompressionType;
use arrow_ipc::writer::{IpcWriteOptions, StreamWriter};
use jiff::civil::{Date, date};
use peelian::records::v1::{Crime, GunUse, KnifeUse, RecordStatus, Tri};
use peelian_core::contract::Contract;
use peelian_core::intake::{Declared, Intake, IntakeError, Limits, Mode, NothingHeld};
use peelian_core::period::days_of_date;
use peelian_core::reference::Reference;

const CLASSES: [&str; 6] = ["8N", "5D", "19C", "28E", "34B", "105A"];
const BOROUGHS: [&str; 4] = ["E09000028", "E09000007", "E09000033", "E09000002"];
const CHUNK: usize = 8_192;

fn main() -> Result<(), Box<dyn Error>> {
    let rows: usize = std::env::args().nth(1).map_or(Ok(1_000_000), |rows| rows.parse())?;
    let reference = Reference::from_seeds()?;
    println!("{:>32} {:>12} {:>12} {:>10}", "", "rows/s", "us a row", "rejected");

    let typed: Vec<Crime> = (0..rows).map(crime).collect();
    time("typed", rows, &reference, |intake| typed.chunks(CHUNK).try_for_each(|chunk| intake.push_rows(chunk)))?;
    drop(typed);

    let text = csv(rows);
    time("CSV", rows, &reference, |intake| text.chunks(1 << 20).try_for_each(|chunk| intake.push_csv(chunk)))?;
    drop(text);

    let batch = batch(rows)?;
    time("Arrow in memory", rows, &reference, |intake| {
        intake.push_batches(std::slice::from_ref(&batch), NonZeroUsize::MIN)
    })?;
    for (name, compression) in [("Arrow IPC", None), ("Arrow IPC, LZ4", Some(CompressionType::LZ4_FRAME))] {
        let bytes = ipc(&batch, compression)?;
        time(name, rows, &reference, |intake| bytes.chunks(1 << 20).try_for_each(|chunk| intake.push_arrow(chunk)))?;
    }
    Ok(())
}

/// Prints the best of three runs.
fn time(
    name: &str,
    rows: usize,
    reference: &Reference,
    push: impl Fn(&mut Intake) -> Result<(), IntakeError>,
) -> Result<(), Box<dyn Error>> {
    let dataset = Contract::get().dataset("crime").ok_or("no such dataset")?;
    let declared = Declared {
        period_first: date(2016, 1, 1),
        period_last: date(2017, 12, 31),
        extract_date: date(2018, 1, 31),
        mode: Mode::ReplacePeriod,
    };
    let mut best = f64::INFINITY;
    let mut rejected = 0;
    for _ in 0..3 {
        let limits = Limits { max_rows: rows, max_bytes: usize::MAX, ..Limits::default() };
        let started = Instant::now();
        let mut intake = Intake::new(reference, dataset, declared, limits)?;
        push(&mut intake)?;
        let checked = intake.finish(&NothingHeld)?;
        best = best.min(started.elapsed().as_secs_f64());
        rejected = checked.rejected;
    }
    let count = f64::from(u32::try_from(rows)?);
    println!("{name:>32} {:>12.0} {:>12.3} {rejected:>10}", count / best, best / count * 1e6);
    Ok(())
}

/// A day of 2016 or 2017.
fn day(row: usize) -> Date {
    let month = |index: usize| i8::try_from(index % 12 + 1).unwrap_or(1);
    let day = i8::try_from(row * 7 % 28 + 1).unwrap_or(1);
    date(if row.is_multiple_of(2) { 2016 } else { 2017 }, month(row / 28), day)
}

fn reference_of(row: usize) -> String {
    format!("{:02}/{:07}/17", row % 32, row.wrapping_mul(2_654_435_761) % 10_000_019)
}

fn crime(row: usize) -> Crime {
    let tri = |yes: usize| i32::from(if row.is_multiple_of(yes) { Tri::Yes } else { Tri::No });
    Crime {
        crime_ref: reference_of(row),
        record_status: RecordStatus::Active.into(),
        recorded_at: day(row).to_string(),
        reported_at: day(row).to_string(),
        committed_from: day(row).to_string(),
        ho_class: CLASSES[row % CLASSES.len()].to_owned(),
        victim_based: Some(true),
        offence_borough: BOROUGHS[row % BOROUGHS.len()].to_owned(),
        hour_band: i32::try_from(row % 24).ok(),
        flag_da: tri(9),
        flag_cse: tri(101),
        flag_csa: tri(103),
        flag_hba: tri(107),
        flag_fm: tri(109),
        flag_fgm: tri(113),
        flag_hate: if row.is_multiple_of(40) { vec![1] } else { Vec::new() },
        knife_use: KnifeUse::None.into(),
        gun_use: GunUse::None.into(),
        suspect_count: i32::try_from(row % 3).ok(),
        ..Crime::default()
    }
}

fn csv(rows: usize) -> Vec<u8> {
    let mut text = String::from(
        "crime_ref,record_status,recorded_at,reported_at,committed_from,ho_class,victim_based,offence_borough,hour_band,\
         flag_da,flag_cse,flag_csa,flag_hba,flag_fm,flag_fgm,knife_use,gun_use,suspect_count\n",
    );
    for row in 0..rows {
        let day = day(row);
        text.push_str(&format!(
            "{},active,{day},{day},{day},{},true,{},{},no,no,no,no,no,no,none,none,{}\n",
            reference_of(row),
            CLASSES[row % CLASSES.len()],
            BOROUGHS[row % BOROUGHS.len()],
            row % 24,
            row % 3,
        ));
    }
    text.into_bytes()
}

fn batch(rows: usize) -> Result<RecordBatch, Box<dyn Error>> {
    let dictionary = |code: &dyn Fn(usize) -> &'static str| -> ArrayRef {
        Arc::new((0..rows).map(code).collect::<DictionaryArray<Int32Type>>())
    };
    let days: ArrayRef = Arc::new((0..rows).map(|row| Some(days_of_date(day(row)))).collect::<Date32Array>());
    let numbers = |of: usize| -> ArrayRef {
        Arc::new((0..rows).map(|row| i32::try_from(row % of).ok()).collect::<Int32Array>())
    };
    let mut columns: Vec<(&str, ArrayRef)> = vec![
        ("crime_ref", Arc::new((0..rows).map(|row| Some(reference_of(row))).collect::<StringArray>())),
        ("record_status", dictionary(&|_| "active")),
        ("recorded_at", Arc::clone(&days)),
        ("reported_at", Arc::clone(&days)),
        ("committed_from", days),
        ("ho_class", dictionary(&|row| CLASSES[row % CLASSES.len()])),
        ("victim_based", Arc::new(BooleanArray::from(vec![true; rows]))),
        ("offence_borough", dictionary(&|row| BOROUGHS[row % BOROUGHS.len()])),
        ("hour_band", numbers(24)),
        ("suspect_count", numbers(3)),
        ("knife_use", dictionary(&|_| "none")),
        ("gun_use", dictionary(&|_| "none")),
        ("flag_hate", dictionary(&|row| if row.is_multiple_of(40) { "race" } else { "" })),
    ];
    for flag in ["flag_da", "flag_cse", "flag_csa", "flag_hba", "flag_fm", "flag_fgm", "flag_online", "flag_gang"] {
        columns.push((flag, dictionary(&|row| if row % 9 == 0 { "yes" } else { "no" })));
    }
    let fields: Vec<Field> =
        columns.iter().map(|(name, array)| Field::new(*name, array.data_type().clone(), true)).collect();
    let arrays = columns.into_iter().map(|(_, array)| array).collect();
    Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)?)
}

fn ipc(batch: &RecordBatch, compression: Option<CompressionType>) -> Result<Vec<u8>, Box<dyn Error>> {
    let options = IpcWriteOptions::default().try_with_compression(compression)?;
    let mut writer = StreamWriter::try_new_with_options(Vec::new(), batch.schema_ref(), options)?;
    for start in (0..batch.num_rows()).step_by(1 << 16) {
        writer.write(&batch.slice(start, (1 << 16).min(batch.num_rows() - start)))?;
    }
    writer.finish()?;
    Ok(writer.into_inner()?)
}
