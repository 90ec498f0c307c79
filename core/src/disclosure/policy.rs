//! The rules of a release: which cells are disclosive by themselves, what an outsider knows, and what protection is enough.

use super::{DisclosureError, Knowledge};

/// A rule of dominance: one or two contributors make up nearly the whole of a cell (SDC Handbook, chapter 4).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Dominance {
    /// The (n,k) rule: the `n` largest contributions are more than `k` per cent of the cell.
    NK {
        /// How many contributions are added up.
        n: usize,
        /// The percentage, above 0 and at most 100.
        k: f64,
    },
    /// The p% rule: without the two largest contributions, the rest is less than `p` per cent of the largest. So the
    /// second contributor could estimate the largest to within `p` per cent.
    P {
        /// The percentage, above 0.
        p: f64,
    },
}

impl Dominance {
    /// Whether contributions, largest first, are dominated by a few.
    ///
    /// ```
    /// use peelian_core::disclosure::Dominance;
    ///
    /// let rule = Dominance::NK { n: 2, k: 90.0 };
    /// assert!(rule.is_dominated(&[70, 30]));
    /// assert!(!rule.is_dominated(&[80, 10, 10]), "exactly 90% is safe");
    /// ```
    #[must_use]
    pub fn is_dominated(self, largest_first: &[u64]) -> bool {
        let total: f64 = largest_first.iter().copied().map(number).sum();
        match self {
            Self::NK { n, k } => largest(largest_first, n) * 100.0 > k * total,
            Self::P { p } => (total - largest(largest_first, 2)) * 100.0 < p * largest(largest_first, 1),
        }
    }

    /// How far above the cell's total the greatest value that an outsider considers must lie: the upper protection
    /// level (SDC Handbook, chapter 4). 0 for a cell that is not dominated.
    #[must_use]
    pub fn upper_protection(self, largest_first: &[u64]) -> f64 {
        let total: f64 = largest_first.iter().copied().map(number).sum();
        let level = match self {
            Self::NK { n, k } => largest(largest_first, n) * 100.0 / k - total,
            Self::P { p } => p / 100.0 * largest(largest_first, 1) - (total - largest(largest_first, 2)),
        };
        level.max(0.0)
    }
}

/// The sum of the `n` largest contributions.
fn largest(largest_first: &[u64], n: usize) -> f64 {
    largest_first.iter().take(n).copied().map(number).sum()
}

/// A number up to [`super::LARGEST`], which floating point holds exactly.
#[expect(clippy::cast_precision_loss, reason = "numbers of a table are at most 2^40")]
pub(super) fn number(value: u64) -> f64 {
    value as f64
}

/// The rule of group disclosure: all but `k` of a group share an attribute (SDC Handbook, chapter 5).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct GroupRule {
    /// How many of the group may lack the attribute. 0 means that the whole group has it.
    pub k: u64,
    /// The dimension of the attribute. The group is the cell's sum over this dimension: its total.
    pub dimension: String,
}

/// The rule of small bases: a denominator below `least` is not published.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct BaseRule {
    /// The dimension that tells numerators and denominators apart.
    pub dimension: String,
    /// The code of denominators.
    pub code: String,
    /// The least denominator that is published.
    pub least: u64,
}

/// The disclosure policy of a table.
///
/// ```
/// use peelian_core::disclosure::Policy;
///
/// let policy = Policy::small_counts(4);
/// assert!(policy.zeros_published);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// Counts of 1 to `max_n` are small. 0 means that no count is.
    pub max_n: u64,
    /// Whether zeros are published. If not, 0 is a small count, and an outsider who sees a suppressed cell cannot exclude 0.
    pub zeros_published: bool,
    /// The rule of group disclosure.
    pub group: Option<GroupRule>,
    /// The rule of small bases.
    pub base: Option<BaseRule>,
    /// The rule of dominance, for a magnitude table.
    pub dominance: Option<Dominance>,
    /// The least width of the interval in which an outsider can enclose a primary cell. With 1 at least two whole numbers
    /// stay possible.
    pub width: u64,
    /// Whether an outsider sees why a cell is suppressed. If so, a small count is known to be small, and a secondary cell
    /// is known not to be. That costs many more cells, and some cannot be protected: four small counts that are not zero
    /// and add up to a small count of at most 4 are all 1. If not, the published file must show one status for all
    /// suppressed cells, such as C of the SDMX code list.
    pub reasons_published: bool,
    /// Published values are rounded to the nearest multiple of this number. A half is rounded up.
    pub rounding: Option<u64>,
}

impl Policy {
    /// Counts of 1 to `max_n` are suppressed, and zeros are published. An outsider does not see why a cell is suppressed, and
    /// cannot enclose it more narrowly than the rule itself does: `max_n` values stay possible.
    #[must_use]
    pub fn small_counts(max_n: u64) -> Self {
        Self {
            max_n,
            zeros_published: true,
            group: None,
            base: None,
            dominance: None,
            width: max_n.saturating_sub(1).max(1),
            reasons_published: false,
            rounding: None,
        }
    }

    /// What an outsider knows of a table that this policy protects.
    #[must_use]
    pub fn knowledge(&self) -> Knowledge {
        let whole = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
        // Other rules than that of small counts suppress larger cells with the same status.
        let is_small_known = self.reasons_published && self.group.is_none() && self.base.is_none();
        Knowledge {
            max_n: if is_small_known && self.dominance.is_none() { whole(self.max_n) } else { 0 },
            zeros_published: self.zeros_published,
            reasons_published: self.reasons_published,
            rounding: self.rounding.map_or(1, whole),
            width: whole(self.width),
            // The rules of a magnitude table are those of dominance.
            unpublished: if self.dominance.is_none() { whole(self.max_n) } else { 0 },
        }
    }

    /// # Errors
    /// If a setting is outside its range.
    pub(super) fn check(&self) -> Result<(), DisclosureError> {
        let refuse = |what, range| Err(DisclosureError::Setting { what, range });
        match self.dominance {
            Some(Dominance::NK { n, k }) if n == 0 || !(k > 0.0 && k <= 100.0) => {
                return refuse("dominance (n,k) of a policy", "n above 0 and k above 0 and at most 100");
            }
            Some(Dominance::P { p }) if !(p > 0.0 && p.is_finite()) => return refuse("p of a policy", "above 0"),
            _ => {}
        }
        if self.width == 0 {
            return refuse("width of a policy", "1 or more: with 0 a cell may be known exactly");
        }
        if self.max_n > 0 && self.width > self.widest() && self.reasons_published {
            return refuse(
                "width of a policy",
                "at most the number of small counts less 1: the rule itself says that a count is small",
            );
        }
        if self.rounding == Some(0) {
            return refuse("rounding of a policy", "1 or more");
        }
        Ok(())
    }

    /// The greatest distance between two small counts.
    fn widest(&self) -> u64 {
        if self.zeros_published { self.max_n - 1 } else { self.max_n }
    }

    /// The whole numbers that are published as the same value as `value`.
    pub(super) fn rounded(&self, value: i64) -> (i64, i64) {
        let Some(base) = self.rounding.and_then(|base| i64::try_from(base).ok()) else { return (value, value) };
        let low = (value + base / 2).div_euclid(base) * base - base / 2;
        (low.max(0), low + base - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The cases of the SDC Handbook, chapter 4, and of the R package GaussSuppression's tests of its rule of dominance.
    #[test]
    fn dominance_follows_the_published_cases() {
        let one = Dominance::NK { n: 1, k: 90.0 };
        assert!(!one.is_dominated(&[50_000, 49_000, 1_000]));
        let two = Dominance::NK { n: 2, k: 90.90909 };
        assert!(two.is_dominated(&[52_000, 50_000, 8_000]));
        let two = Dominance::NK { n: 2, k: 90.0 };
        for dominated in [[100, 0, 0, 0], [90, 10, 0, 0], [80, 20, 0, 0], [70, 30, 0, 0]] {
            assert!(two.is_dominated(&dominated));
        }
        for safe in [[80, 10, 10, 0], [70, 10, 10, 10], [60, 20, 10, 10]] {
            assert!(!two.is_dominated(&safe));
        }
    }

    #[test]
    fn the_p_rule_compares_the_rest_with_the_largest() {
        let rule = Dominance::P { p: 10.0 };
        assert!(rule.is_dominated(&[100, 50, 9]));
        assert!(!rule.is_dominated(&[100, 50, 10]));
        assert!((rule.upper_protection(&[100, 50, 4]) - 6.0).abs() < 1e-12);
        assert!((Dominance::NK { n: 1, k: 80.0 }.upper_protection(&[90, 10]) - 12.5).abs() < 1e-12);
    }

    /// The SDC Handbook's chapter 5 rounds 1, 3, 12 and 16 to 0, 5, 10 and 15.
    #[test]
    fn roundings_are_intervals() {
        let policy = Policy { rounding: Some(5), ..Policy::small_counts(4) };
        let cases = [(1, (0, 2)), (3, (3, 7)), (12, (8, 12)), (16, (13, 17))];
        for (value, interval) in cases {
            assert_eq!(policy.rounded(value), interval);
        }
        assert_eq!(Policy { rounding: Some(10), ..policy }.rounded(5), (5, 14));
    }

    #[test]
    fn settings_have_ranges() {
        let refused = |policy: Policy| policy.check().unwrap_err().to_string();
        assert!(
            refused(Policy { width: 0, ..Policy::small_counts(4) })
                .starts_with("width of a policy must be 1 or more")
        );
        assert!(
            refused(Policy { width: 4, reasons_published: true, ..Policy::small_counts(4) })
                .starts_with("width of a policy must be at most")
        );
        assert!(Policy { reasons_published: true, ..Policy::small_counts(4) }.check().is_ok());
        let dominance = Some(Dominance::NK { n: 2, k: 101.0 });
        assert!(refused(Policy { dominance, ..Policy::small_counts(0) }).starts_with("dominance (n,k)"));
    }
}
