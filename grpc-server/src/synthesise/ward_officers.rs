//! Synthesises the dedicated officers of wards. Their number does not depend on the volume of crime, so the scale does
//! not change it.

use peelian::records::v1::WardOfficer;
use peelian_core::period::Month;
use peelian_core::reference::Reference;

use super::calibration::Facts;
use super::dates::{date, last_day};
use super::distributions::BOROUGHS;
use super::random::Random;
use super::wards::wards;

/// Wards in 100 that are covered in December 2017, when the plan wants all of them to be.
const COVERED: i32 = 100;
/// Points by which the share rose from month to month until then. This is made up, like the smallest share.
const RISE: i32 = 4;
/// Wards in 100 that are covered long before.
const FEWEST: i32 = 20;

/// The officers of every ward at the end of a month.
pub(super) fn officers(
    random: &mut Random,
    reference: &Reference,
    month: Month,
    facts: &mut Facts,
) -> Vec<WardOfficer> {
    let ahead = Month::new(2017, 12).map_or(0, |december| december.index() - month.index());
    let covered = COVERED.saturating_sub(RISE.saturating_mul(ahead)).clamp(FEWEST, COVERED);
    let covered = usize::try_from(covered).unwrap_or(0);
    let mut rows = Vec::new();
    for (borough, wards) in BOROUGHS.iter().zip(wards(reference, month)) {
        for ward in wards {
            let (constables, support) = if random.chance(covered, 100) {
                random.weighted(&[((2, 1), 80), ((3, 1), 12), ((2, 2), 8)], (2, 1))
            } else {
                random.weighted(&[((1, 1), 55), ((2, 0), 25), ((1, 0), 15), ((0, 1), 5)], (1, 1))
            };
            let hours = (constables + support) * random.between(125, 150);
            rows.push(WardOfficer {
                ward: ward.to_owned(),
                borough: borough.code.to_owned(),
                snapshot_date: date(last_day(month)),
                dwo_pc: Some(constables),
                dwo_pcso: Some(support),
                hours_on_duty: Some(hours),
                hours_abstracted: Some(hours * random.between(3, 15) / 100),
            });
        }
    }
    facts.ward_officers(&rows);
    rows
}
