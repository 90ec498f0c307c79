//! Counts by area, month and cell of a breakdown: the integer states that every roll-up adds up.

use std::ops::Range;
use std::sync::Arc;

use super::ComputeError;
use super::dims::{Dim, Dims};
use super::months::{MonthCodes, MonthSpan};
use super::place::Base;
use super::program::Program;
use super::rows::{Rows, Table};
use crate::cel::{FieldPath, Predicate};
use crate::kernel::{self, Batch, Dimension, GroupIndex, NONE};
use crate::period::Period;
use crate::reference::Reference;

/// Most predicates that a cube to be summed counts.
pub(super) const MAX_BITS: usize = 8;

/// Rows that satisfy each predicate of a cube.
pub(super) type Tally = [u64; MAX_BITS];

/// The place of one count.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct CubeCell {
    /// Position of the area in the base.
    pub(super) area: u32,
    /// Index of the month.
    pub(super) month: i32,
    /// Cell of the breakdown.
    pub(super) cell: u32,
    /// Number of the predicate.
    pub(super) bit: u32,
}

/// What a cube counts.
pub(super) struct Spec<'a> {
    pub(super) table: &'a Table,
    pub(super) area: FieldPath,
    pub(super) predicates: &'a [Predicate],
    pub(super) dims: &'a Dims,
}

impl Spec<'_> {
    /// Every field that is read.
    fn fields(&self, date: FieldPath) -> Vec<FieldPath> {
        let read = self.predicates.iter().flat_map(Predicate::fields);
        read.chain(self.dims.0.iter().filter_map(|dim| dim.field)).chain([self.area, date]).collect()
    }
}

/// Counts by base area, month and cell.
#[derive(Debug)]
pub(super) struct Cube {
    pub(super) base: Arc<Base>,
    /// Index of the first month.
    first: i32,
    months: usize,
    cells: usize,
    bits: usize,
    /// By area, month, cell and predicate.
    values: Vec<u64>,
    /// Rows left out because the row that they refer to is not there.
    pub(super) orphans: u64,
    /// Rows that refer to a row that is there.
    pub(super) linked: u64,
}

impl Cube {
    /// Counts the rows of a table.
    pub(super) fn count(
        rows: &Rows,
        reference: &Reference,
        spec: &Spec<'_>,
        base: Arc<Base>,
        months: &MonthCodes,
    ) -> Result<Self, ComputeError> {
        let cells = spec.dims.cells();
        let bits = spec.predicates.len();
        let size = base.areas.len().saturating_mul(months.count).saturating_mul(cells).saturating_mul(bits);
        let mut cube = Self {
            base: Arc::clone(&base),
            first: months.first,
            months: months.count,
            cells,
            bits,
            values: vec![0; size],
            orphans: 0,
            linked: 0,
        };
        (cube.orphans, cube.linked) = spec.table.linkage(rows, &spec.fields(months.path));
        if size == 0 {
            return Ok(cube);
        }
        let sets: Vec<&Dim> = spec.dims.0.iter().filter(|dim| dim.multi_valued).collect();
        let combinations: usize = sets.iter().map(|dim| dim.codes.len()).product();
        for combination in 0..combinations {
            let members = members(&sets, combination);
            cube.count_members(rows, reference, spec, months, &members)?;
        }
        Ok(cube)
    }

    /// Counts the rows that have one member of each set.
    fn count_members(
        &mut self,
        rows: &Rows,
        reference: &Reference,
        spec: &Spec<'_>,
        months: &MonthCodes,
        members: &[(FieldPath, usize)],
    ) -> Result<(), ComputeError> {
        let mut program = Program::new(reference);
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
            let held = program.columns(rows, part);
            let mut columns = held.borrowed();
            columns.push(kernel::Column::U16(month_codes));
            let selection = rows.selection(part, &fields);
            let batch = Batch::new(part.segment.batch.rows(), columns, selection.as_deref())?;
            let counts = kernel::count(&mask, &groups, &batch, rows.threads())?;
            self.add(&counts, spec.dims, members)?;
        }
        Ok(())
    }

    /// Area first, then the dimensions with one code a row; the month is put second.
    fn dimensions(&self, program: &mut Program<'_>, spec: &Spec<'_>) -> Vec<Dimension> {
        let size = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let column = program.column_of(spec.area);
        let area = Dimension { column, table: self.base.of_code.clone(), size: size(self.base.areas.len()) };
        let single = spec.dims.0.iter().filter(|dim| !dim.multi_valued).filter_map(|dim| {
            let column = program.column_of(dim.field?);
            Some(Dimension { column, table: dim.positions(), size: size(dim.codes.len()) })
        });
        std::iter::once(area).chain(single).collect()
    }

    /// Adds the counts of a part: groups are area, month and the dimensions with one code a row.
    fn add(
        &mut self,
        counts: &kernel::Counts,
        dims: &Dims,
        members: &[(FieldPath, usize)],
    ) -> Result<(), ComputeError> {
        let single: usize = dims.0.iter().filter(|dim| !dim.multi_valued).map(|dim| dim.codes.len()).product();
        let cells: Vec<usize> = (0..single).map(|at| cell_of(dims, at, members)).collect();
        let values = counts.values();
        for (place, group) in values.chunks(single * self.bits).enumerate() {
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
    pub(super) fn only(&self, predicates: &[usize]) -> Self {
        let chosen = |all: &[u64]| predicates.iter().map(|at| all[*at]).collect::<Vec<_>>();
        Self {
            base: Arc::clone(&self.base),
            bits: predicates.len(),
            values: self.values.chunks(self.bits.max(1)).flat_map(chosen).collect(),
            ..*self
        }
    }

    /// Adds up areas and months of a cell.
    pub(super) fn sum(&self, areas: &[usize], period: Period, cell: usize) -> Tally {
        let mut total = Tally::default();
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
    pub(super) fn uses(&self, cell: usize) -> bool {
        self.values.chunks(self.bits).skip(cell).step_by(self.cells).any(|tally| tally.iter().any(|count| *count > 0))
    }

    /// The counts that are not 0.
    pub(super) fn counts(&self) -> impl Iterator<Item = (CubeCell, u64)> {
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
    pub(super) fn of_counts(
        base: Arc<Base>,
        span: MonthSpan,
        (cells, bits): (usize, usize),
        counts: impl Iterator<Item = (CubeCell, u64)>,
    ) -> Option<Self> {
        let MonthSpan { first, count: months } = span;
        let size = base.areas.len().checked_mul(months)?.checked_mul(cells)?.checked_mul(bits)?;
        let areas = base.areas.len();
        let mut cube = Self { base, first, months, cells, bits, values: vec![0; size], orphans: 0, linked: 0 };
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
    pub(super) fn merge(&mut self, other: &Self, most: usize) -> bool {
        let span = match (self.span().ends(), other.span().ends()) {
            (_, None) => self.span(),
            (None, _) => other.span(),
            (Some((first, last)), Some((from, to))) => MonthSpan::reaching(first.min(from), last.max(to)),
        };
        let is_cut = |cube: &Self| cube.months > 0 && cube.first < span.first;
        let size = self.base.areas.len().saturating_mul(span.count).saturating_mul(self.cells * self.bits);
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
    pub(super) fn size(&self) -> usize {
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

/// The members of one combination: the field of each set and the position of the bit.
pub(super) fn members(sets: &[&Dim], mut combination: usize) -> Vec<(FieldPath, usize)> {
    let mut members = Vec::with_capacity(sets.len());
    for dim in sets.iter().rev() {
        members.extend(dim.field.map(|field| (field, dim.codes[combination % dim.codes.len()].stored)));
        combination /= dim.codes.len();
    }
    members.reverse();
    members
}

/// The cell of a combination of single codes, given the members of the sets.
pub(super) fn cell_of(dims: &Dims, mut single: usize, members: &[(FieldPath, usize)]) -> usize {
    let mut codes = Vec::with_capacity(dims.0.len());
    for dim in dims.0.iter().rev() {
        let member = members.iter().find(|(field, _)| dim.multi_valued && Some(*field) == dim.field);
        let at = match member {
            Some((_, stored)) => dim.codes.iter().position(|code| code.stored == *stored).unwrap_or(0),
            None => {
                let at = single % dim.codes.len();
                single /= dim.codes.len();
                at
            }
        };
        codes.push((at, dim.codes.len()));
    }
    codes.iter().rev().fold(0, |cell, (at, len)| cell * len + at)
}
