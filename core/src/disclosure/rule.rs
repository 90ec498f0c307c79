//! The primary rules: which cells are disclosive by themselves.

use std::collections::BTreeMap;

use super::system::{NO_END, Need};
use super::{DisclosureError, Policy, Reason, Table};

/// What the rules say of a cell.
pub(super) struct Found {
    /// Why it is suppressed, if it is.
    pub(super) reason: Option<Reason>,
    pub(super) need: Need,
    /// The values that the rule itself tells.
    pub(super) told: (i64, i64),
}

/// The primary rules of a policy, for the cells of a table.
pub(super) struct Rules<'a> {
    table: &'a Table,
    policy: &'a Policy,
    cells: &'a BTreeMap<Vec<usize>, Vec<usize>>,
    /// The rows in the order of the inner cells.
    rows: Vec<&'a super::table::Row>,
    group: Option<usize>,
    /// The position and the code of denominators.
    base: Option<(usize, usize)>,
}

/// The protection of a small count, and what its status tells an outsider.
pub(super) fn small_count(policy: &Policy) -> (Need, (i64, i64)) {
    let width = i64::try_from(policy.width).unwrap_or(NO_END);
    let least = i64::from(policy.zeros_published);
    // The rule of groups suppresses counts of any size with the same status, so the status tells less.
    let most = if policy.group.is_some() || !policy.reasons_published {
        NO_END
    } else {
        i64::try_from(policy.max_n).unwrap_or(NO_END)
    };
    (Need { width, above: 0 }, (least, most))
}

/// The least value that the status C of a suppressed cell tells: zeros are published.
pub(super) fn least_suppressed(value: i64) -> i64 {
    value.min(1)
}

/// The protection of a cell that was suppressed earlier, and what its status told. A cell that is not small was secondary.
pub(super) fn earlier(policy: &Policy, value: i64) -> (Need, (i64, i64)) {
    let (need, told) = small_count(policy);
    if value <= i64::try_from(policy.max_n).unwrap_or(NO_END) {
        return (need, told);
    }
    (Need { width: 1, above: 0 }, (0, NO_END))
}

/// A cell that the agency withholds. Its status tells nothing of its size, and it must not be known exactly.
pub(super) fn withheld() -> Found {
    Found { reason: Some(Reason::Withheld), need: Need { width: 1, above: 0 }, told: (0, NO_END) }
}

impl<'a> Rules<'a> {
    pub(super) fn new(
        table: &'a Table,
        policy: &'a Policy,
        cells: &'a BTreeMap<Vec<usize>, Vec<usize>>,
    ) -> Result<Self, DisclosureError> {
        let group = policy.group.as_ref().map(|rule| table.dimension(&rule.dimension)).transpose()?;
        let base = match &policy.base {
            Some(rule) => {
                let dimension = table.dimension(&rule.dimension)?;
                Some((dimension, table.dimensions[dimension].position(&rule.code)?))
            }
            None => None,
        };
        Ok(Self { table, policy, cells, rows: table.rows.values().collect(), group, base })
    }

    /// Applies the rules in the order in which a reader would name them.
    pub(super) fn apply(&self, key: &[usize], value: i64) -> Found {
        let (need, told) = small_count(self.policy);
        let found = |reason| Found { reason: Some(reason), need, told };
        if self.is_small_base(key, value) {
            let least = self.policy.base.as_ref().map_or(0, |rule| rule.least);
            let most = i64::try_from(least).unwrap_or(NO_END).max(told.1.saturating_add(1)) - 1;
            return Found { told: (told.0, most), ..found(Reason::SmallBase) };
        }
        if let Some(found) = self.dominance(key, value) {
            return found;
        }
        if self.policy.dominance.is_none() && self.is_small(value) {
            return found(Reason::SmallCount);
        }
        if self.is_group(key, value) {
            return found(Reason::Group);
        }
        Found { reason: None, need, told: (0, NO_END) }
    }

    fn is_small(&self, value: i64) -> bool {
        let most = i64::try_from(self.policy.max_n).unwrap_or(NO_END);
        most > 0 && value <= most && (value > 0 || !self.policy.zeros_published)
    }

    fn is_small_base(&self, key: &[usize], value: i64) -> bool {
        let (Some((dimension, code)), Some(rule)) = (self.base, &self.policy.base) else { return false };
        key[dimension] == code && value > 0 && value < i64::try_from(rule.least).unwrap_or(NO_END)
    }

    /// All but `k` of the group have the attribute, and the group is not empty.
    fn is_group(&self, key: &[usize], value: i64) -> bool {
        let (Some(dimension), Some(rule)) = (self.group, &self.policy.group) else { return false };
        let Some(total) = self.table.dimensions[dimension].total_position() else { return false };
        let mut whole = key.to_vec();
        whole[dimension] = total;
        let Some(members) = self.cells.get(&whole).filter(|_| key[dimension] != total) else { return false };
        let group = members.iter().fold(0, |total: u64, inner| total.saturating_add(self.rows[*inner].count));
        let value = u64::try_from(value).unwrap_or(0);
        value > 0 && group - value.min(group) <= rule.k
    }

    /// The rule of dominance. Contributions of one contributor to several rows of the cell are one contribution.
    fn dominance(&self, key: &[usize], value: i64) -> Option<Found> {
        let rule = self.policy.dominance?;
        let mut by_contributor: BTreeMap<u64, u64> = BTreeMap::new();
        for one in self.cells[key].iter().flat_map(|inner| &self.rows[*inner].contributions) {
            *by_contributor.entry(one.contributor).or_default() += one.value;
        }
        let mut largest_first: Vec<u64> = by_contributor.into_values().collect();
        largest_first.sort_unstable_by(|a, b| b.cmp(a));
        if value == 0 || !rule.is_dominated(&largest_first) {
            return None;
        }
        let above = whole_up(rule.upper_protection(&largest_first));
        let width = i64::try_from(self.policy.width).unwrap_or(NO_END).max(above);
        let reason = if rule_counts_two(rule) { Reason::DominanceByTwo } else { Reason::Dominance };
        Some(Found { reason: Some(reason), need: Need { width, above }, told: (0, NO_END) })
    }
}

/// Whether the rule adds up more than one contribution.
fn rule_counts_two(rule: super::Dominance) -> bool {
    matches!(rule, super::Dominance::NK { n, .. } if n > 1)
}

/// The least whole number that is not below a protection level.
#[expect(clippy::cast_possible_truncation, reason = "sums of a table are at most 2^40")]
fn whole_up(level: f64) -> i64 {
    level.ceil() as i64
}
