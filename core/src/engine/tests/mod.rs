//! Tests of the whole engine: small datasets written by hand, and the real definitions.

mod companions;
mod comparisons;
mod counts;
mod coverage;
mod durations;
mod fixtures;
mod funnels;
mod kept;
mod outcomes;
mod partials;
mod persons;
mod places;
mod properties;
mod reoffending;
mod slavery;
mod submitted;
mod surveys;
mod totals;
mod variants;
mod victims_code;
mod visibility;
mod youth;

use std::num::NonZeroUsize;
use std::sync::{Arc, LazyLock};

use arrow::array::StringArray;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::snapshot::{Coverage, CoveredAreas, Segment, Snapshot, SubmissionId};
use super::{AreaSelection, Basis, Engine, Observation, PeriodSelection, Query};
use crate::Core;
use crate::column::{Batch, Column, MISSING_DATE, key_of};
use crate::contract::{Contract, Field, Kind};
use crate::period::{Period, days_of_date};
use crate::stats::survey::WEIGHT_UNIT;

pub(crate) static CORE: LazyLock<Arc<Core>> = LazyLock::new(|| Arc::new(Core::from_seeds().unwrap()));

pub(crate) const SOUTHWARK: &str = "E09000028";
pub(crate) const MPS: &str = "E23000001";
pub(crate) const GREATER_LONDON: &str = "E12000007";

/// The day of an instant, in UTC.
fn day_of(micros: i64) -> Date {
    Timestamp::from_microsecond(micros).unwrap().to_zoned(TimeZone::UTC).date()
}

/// A builder of a ledger.
#[derive(Clone, Default)]
pub(crate) struct Ledger(pub(super) Snapshot);

impl Ledger {
    /// Adds a submission of rows in CSV without quotes. It reports on the period `coverage`.
    pub(crate) fn submit(self, agency: &str, dataset: &str, coverage: &str, csv: &str) -> Self {
        self.submit_as(agency, dataset, coverage, csv, false, 0)
    }

    pub(super) fn submit_as(
        mut self,
        agency: &str,
        dataset: &str,
        coverage: &str,
        csv: &str,
        synthetic: bool,
        extract_micros: i64,
    ) -> Self {
        self.0.position += 1;
        let batch = batch(dataset, csv);
        let id = batch.dataset().id.as_str();
        let (first, last) = coverage.split_once("..").unwrap();
        self.0.coverage.push(Coverage {
            agency: agency.into(),
            dataset: id,
            collection: "".into(),
            first: first.parse().unwrap(),
            last: last.parse().unwrap(),
            extracted: (extract_micros > 0).then(|| day_of(extract_micros)),
            areas: CoveredAreas::OfRemit { nil: batch.rows() == 0 },
            synthetic,
        });
        if batch.rows() > 0 {
            self.0.datasets.entry(id).or_default().push(Arc::new(Segment {
                batch: Arc::new(batch),
                selected: None,
                submission: SubmissionId(self.0.position),
                name: format!("agencies/{agency}/submissions/{}", self.0.position).into(),
                agency: agency.into(),
                collection: "".into(),
                extract_micros,
                synthetic,
                content_sha256: [7; 32],
            }));
        }
        self
    }

    pub(crate) fn engine(&self) -> Engine {
        self.engine_of(1)
    }

    pub(crate) fn engine_of(&self, threads: usize) -> Engine {
        Engine::new(Arc::clone(&CORE), Arc::new(self.0.clone()), NonZeroUsize::new(threads).unwrap())
    }
}

/// A batch of rows written as CSV without quotes. Members of sets are joined by `|`. Fields that are not named are
/// missing.
pub(super) fn batch(dataset: &str, csv: &str) -> Batch {
    let dataset = Contract::get().dataset(dataset).unwrap();
    let mut lines = csv.lines().map(str::trim).filter(|line| !line.is_empty());
    let header: Vec<&str> = lines.next().unwrap().split(',').collect();
    for name in &header {
        assert!(dataset.field(name).is_some(), "{} has no field {name}", dataset.id);
    }
    let rows: Vec<Vec<&str>> = lines.map(|line| line.split(',').collect()).collect();
    let columns = dataset.kept().map(|field| {
        let at = header.iter().position(|name| *name == field.name);
        let cells: Vec<&str> = rows.iter().map(|row| at.map_or("", |at| row[at])).collect();
        column(field, &cells)
    });
    Batch::new(dataset, columns.collect(), rows.len())
}

fn column(field: &Field, cells: &[&str]) -> Column {
    let codes = |cell: &dyn Fn(&str) -> usize| -> Column {
        let codes: Vec<usize> = cells.iter().map(|text| if text.is_empty() { 0 } else { cell(text) }).collect();
        if field.kind.is_narrow() {
            Column::U8(codes.iter().map(|code| u8::try_from(*code).unwrap()).collect::<Vec<_>>().into())
        } else {
            Column::U16(codes.iter().map(|code| u16::try_from(*code).unwrap()).collect::<Vec<_>>().into())
        }
    };
    match &field.kind {
        Kind::Key | Kind::Pseudonym => Column::U64(
            cells.iter().map(|text| if text.is_empty() { 0 } else { key_of(text) }).collect::<Vec<_>>().into(),
        ),
        Kind::Date => {
            let day = |text: &&str| text.parse().map_or(MISSING_DATE, days_of_date);
            Column::I32(cells.iter().map(day).collect::<Vec<_>>().into())
        }
        Kind::Timestamp => Column::I32(vec![MISSING_DATE; cells.len()].into()),
        Kind::Weight => {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small weights of a test")]
            let units = |text: &&str| (text.parse().unwrap_or(0.0) * WEIGHT_UNIT as f64).round() as u64;
            Column::U64(cells.iter().map(units).collect::<Vec<_>>().into())
        }
        Kind::Number => {
            Column::F64(cells.iter().map(|text| text.parse().unwrap_or(f64::NAN)).collect::<Vec<_>>().into())
        }
        Kind::Text => {
            let text = |text: &&str| (!text.is_empty()).then(|| (*text).to_owned());
            Column::Text(cells.iter().map(text).collect::<StringArray>())
        }
        Kind::Code(set) => codes(&|text| set.get(text).unwrap().number.into()),
        Kind::Set(set) => codes(&|text| text.split('|').map(|code| 1 << (set.get(code).unwrap().number - 1)).sum()),
        Kind::Flag => codes(&|text| if text == "yes" { 2 } else { 1 }),
        Kind::Integer(_) => codes(&|text| text.parse::<usize>().unwrap() + 1),
        Kind::OpenCode(list) if list == "measure" => {
            codes(&|text| CORE.catalogue.ids().position(|id| id == text).unwrap() + 1)
        }
        Kind::OpenCode(list) => {
            codes(&|text| usize::from(CORE.reference.codes.list(list).unwrap().index(text).unwrap()) + 1)
        }
        Kind::Area => codes(&|text| CORE.reference.areas.by_code(text).unwrap().index() + 1),
        Kind::Period => {
            let period = |text: &&str| text.parse().map_or(0, Period::to_code);
            Column::U32(cells.iter().map(period).collect::<Vec<_>>().into())
        }
    }
}

/// A query for one measure, one area and a range of periods.
pub(super) fn ask(measure: &str, area: &str, periods: &str) -> Query {
    Query {
        measures: vec![measure.to_owned()],
        areas: vec![AreaSelection::One(CORE.reference.areas.by_code(area).unwrap())],
        periods: vec![PeriodSelection::Range(periods.parse().unwrap())],
        ..Query::default()
    }
}

/// The single observation computed from records.
pub(super) fn computed(engine: &Engine, measure: &str, area: &str, period: &str) -> Observation {
    let query = Query { basis: Some(Basis::ComputedFromRecords), ..ask(measure, area, period) };
    let mut found = engine.query(&query).unwrap();
    assert_eq!(found.len(), 1);
    found.remove(0)
}

/// Numerator and denominator.
pub(super) fn parts(found: &Observation) -> (f64, f64) {
    (found.numerator.unwrap(), found.denominator.unwrap())
}
