//! Synthesises residents, dwellings and deprivation of wards. They do not depend on the volume of crime, so the scale does not
//! change them.

use peelian::records::v1::{AreaCharacteristic, AreaProfile};
use peelian_core::period::Period;
use peelian_core::reference::Reference;

use super::dates::{date, last_day};
use super::distributions::BOROUGHS;
use super::random::Random;
use super::wards::wards;

/// Where the counts are said to be from.
const SOURCE: &str = "made up";
/// Residents for each 10 households, and households for each 100 dwellings. These are made up, like all shares below.
const RESIDENTS_OF_TEN_HOUSEHOLDS: i32 = 25;
const HOUSEHOLDS_OF_100_DWELLINGS: i32 = 96;

/// The counts of every ward in a calendar year.
pub(super) fn profiles(seed: u64, reference: &Reference, year: Period) -> Vec<AreaProfile> {
    // The same numbers in every year: wards change slowly.
    let mut random = Random::new(seed, "area_profile");
    let mut rows = Vec::new();
    for (borough, wards) in BOROUGHS.iter().zip(wards(reference, year.last())) {
        for (place, ward) in (0..).zip(&wards) {
            for (characteristic, count) in counts((place, wards.len()), &mut random) {
                rows.push(AreaProfile {
                    year_end: date(last_day(year.last())),
                    borough: borough.code.to_owned(),
                    ward: (*ward).to_owned(),
                    characteristic: characteristic.into(),
                    count: Some(count),
                    source: SOURCE.to_owned(),
                });
            }
        }
    }
    rows
}

/// The counts of a ward, by its place among the wards of its borough: the first have most crime and most deprivation. Deprivation
/// goes together: a ward where many lack an income has many without a qualification.
fn counts((place, wards): (usize, usize), random: &mut Random) -> [(AreaCharacteristic, i32); 8] {
    let residents = random.between(9_000, 17_000);
    let households = residents * 10 / RESIDENTS_OF_TEN_HOUSEHOLDS;
    let from_the_end = i32::try_from(30 * (wards - 1 - place) / wards).unwrap_or_default();
    let deprived = 6 + from_the_end + random.between(-2, 2);
    let part = |percent: i32| residents * percent / 100;
    [
        (AreaCharacteristic::Residents, residents),
        (AreaCharacteristic::Residents1524, part(random.between(9, 17))),
        (AreaCharacteristic::Dwellings, households * 100 / HOUSEHOLDS_OF_100_DWELLINGS),
        (AreaCharacteristic::Households, households),
        (AreaCharacteristic::IncomeDeprived, part(deprived)),
        (AreaCharacteristic::EmploymentDeprived, part(deprived / 2 + random.between(1, 3))),
        (AreaCharacteristic::NoQualification, part(deprived / 2 + random.between(5, 12))),
        (AreaCharacteristic::Hectares, random.between(40, 1_200)),
    ]
}
