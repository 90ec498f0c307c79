//! A table as one linear system: published cells are sums of inner cells.

use std::collections::{BTreeMap, BTreeSet};

use super::moves::Move;
use super::table::{Use, join};
use super::{DisclosureError, LARGEST, LinkedCounts, Policy, Reason, Steps, Table, rule};

/// A sum of inner cells, and what the release does with it. Cells of the table that are the same sum share it.
#[derive(Clone, Debug)]
pub(super) struct Sum {
    /// Inner cells, ascending.
    pub(super) members: Vec<usize>,
    pub(super) value: i64,
    pub(super) state: State,
    /// The required distances between the value and the ends of an outsider's interval, and the interval's width.
    pub(super) need: Need,
    /// The lower and the upper end of the values that the rule itself tells of a suppressed cell.
    pub(super) told: (i64, i64),
}

/// What the release does with a sum.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum State {
    /// Published, and it must be: an outsider knows it already.
    Known,
    /// Published, unless it must be suppressed to protect another.
    Free,
    /// Suppressed.
    Suppressed(Reason),
}

/// The protection that a suppressed cell needs.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Need {
    pub(super) width: i64,
    pub(super) above: i64,
}

impl Need {
    /// An interval of a least width, wherever it lies.
    pub(super) fn of_width(width: u64) -> Self {
        Self { width: i64::try_from(width).unwrap_or(NO_END), above: 0 }
    }
}

/// A linear combination of inner cells of which an outsider knows the sign.
#[derive(Clone, Debug)]
pub(super) struct Combination {
    /// Inner cells, ascending, with their coefficients.
    pub(super) terms: Vec<(usize, i64)>,
    pub(super) known: Known,
}

/// What an outsider knows of a combination.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Known {
    /// It is 0: two breakdowns have the same total.
    Zero,
    /// It is at least 0.
    AtLeastZero,
    /// It is at least 0, which is known only while these sums are published: they are the parts of a share.
    AtLeastZeroBeside([usize; 2]),
}

impl Combination {
    /// The combination's value after a move.
    pub(super) fn value(&self, system: &System, moved: &Move) -> i64 {
        let value = |(inner, factor): &(usize, i64)| factor * (system.inner[*inner] + moved.get(inner).unwrap_or(&0));
        self.terms.iter().map(value).sum()
    }

    /// Whether the combination has a value that the outsider considers, after a move.
    pub(super) fn holds(&self, system: &System, moved: &Move) -> bool {
        let value = self.value(system, moved);
        if self.known == Known::Zero { value == 0 } else { value >= 0 }
    }

    /// How far the combination may move down and up.
    pub(super) fn range(&self, system: &System) -> (i64, i64) {
        let value = self.value(system, &Move::new());
        if self.known == Known::Zero { (0, 0) } else { (-value, NO_END) }
    }
}

/// The linear system of a table.
#[derive(Clone, Debug, Default)]
pub(super) struct System {
    /// The values of the inner cells.
    pub(super) inner: Vec<i64>,
    /// Inner cells with one contributor, who is the only case.
    pub(super) single: Vec<bool>,
    pub(super) sums: Vec<Sum>,
    pub(super) combinations: Vec<Combination>,
    /// The table's published cells in the order of their codes, each with its sum.
    pub(super) cells: Vec<(Vec<usize>, usize)>,
    /// For each inner cell, the sums that contain it.
    pub(super) sums_of: Vec<Vec<usize>>,
    /// For each inner cell, the combinations that contain it.
    pub(super) combinations_of: Vec<Vec<usize>>,
}

/// No upper end.
pub(super) const NO_END: i64 = i64::MAX / 4;

impl System {
    /// # Errors
    /// If a sum is too large, or if the table's settings name what it does not have.
    pub(super) fn new(table: &Table, policy: &Policy, steps: Steps) -> Result<Self, DisclosureError> {
        policy.check()?;
        let mut builder = Builder::new(table, policy)?;
        builder.current_cells()?;
        let known = if steps.earlier { table.earlier.len() } else { 0 };
        for earlier in 0..known {
            builder.earlier_cells(earlier)?;
        }
        builder.shares()?;
        builder.shared_contributors();
        Ok(builder.counts.finish())
    }

    /// The sum of some inner cells. A sum that is too large is refused, so it need not be exact.
    pub(super) fn total(&self, members: &[usize]) -> i64 {
        members.iter().fold(0, |total: i64, inner| total.saturating_add(self.inner[*inner]))
    }

    /// Whether an outsider knows the sign of a combination.
    fn is_known(&self, combination: &Combination) -> bool {
        let is_published = |sum: &usize| !matches!(self.sums[*sum].state, State::Suppressed(_));
        match &combination.known {
            Known::AtLeastZeroBeside(parts) => parts.iter().all(is_published),
            Known::Zero | Known::AtLeastZero => true,
        }
    }

    /// The combinations that contain any of some inner cells, and that an outsider knows, with their positions.
    pub(super) fn combinations_of<'a>(
        &'a self,
        inner: impl IntoIterator<Item = &'a usize>,
    ) -> Vec<(usize, &'a Combination)> {
        let touched: BTreeSet<usize> =
            inner.into_iter().flat_map(|inner| &self.combinations_of[*inner]).copied().collect();
        let found = touched.into_iter().map(|position| (position, &self.combinations[position]));
        found.filter(|(_, one)| self.is_known(one)).collect()
    }

    /// The values of a sum that an outsider must consider, from this sum alone.
    pub(super) fn range(&self, sum: usize, policy: &Policy) -> (i64, i64) {
        let sum = &self.sums[sum];
        match sum.state {
            State::Known => (sum.value, sum.value),
            State::Free => policy.rounded(sum.value),
            State::Suppressed(reason) if !reason.protects_others() => sum.told,
            // A secondary cell would be primary if it were small.
            State::Suppressed(_) => (sum.value.min(least_secondary(policy)), NO_END),
        }
    }
}

/// The least value of a secondary cell, as far as its status tells: it is not zero where zeros are published, and not small
/// where the reason is.
pub(super) fn least_secondary(policy: &Policy) -> i64 {
    match (policy.zeros_published, policy.reasons_published && policy.dominance.is_none()) {
        (true, true) => i64::try_from(policy.max_n).unwrap_or(0) + 1,
        (true, false) => 1,
        (false, true) if policy.max_n > 0 => i64::try_from(policy.max_n).unwrap_or(0) + 1,
        (false, _) => 0,
    }
}

struct Builder<'a> {
    table: &'a Table,
    policy: &'a Policy,
    counts: LinkedCounts,
    /// The inner cell of each row, by the positions of its leaves.
    inner_of: BTreeMap<Vec<usize>, usize>,
}

impl<'a> Builder<'a> {
    fn new(table: &'a Table, policy: &'a Policy) -> Result<Self, DisclosureError> {
        let magnitudes = table.rows.values().any(|row| !row.contributions.is_empty());
        let mut counts = LinkedCounts::default();
        let mut inner_of = BTreeMap::new();
        for (position, (key, row)) in table.rows.iter().enumerate() {
            if magnitudes && row.contributions.is_empty() && row.count > 0 {
                return Err(DisclosureError::NoContributions(position));
            }
            let single = if magnitudes { row.contributions.len() == 1 } else { row.count == 1 };
            inner_of.insert(key.clone(), counts.inner(i64::try_from(row.count).unwrap_or(NO_END), single));
        }
        let mut builder = Self { table, policy, counts, inner_of };
        builder.flags();
        Ok(builder)
    }

    /// The inequalities of dimensions of flags: each flag is at most the total, and together they are at least the total.
    fn flags(&mut self) {
        for (position, dimension) in self.table.dimensions.iter().enumerate().filter(|(_, one)| one.is_flags()) {
            let mut groups: BTreeMap<Vec<usize>, Vec<(usize, usize)>> = BTreeMap::new();
            for (key, inner) in &self.inner_of {
                let mut rest = key.clone();
                rest[position] = 0;
                groups.entry(rest).or_default().push((key[position], *inner));
            }
            for members in groups.values() {
                let Some((_, total)) = members.iter().find(|(code, _)| Some(*code) == dimension.total_position())
                else {
                    continue;
                };
                let flags: Vec<usize> =
                    members.iter().map(|(_, inner)| *inner).filter(|inner| inner != total).collect();
                for flag in &flags {
                    self.counts.at_least(&[*total], &[*flag]);
                }
                self.counts.at_least(&flags, &[*total]);
            }
        }
    }

    /// The rows of each published cell.
    fn members(&self, is_wanted: impl Fn(&[usize]) -> bool) -> BTreeMap<Vec<usize>, Vec<usize>> {
        let containing: Vec<Vec<Vec<usize>>> = self.table.dimensions.iter().map(containing_codes).collect();
        let mut cells: BTreeMap<Vec<usize>, Vec<usize>> = BTreeMap::new();
        for (row, inner) in &self.inner_of {
            let choices: Vec<&Vec<usize>> = row.iter().zip(&containing).map(|(leaf, codes)| &codes[*leaf]).collect();
            let mut chosen = vec![0; choices.len()];
            loop {
                let key: Vec<usize> = chosen.iter().zip(&choices).map(|(at, codes)| codes[*at]).collect();
                if is_wanted(&key) {
                    cells.entry(key).or_default().push(*inner);
                }
                if !advance(&mut chosen, &choices) {
                    break;
                }
            }
        }
        cells
    }

    fn current_cells(&mut self) -> Result<(), DisclosureError> {
        let table = self.table;
        let cells = self.members(|key| table.is_published(key));
        for key in table.uses.keys() {
            if !cells.contains_key(key) {
                return Err(DisclosureError::UnknownCell(join(&table.codes(key))));
            }
        }
        let rules = rule::Rules::new(table, self.policy, &cells)?;
        for (key, members) in &cells {
            let value = self.counts.system.total(members);
            if u64::try_from(value).is_ok_and(|value| value > LARGEST) {
                return Err(DisclosureError::TooLarge(join(&table.codes(key))));
            }
            let found = match table.uses.get(key) {
                Some(Use::Withhold) => rule::withheld(),
                _ => rules.apply(key, value),
            };
            let is_kept = table.uses.get(key) == Some(&Use::Keep);
            let unsuppressed = if is_kept { State::Known } else { State::Free };
            let state = found.reason.map_or(unsuppressed, State::Suppressed);
            let sum =
                self.counts.sum(Sum { members: members.clone(), value, state, need: found.need, told: found.told });
            self.counts.system.cells.push((key.clone(), sum));
        }
        Ok(())
    }

    /// Cells of an earlier release: sums of the same inner cells, but of the earlier count where a row was revised.
    fn earlier_cells(&mut self, earlier: usize) -> Result<(), DisclosureError> {
        let table = self.table;
        let earlier = &table.earlier[earlier];
        let mut then = BTreeMap::new();
        for (codes, count) in &earlier.revised {
            let key = table.leaf_key(codes)?;
            let current = self.inner_of.get(&key).copied();
            let count = i64::try_from(*count).unwrap_or(NO_END);
            if current.is_some_and(|inner| self.counts.system.inner[inner] == count) {
                continue;
            }
            then.insert(key, self.counts.inner(count, count == 1));
        }
        let mut wanted = BTreeMap::new();
        for (codes, is_free) in &earlier.cells {
            wanted.insert(table.key(codes)?, *is_free);
        }
        let cells = self.members(|key| wanted.contains_key(key));
        let now_to_then: BTreeMap<usize, usize> =
            then.iter().filter_map(|(key, inner)| Some((*self.inner_of.get(key)?, *inner))).collect();
        // Rows that exist no longer belong to the earlier cells too.
        for (key, is_free) in &wanted {
            let mut members: Vec<usize> = cells.get(key).into_iter().flatten().copied().collect();
            for member in &mut members {
                *member = now_to_then.get(member).copied().unwrap_or(*member);
            }
            let gone = then.iter().filter(|(row, _)| !self.inner_of.contains_key(*row));
            members.extend(gone.filter(|(row, _)| contains(table, key, row)).map(|(_, inner)| *inner));
            members.sort_unstable();
            let value = self.counts.system.total(&members);
            let (need, told) = rule::earlier(self.policy, value);
            self.counts.sum(if *is_free {
                Sum { members, value, state: State::Known, need: Need::default(), told: (value, value) }
            } else {
                Sum { members, value, state: State::Suppressed(Reason::Earlier), need, told }
            });
        }
        Ok(())
    }

    /// A share lies within half a unit of its last decimal. Beside rounded counts that tells more than the counts do.
    fn shares(&mut self) -> Result<(), DisclosureError> {
        let system = &self.counts.system;
        let sums: BTreeMap<&Vec<usize>, usize> = system.cells.iter().map(|(key, sum)| (key, *sum)).collect();
        let unknown = |codes: &[String]| DisclosureError::UnknownCell(join(codes));
        let mut found = Vec::new();
        for share in &self.table.shares {
            let sum = |codes: &[String]| sums.get(&self.table.key(codes)?).copied().ok_or_else(|| unknown(codes));
            let parts @ [numerator, denominator] = [sum(&share.numerator)?, sum(&share.denominator)?];
            let [top, bottom] = parts.map(|sum| &system.sums[sum]);
            let Some(units) = share.of(top.value, bottom.value) else { continue };
            // units - 1/2 <= whole * numerator / denominator <= units + 1/2.
            for (sign, end) in [(1, 2 * units - 1), (-1, 2 * units + 1)] {
                let mut terms: BTreeMap<usize, i64> = BTreeMap::new();
                for (sum, factor) in [(numerator, 2 * share.whole()), (denominator, -end)] {
                    for inner in &system.sums[sum].members {
                        *terms.entry(*inner).or_default() += sign * factor;
                    }
                }
                let known = Known::AtLeastZeroBeside(parts);
                found.push(Combination { terms: terms.into_iter().collect(), known });
            }
        }
        self.counts.system.combinations.extend(found);
        Ok(())
    }

    /// Virtual cells of a magnitude table. A contributor who is alone in a suppressed cell knows that cell, and so works
    /// out the other of two suppressed cells whose sum is published. The sum of such a pair is protected too.
    fn shared_contributors(&mut self) {
        if self.policy.dominance.is_none() {
            return;
        }
        let system = &self.counts.system;
        let single = |inner: &usize| system.single[*inner];
        let is_suppressed = |sum: usize| matches!(system.sums[sum].state, State::Suppressed(_));
        let alone = |inner| self.counts.sum_of(&[inner]).is_some_and(is_suppressed);
        let suppressed: Vec<bool> = (0..system.inner.len()).map(alone).collect();
        let mut pairs = Vec::new();
        for sum in &system.sums {
            let hidden: Vec<usize> = sum.members.iter().copied().filter(|inner| suppressed[*inner]).collect();
            if hidden.len() == 2 && hidden.iter().any(single) {
                pairs.push(hidden);
            }
        }
        for members in pairs {
            if self.counts.sum_of(&members).is_none() {
                let value = self.counts.system.total(&members);
                let (state, need) = (State::Suppressed(Reason::Virtual), Need { width: 1, above: 0 });
                self.counts.sum(Sum { members, value, state, need, told: (0, NO_END) });
            }
        }
    }
}

/// For each leaf, the codes that contain it.
fn containing_codes(dimension: &super::Dimension) -> Vec<Vec<usize>> {
    let mut containing = vec![Vec::new(); dimension.leaf_count()];
    for (position, (_, leaves)) in dimension.codes().iter().enumerate() {
        for leaf in leaves {
            containing[*leaf].push(position);
        }
    }
    containing
}

/// Whether the cell with this key contains the row with these leaves.
pub(super) fn contains(table: &Table, key: &[usize], row: &[usize]) -> bool {
    let codes = table.dimensions.iter().zip(key).zip(row);
    codes.fold(true, |all, ((dimension, code), leaf)| all && dimension.codes()[*code].1.contains(leaf))
}

/// Steps to the next choice, as an odometer does. `false` after the last.
fn advance(chosen: &mut [usize], choices: &[&Vec<usize>]) -> bool {
    for (at, codes) in chosen.iter_mut().zip(choices).rev() {
        *at += 1;
        if *at < codes.len() {
            return true;
        }
        *at = 0;
    }
    false
}
