//! Codes of SDMX, and the lists of those that a release has.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use peelian_core::Core;
use peelian_core::engine::{Basis, Observation};
use peelian_core::period::{Period, PeriodKind};

/// Code of a total.
pub(super) const TOTAL: &str = "_T";

/// Bases with their labels.
pub(super) const BASES: [(Basis, &str); 2] = [
    (Basis::ComputedFromRecords, "Computed from records by the exchange"),
    (Basis::SubmittedFigure, "Figure that an agency computed"),
];

/// Frequencies with their labels, of the SDMX code list `CL_FREQ`.
pub(super) const FREQUENCIES: [(&str, &str); 3] = [("A", "Annual"), ("M", "Monthly"), ("Q", "Quarterly")];

/// The frequency of a kind of period.
pub(super) const fn frequency(kind: PeriodKind) -> &'static str {
    match kind {
        PeriodKind::Month | PeriodKind::RollingYear => "M",
        PeriodKind::Quarter => "Q",
        PeriodKind::CalendarYear | PeriodKind::FinancialYear => "A",
    }
}

/// A period as SDMX writes it. Quarters of financial years are calendar quarters with another number. Years that do not begin
/// in January are ranges.
pub(super) fn time_period(period: Period) -> String {
    let first = period.first();
    match period.kind() {
        PeriodKind::Month => first.to_string(),
        PeriodKind::Quarter => format!("{:04}-Q{}", first.year(), (first.number() - 1) / 3 + 1),
        PeriodKind::CalendarYear => format!("{:04}", first.year()),
        PeriodKind::RollingYear | PeriodKind::FinancialYear => format!("{}/P1Y", period.start_date()),
    }
}

/// A code with the letters that SDMX allows. `joint` joins the parts of the code, and becomes `@`. Any other letter becomes
/// its number in hexadecimal digits between two `$`. So different codes stay different.
pub(super) fn code(text: &str, joint: char) -> String {
    let mut code = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            _ if letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-') => code.push(letter),
            _ if letter == joint => code.push('@'),
            // Writing to a text never fails.
            _ => _ = write!(code, "${:x}$", u32::from(letter)),
        }
    }
    code
}

/// The code of a measure.
pub(super) fn measure(id: &str) -> String {
    code(id, '.')
}

/// The code of an area.
pub(super) fn area(id: &str) -> String {
    code(id, '.')
}

/// The code of a cell of a breakdown.
pub(super) fn breakdown(found: &Observation) -> String {
    if found.breakdown.is_empty() {
        return TOTAL.to_owned();
    }
    let parts: Vec<_> = found.breakdown.iter().map(|part| format!("{}={}", part.dimension, part.code)).collect();
    code(&parts.join(";"), '=')
}

/// The codes that a release has, with their labels.
#[derive(Default)]
pub(in crate::export) struct Codes {
    /// Measures.
    pub(super) measures: BTreeMap<Arc<str>, Arc<str>>,
    /// Areas.
    pub(super) areas: BTreeMap<Arc<str>, Arc<str>>,
    /// Cells of breakdowns.
    pub(super) breakdowns: BTreeMap<String, String>,
}

impl Codes {
    /// The codes of observations.
    pub(in crate::export) fn of(core: &Core, observations: &[Observation]) -> Self {
        let mut codes = Self::default();
        codes.breakdowns.insert(TOTAL.to_owned(), "Total".to_owned());
        for found in observations {
            if !codes.measures.contains_key(&found.measure) {
                codes.measures.insert(Arc::clone(&found.measure), Arc::clone(&found.title));
            }
            if !codes.areas.contains_key(&found.area) {
                codes.areas.insert(Arc::clone(&found.area), Arc::clone(&found.area_name));
            }
            if !found.breakdown.is_empty() {
                codes.breakdowns.entry(breakdown(found)).or_insert_with(|| label(core, found));
            }
        }
        codes
    }
}

/// The label of a cell of a breakdown: `Sex: Female`.
fn label(core: &Core, found: &Observation) -> String {
    let definition = core.catalogue.get(&found.measure);
    let part = |part: &peelian_core::engine::BreakdownValue| {
        let dimension = definition.and_then(|definition| definition.breakdown(&part.dimension));
        format!("{}: {}", dimension.map_or(&part.dimension, |dimension| &dimension.label), part.label)
    };
    found.breakdown.iter().map(part).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_are_those_of_sdmx() {
        for (ours, theirs) in [
            ("2017-02", "2017-02"),
            ("2016/17-Q1", "2016-Q2"),
            ("2016/17-Q4", "2017-Q1"),
            ("CY2016", "2016"),
            ("2016/17", "2016-04-01/P1Y"),
            ("R12-2017-02", "2016-03-01/P1Y"),
        ] {
            assert_eq!(time_period(ours.parse().unwrap()), theirs);
        }
    }

    #[test]
    fn different_codes_stay_different() {
        assert_eq!(measure("knife-crime-offences.rate"), "knife-crime-offences@rate");
        let texts = ["a b", "a-b", "a@b", "a=b", "a.b", "a$20$b", "a£b", "a;b=c"];
        let codes: std::collections::BTreeSet<_> = texts.iter().map(|text| code(text, '=')).collect();
        assert_eq!(codes.len(), texts.len());
        assert!(codes.iter().all(|code| code.bytes().all(|b| b.is_ascii_alphanumeric() || b"_@$-".contains(&b))));
    }
}
