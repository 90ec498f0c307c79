//! Parts that the interviews of several surveys share.

use peelian::records::v1::{EthnicGroup, SatisfactionAnswer, SexualOrientation, YesNoAnswer};
use peelian_core::period::Period;

use super::random::Random;

/// Ethnic groups of Londoners who are not white and stated their group.
pub(super) const MINORITIES: [(EthnicGroup, u32); 4] =
    [(EthnicGroup::Asian, 45), (EthnicGroup::Black, 33), (EthnicGroup::Mixed, 12), (EthnicGroup::Other, 10)];

/// Sexual orientations of Londoners, in hundredths.
pub(super) const ORIENTATIONS: [(SexualOrientation, u32); 5] = [
    (SexualOrientation::Heterosexual, 86),
    (SexualOrientation::GayLesbian, 3),
    (SexualOrientation::Bisexual, 2),
    (SexualOrientation::Other, 1),
    (SexualOrientation::NotStated, 8),
];

/// A random day of a quarter.
pub(super) fn day_of(random: &mut Random, quarter: Period) -> i32 {
    let (first, next) = (quarter.first().first_day_number(), quarter.last().plus(1).first_day_number());
    random.between(first, next - 1)
}

/// A weight around 1 that does not depend on the answers: as a number, and in thousandths.
pub(super) fn weight(random: &mut Random, thousandths: u32) -> (f64, u64) {
    let spread = u32::try_from(random.between(800, 1_200)).unwrap_or(1_000);
    let weight = (thousandths * spread / 1_000).max(1);
    (f64::from(weight) / 1_000.0, u64::from(weight))
}

/// Yes in so many of 100 interviews.
pub(super) fn yes_no(random: &mut Random, percent: usize) -> YesNoAnswer {
    if random.chance(percent, 100) { YesNoAnswer::Yes } else { YesNoAnswer::No }
}

/// An answer of a satisfied victim, or of one who is not.
pub(super) fn satisfaction(random: &mut Random, satisfied: bool) -> SatisfactionAnswer {
    let answers = if satisfied {
        [
            (SatisfactionAnswer::CompletelySatisfied, 35),
            (SatisfactionAnswer::VerySatisfied, 40),
            (SatisfactionAnswer::FairlySatisfied, 25),
        ]
    } else {
        [
            (SatisfactionAnswer::Neither, 30),
            (SatisfactionAnswer::FairlyDissatisfied, 40),
            (SatisfactionAnswer::VeryDissatisfied, 30),
        ]
    };
    random.weighted(&answers, SatisfactionAnswer::Neither)
}
