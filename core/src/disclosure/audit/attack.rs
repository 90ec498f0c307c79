//! The equations that an outsider builds from the codes of a published table.

use std::collections::{BTreeMap, BTreeSet};

use super::super::table::{Codes, join};
use super::super::{Dimension, DisclosureError, Status};
use super::enclose::{real, rounded};
use super::{Knowledge, PublishedCell, PublishedShare};

/// The greatest number of combinations of finest codes: each is an unknown.
const MOST_COMBINATIONS: usize = 1 << 22;
/// No upper end.
pub(super) const MOST: i64 = i64::MAX;
/// Where nothing limits a count, it is at most this number above twice the largest published value, for the solver.
const OPEN: i64 = 1_000_000;

/// A published cell: the sum of unknowns lies between two ends.
#[derive(Debug)]
pub(super) struct CellRow {
    pub(super) unknowns: Vec<usize>,
    pub(super) low: i64,
    pub(super) high: i64,
    pub(super) is_suppressed: bool,
}

pub(super) struct Attack<'a> {
    pub(super) cells: &'a [PublishedCell],
    pub(super) knowledge: Knowledge,
    pub(super) rows: Vec<CellRow>,
    /// For each unknown, the rows that contain it.
    pub(super) rows_of: Vec<Vec<usize>>,
    /// The value of each unknown, once it is known.
    pub(super) fixed: Vec<Option<i64>>,
    /// Combinations that are at least 0: of flags and their totals, and of the parts of percentages.
    pub(super) flags: Vec<Vec<(usize, i64)>>,
    /// The greatest count that is considered.
    pub(super) most: i64,
}

impl<'a> Attack<'a> {
    pub(super) fn new(
        dimensions: &[Dimension],
        cells: &'a [PublishedCell],
        knowledge: Knowledge,
    ) -> Result<Self, DisclosureError> {
        let combinations = dimensions.iter().fold(1, |all: usize, one| all.saturating_mul(one.leaf_count()));
        if combinations > MOST_COMBINATIONS {
            return Err(DisclosureError::TooManyCombinations(combinations));
        }
        let mut position_of = BTreeMap::new();
        for (position, cell) in cells.iter().enumerate() {
            if cell.codes.len() != dimensions.len() {
                let (found, dimensions) = (cell.codes.len(), dimensions.len());
                return Err(DisclosureError::WrongLength { row: position, found, dimensions });
            }
            for (dimension, code) in dimensions.iter().zip(&cell.codes) {
                dimension.leaves_of(code)?;
            }
            if cell.value.is_some() != (cell.status == Status::Free) {
                let status = cell.status.letter();
                return Err(DisclosureError::StatusAndValue { cell: join(&cell.codes), status });
            }
            if position_of.insert(cell.codes.clone(), position).is_some() {
                return Err(DisclosureError::DuplicateCell(join(&cell.codes)));
            }
        }
        let most = OPEN + 2 * cells.iter().filter_map(|cell| cell.value).max().unwrap_or(0);
        let ends = cells.iter().map(|cell| ends(cell, knowledge));
        let empty = |((low, high), cell): ((i64, i64), &PublishedCell)| CellRow {
            unknowns: Vec::new(),
            low,
            high,
            is_suppressed: cell.value.is_none(),
        };
        let rows = ends.zip(cells).map(empty).collect();
        let mut attack =
            Self { cells, knowledge, rows, rows_of: Vec::new(), fixed: Vec::new(), flags: Vec::new(), most };
        attack.add_unknowns(dimensions, &position_of);
        Ok(attack)
    }

    /// An unknown for each combination of finest codes that may occur.
    fn add_unknowns(&mut self, dimensions: &[Dimension], position_of: &BTreeMap<Codes, usize>) {
        let finest: Vec<Vec<String>> = dimensions
            .iter()
            .map(|one| one.codes().iter().take(one.leaf_count()).map(|(code, _)| code.clone()).collect())
            .collect();
        let above: Vec<Vec<Vec<String>>> = dimensions
            .iter()
            .map(|one| {
                let containing = |leaf| {
                    let codes = one.codes().iter().filter(move |(_, leaves)| leaves.contains(&leaf));
                    codes.map(|(code, _)| code.clone()).collect()
                };
                (0..one.leaf_count()).map(containing).collect()
            })
            .collect();
        let combinations = product(&finest.iter().map(|codes| (0..codes.len()).collect()).collect::<Vec<_>>());
        let codes_of = |leaves: &[usize]| -> Codes {
            leaves.iter().zip(&finest).map(|(leaf, codes)| codes[*leaf].clone()).collect()
        };
        let are_finest_published = combinations.iter().any(|leaves| position_of.contains_key(&codes_of(leaves)));
        let mut unknown_of = BTreeMap::new();
        for leaves in combinations {
            if are_finest_published && !position_of.contains_key(&codes_of(&leaves)) {
                continue;
            }
            let unknown = self.fixed.len();
            self.fixed.push(None);
            self.rows_of.push(Vec::new());
            let choices: Vec<Vec<String>> =
                leaves.iter().zip(&above).map(|(leaf, codes)| codes[*leaf].clone()).collect();
            for codes in product(&choices) {
                if let Some(row) = position_of.get(&codes) {
                    self.rows[*row].unknowns.push(unknown);
                    self.rows_of[unknown].push(*row);
                }
            }
            unknown_of.insert(leaves, unknown);
        }
        for (at, dimension) in dimensions.iter().enumerate().filter(|(_, one)| one.is_flags()) {
            let mut by_rest: BTreeMap<Vec<usize>, Vec<(usize, usize)>> = BTreeMap::new();
            for (leaves, unknown) in &unknown_of {
                let mut rest = leaves.clone();
                let code = std::mem::replace(&mut rest[at], 0);
                by_rest.entry(rest).or_default().push((code, *unknown));
            }
            for group in by_rest.into_values() {
                let (total, flags): (Vec<_>, Vec<_>) =
                    group.into_iter().partition(|(code, _)| Some(*code) == dimension.total_position());
                let Some((_, total)) = total.first() else { continue };
                self.flags.extend(flags.iter().map(|(_, flag)| vec![(*total, 1), (*flag, -1)]));
                self.flags.push(flags.iter().map(|(_, flag)| (*flag, 1)).chain([(*total, -1)]).collect());
            }
        }
    }

    /// A percentage p with d decimals tells that the numerator is between p - u and p + u per cent of the denominator, where
    /// u is half a unit of the last decimal.
    pub(super) fn add_shares(&mut self, shares: &[PublishedShare]) -> Result<(), DisclosureError> {
        for share in shares {
            let row = |codes: &Codes| {
                let position = self.cells.iter().position(|cell| cell.codes == *codes);
                position.ok_or_else(|| DisclosureError::UnknownCell(join(codes)))
            };
            let [top, bottom] = [row(&share.numerator)?, row(&share.denominator)?];
            let unit = 10_i64.pow(share.decimals.min(9));
            let twice = 2 * rounded(share.value * real(unit));
            for (factor, end) in [(200 * unit, 1 - twice), (-200 * unit, 1 + twice)] {
                let mut terms: BTreeMap<usize, i64> = BTreeMap::new();
                for (row, factor) in [(top, factor), (bottom, end)] {
                    for unknown in &self.rows[row].unknowns {
                        *terms.entry(*unknown).or_default() += factor;
                    }
                }
                self.flags.push(terms.into_iter().collect());
            }
        }
        Ok(())
    }

    /// Fixes what single equations tell: all unknowns of a cell of 0, and the only unknown of a cell.
    ///
    /// # Errors
    /// If a cell then has a value that its own numbers rule out.
    pub(super) fn settle(&mut self) -> Result<(), DisclosureError> {
        let mut waiting: BTreeSet<usize> = (0..self.rows.len()).collect();
        while let Some(position) = waiting.pop_first() {
            let row = &self.rows[position];
            let open: Vec<usize> = row.unknowns.iter().copied().filter(|one| self.fixed[*one].is_none()).collect();
            let known: i64 = row.unknowns.iter().filter_map(|one| self.fixed[*one]).sum();
            let (low, high) = (row.low - known, row.high - known);
            if high < 0 || (open.is_empty() && !row.unknowns.is_empty() && low > 0) {
                return Err(DisclosureError::Contradiction(join(&self.cells[position].codes)));
            }
            let value = match open[..] {
                [_] if low == high => low,
                _ if high == 0 && low <= 0 => 0,
                _ => continue,
            };
            for unknown in open {
                self.fixed[unknown] = Some(value);
                waiting.extend(&self.rows_of[unknown]);
            }
        }
        Ok(())
    }

    /// The unknowns that hang together, as sets.
    pub(super) fn components(&self) -> Vec<Vec<usize>> {
        let mut seen = vec![false; self.fixed.len()];
        let mut flags_of: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (position, terms) in self.flags.iter().enumerate() {
            for (unknown, _) in terms {
                flags_of.entry(*unknown).or_default().push(position);
            }
        }
        let mut components = Vec::new();
        for start in 0..self.fixed.len() {
            let mut component = Vec::new();
            let mut next = vec![start];
            while let Some(unknown) = next.pop() {
                if self.fixed[unknown].is_some() || std::mem::replace(&mut seen[unknown], true) {
                    continue;
                }
                component.push(unknown);
                next.extend(self.rows_of[unknown].iter().flat_map(|row| &self.rows[*row].unknowns));
                let flags = flags_of.get(&unknown).into_iter().flatten();
                next.extend(flags.flat_map(|flag| self.flags[*flag].iter().map(|(unknown, _)| *unknown)));
            }
            component.sort_unstable();
            if !component.is_empty() {
                components.push(component);
            }
        }
        components
    }
}

/// The values that a cell can have, as far as the cell itself tells.
fn ends(cell: &PublishedCell, knowledge: Knowledge) -> (i64, i64) {
    let not_zero = i64::from(knowledge.zeros_published);
    match (cell.value, cell.status) {
        (Some(value), _) if knowledge.rounding > 1 => {
            let below = knowledge.rounding / 2;
            ((value - below).max(0), value - below + knowledge.rounding - 1)
        }
        (Some(value), _) => (value, value),
        (None, Status::SmallCount) if knowledge.max_n > 0 => (not_zero, knowledge.max_n),
        (None, Status::Secondary) if knowledge.reasons_published && knowledge.max_n > 0 => {
            // Where zeros are suppressed, they are small counts.
            (knowledge.max_n + 1, MOST)
        }
        (None, Status::SetByAgency) => (0, MOST),
        (None, _) => (not_zero, MOST),
    }
}

/// All combinations of one choice each.
fn product<T: Clone>(choices: &[Vec<T>]) -> Vec<Vec<T>> {
    choices.iter().fold(vec![Vec::new()], |done, next| {
        let extend = |one: &Vec<T>| -> Vec<Vec<T>> {
            next.iter().map(|choice| one.iter().cloned().chain([choice.clone()]).collect()).collect()
        };
        done.iter().flat_map(extend).collect()
    })
}
