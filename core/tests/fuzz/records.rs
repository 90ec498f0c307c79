//! Typed records: messages of the contract with any values in their fields, and changed bytes of them.

use std::time::Duration;

use peelian::v1::SubmitRequest;
use peelian::v1::submit_request::Part;
use peelian_core::contract::{Dataset, Field, Presence};
use peelian_core::intake::{Intake, IntakeError};
use peelian_fuzz::{Bytes, Driver, Limits, Mutated, Target, ValueGenerator, below, one_of};
use prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, Value};

use crate::samples::{PERSON, datasets, files, intake, mode, told, value, words};

/// A message, and the submission that it is part of.
#[derive(Clone, Debug)]
struct Chunk {
    dataset: usize,
    mode: usize,
    bytes: Bytes,
}

struct Chunks {
    /// The part of a request for each dataset: its field, and the message of its rows.
    parts: Vec<(FieldDescriptor, MessageDescriptor)>,
    changes: Vec<Mutated>,
}

impl Chunks {
    fn new() -> Self {
        let pool = DescriptorPool::decode(peelian::DESCRIPTOR_SET).unwrap();
        let request = pool.get_message_by_name("peelian.v1.SubmitRequest").unwrap();
        let part = |dataset: &Dataset| {
            let of = |field: FieldDescriptor| {
                let records = field.kind().as_message()?.clone();
                let rows = records.get_field_by_name("rows")?.kind().as_message()?.clone();
                (rows.full_name() == dataset.message).then_some((field, rows))
            };
            request.fields().find_map(of).unwrap()
        };
        let parts: Vec<_> = datasets().iter().map(part).collect();
        let seeds = |(dataset, (part, row)): (&Dataset, &(FieldDescriptor, MessageDescriptor))| {
            let rows = (0..2).map(|number| sample(row, dataset, number)).collect();
            Mutated::of([request_of(part, rows)]).with_words(words(dataset))
        };
        let changes = datasets().iter().zip(&parts).map(seeds).collect();
        Self { parts, changes }
    }
}

impl ValueGenerator for Chunks {
    type Output = Chunk;

    fn generate<D: Driver>(&self, driver: &mut D) -> Option<Chunk> {
        let (at, mode) = (below(driver, self.parts.len())?, below(driver, 3)?);
        let bytes = if driver.produce()? {
            self.changes[at].generate(driver)?
        } else {
            let (part, row) = &self.parts[at];
            let mut rows = Vec::new();
            for number in 0..=below(driver, 3)? {
                rows.push(any_row(driver, row, &datasets()[at], number)?);
            }
            Bytes(request_of(part, rows))
        };
        // Sometimes the rows are of another dataset than the header says.
        let dataset = if below(driver, 50)? == 0 { below(driver, self.parts.len())? } else { at };
        Some(Chunk { dataset, mode, bytes })
    }
}

fn request_of(part: &FieldDescriptor, rows: Vec<DynamicMessage>) -> Vec<u8> {
    let mut records = DynamicMessage::new(part.kind().as_message().unwrap().clone());
    records.set_field_by_name("rows", Value::List(rows.into_iter().map(Value::Message).collect()));
    let mut request = DynamicMessage::new(part.parent_message().clone());
    request.set_field(part, Value::Message(records));
    request.encode_to_vec()
}

/// A row with valid values.
fn sample(row: &MessageDescriptor, dataset: &Dataset, number: usize) -> DynamicMessage {
    let mut message = DynamicMessage::new(row.clone());
    for (field, known) in row.fields().zip(&dataset.fields) {
        if known.presence() != Presence::Optional {
            message.set_field(&field, valid(&field, known, number));
        }
    }
    message
}

/// A valid value of a field.
fn valid(field: &FieldDescriptor, known: &Field, number: usize) -> Value {
    let one = match field.kind() {
        Kind::String => Value::String(value(known, number)),
        Kind::Enum(codes) => {
            Value::EnumNumber(i32::try_from(1 + number % (codes.values().len() - 1).max(1)).unwrap())
        }
        Kind::Bool => Value::Bool(number.is_multiple_of(2)),
        Kind::Int32 => Value::I32(1),
        Kind::Double => Value::F64(1.25),
        other => panic!("no field of a record is a {other:?}"),
    };
    if field.is_list() { Value::List(vec![one]) } else { one }
}

/// A row with valid values in most fields, and any value in some.
fn any_row<D: Driver>(
    driver: &mut D,
    row: &MessageDescriptor,
    dataset: &Dataset,
    number: usize,
) -> Option<DynamicMessage> {
    let mut message = sample(row, dataset, number);
    for _ in 0..below(driver, 6)? {
        let at = below(driver, dataset.fields.len())?;
        let (Some(field), known) = (row.fields().nth(at), &dataset.fields[at]) else { continue };
        let one = match field.kind() {
            Kind::String => Value::String(match below(driver, 4)? {
                0 => value(known, below(driver, 5)?),
                1 => one_of(driver, &["", " ", "943 476 5919", "SW1A 1AA", PERSON, "\0", "é"])?
                    .unwrap_or(&"")
                    .to_string(),
                2 => "x".repeat(below(driver, 1 << 14)?),
                _ => format!("{}-01-01", driver.produce::<i16>()?),
            }),
            Kind::Enum(_) => Value::EnumNumber(*one_of(driver, &[0, 1, 2, 7, 255, 256, -1, i32::MAX])?.unwrap_or(&0)),
            Kind::Bool => Value::Bool(driver.produce()?),
            Kind::Int32 => {
                Value::I32(*one_of(driver, &[0, 1, 110, 254, 255, 65_535, 65_536, -1, i32::MAX])?.unwrap_or(&0))
            }
            _ => Value::F64(
                *one_of(driver, &[0.0, -0.0, 1e-300, 1e300, f64::NAN, f64::INFINITY, -1.0])?.unwrap_or(&0.0),
            ),
        };
        message.set_field(&field, if field.is_list() { Value::List(vec![one.clone(), one]) } else { one });
    }
    Some(message)
}

/// Passes the rows of a part on, as the server does.
fn push(intake: &mut Intake, part: Part) -> Result<(), IntakeError> {
    macro_rules! rows {
        ($($part:ident)*) => {
            match part {
                Part::Header(_) => Ok(()),
                Part::Csv(bytes) => intake.push_csv(&bytes),
                Part::ArrowIpc(bytes) => intake.push_arrow(&bytes),
                $(Part::$part(chunk) => intake.push_rows(&chunk.rows),)*
            }
        };
    }
    rows!(
        Crimes CrimeVictims CrimeOutcomes VictimSurveyResponses PublicAttitudeResponses IstvAttendances
        CpsDefendantOutcomes CourtCases TrialListings ProbationCohorts ProvenReoffences LocalPriorities PublishedFigures
        AreaProfiles NrmReferrals FirstTimeEntrants VictimsCodeEvents StopSearches CjsSurveyResponses StaffSurveyResponses
        WorkforceSnapshots WorkforceFlows WardOfficers AsbIncidents CourtStocks
    )
}

/// A message is refused, or its rows have the same outcome each time.
#[test]
fn fuzz_records() {
    let limits = Limits { memory: 64 << 20, time: Duration::from_secs(2) };
    Target::new("records", limits).run(peelian_fuzz::check!(), Chunks::new(), |chunk: &Chunk| {
        let Ok(SubmitRequest { part: Some(part) }) = SubmitRequest::decode(&*chunk.bytes) else {
            return "no part of a submission".to_owned();
        };
        let dataset = &datasets()[chunk.dataset];
        let first = told(intake(dataset, mode(chunk.mode)), |intake| push(intake, part.clone()));
        assert_eq!(first, told(intake(dataset, mode(chunk.mode)), |intake| push(intake, part)));
        first.outcome()
    });
}

/// Every dataset has a part, and files of it are not empty.
#[test]
fn every_dataset_is_fuzzed() {
    assert_eq!(Chunks::new().parts.len(), datasets().len());
    assert!(datasets().iter().all(|dataset| files(dataset).len() > 3));
}
