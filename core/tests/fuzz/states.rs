//! The states of partitions, as the bytes that machines send each other.
//!
//! A digest protects the bytes, so changes would be refused at once. Here, the digest is made again after each change, and
//! the numbers in a state's tables are changed before it is written: as another version, or a faulty machine, might.

use std::num::NonZeroUsize;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use arrow::array::{
    Array, ArrayData, ArrayRef, AsArray as _, Int32Array, ListArray, RecordBatch, StringArray, StructArray,
    UInt8Array, UInt16Array, UInt32Array, UInt64Array, make_array,
};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Int32Type, UInt8Type, UInt16Type, UInt32Type, UInt64Type};
use arrow_ipc::reader::StreamReader;
use arrow_ipc::writer::StreamWriter;
use peelian_core::engine::partial::{Partial, PartialError, Plan, Source};
use peelian_core::engine::{LocalContent, LocalRows, Query};
use peelian_fuzz::{Bytes, Driver, Limits, Mutated, Target, ValueGenerator, below, one_of};
use sha2::{Digest as _, Sha256};

use crate::samples::CORE;

const ONE: NonZeroUsize = NonZeroUsize::MIN;

/// The first bytes of a state, and the length of its digest.
const MAGIC: &[u8] = b"peelian state 2\n";
const DIGEST: usize = 32;

/// A plan with a sound state of it.
struct Counted {
    plan: Plan,
    query: Query,
    state: Vec<u8>,
}

const CRIMES: &str = "crime_ref,record_status,recorded_at,committed_from,ho_class,victim_based,offence_borough,flag_da,flag_cse,\
                      flag_csa,flag_hba,flag_fm,flag_fgm,knife_use,gun_use\n\
                      c1,active,2017-02-03,2017-02-01,8N,true,E09000028,yes,no,no,no,no,no,injured,none\n\
                      c2,active,2017-02-04,2017-02-01,8N,true,E09000007,no,no,no,no,no,no,none,none\n\
                      c3,active,2016-12-04,2016-12-01,8N,true,E09000028,yes,no,no,no,no,no,none,none\n";
const VICTIMS: &str = "crime_ref,victim_seq,victim_type,victim_pid,linkage_key_id,injury,sex\n\
                       c1,1,person,0000000000000000000000000000000000000000000000000000000000000001,k1,minor,male\n\
                       c2,1,person,0000000000000000000000000000000000000000000000000000000000000002,k1,minor,female\n\
                       c3,1,person,0000000000000000000000000000000000000000000000000000000000000001,k1,minor,male\n";

fn counted() -> Vec<Counted> {
    let of = |measures: &[&str], breakdown: &[&str]| {
        let query = peelian::v1::Query {
            measures: measures.iter().map(|measure| (*measure).to_owned()).collect(),
            areas: vec!["borough".to_owned(), "E12000007".to_owned()],
            periods: vec!["2017-02".to_owned()],
            breakdown: breakdown.iter().map(|name| (*name).to_owned()).collect(),
            ..peelian::v1::Query::default()
        };
        let query = Query::from_wire(&query, &CORE).unwrap();
        let source = |dataset| Source { dataset, covers: None, areas: None, synthetic: true };
        let plan = Plan::new(&CORE, &query, &[source("crime"), source("crime_victim")]).unwrap();
        let rows = |dataset, csv: &'static str| LocalRows {
            synthetic: true,
            ..LocalRows::new(dataset, LocalContent::Csv(csv.as_bytes()))
        };
        let state = plan.count(vec![rows("crime", CRIMES), rows("crime_victim", VICTIMS)], ONE).unwrap();
        let state = state.to_bytes().unwrap();
        Counted { plan, query, state }
    };
    vec![
        of(&["knife-crime-offences"], &[]),
        of(&["recorded-crime-volume"], &["crime_group"]),
        of(&["repeat-victim-share.victims-prior-12m"], &[]),
        of(&["repeat-victim-share.victims-prior-12m"], &["sex"]),
    ]
}

/// The bytes of a state of a plan.
#[derive(Clone, Debug)]
struct State {
    plan: usize,
    bytes: Bytes,
    buckets: u32,
}

/// States, by plan: the table of a sound one, and changes of its bytes.
struct States(Vec<(RecordBatch, Mutated)>);

impl States {
    fn of(counted: &[Counted]) -> Self {
        let of = |counted: &Counted| {
            let stream = counted.state[MAGIC.len() + DIGEST..].to_vec();
            let batch = StreamReader::try_new(&*stream, None).unwrap().next().unwrap().unwrap();
            let plain = written(&batch);
            (batch, Mutated::of([stream, plain]))
        };
        Self(counted.iter().map(of).collect())
    }
}

impl ValueGenerator for States {
    type Output = State;

    fn generate<D: Driver>(&self, driver: &mut D) -> Option<State> {
        let plan = below(driver, self.0.len())?;
        let (batch, bytes) = &self.0[plan];
        let stream = match below(driver, 4)? {
            0 => bytes.generate(driver)?.0,
            1 => written(batch),
            _ => {
                let mut batch = batch.clone();
                for _ in 0..=below(driver, 4)? {
                    batch = changed(driver, &batch)?;
                }
                written(&batch)
            }
        };
        // Sometimes it is sent with the digest of other bytes.
        let digest = if below(driver, 50)? == 0 { Sha256::digest([]) } else { Sha256::digest(&stream) };
        let buckets = *one_of(driver, &[0, 1, 2, 7, u32::MAX])??;
        Some(State { plan, bytes: Bytes([MAGIC, &digest, &stream].concat()), buckets })
    }
}

fn written(batch: &RecordBatch) -> Vec<u8> {
    let mut writer = StreamWriter::try_new(Vec::new(), &batch.schema()).unwrap();
    writer.write(batch).unwrap();
    writer.finish().unwrap();
    writer.into_inner().unwrap()
}

/// The same state with another value, or with a row more or less, in one of its tables.
fn changed<D: Driver>(driver: &mut D, batch: &RecordBatch) -> Option<RecordBatch> {
    let at = below(driver, batch.num_columns())?;
    let list = batch.column(at).as_list::<i32>();
    let rows = list.value(0);
    let table = rows.as_struct();
    let all = table.len();
    let indices = match below(driver, 8)? {
        0 => (0..all).chain(all.checked_sub(1)).collect(),
        1 => (0..all.saturating_sub(1)).collect(),
        _ => (0..all).collect::<Vec<_>>(),
    };
    let indices: UInt32Array = indices.into_iter().map(|index| u32::try_from(index).ok()).collect();
    let mut columns: Vec<ArrayRef> =
        table.columns().iter().map(|column| arrow::compute::take(column, &indices, None).unwrap()).collect();
    let column = below(driver, columns.len())?;
    if let Some(column) = columns.get_mut(column) {
        *column = with_another_value(driver, column)?;
    }
    Some(with_table(batch, at, columns))
}

/// The same state with other columns in one of its tables.
fn with_table(batch: &RecordBatch, at: usize, columns: Vec<ArrayRef>) -> RecordBatch {
    let DataType::List(item) = batch.column(at).data_type() else { panic!("every column is a table") };
    let DataType::Struct(fields) = item.data_type() else { panic!("every table has columns") };
    let table = StructArray::try_new(fields.clone(), columns, None).unwrap();
    let rows = OffsetBuffer::from_lengths([table.len()]);
    let mut all = batch.columns().to_vec();
    all[at] = Arc::new(ListArray::try_new(Arc::clone(item), rows, Arc::new(table), None).unwrap());
    RecordBatch::try_new(batch.schema(), all).unwrap()
}

fn with_another_value<D: Driver>(driver: &mut D, column: &ArrayRef) -> Option<ArrayRef> {
    if column.is_empty() {
        return Some(Arc::clone(column));
    }
    let row = below(driver, column.len())?;
    let edge = *one_of(
        driver,
        &[0, 1, 2, 5, 32, 255, 65_535, 65_536, 1_000_000, i64::from(u32::MAX), -1, i64::MIN, i64::MAX],
    )??;
    macro_rules! replaced {
        ($array:ty, $type:ty, $native:ty) => {{
            let mut values = column.as_primitive::<$type>().values().to_vec();
            values[row] = <$native>::from_le_bytes(*edge.to_le_bytes().first_chunk().unwrap());
            Arc::new(<$array>::from(values)) as ArrayRef
        }};
    }
    Some(match column.data_type() {
        DataType::UInt8 => replaced!(UInt8Array, UInt8Type, u8),
        DataType::UInt16 => replaced!(UInt16Array, UInt16Type, u16),
        DataType::UInt32 => replaced!(UInt32Array, UInt32Type, u32),
        DataType::UInt64 => replaced!(UInt64Array, UInt64Type, u64),
        DataType::Int32 => replaced!(Int32Array, Int32Type, i32),
        DataType::Utf8 => {
            let other =
                one_of(driver, &["", "crime", "crime.sex", "*crime.flag_da", "knife-crime-offences", "PEEL-1001"])??;
            let texts = column.as_string::<i32>().iter().enumerate();
            Arc::new(texts.map(|(at, text)| if at == row { Some(*other) } else { text }).collect::<StringArray>())
        }
        _ => {
            let data: ArrayData = column.to_data();
            make_array(data)
        }
    })
}

/// What a state comes to: read, merged with a sound one, its victims counted, and its query answered.
fn finished(Counted { plan, query, state }: &Counted, sent: &State) -> Result<(), String> {
    let told = |error: PartialError| {
        assert!(!error.to_string().is_empty());
        format!("{error:?}").split(|letter: char| !letter.is_alphanumeric()).next().unwrap_or_default().to_owned()
    };
    let read = Partial::from_bytes(&sent.bytes).map_err(told)?;
    // What was read is written and read again as it was.
    assert_eq!(Partial::from_bytes(&read.to_bytes().map_err(told)?).map_err(told)?, read);
    let mut merged = Partial::from_bytes(state).map_err(told)?;
    merged.merge(read.clone()).map_err(told)?;
    let mut split = merged.by_person(sent.buckets).map_err(told)?.into_iter();
    let (_, mut whole) = split.next().ok_or("nothing")?;
    whole.count_persons(plan).map_err(told)?;
    for (_, mut bucket) in split {
        bucket.count_persons(plan).map_err(told)?;
        whole.merge(bucket).map_err(told)?;
    }
    let (engine, ..) = whole.finish(plan, None, ONE).map_err(told)?;
    let observations = engine.query(query).map_err(|error| told(error.into()))?;
    assert!(!observations.is_empty());
    Ok(())
}

/// A state with any count is refused or answered from, also if its counts contradict each other.
#[test]
fn no_count_of_a_state_stops_the_process() {
    for counted in counted() {
        let stream = &counted.state[MAGIC.len() + DIGEST..];
        let batch = StreamReader::try_new(stream, None).unwrap().next().unwrap().unwrap();
        for (table, column) in [("counts", "count"), ("cubes", "linked"), ("repeats", "all"), ("repeats", "repeats")]
        {
            let at = batch.schema().index_of(table).unwrap();
            let rows = batch.column(at).as_list::<i32>().value(0);
            let rows = rows.as_struct();
            let position = rows.fields().iter().position(|field| field.name() == column).unwrap();
            for row in 0..rows.len() {
                for count in [0, 1_000, u64::MAX] {
                    let mut counts = rows.column(position).as_primitive::<UInt64Type>().values().to_vec();
                    counts[row] = count;
                    let mut columns = rows.columns().to_vec();
                    columns[position] = Arc::new(UInt64Array::from(counts));
                    let stream = written(&with_table(&batch, at, columns));
                    let bytes = Bytes([MAGIC, &Sha256::digest(&stream), &stream].concat());
                    let told = finished(&counted, &State { plan: 0, bytes, buckets: 1 });
                    assert!(count < u64::MAX || told.is_err(), "{table} {column}");
                }
            }
        }
    }
}

#[test]
fn fuzz_states() {
    // A state may span a hundred years, and its counts are dense.
    let limits = Limits { memory: 1 << 30, time: Duration::from_secs(5) };
    let counted = AssertUnwindSafe(counted());
    let states = States::of(&counted);
    Target::new("states", limits).run(peelian_fuzz::check!(), states, |sent: &State| {
        let counted: &Vec<Counted> = &counted;
        finished(&counted[sent.plan], sent).map_or_else(|outcome| outcome, |()| Target::ACCEPTED.to_owned())
    });
}
