//! Synthesises the open cases of the Crown Court.

use std::collections::BTreeMap;

use peelian::records::v1::{CaseAgeBand, CourtCaseType, CourtStock, CourtType};
use peelian_core::period::Month;

use super::calibration::Facts;
use super::courts::CROWN;
use super::dates::{date, last_day};
use super::random::Random;

/// Open cases in London at the end of October 2016. The plan says more than 7,000.
const OPEN_CASES: i32 = 7_050;
/// Cases by which the stock falls from month to month, before and after that day. This is made up, like the mixes below.
const FALL: i32 = 20;
/// The smallest and the largest stock, however far away a month is.
const STOCKS: (i32, i32) = (5_000, 9_000);
/// What cases wait for.
const TYPES: [(CourtCaseType, u32); 3] =
    [(CourtCaseType::ForTrial, 75), (CourtCaseType::Sentence, 18), (CourtCaseType::Appeal, 7)];
/// The time since the court received them.
const AGES: [(CaseAgeBand, u32); 4] =
    [(CaseAgeBand::Under6m, 62), (CaseAgeBand::M612, 24), (CaseAgeBand::M1224, 11), (CaseAgeBand::M24Plus, 3)];

/// The open cases at the end of a month.
pub(super) fn open_cases(
    random: &mut Random,
    month: Month,
    per_million: usize,
    facts: &mut Facts,
) -> Vec<CourtStock> {
    let months = Month::new(2016, 10).map_or(0, |october| month.index() - october.index());
    let stock = OPEN_CASES.saturating_sub(FALL.saturating_mul(months)).clamp(STOCKS.0, STOCKS.1);
    let cases = (usize::try_from(stock).unwrap_or(0) * per_million).div_ceil(1_000_000);
    let mut open: BTreeMap<(&str, CourtCaseType, CaseAgeBand), i32> = BTreeMap::new();
    for _ in 0..cases {
        let court = random.pick(&CROWN).unwrap_or_default();
        let case_type = random.weighted(&TYPES, CourtCaseType::ForTrial);
        *open.entry((court, case_type, random.weighted(&AGES, CaseAgeBand::Under6m))).or_default() += 1;
    }
    let rows: Vec<CourtStock> = open
        .into_iter()
        .map(|((court, case_type, age_band), open_cases)| CourtStock {
            court_code: court.to_owned(),
            court_type: CourtType::Crown.into(),
            month_end: date(last_day(month)),
            case_type: case_type.into(),
            age_band: age_band.into(),
            open_cases: Some(open_cases),
        })
        .collect();
    facts.open_cases(&rows);
    rows
}
