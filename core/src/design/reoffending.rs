//! Proven reoffending of a cohort: the share of offenders who reoffend, and the number of reoffences.

use std::sync::Arc;

use serde::Deserialize;
use toml::Spanned;

use super::population::{SubjectsTable, row_basis};
use super::{Design, FollowUp, Formula, Histogram, Input, Inputs, Quantity, Reader, Selection, Subjects, Tally};
use crate::estimate::{self, Estimated, IntervalRule, MissingReason, Rule, Unavailable, ValueKind, count_to_f64};
use crate::measure_file::{DefinitionError, Fields, Table, Text};
use crate::stats::bootstrap::{description, percentile};

/// The design's name in a measure's file: the value of `design.kind`.
pub(super) const KIND: &str = "reoffending";

/// Offenders who are followed up, with the number of their reoffences. Everything is computed from how many offenders have
/// how many reoffences.
///
/// A reoffence counts if it is committed later than the day of the index event and within the follow-up, and is proved by
/// the end of the waiting period. Source: Ministry of Justice, Guide to proven reoffending statistics.
#[derive(Debug)]
struct Reoffending {
    offenders: Subjects,
    follow_up: FollowUp,
    result: ReoffendingResult,
}

/// Kind of the result.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "snake_case")]
enum ReoffendingResult {
    /// The share of offenders with a reoffence. Interval: Wilson 1927.
    BinaryRate,
    /// Reoffences for each offender with a reoffence. Interval: percentile bootstrap over offenders, because the numbers
    /// of reoffences vary more than Poisson numbers.
    PerReoffender,
    /// Reoffences for each offender.
    PerOffender,
    /// Reoffences for each 100 offenders.
    #[serde(rename = "per_100_offenders")]
    Per100Offenders,
    /// The share of all reoffences that the tenth of reoffenders with the most reoffences commits.
    TopTenthShare,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReoffendingTable {
    result: ReoffendingResult,
    population: SubjectsTable,
    reoffence: ReoffenceTable,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReoffenceTable {
    dataset: Text,
    date: Text,
    area: Text,
    proved: Text,
    from: Text,
    counted: Text,
    months: Spanned<i32>,
    proved_months: Spanned<i32>,
}

/// Reads the table `design` of a measure's file.
pub(super) fn read(table: Table<'_>, reader: &Reader<'_>) -> Result<Arc<dyn Design>, DefinitionError> {
    let fields = reader.fields;
    let written: ReoffendingTable = fields.checker().read(table)?;
    let offenders = written.population.read(fields)?;
    let follow_up = written.reoffence.read(&offenders, fields)?;
    Ok(Arc::new(Reoffending { offenders, follow_up, result: written.result }))
}

impl ReoffenceTable {
    fn read(&self, offenders: &Subjects, fields: &Fields<'_>) -> Result<FollowUp, DefinitionError> {
        const LONGEST: i32 = 120;
        let checker = fields.checker();
        let dataset = fields.dataset(&self.dataset)?;
        let from = fields.date(dataset, &self.from)?;
        if !from.referenced || from.dataset != offenders.rows.dataset.id {
            let reason = format!("{from} is not a date of the {} to which the row refers", offenders.rows.dataset.id);
            return checker.at(&self.from, reason);
        }
        let (months, proved_months) = (*self.months.get_ref(), *self.proved_months.get_ref());
        if !(1..=proved_months).contains(&months) || proved_months > LONGEST {
            let reason = format!("the follow-up has at least 1 month, and the proof no fewer, up to {LONGEST}");
            return checker.fault(self.months.span().start, reason);
        }
        Ok(FollowUp {
            events: row_basis(dataset, &self.date, &self.area, None, fields)?,
            counted: fields.predicate(dataset, Some(&self.counted))?,
            from,
            same_day: false,
            months,
            proved: fields.date(dataset, &self.proved)?,
            proved_months,
        })
    }
}

impl ReoffendingResult {
    /// The numerator and the denominator, from how many offenders have how many reoffences.
    fn parts(self, offenders: &[(i32, u64)]) -> (u64, u64) {
        let sums = Sums::of(offenders);
        match self {
            Self::BinaryRate => (sums.reoffenders, sums.offenders),
            Self::PerReoffender => (sums.reoffences, sums.reoffenders),
            Self::PerOffender | Self::Per100Offenders => (sums.reoffences, sums.offenders),
            Self::TopTenthShare => (of_top_tenth(offenders, sums.reoffenders), sums.reoffences),
        }
    }

    /// The result; `None` if nobody is in the denominator.
    fn of(self, offenders: &[(i32, u64)]) -> Option<f64> {
        let (above, below) = self.parts(offenders);
        let ratio = (below > 0).then(|| count_to_f64(above) / count_to_f64(below))?;
        Some(if self == Self::Per100Offenders { 100.0 * ratio } else { ratio })
    }
}

/// Numbers of offenders, of those with a reoffence, and of reoffences.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    offenders: u64,
    reoffenders: u64,
    reoffences: u64,
}

impl Sums {
    fn of(offenders: &[(i32, u64)]) -> Self {
        offenders.iter().fold(Self::default(), |sums, (reoffences, count)| Self {
            offenders: sums.offenders + count,
            reoffenders: sums.reoffenders + if *reoffences > 0 { *count } else { 0 },
            reoffences: sums.reoffences + u64::try_from(*reoffences).unwrap_or(0).saturating_mul(*count),
        })
    }
}

/// Reoffences of the tenth of reoffenders with the most reoffences. The tenth is rounded up to whole persons.
fn of_top_tenth(offenders: &[(i32, u64)], reoffenders: u64) -> u64 {
    let mut left = reoffenders.div_ceil(10);
    let mut reoffences: u64 = 0;
    for (number, count) in offenders.iter().rev() {
        let taken = left.min(*count);
        reoffences = reoffences.saturating_add(u64::try_from(*number).unwrap_or(0).saturating_mul(taken));
        left -= taken;
    }
    reoffences
}

impl Design for Reoffending {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn value_kinds(&self) -> &'static [ValueKind] {
        match self.result {
            ReoffendingResult::BinaryRate | ReoffendingResult::TopTenthShare => &[ValueKind::Proportion],
            ReoffendingResult::PerReoffender | ReoffendingResult::PerOffender => &[ValueKind::Ratio],
            ReoffendingResult::Per100Offenders => &[ValueKind::RatePer100],
        }
    }

    fn intervals(&self) -> &'static [IntervalRule] {
        match self.result {
            ReoffendingResult::BinaryRate => &[IntervalRule::Wilson],
            _ => &[IntervalRule::Bootstrap],
        }
    }

    fn formula(&self) -> Formula {
        let (value, symbols) = match self.result {
            ReoffendingResult::BinaryRate => {
                ("r / N", "N is the number of offenders, and r the number of them with at least one reoffence.")
            }
            ReoffendingResult::PerReoffender => (
                "Σ k / r",
                "k is the number of reoffences of an offender, and r the number of offenders with at least one.",
            ),
            ReoffendingResult::PerOffender => {
                ("Σ k / N", "k is the number of reoffences of an offender, and N the number of all offenders.")
            }
            ReoffendingResult::Per100Offenders => {
                ("100 × Σ k / N", "k is the number of reoffences of an offender, and N the number of all offenders.")
            }
            ReoffendingResult::TopTenthShare => (
                "Σ h / Σ k",
                "Σ k is the number of all reoffences, and Σ h the number of those by the tenth of reoffenders with \
                 most. The tenth is rounded up to whole persons.",
            ),
        };
        Formula { value, symbols }
    }

    fn inputs(&self) -> Vec<Input> {
        vec![Input::Histogram(Histogram {
            of: Quantity::Events(self.follow_up.clone()),
            subjects: Tally::of_subjects(&self.offenders),
        })]
    }

    fn selections(&self) -> Vec<Selection> {
        vec![
            Selection::of_subjects("offenders", &self.offenders),
            Selection::named("reoffence", &self.follow_up.counted),
        ]
    }

    fn estimate(&self, inputs: &Inputs, rule: Rule) -> Result<Estimated, Unavailable> {
        let frequencies = inputs.histogram(0)?;
        let offenders: Vec<(i32, u64)> = frequencies.iter().map(|(value, count)| (*value, *count)).collect();
        let (numerator, denominator) = self.result.parts(&offenders);
        let (numerator, denominator) = (count_to_f64(numerator), count_to_f64(denominator));
        if self.result == ReoffendingResult::BinaryRate {
            return estimate::share(numerator, denominator, rule);
        }
        let value = self.result.of(&offenders).ok_or(MissingReason::ZeroDenominator)?;
        let interval = rule.interval.then(|| percentile(frequencies, rule.confidence, |drawn| self.result.of(drawn)));
        Ok(Estimated {
            value,
            interval: interval.and_then(Result::ok),
            numerator: Some(numerator),
            denominator: Some(denominator),
            ..Estimated::default()
        })
    }

    fn caveats(&self, _: &Inputs) -> Vec<String> {
        match self.result {
            ReoffendingResult::BinaryRate => Vec::new(),
            _ => vec![description("offenders")],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 10 offenders: 5 without a reoffence, 3 with one, one with two, one with 10.
    const OFFENDERS: [(i32, u64); 4] = [(0, 5), (1, 3), (2, 1), (10, 1)];

    #[test]
    fn results_agree_with_each_other() {
        let of = |result: ReoffendingResult| result.of(&OFFENDERS).unwrap();
        assert!((of(ReoffendingResult::BinaryRate) - 0.5).abs() < 1e-15);
        assert!((of(ReoffendingResult::PerReoffender) - 3.0).abs() < 1e-15);
        assert!((of(ReoffendingResult::PerOffender) - 1.5).abs() < 1e-15);
        assert!((of(ReoffendingResult::Per100Offenders) - 150.0).abs() < 1e-12);
        // One person is a tenth of five, rounded up: 10 of 15 reoffences.
        assert!((of(ReoffendingResult::TopTenthShare) - 10.0 / 15.0).abs() < 1e-15);
        assert_eq!(ReoffendingResult::PerReoffender.of(&[(0, 9)]), None);
    }
}
