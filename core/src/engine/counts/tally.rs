//! Tallies: numbers of rows by area, month and cell of a breakdown. Every roll-up is a sum of them.

use std::ops::Range;
use std::sync::Arc;

use super::groups::group_index;
use super::kept::{AllCounts, Counted, OfKind};
use super::values::{self, Values};
use crate::cel::{FieldPath, Predicate};
use crate::design::Counts;
use crate::engine::error::ComputeError;
use crate::engine::query::{BreakdownAxes, Members};
use crate::engine::rows::{AreaIndex, MonthCodes, Program, RowStore, Table, months_reached};
use crate::kernel::{self, Batch, NONE};
use crate::period::{MonthSpan, Period};

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

/// The specification of a cube.
pub(crate) struct Spec<'a> {
    pub(crate) table: &'a Table,
    pub(crate) area: FieldPath,
    pub(crate) predicates: &'a [Predicate],
    pub(crate) axes: &'a BreakdownAxes,
}

impl Spec<'_> {
    /// All fields that are read.
    fn fields(&self, date: FieldPath) -> Vec<FieldPath> {
        let read = self.predicates.iter().flat_map(Predicate::fields);
        read.chain(self.axes.fields()).chain([self.area, date]).collect()
    }

    /// Number of counts.
    fn size(&self, index: &AreaIndex, months: &MonthCodes) -> usize {
        let sizes = [index.areas.len(), months.count, self.axes.cells(), self.predicates.len()];
        sizes.into_iter().fold(1, usize::saturating_mul)
    }

    /// Bytes that the counts need at most while they are made.
    pub(crate) fn bytes(&self, index: &AreaIndex, months: &MonthCodes) -> usize {
        let combinations = self.axes.combinations().count();
        let rows = self.table.rows().saturating_mul(combinations);
        values::bytes(self.size(index, months), rows, self.predicates.len())
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
    values: Values,
    /// Number of rows left out because the row to which they refer is not held.
    pub(crate) orphans: u64,
    /// Number of rows that refer to a row that is held.
    pub(crate) linked: u64,
}

impl Cube {
    /// Whether the first expression selects a row of the area at this position, in any month.
    pub(crate) fn has_rows(&self, area: usize) -> bool {
        (0..self.months).any(|month| {
            let start = (area * self.months + month) * self.cells * self.bits;
            self.values.range(start, self.bits).any(|(bit, count)| bit == 0 && count > 0)
        })
    }

    /// Counts the rows of a table.
    pub(crate) fn count(
        store: &RowStore,
        spec: &Spec<'_>,
        index: Arc<AreaIndex>,
        months: &MonthCodes,
    ) -> Result<Self, ComputeError> {
        let size = spec.size(&index, months);
        let mut cube = Self {
            index: Arc::clone(&index),
            first: months.first,
            months: months.count,
            cells: spec.axes.cells(),
            bits: spec.predicates.len(),
            values: Values::for_rows(size, spec.table.rows()),
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
        let groups = group_index(&mut program, (spec.area, &self.index), spec.axes, self.months)?;
        let mask = program.compile()?;
        let mut fields = program.fields();
        fields.push(months.path);
        for (part, month_codes) in spec.table.parts.iter().zip(&months.codes) {
            let held = program.columns(&store.rows, part);
            let mut columns = held.borrowed();
            columns.push(kernel::Column::U16(month_codes));
            let selection = store.rows.selection(part, &fields);
            let batch = Batch::new(part.segment.batch.rows(), columns, selection.as_deref())?;
            let cells = spec.axes.cells_of(members);
            match &mut self.values {
                Values::All(_) => self.add(&kernel::count(&mask, &groups, &batch, store.rows.threads())?, &cells),
                Values::Present { .. } => {
                    let groups = groups.rows(&batch, store.rows.threads())?;
                    let mut masks = vec![0; batch.rows()];
                    mask.evaluate(&batch, 0..batch.rows(), &mut masks)?;
                    self.add_rows(&groups, &masks, &cells);
                }
            }
        }
        Ok(())
    }

    /// Adds the counts of a part. Its groups are the area, the month and the axes with one code for each row.
    fn add(&mut self, counts: &kernel::Counts, cells: &[usize]) {
        let Values::All(values) = &mut self.values else { return };
        for (place, group) in counts.values().chunks(cells.len() * self.bits).enumerate() {
            for (cell, tally) in cells.iter().zip(group.chunks(self.bits)) {
                let start = (place * self.cells + cell) * self.bits;
                for (total, count) in values[start..start + self.bits].iter_mut().zip(tally) {
                    *total += count;
                }
            }
        }
    }

    /// Adds the rows of a part, each with its group and the predicates that select it.
    fn add_rows(&mut self, groups: &[u32], masks: &[u64], cells: &[usize]) {
        for (group, mask) in groups.iter().zip(masks).filter(|(group, mask)| **group != NONE && **mask != 0) {
            let (place, cell) = (wide(*group) / cells.len(), cells[wide(*group) % cells.len()]);
            for bit in (0..self.bits).filter(|bit| mask >> bit & 1 == 1) {
                // The place is below the size of the cube.
                _ = self.values.add((place * self.cells + cell) * self.bits + bit, cell, 1);
            }
        }
    }

    /// The counts of some of the predicates, which are given by their positions.
    pub(crate) fn only(&self, predicates: &[usize]) -> Self {
        let values = match &self.values {
            Values::All(values) => {
                let chosen = |all: &[u64]| predicates.iter().map(|at| all[*at]).collect::<Vec<_>>();
                Values::All(values.chunks(self.bits.max(1)).flat_map(chosen).collect())
            }
            Values::Present { counts, .. } => {
                let mut values = Values::without_zeros();
                for (place, count) in counts {
                    let (rest, own) = (place / self.bits, place % self.bits);
                    for (bit, _) in predicates.iter().enumerate().filter(|(_, at)| **at == own) {
                        _ = values.add(rest * predicates.len() + bit, rest % self.cells, *count);
                    }
                }
                values
            }
        };
        Self { index: Arc::clone(&self.index), bits: predicates.len(), values, ..*self }
    }

    /// The sum over areas and months of a cell.
    pub(crate) fn sum(&self, areas: &[usize], period: Period, cell: usize) -> Counts {
        let mut total = Counts::default();
        for area in areas {
            for month in self.range(period) {
                let start = ((area * self.months + month) * self.cells + cell) * self.bits;
                for (bit, count) in self.values.range(start, self.bits) {
                    total[bit] += count;
                }
            }
        }
        total
    }

    /// Whether any row belongs to a cell.
    pub(crate) fn uses(&self, cell: usize) -> bool {
        match &self.values {
            Values::All(values) => {
                let mut tallies = values.chunks(self.bits).skip(cell).step_by(self.cells);
                tallies.any(|tally| tally.iter().any(|count| *count > 0))
            }
            Values::Present { cells, .. } => cells.contains(&cell),
        }
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
        self.values.present().map(move |(at, count)| (position(at), count))
    }

    /// A cube of existing counts; `None` if a count has no place in it.
    pub(crate) fn of_counts(
        index: Arc<AreaIndex>,
        span: MonthSpan,
        (cells, bits): (usize, usize),
        counts: impl ExactSizeIterator<Item = (CubeCell, u64)>,
    ) -> Option<Self> {
        let MonthSpan { first, count: months } = span;
        let size = index.areas.len().checked_mul(months)?.checked_mul(cells)?.checked_mul(bits)?;
        let areas = index.areas.len();
        let values = Values::for_rows(size, counts.len());
        let mut cube = Self { index, first, months, cells, bits, values, orphans: 0, linked: 0 };
        for (at, count) in counts {
            let (area, cell, bit) = (wide(at.area), wide(at.cell), wide(at.bit));
            // Months before the span of the cube are not counted.
            let Ok(month) = usize::try_from(i64::from(at.month) - i64::from(first)) else { continue };
            if area >= areas || month >= months || cell >= cells || bit >= bits {
                return None;
            }
            cube.values.add(((area * months + month) * cells + cell) * bits + bit, cell, count)?;
        }
        Some(cube)
    }

    /// Adds the counts of other rows over the same areas, cells and predicates. Returns `false` and adds nothing if
    /// together they span more months than a cube can, or have more values than `most`, or if one holds only some of its
    /// counts.
    pub(crate) fn merge(&mut self, other: &Self, most: usize) -> bool {
        let span = match (self.span().ends(), other.span().ends()) {
            (_, None) => self.span(),
            (None, _) => other.span(),
            (Some((first, last)), Some((from, to))) => months_reached(first.min(from), last.max(to)),
        };
        let (Values::All(_), Values::All(others)) = (&self.values, &other.values) else { return false };
        let is_cut = |cube: &Self| cube.months > 0 && cube.first < span.first;
        let size = self.index.areas.len().saturating_mul(span.count).saturating_mul(self.cells * self.bits);
        if is_cut(self) || is_cut(other) || size > most {
            return false;
        }
        if span != self.span() {
            let mut totals = vec![0; size];
            if let Values::All(values) = &self.values {
                self.add_to(&mut totals, values, span);
            }
            (self.values, self.first, self.months) = (Values::All(totals), span.first, span.count);
        }
        if let Values::All(totals) = &mut self.values {
            other.add_to(totals, others, span);
        }
        self.orphans += other.orphans;
        self.linked += other.linked;
        true
    }

    /// Number of counts that are held.
    pub(crate) fn size(&self) -> usize {
        self.values.held()
    }

    fn span(&self) -> MonthSpan {
        MonthSpan { first: self.first, count: self.months }
    }

    /// Adds this cube's counts to `totals`, which are over the months of `span`. The span must contain the cube's months.
    fn add_to(&self, totals: &mut [u64], values: &[u64], span: MonthSpan) {
        let month = self.cells * self.bits;
        if values.is_empty() {
            return;
        }
        let skipped = usize::try_from(self.first - span.first).unwrap_or(0) * month;
        let areas = totals.chunks_mut(span.count * month).zip(values.chunks(self.months * month));
        for (totals, counts) in areas {
            totals.iter_mut().skip(skipped).zip(counts).for_each(|(total, count)| *total += count);
        }
    }

    fn range(&self, period: Period) -> Range<usize> {
        let position = |month: i32| usize::try_from(month - self.first).unwrap_or(0).min(self.months);
        position(period.first().index())..position(period.last().index() + 1)
    }
}

impl Counted for Cube {
    fn bytes(&self) -> usize {
        self.values.bytes()
    }

    fn among(all: &AllCounts) -> &OfKind<Self> {
        &all.cubes
    }
}

fn narrow(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}

fn wide(position: u32) -> usize {
    usize::try_from(position).unwrap_or(usize::MAX)
}
