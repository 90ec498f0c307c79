//! Tallies: numbers of rows by area, month and cell of a breakdown, which every roll-up adds up.

use std::ops::Range;
use std::sync::Arc;

use crate::cel::{FieldPath, Predicate};
use crate::design::Counts;
use crate::engine::ComputeError;
use crate::engine::query::{BreakdownAxes, Members};
use crate::engine::rows::{AreaIndex, MonthCodes, MonthSpan, Program, RowStore, Table};
use crate::kernel::{self, Batch, Dimension, GroupIndex, NONE};
use crate::period::Period;

/// The place of one count.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct CubeCell {
    /// Position of the area among those of the field.
    pub(crate) area: u32,
    /// Index of the month.
    pub(crate) month: i32,
    /// Cell of the breakdown.
    pub(crate) cell: u32,
    /// Number of the predicate.
    pub(crate) bit: u32,
}

/// What a cube counts.
pub(crate) struct Spec<'a> {
    pub(crate) table: &'a Table,
    pub(crate) area: FieldPath,
    pub(crate) predicates: &'a [Predicate],
    pub(crate) axes: &'a BreakdownAxes,
}

impl Spec<'_> {
    /// Every field that is read.
    fn fields(&self, date: FieldPath) -> Vec<FieldPath> {
        let read = self.predicates.iter().flat_map(Predicate::fields);
        read.chain(self.axes.0.iter().filter_map(|axis| axis.field)).chain([self.area, date]).collect()
    }
}

/// Numbers of rows by area, month and cell.
#[derive(Debug)]
pub(crate) struct Cube {
    pub(crate) index: Arc<AreaIndex>,
    /// Index of the first month.
    first: i32,
    months: usize,
    cells: usize,
    bits: usize,
    /// By area, month, cell and predicate.
    values: Vec<u64>,
    /// Rows left out because the row that they refer to is not there.
    pub(crate) orphans: u64,
    /// Rows that refer to a row that is there.
    pub(crate) linked: u64,
}

impl Cube {
    /// Counts the rows of a table.
    pub(crate) fn count(
        store: &RowStore,
        spec: &Spec<'_>,
        index: Arc<AreaIndex>,
        months: &MonthCodes,
    ) -> Result<Self, ComputeError> {
        let cells = spec.axes.cells();
        let bits = spec.predicates.len();
        let size = index.areas.len().saturating_mul(months.count).saturating_mul(cells).saturating_mul(bits);
        let mut cube = Self {
            index: Arc::clone(&index),
            first: months.first,
            months: months.count,
            cells,
            bits,
            values: vec![0; size],
            orphans: 0,
            linked: 0,
        };
        (cube.orphans, cube.linked) = spec.table.linkage(&store.rows, &spec.fields(months.path));
        if size == 0 {
            return Ok(cube);
        }
        for members in spec.axes.combinations() {
            cube.count_members(store, spec, months, &members)?;
        }
        Ok(cube)
    }

    /// Counts the rows that have one member of each set.
    fn count_members(
        &mut self,
        store: &RowStore,
        spec: &Spec<'_>,
        months: &MonthCodes,
        members: &Members,
    ) -> Result<(), ComputeError> {
        let mut program = Program::new(&store.core.reference);
        for predicate in spec.predicates {
            program.push(predicate, members)?;
        }
        let dimensions = self.dimensions(&mut program, spec);
        let mask = program.compile()?;
        let month_column = program.width();
        let groups = GroupIndex::new(&with_month(dimensions, month_column, self.months))?;
        let mut fields = program.fields();
        fields.push(months.path);
        for (part, month_codes) in spec.table.parts.iter().zip(&months.codes) {
            let held = program.columns(&store.rows, part);
            let mut columns = held.borrowed();
            columns.push(kernel::Column::U16(month_codes));
            let selection = store.rows.selection(part, &fields);
            let batch = Batch::new(part.segment.batch.rows(), columns, selection.as_deref())?;
            let counts = kernel::count(&mask, &groups, &batch, store.rows.threads())?;
            self.add(&counts, spec.axes, members)?;
        }
        Ok(())
    }

    /// Area first, then the dimensions with one code a row; the month is put second.
    fn dimensions(&self, program: &mut Program<'_>, spec: &Spec<'_>) -> Vec<Dimension> {
        let size = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let column = program.column_of(spec.area);
        let area = Dimension { column, table: self.index.of_code.clone(), size: size(self.index.areas.len()) };
        let single = spec.axes.0.iter().filter(|axis| !axis.multi_valued).filter_map(|axis| {
            let column = program.column_of(axis.field?);
            Some(Dimension { column, table: axis.positions(), size: size(axis.codes.len()) })
        });
        std::iter::once(area).chain(single).collect()
    }

    /// Adds the counts of a part: groups are area, month and the dimensions with one code a row.
    fn add(&mut self, counts: &kernel::Counts, axes: &BreakdownAxes, members: &Members) -> Result<(), ComputeError> {
        let cells = axes.cells_of(members);
        let values = counts.values();
        for (place, group) in values.chunks(cells.len() * self.bits).enumerate() {
            for (cell, tally) in cells.iter().zip(group.chunks(self.bits)) {
                let start = (place * self.cells + cell) * self.bits;
                for (total, count) in self.values[start..start + self.bits].iter_mut().zip(tally) {
                    *total += count;
                }
            }
        }
        Ok(())
    }

    /// The same counts of some of the predicates, by their positions.
    pub(crate) fn only(&self, predicates: &[usize]) -> Self {
        let chosen = |all: &[u64]| predicates.iter().map(|at| all[*at]).collect::<Vec<_>>();
        Self {
            index: Arc::clone(&self.index),
            bits: predicates.len(),
            values: self.values.chunks(self.bits.max(1)).flat_map(chosen).collect(),
            ..*self
        }
    }

    /// Adds up areas and months of a cell.
    pub(crate) fn sum(&self, areas: &[usize], period: Period, cell: usize) -> Counts {
        let mut total = Counts::default();
        for area in areas {
            for month in self.range(period) {
                let start = ((area * self.months + month) * self.cells + cell) * self.bits;
                for (total, value) in total.iter_mut().zip(&self.values[start..start + self.bits]) {
                    *total += value;
                }
            }
        }
        total
    }

    /// Whether any row belongs to a cell.
    pub(crate) fn uses(&self, cell: usize) -> bool {
        self.values.chunks(self.bits).skip(cell).step_by(self.cells).any(|tally| tally.iter().any(|count| *count > 0))
    }

    /// The counts that are not 0.
    pub(crate) fn counts(&self) -> impl Iterator<Item = (CubeCell, u64)> {
        let position = |at: usize| {
            let (rest, bit) = (at / self.bits, at % self.bits);
            let (rest, cell) = (rest / self.cells, rest % self.cells);
            let (area, month) = (rest / self.months, rest % self.months);
            let month = self.first + i32::try_from(month).unwrap_or(0);
            CubeCell { area: narrow(area), month, cell: narrow(cell), bit: narrow(bit) }
        };
        self.values.iter().enumerate().filter(|(_, count)| **count > 0).map(move |(at, count)| (position(at), *count))
    }

    /// A cube of counts that were made before. `None` if one of them has no place in it.
    pub(crate) fn of_counts(
        index: Arc<AreaIndex>,
        span: MonthSpan,
        (cells, bits): (usize, usize),
        counts: impl Iterator<Item = (CubeCell, u64)>,
    ) -> Option<Self> {
        let MonthSpan { first, count: months } = span;
        let size = index.areas.len().checked_mul(months)?.checked_mul(cells)?.checked_mul(bits)?;
        let areas = index.areas.len();
        let mut cube = Self { index, first, months, cells, bits, values: vec![0; size], orphans: 0, linked: 0 };
        for (at, count) in counts {
            let (area, cell, bit) = (wide(at.area), wide(at.cell), wide(at.bit));
            // What lies before the months that a cube reaches back to is not counted.
            let Ok(month) = usize::try_from(i64::from(at.month) - i64::from(first)) else { continue };
            if area >= areas || month >= months || cell >= cells || bit >= bits {
                return None;
            }
            *cube.values.get_mut(((area * months + month) * cells + cell) * bits + bit)? = count;
        }
        Some(cube)
    }

    /// Adds the counts of other rows over the same areas, cells and predicates; `false`, and nothing is added, if together
    /// they reach over more months than a cube does, or would have more values than `most`.
    pub(crate) fn merge(&mut self, other: &Self, most: usize) -> bool {
        let span = match (self.span().ends(), other.span().ends()) {
            (_, None) => self.span(),
            (None, _) => other.span(),
            (Some((first, last)), Some((from, to))) => MonthSpan::reaching(first.min(from), last.max(to)),
        };
        let is_cut = |cube: &Self| cube.months > 0 && cube.first < span.first;
        let size = self.index.areas.len().saturating_mul(span.count).saturating_mul(self.cells * self.bits);
        if is_cut(self) || is_cut(other) || size > most {
            return false;
        }
        if span != self.span() {
            let mut values = vec![0; size];
            self.add_to(&mut values, span);
            (self.values, self.first, self.months) = (values, span.first, span.count);
        }
        other.add_to(&mut self.values, span);
        self.orphans += other.orphans;
        self.linked += other.linked;
        true
    }

    /// How many counts there are.
    pub(crate) fn size(&self) -> usize {
        self.values.len()
    }

    fn span(&self) -> MonthSpan {
        MonthSpan { first: self.first, count: self.months }
    }

    /// Adds the counts to those of a cube over months that begin no later and end no sooner.
    fn add_to(&self, totals: &mut [u64], span: MonthSpan) {
        let month = self.cells * self.bits;
        if self.values.is_empty() {
            return;
        }
        let skipped = usize::try_from(self.first - span.first).unwrap_or(0) * month;
        let areas = totals.chunks_mut(span.count * month).zip(self.values.chunks(self.months * month));
        for (totals, counts) in areas {
            totals.iter_mut().skip(skipped).zip(counts).for_each(|(total, count)| *total += count);
        }
    }

    fn range(&self, period: Period) -> Range<usize> {
        let position = |month: i32| usize::try_from(month - self.first).unwrap_or(0).min(self.months);
        position(period.first().index())..position(period.last().index() + 1)
    }
}

fn narrow(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}

fn wide(position: u32) -> usize {
    usize::try_from(position).unwrap_or(usize::MAX)
}

/// Puts the month between the area and the other dimensions.
fn with_month(mut dimensions: Vec<Dimension>, column: usize, months: usize) -> Vec<Dimension> {
    let size = u32::try_from(months).unwrap_or(u32::MAX);
    let table = std::iter::once(NONE).chain(0..size).collect();
    dimensions.insert(1, Dimension { column, table, size });
    dimensions
}
