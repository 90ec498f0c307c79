//! Figures by series: those of one measure, area and breakdown, for periods of one kind.

use std::collections::BTreeMap;
use std::sync::Arc;

use foldhash::fast::FixedState;
use hashbrown::{HashMap, HashSet};

use crate::column::Batch;
use crate::intake::CheckedRows;
use crate::measure::Definition;
use crate::period::{Period, PeriodKind};

use super::columns::{Columns, NUMBERS};
use super::quantity::Quantity;

/// Says whether a row counts.
type Counts = Box<dyn Fn(usize) -> bool + Send + Sync>;

/// Figures that are held: those of the agency and the collection of the new figures. The default holds none.
#[derive(Default)]
pub struct HeldFigures {
    batches: Vec<(Arc<Batch>, Counts)>,
}

impl HeldFigures {
    /// Adds rows. `counts` says of each row whether it is in force.
    pub fn add(&mut self, batch: Arc<Batch>, counts: impl Fn(usize) -> bool + Send + Sync + 'static) {
        self.batches.push((batch, Box::new(counts)));
    }
}

impl std::fmt::Debug for HeldFigures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HeldFigures").field("batches", &self.batches.len()).finish()
    }
}

/// One figure of a series.
#[derive(Clone, Copy, Debug)]
pub(super) struct Point {
    /// What it says; `None` if it is suppressed.
    pub(super) quantity: Option<Quantity>,
    /// Its row in the submission; `None` if it is held.
    pub(super) row: Option<usize>,
}

/// The figures of one series. A figure of the submission takes the place of the one that is held.
pub(super) type Series = BTreeMap<Period, Point>;

/// The key of a series: the codes of the measure and the area, the breakdown, the kind of period.
type Key<'a> = (u16, u16, &'a str, PeriodKind);

/// The series of the rows of a submission, with the figures held of them, in the order of their first rows.
pub(super) fn series_of(
    rows: &CheckedRows<'_>,
    held: &HeldFigures,
    definitions: &[Option<Arc<Definition>>],
) -> Vec<Series> {
    let Some(columns) = Columns::of(|name| rows.column(name)) else { return Vec::new() };
    let mut all: Vec<Series> = Vec::new();
    let mut index: HashMap<Key<'_>, usize, FixedState> = HashMap::default();
    let mut measures: HashSet<u16, FixedState> = HashSet::default();
    let settled = |row| ["breakdown"].iter().chain(&NUMBERS).any(|field| rows.is_settled(field, row));
    for row in (0..rows.rows()).filter(|row| !settled(*row)) {
        let Some((key, period, quantity)) = point(&columns, row, definitions) else { continue };
        measures.insert(key.0);
        let at = *index.entry(key).or_insert_with(|| {
            all.push(Series::new());
            all.len() - 1
        });
        all[at].insert(period, Point { quantity, row: Some(row) });
    }
    for (batch, counts) in &held.batches {
        let Some(columns) = Columns::of(|name| batch.column(name)) else { continue };
        for row in (0..batch.rows()).filter(|row| measures.contains(&columns.measure[*row]) && counts(*row)) {
            let Some((key, period, quantity)) = point(&columns, row, definitions) else { continue };
            if let Some(at) = index.get(&key) {
                all[*at].entry(period).or_insert(Point { quantity, row: None });
            }
        }
    }
    all
}

/// A figure, and the series that it belongs to; `None` if it names no measure or period, or says nothing.
fn point<'a>(
    columns: &Columns<'a>,
    row: usize,
    definitions: &[Option<Arc<Definition>>],
) -> Option<(Key<'a>, Period, Option<Quantity>)> {
    let (measure, area) = (columns.measure[row], columns.area[row]);
    let definition = definitions.get(usize::from(measure).checked_sub(1)?)?.as_ref()?;
    let period = Period::from_code(columns.period[row])?;
    let quantity = match columns.is_suppressed(row) {
        true => None,
        false => Some(Quantity::of(columns.numbers(row), definition)?),
    };
    Some(((measure, area, columns.breakdown(row), period.kind()), period, quantity))
}
