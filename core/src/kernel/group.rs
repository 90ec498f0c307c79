//! The dense index of a row's group: area, month and breakdowns in one number.

use std::num::NonZeroUsize;

use super::KernelError;
use super::column::Batch;
use super::joint::{Joint, MAX_JOINT, Slots};
use super::mask::BLOCK;
use crate::parallel;

/// No position: the row is in no group.
pub const NONE: u32 = u32::MAX;

/// Joint codes that one lookup table may have: 32 KiB of 4-byte positions.
const TABLE_LIMIT: usize = 1 << 13;

/// What a table adds for a code in no group. Larger than any index, and few enough fit into 32 bits to add up.
const OUTSIDE: u32 = 1 << 26;
const MAX_GROUPS: usize = OUTSIDE as usize;
const MAX_DIMENSIONS: usize = 32;

/// One key of the groups: a column and the position that each of its codes takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dimension {
    /// Position of the column in the batch.
    pub column: usize,
    /// For each code its position in `0..size`, or [`NONE`]. Codes beyond the end have none.
    pub table: Vec<u32>,
    /// Number of positions.
    pub size: u32,
}

/// A dense index over several dimensions, the last varying fastest.
///
/// A row with a code that has no position in some dimension is in no group. To keep such rows, give them a position of
/// their own ("unknown").
///
/// ```
/// use peelian_core::kernel::{Batch, Column, Dimension, GroupIndex, NONE};
///
/// let borough = Dimension { column: 0, table: vec![NONE, 0, 1], size: 2 };
/// let month = Dimension { column: 1, table: vec![NONE, 0, 1, 2], size: 3 };
/// let index = GroupIndex::new(&[borough, month])?;
/// let batch = Batch::new(3, vec![Column::U8(&[1, 2, 9]), Column::U16(&[1, 3, 1])], None)?;
/// assert_eq!(index.groups(), 6);
/// assert_eq!(index.rows(&batch, std::num::NonZeroUsize::MIN)?, [0, 5, NONE]);
/// # Ok::<(), peelian_core::kernel::KernelError>(())
/// ```
#[derive(Debug, Clone)]
pub struct GroupIndex {
    groups: u32,
    /// Ascending.
    columns: Vec<usize>,
    /// One if all dimensions fit one joint code, else as few as small tables allow.
    lookups: Vec<(Joint, Vec<u32>)>,
}

/// A dimension without the codes at either end that have no position, and its stride in the index.
struct Trimmed<'a> {
    column: usize,
    low: usize,
    positions: &'a [u32],
    stride: u32,
}

impl GroupIndex {
    /// Compiles the dimensions. None at all make one group of every row.
    ///
    /// # Errors
    /// [`KernelError::PositionOutOfRange`] or [`KernelError::TooManyCells`].
    pub fn new(dimensions: &[Dimension]) -> Result<Self, KernelError> {
        let mut groups: usize = 1;
        let mut trimmed = Vec::with_capacity(dimensions.len());
        for dimension in dimensions.iter().rev() {
            dimension.check()?;
            trimmed.push(dimension.trim(u32::try_from(groups).unwrap_or(OUTSIDE)));
            groups = groups.saturating_mul(dimension.size as usize);
            if groups > MAX_GROUPS || trimmed.len() > MAX_DIMENSIONS {
                return Err(KernelError::TooManyCells { cells: groups, limit: MAX_GROUPS });
            }
        }
        let mut columns: Vec<usize> = dimensions.iter().map(|dimension| dimension.column).collect();
        columns.sort_unstable();
        let packs = if size(&trimmed) <= MAX_JOINT { vec![trimmed] } else { pack(trimmed) };
        Ok(Self {
            groups: u32::try_from(groups).unwrap_or(OUTSIDE),
            columns,
            lookups: packs.iter().map(|pack| tabulate(pack)).collect(),
        })
    }

    /// Number of groups.
    #[must_use]
    pub fn groups(&self) -> u32 {
        self.groups
    }

    /// The group of every row, or [`NONE`].
    ///
    /// # Errors
    /// [`KernelError::UnknownColumn`].
    pub fn rows(&self, batch: &Batch<'_>, threads: NonZeroUsize) -> Result<Vec<u32>, KernelError> {
        self.check(batch)?;
        let mut rows = vec![0; batch.rows()];
        parallel::fill(&mut rows, BLOCK, threads, |start, out| {
            self.block(batch, start, out);
            for group in out.iter_mut().filter(|group| **group == self.groups) {
                *group = NONE;
            }
        });
        Ok(rows)
    }

    /// All dimensions as one joint code, and the group of each code (at or beyond the number of groups for none), where
    /// there are few enough codes.
    pub(super) fn whole(&self) -> Option<(&Joint, &[u32])> {
        match self.lookups.as_slice() {
            [(joint, table)] => Some((joint, table)),
            _ => None,
        }
    }

    /// The columns referred to, in ascending order.
    pub(super) fn columns(&self) -> &[usize] {
        &self.columns
    }

    pub(super) fn check(&self, batch: &Batch<'_>) -> Result<(), KernelError> {
        batch.check_columns(&self.columns)
    }

    /// Writes the groups of a block of at most [`BLOCK`] rows; rows in none get the number of groups.
    pub(super) fn block(&self, batch: &Batch<'_>, start: usize, out: &mut [u32]) {
        let mut codes = [0; BLOCK];
        let codes = &mut codes[..out.len()];
        out.fill(0);
        for (joint, table) in &self.lookups {
            joint.codes(batch.columns(), start, codes);
            for (group, &mut code) in out.iter_mut().zip(&mut *codes) {
                // At most 32 lookups of at most OUTSIDE each: below 2^32.
                *group = group.wrapping_add(table[usize::from(code)]);
            }
        }
        for group in out {
            *group = self.groups.min(*group);
        }
    }
}

impl Dimension {
    fn check(&self) -> Result<(), KernelError> {
        let outside = |(_, position): &(usize, &u32)| **position >= self.size && **position != NONE;
        match self.table.iter().enumerate().find(outside) {
            Some((code, &position)) => Err(KernelError::PositionOutOfRange { code, position, size: self.size }),
            None => Ok(()),
        }
    }

    fn trim(&self, stride: u32) -> Trimmed<'_> {
        let table = &self.table[..self.table.len().min(MAX_JOINT)];
        let low = table.iter().position(|position| *position != NONE).unwrap_or(0);
        let end = table.iter().rposition(|position| *position != NONE).map_or(low, |last| last + 1);
        Trimmed { column: self.column, low, positions: &table[low..end], stride }
    }
}

impl Trimmed<'_> {
    fn slots(&self) -> Slots {
        Slots::Range { low: self.low, len: self.positions.len() }
    }

    fn offset(&self, slot: usize) -> u32 {
        match self.positions.get(slot) {
            Some(&position) if position != NONE => position * self.stride,
            _ => OUTSIDE,
        }
    }
}

/// Joint codes of dimensions read as one.
fn size(pack: &[Trimmed<'_>]) -> usize {
    pack.iter().fold(1, |size: usize, dimension| size.saturating_mul(dimension.slots().size()))
}

/// Puts dimensions together as long as their joint table stays small.
fn pack(dimensions: Vec<Trimmed<'_>>) -> Vec<Vec<Trimmed<'_>>> {
    let mut packs: Vec<Vec<Trimmed<'_>>> = Vec::new();
    for dimension in dimensions {
        let own = dimension.slots().size();
        match packs.iter_mut().find(|pack| size(pack) * own <= TABLE_LIMIT) {
            Some(pack) => pack.push(dimension),
            None => packs.push(vec![dimension]),
        }
    }
    packs
}

fn tabulate(pack: &[Trimmed<'_>]) -> (Joint, Vec<u32>) {
    let joint = Joint::new(pack.iter().map(|dimension| (dimension.column, dimension.slots())));
    // The first dimension varies fastest. At most 32 sums of OUTSIDE each: below 2^32.
    let mut table = vec![0];
    for dimension in pack {
        let offsets = (0..dimension.slots().size()).map(|slot| dimension.offset(slot));
        table = offsets.flat_map(|offset| table.iter().map(move |sum| sum + offset)).collect();
    }
    for sum in &mut table {
        *sum = OUTSIDE.min(*sum);
    }
    (joint, table)
}
