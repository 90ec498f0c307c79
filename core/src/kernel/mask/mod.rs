//! A bit per measure and row.

mod compile;

pub(super) use compile::full_table;

use std::num::NonZeroUsize;
use std::ops::{BitAndAssign, BitOrAssign, Range};

use super::KernelError;
use super::column::{Batch, Column};
use super::joint::{Joint, MAX_JOINT};
use crate::parallel;

/// Measures that one program can hold: the bits of a mask.
pub const MAX_MEASURES: usize = 64;

/// Rows evaluated together; their codes and masks stay in the first-level cache.
pub(super) const BLOCK: usize = 2048;

/// What each code of one column satisfies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// Position of the column in the batch.
    pub column: usize,
    /// For each code, bit `m` is set when the code satisfies measure `m`'s literal. A code beyond the end satisfies none.
    pub table: Vec<u64>,
}

/// One clause of every measure's condition: a row passes for a measure when any term does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clause {
    /// Bit `m` is set when measure `m` has this clause; the others pass it.
    pub concerned: u64,
    /// The alternatives.
    pub terms: Vec<Term>,
}

/// The conditions of up to 64 measures in conjunctive form, compiled for one pass over a batch.
///
/// A row's mask has bit `m` set when the row passes every clause for measure `m`.
///
/// ```
/// use peelian_core::kernel::{Batch, Clause, Column, MaskProgram, Term};
///
/// // Measure 0: knife = 1. Measure 1: knife = 1 and injury = 2.
/// let program = MaskProgram::new(
///     2,
///     &[
///         Clause { concerned: 0b11, terms: vec![Term { column: 0, table: vec![0, 0b11] }] },
///         Clause { concerned: 0b10, terms: vec![Term { column: 1, table: vec![0, 0, 0b10] }] },
///     ],
/// )?;
/// let batch = Batch::new(3, vec![Column::U8(&[1, 1, 0]), Column::U8(&[2, 0, 2])], None)?;
/// let mut masks = [0; 3];
/// program.evaluate(&batch, 0..3, &mut masks)?;
/// assert_eq!(masks, [0b11, 0b01, 0b00]);
/// # Ok::<(), peelian_core::kernel::KernelError>(())
/// ```
#[derive(Debug, Clone)]
pub struct MaskProgram {
    measures: usize,
    /// Ascending.
    columns: Vec<usize>,
    steps: Lanes,
}

/// The steps, in the narrowest integer that holds a bit per measure.
#[derive(Debug, Clone)]
pub(super) enum Lanes {
    U16(Vec<Step<u16>>),
    U32(Vec<Step<u32>>),
    U64(Vec<Step<u64>>),
}

/// One lookup per row, or one per term where a clause's columns are too many to fuse.
#[derive(Debug, Clone)]
pub(super) enum Step<T> {
    /// Clauses whose columns fuse: the table holds their conjunction.
    Fused(Lookup<T>),
    /// One clause: `exempt` bits pass, the terms are alternatives.
    Any { exempt: T, terms: Vec<Lookup<T>> },
}

/// A joint code and what each of its values satisfies.
#[derive(Debug, Clone)]
pub(super) struct Lookup<T> {
    joint: Joint,
    /// As long as there are 16-bit codes, so that no lookup need be checked; what is beyond the joint codes is never
    /// touched, and so takes no memory.
    table: Box<[T; MAX_JOINT]>,
}

/// An integer with a bit per measure.
pub(super) trait Lane: Copy + Default + BitAndAssign + BitOrAssign + Send + Sync {
    const ALL: Self;
    /// The low bits of a mask.
    fn truncate(mask: u64) -> Self;
    fn widen(self) -> u64;
}

macro_rules! lane {
    ($($type:ty),*) => {$(
        impl Lane for $type {
            const ALL: Self = <$type>::MAX;
            #[expect(clippy::allow_attributes, reason = "the cast truncates for some of the types only")]
            #[allow(clippy::cast_possible_truncation, reason = "the dropped bits belong to no measure")]
            fn truncate(mask: u64) -> Self {
                mask as $type
            }
            fn widen(self) -> u64 {
                u64::from(self)
            }
        }
    )*};
}
lane!(u16, u32, u64);

impl MaskProgram {
    /// Compiles the clauses of `measures` measures.
    ///
    /// # Errors
    /// [`KernelError::TooManyMeasures`] beyond [`MAX_MEASURES`].
    pub fn new(measures: usize, clauses: &[Clause]) -> Result<Self, KernelError> {
        if measures > MAX_MEASURES {
            return Err(KernelError::TooManyMeasures { measures });
        }
        let steps = match measures {
            0..=16 => Lanes::U16(compile::steps(measures, clauses)),
            17..=32 => Lanes::U32(compile::steps(measures, clauses)),
            _ => Lanes::U64(compile::steps(measures, clauses)),
        };
        Ok(Self { measures, columns: compile::columns(clauses), steps })
    }

    /// Number of measures.
    #[must_use]
    pub fn measures(&self) -> usize {
        self.measures
    }

    /// Writes the mask of each row of `rows`; rows outside the batch's selection get none.
    ///
    /// # Errors
    /// [`KernelError::UnknownColumn`], or [`KernelError::UnequalLengths`] if `out` or the range does not fit.
    pub fn evaluate(&self, batch: &Batch<'_>, rows: Range<usize>, out: &mut [u64]) -> Result<(), KernelError> {
        self.check(batch)?;
        if rows.end > batch.rows() || out.len() != rows.len() {
            return Err(KernelError::UnequalLengths { what: "out", found: out.len(), expected: rows.len() });
        }
        for (block, out) in out.chunks_mut(BLOCK).enumerate() {
            self.block(batch, rows.start + block * BLOCK, out);
        }
        Ok(())
    }

    /// The masks of all rows in a byte each, for programs of at most eight measures: the marks that
    /// [`repeat()`](super::repeat()) takes.
    ///
    /// # Errors
    /// [`KernelError::UnknownColumn`], or [`KernelError::TooManyMeasures`] if there are more than eight.
    pub fn marks(&self, batch: &Batch<'_>, threads: NonZeroUsize) -> Result<Vec<u8>, KernelError> {
        self.check(batch)?;
        let Lanes::U16(steps) = &self.steps else {
            return Err(KernelError::TooManyMeasures { measures: self.measures });
        };
        if self.measures > 8 {
            return Err(KernelError::TooManyMeasures { measures: self.measures });
        }
        let mut marks = vec![0; batch.rows()];
        parallel::fill(&mut marks, BLOCK, threads, |start, out| {
            evaluate_into(steps, batch, start, out, |mask: u16| mask.to_le_bytes()[0]);
        });
        Ok(marks)
    }

    /// The masks of all rows of a batch that has been checked.
    pub(super) fn all(&self, batch: &Batch<'_>, threads: NonZeroUsize) -> Vec<u64> {
        let mut masks = vec![0; batch.rows()];
        parallel::fill(&mut masks, BLOCK, threads, |start, out| self.block(batch, start, out));
        masks
    }

    fn block(&self, batch: &Batch<'_>, start: usize, out: &mut [u64]) {
        match &self.steps {
            Lanes::U16(steps) => evaluate_into(steps, batch, start, out, u64::from),
            Lanes::U32(steps) => evaluate_into(steps, batch, start, out, u64::from),
            Lanes::U64(steps) => evaluate_into(steps, batch, start, out, u64::from),
        }
    }

    pub(super) fn check(&self, batch: &Batch<'_>) -> Result<(), KernelError> {
        batch.check_columns(&self.columns)
    }

    /// The columns referred to, in ascending order.
    pub(super) fn columns(&self) -> &[usize] {
        &self.columns
    }

    pub(super) fn steps(&self) -> &Lanes {
        &self.steps
    }
}

/// Evaluates a block of at most [`BLOCK`] rows and converts its masks.
fn evaluate_into<T: Lane, O>(
    steps: &[Step<T>],
    batch: &Batch<'_>,
    start: usize,
    out: &mut [O],
    convert: impl Fn(T) -> O,
) {
    let mut masks = [T::default(); BLOCK];
    let masks = &mut masks[..out.len()];
    evaluate_block(steps, batch, start, masks);
    for (slot, mask) in out.iter_mut().zip(masks.iter()) {
        *slot = convert(*mask);
    }
}

/// Writes the masks of a block of at most [`BLOCK`] rows from `start` on.
pub(super) fn evaluate_block<T: Lane>(steps: &[Step<T>], batch: &Batch<'_>, start: usize, out: &mut [T]) {
    let mut codes = [0; BLOCK];
    let codes = &mut codes[..out.len()];
    let mut either = [T::default(); BLOCK];
    let either = &mut either[..out.len()];
    // The first lookup needs nothing to narrow down.
    let rest = match steps.split_first() {
        Some((Step::Fused(lookup), rest)) => {
            lookup.each(batch.columns(), start, codes, out, |slot, found| *slot = found);
            rest
        }
        _ => {
            out.fill(T::ALL);
            steps
        }
    };
    for step in rest {
        match step {
            Step::Fused(lookup) => lookup.each(batch.columns(), start, codes, out, |slot, found| *slot &= found),
            Step::Any { exempt, terms } => {
                either.fill(*exempt);
                for term in terms {
                    term.each(batch.columns(), start, codes, either, |slot, found| *slot |= found);
                }
                for (slot, &mut found) in out.iter_mut().zip(&mut *either) {
                    *slot &= found;
                }
            }
        }
    }
    if let Some(words) = batch.selection() {
        for (row, slot) in (start..).zip(out) {
            // All ones if the row is selected.
            *slot &= T::truncate((words[row / 64] >> (row % 64) & 1).wrapping_neg());
        }
    }
}

impl<T: Lane> Lookup<T> {
    pub(super) fn joint(&self) -> &Joint {
        &self.joint
    }

    /// The masks by joint code.
    pub(super) fn masks(&self) -> &[T] {
        &self.table[..self.joint.size()]
    }

    fn each(
        &self,
        columns: &[Column<'_>],
        start: usize,
        codes: &mut [u16],
        out: &mut [T],
        apply: impl Fn(&mut T, T),
    ) {
        self.joint.codes(columns, start, codes);
        for (slot, &mut code) in out.iter_mut().zip(codes) {
            apply(slot, self.table[usize::from(code)]);
        }
    }
}
