//! Weighted sums for surveys.

use std::num::NonZeroUsize;

use super::KernelError;
use super::column::Batch;
use super::group::GroupIndex;
use super::mask::{BLOCK, MaskProgram};
use crate::parallel;

/// Units of a weight of 1: weights are integers so that their sums do not depend on order.
pub const WEIGHT_UNIT: u64 = 1_000_000_000;

/// The largest weight, in units: about 281,475. The squares of 2^32 of them sum to less than 2^128.
pub const MAX_WEIGHT: u64 = 1 << 48;

/// Cells that a result may have.
const MAX_CELLS: usize = 1 << 24;

const CHUNK: usize = 8 * BLOCK;

/// The respondents of one group who belong to one measure's population.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WeightedSums {
    /// How many.
    pub n: u64,
    /// Sum of their weights, in units of 1e-9.
    pub sum_w: u128,
    /// Sum of the squares of their weights, in units of 1e-18: with `n` and `sum_w` it gives Kish's effective sample
    /// size, `sum_w^2 / sum_w2` (Kish 1965, Survey Sampling, section 11.7).
    pub sum_w2: u128,
}

impl WeightedSums {
    /// Adds the sums over other respondents.
    pub fn merge(&mut self, other: &Self) {
        self.n += other.n;
        self.sum_w += other.sum_w;
        self.sum_w2 += other.sum_w2;
    }
}

/// Sums the weights of the selected rows for each group and measure; result `group * measures + measure`.
///
/// `weights` are in units of 1e-9 ([`WEIGHT_UNIT`]).
///
/// # Errors
/// [`KernelError::UnknownColumn`], [`KernelError::UnequalLengths`] if `weights` has another length than the batch,
/// [`KernelError::WeightTooLarge`], or [`KernelError::TooManyCells`] if groups times measures are more than 2^24.
pub fn weighted(
    program: &MaskProgram,
    groups: &GroupIndex,
    batch: &Batch<'_>,
    weights: &[u64],
    threads: NonZeroUsize,
) -> Result<Vec<WeightedSums>, KernelError> {
    program.check(batch)?;
    groups.check(batch)?;
    if weights.len() != batch.rows() {
        return Err(KernelError::UnequalLengths { what: "weights", found: weights.len(), expected: batch.rows() });
    }
    if u32::try_from(batch.rows()).is_err() {
        return Err(KernelError::TooManyRows { rows: batch.rows() });
    }
    if let Some(row) = weights.iter().position(|weight| *weight > MAX_WEIGHT) {
        return Err(KernelError::WeightTooLarge { row });
    }
    let measures = program.measures();
    let cells = (groups.groups() as usize).saturating_mul(measures);
    if cells > MAX_CELLS {
        return Err(KernelError::TooManyCells { cells, limit: MAX_CELLS });
    }
    let masks = program.all(batch, threads);
    let init = || vec![WeightedSums::default(); cells];
    let states = parallel::fold(batch.rows(), CHUNK, threads, init, |sums: &mut Vec<_>, rows| {
        let mut block = [0; BLOCK];
        let end = rows.end;
        for start in rows.step_by(BLOCK) {
            let len = BLOCK.min(end - start);
            groups.block(batch, start, &mut block[..len]);
            for (row, &group) in (start..).zip(&block[..len]).filter(|(_, group)| **group < groups.groups()) {
                add(sums, group as usize * measures, masks[row], weights[row]);
            }
        }
    });
    let mut total = init();
    for state in &states {
        for (sums, part) in total.iter_mut().zip(state) {
            sums.merge(part);
        }
    }
    Ok(total)
}

fn add(sums: &mut [WeightedSums], first: usize, mut mask: u64, weight: u64) {
    let weight = u128::from(weight);
    while mask != 0 {
        let sums = &mut sums[first + mask.trailing_zeros() as usize];
        sums.merge(&WeightedSums { n: 1, sum_w: weight, sum_w2: weight * weight });
        mask &= mask - 1;
    }
}
