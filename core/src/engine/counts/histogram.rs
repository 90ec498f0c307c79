//! Histograms of a whole number by area, month and cell.

use std::collections::BTreeMap;
use std::sync::Arc;

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use super::kept::{AllCounts, Counted, OfKind};
use super::{CountStore, follow_up};
use crate::cel::FieldPath;
use crate::column::{Column, MISSING_DATE};
use crate::design::{Histogram, Quantity};
use crate::engine::error::ComputeError;
use crate::engine::query::{BreakdownAxes, Members};
use crate::engine::rows::{Part, Program, Rows, codes, single_cells};
use crate::estimate::whole_number;
use crate::kernel::{Batch, NONE};
use crate::parallel;
use crate::period::Period;
use crate::stats::median::Frequencies;

/// Number of rows that a thread takes at a time.
const CHUNK: usize = 1 << 16;

/// The number of rows for each value. A row counts once in each of its cells of the breakdown.
#[derive(Debug, Default)]
pub(crate) struct HistogramCounts(BTreeMap<HistogramCell, u64>);

/// The place of one count.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) struct HistogramCell {
    /// Position of the area.
    pub(crate) area: u32,
    /// Index of the month.
    pub(crate) month: i32,
    pub(crate) cell: u32,
    pub(crate) value: i32,
}

impl FromIterator<(HistogramCell, u64)> for HistogramCounts {
    fn from_iter<I: IntoIterator<Item = (HistogramCell, u64)>>(counts: I) -> Self {
        Self(counts.into_iter().collect())
    }
}

impl HistogramCounts {
    /// The count of every place.
    pub(crate) fn all(&self) -> &BTreeMap<HistogramCell, u64> {
        &self.0
    }

    pub(super) fn new(
        store: &CountStore,
        histogram: &Histogram,
        area: FieldPath,
        axes: &BreakdownAxes,
    ) -> Result<Self, ComputeError> {
        let table = store.table(histogram.subjects.rows.dataset)?;
        let events = match &histogram.of {
            Quantity::Events(follow_up) => follow_up::events(store, follow_up, table)?,
            Quantity::Days { .. } | Quantity::Number(_) | Quantity::Hundredths(_) => Vec::new(),
        };
        let mut counts = Self::default();
        for (number, part) in table.parts.iter().enumerate() {
            let numbers = Numbers::of_part(&histogram.of, &store.rows.rows, part, &events);
            for members in axes.combinations() {
                counts.add(store, histogram, area, axes, (&members, number, &numbers))?;
            }
        }
        Ok(counts)
    }

    fn add(
        &mut self,
        store: &CountStore,
        histogram: &Histogram,
        area: FieldPath,
        axes: &BreakdownAxes,
        (members, number, numbers): (&Members, usize, &Numbers),
    ) -> Result<(), ComputeError> {
        let basis = &histogram.subjects.rows;
        let table = store.table(basis.dataset)?;
        let (rows, part) = (&store.rows.rows, &table.parts[number]);
        let months = store.rows.months(table, basis.date);
        let index = store.rows.area_index(area);
        let mut program = Program::new(&store.rows.core.reference);
        for predicate in &histogram.subjects.predicates {
            program.push(predicate, members)?;
        }
        let held = program.columns(rows, part);
        let count = part.segment.batch.rows();
        let mut fields = program.fields();
        fields.extend([basis.date, area]);
        fields.extend(histogram.of.own_fields());
        let selection = rows.selection(part, &fields);
        let batch = Batch::new(count, held.borrowed(), selection.as_deref())?;
        let marks = program.compile()?.marks(&batch, rows.threads())?;
        let areas = codes(&rows.column(part, &area), count);
        let single = single_cells(axes, rows, part);
        let cells = axes.cells_of(members);
        let place = |row: usize| {
            let month = months.codes[number][row];
            let area = index.of_code.get(usize::from(areas[row])).copied().filter(|area| *area != NONE)?;
            let cell = usize::try_from(single[row]).ok().and_then(|single| cells.get(single)).copied()?;
            let value = numbers.of_row(row).filter(|_| marks[row] & 1 != 0 && month != 0)?;
            let (month, cell) = (months.first + i32::from(month) - 1, u32::try_from(cell).ok()?);
            Some(HistogramCell { area, month, cell, value })
        };
        let counted = parallel::fold(
            count,
            CHUNK,
            rows.threads(),
            HashMap::<HistogramCell, u64, FixedState>::default,
            |counts, range| {
                for place in range.filter_map(place) {
                    *counts.entry(place).or_default() += 1;
                }
            },
        );
        for (place, count) in counted.into_iter().flatten() {
            *self.0.entry(place).or_default() += count;
        }
        Ok(())
    }

    /// The number of rows for each value, in some areas, a period and a cell.
    pub(crate) fn sum(&self, areas: &[usize], period: Period, cell: usize) -> Frequencies {
        let mut sum = Frequencies::new();
        let (months, Ok(cell)) = (period.months(), u32::try_from(cell)) else { return sum };
        let areas = areas.iter().filter_map(|area| u32::try_from(*area).ok());
        let places = areas.flat_map(|area| months.clone().map(move |month| (area, month.index())));
        for (area, month) in places {
            let first = HistogramCell { area, month, cell, value: i32::MIN };
            for (place, count) in self.0.range(first..=HistogramCell { value: i32::MAX, ..first }) {
                *sum.entry(place.value).or_default() += count;
            }
        }
        sum
    }
}

/// The number of each row of a part.
enum Numbers {
    /// Days between two columns of dates.
    Days(Arc<Column>, Arc<Column>),
    /// Whole numbers in canonical form: the number plus 1, or 0.
    Codes(Vec<u16>),
    /// Numbers with decimals.
    Hundredths(Arc<Column>),
    /// Numbers of events.
    Events(Vec<u32>),
}

impl Numbers {
    /// `events` has the number of events of every row of the dataset, if events are counted.
    fn of_part(quantity: &Quantity, rows: &Rows, part: &Part, events: &[u32]) -> Self {
        let count = part.segment.batch.rows();
        match quantity {
            Quantity::Days { from, to } => Self::Days(rows.column(part, from), rows.column(part, to)),
            Quantity::Number(field) => Self::Codes(codes(&rows.column(part, field), count)),
            Quantity::Hundredths(field) => Self::Hundredths(rows.column(part, field)),
            Quantity::Events(_) => {
                let first = usize::try_from(part.first).unwrap_or(usize::MAX);
                Self::Events(events.iter().skip(first).take(count).copied().collect())
            }
        }
    }

    /// The number of a row; `None` if it has none.
    fn of_row(&self, row: usize) -> Option<i32> {
        match self {
            Self::Days(from, to) => {
                let (from, to) = (*from.as_i32()?.get(row)?, *to.as_i32()?.get(row)?);
                let known = from != MISSING_DATE && to != MISSING_DATE;
                to.checked_sub(from).filter(|days| known && *days >= 0)
            }
            Self::Codes(codes) => i32::from(*codes.get(row)?).checked_sub(1).filter(|number| *number >= 0),
            Self::Hundredths(numbers) => {
                let hundredths = (*numbers.as_f64()?.get(row)? * 100.0).round();
                // The contract bounds such numbers far below this.
                let known = (0.0..=f64::from(i32::MAX)).contains(&hundredths);
                i32::try_from(known.then(|| whole_number(hundredths))?).ok()
            }
            Self::Events(events) => i32::try_from(*events.get(row)?).ok(),
        }
    }
}

impl Counted for HistogramCounts {
    fn bytes(&self) -> usize {
        // A pair, and its share of the map's nodes.
        self.0.len().saturating_mul(2 * size_of::<(HistogramCell, u64)>())
    }

    fn among(all: &AllCounts) -> &OfKind<Self> {
        &all.histograms
    }
}
