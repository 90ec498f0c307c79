//! Synthesises stops and searches.

use peelian::records::v1::{
    EthnicGroup, EthnicityDetail, SearchAgeBand, SearchObject, SearchOutcome, SearchPower, SearchType, Sex,
    StopSearch, Tri,
};
use peelian_core::period::Month;

use super::calibration::Facts;
use super::dates::date;
use super::distributions::BOROUGHS;
use super::people::MINORITIES;
use super::random::{Quota, Random};

/// Searches in London in a month. The number is made up.
const SEARCHES: usize = 11_500;
/// Of 1,000 persons searched who stated their ethnicity, those who are Black, Asian or of another minority. With 40.2%
/// of residents (Census 2011) they are searched 2.5 times as often as white residents, as the Police and Crime Plan
/// 2017-2021 states in lines 470-73: 627 / 40.2 is 2.5 times 373 / 59.8.
const MINORITY: usize = 627;

/// Synthesises searches. The mix of powers, objects, outcomes, ages and sexes follows the searches by the Metropolitan
/// Police of December 2022 (data.police.uk).
pub(super) struct Searches {
    random: Random,
    minority: Quota,
    left: usize,
    number: usize,
}

impl Searches {
    pub(super) fn new(seed: u64) -> Self {
        Self { random: Random::new(seed, "stop_search"), minority: Quota::new(MINORITY, 1_000), left: 0, number: 0 }
    }

    /// The searches of a month.
    pub(super) fn month(&mut self, month: Month, per_million: usize, facts: &mut Facts) -> Vec<StopSearch> {
        let volume = SEARCHES * per_million + self.left;
        self.left = volume % 1_000_000;
        (0..volume / 1_000_000).map(|_| self.search(month, facts)).collect()
    }

    fn search(&mut self, month: Month, facts: &mut Facts) -> StopSearch {
        self.number += 1;
        let random = &mut self.random;
        let boroughs = BOROUGHS.each_ref().map(|borough| (borough.code, borough.crimes));
        let mut row = StopSearch {
            search_ref: format!("Z{:07}", self.number),
            search_date: date(random.between(month.first_day_number(), month.plus(1).first_day_number() - 1)),
            borough: random.weighted(&boroughs, "").to_owned(),
            ..StopSearch::default()
        };
        let types = [(SearchType::Person, 78), (SearchType::PersonAndVehicle, 21), (SearchType::Vehicle, 1)];
        let searched = random.weighted(&types, SearchType::Person);
        row.set_search_type(searched);
        self.grounds(&mut row);
        self.result(&mut row);
        if searched != SearchType::Vehicle {
            self.person(&mut row, facts);
        }
        row
    }

    /// Sets the power and the object.
    fn grounds(&mut self, row: &mut StopSearch) {
        let random = &mut self.random;
        let powers = [
            (SearchPower::MdaS23, 620),
            (SearchPower::PaceS1, 373),
            (SearchPower::FirearmsS47, 5),
            (SearchPower::CjpoaS60, 2),
        ];
        let power = random.weighted(&powers, SearchPower::MdaS23);
        let objects = [
            (SearchObject::StolenGoods, 43),
            (SearchObject::OffensiveWeapons, 42),
            (SearchObject::Evidence, 12),
            (SearchObject::CriminalDamage, 2),
            (SearchObject::Fireworks, 1),
        ];
        row.set_search_power(power);
        row.set_search_object(match power {
            SearchPower::MdaS23 => SearchObject::ControlledDrugs,
            SearchPower::FirearmsS47 => SearchObject::Firearms,
            SearchPower::CjpoaS60 => SearchObject::OffensiveWeapons,
            _ => random.weighted(&objects, SearchObject::StolenGoods),
        });
    }

    /// Sets the outcome, and whether what was looked for was found.
    fn result(&mut self, row: &mut StopSearch) {
        let random = &mut self.random;
        let outcomes = [
            (SearchOutcome::NoFurtherAction, 706),
            (SearchOutcome::Arrest, 133),
            (SearchOutcome::CommunityResolution, 107),
            (SearchOutcome::PenaltyNotice, 37),
            (SearchOutcome::Summons, 16),
            (SearchOutcome::Caution, 1),
        ];
        let outcome = random.weighted(&outcomes, SearchOutcome::NoFurtherAction);
        let linked = outcome != SearchOutcome::NoFurtherAction && random.chance(80, 100);
        let removed = random.chance(3, 100);
        row.set_search_outcome(outcome);
        row.set_outcome_linked(if linked { Tri::Yes } else { Tri::No });
        row.set_clothing_removed(if removed { Tri::Yes } else { Tri::No });
    }

    /// Sets what is recorded of the person.
    fn person(&mut self, row: &mut StopSearch, facts: &mut Facts) {
        let random = &mut self.random;
        let stated = random.chance(71, 100);
        let minority = if stated { self.minority.take(random) } else { random.chance(MINORITY, 1_000) };
        let group = if minority { random.weighted(&MINORITIES, EthnicGroup::Black) } else { EthnicGroup::White };
        if stated {
            facts.share("g33", minority);
        }
        row.set_officer_eth(group);
        row.set_self_defined_eth(if stated { detail(random, group) } else { EthnicityDetail::Ns });
        row.set_sex(if random.chance(91, 100) { Sex::Male } else { Sex::Female });
        let ages = [
            (SearchAgeBand::SearchAgeBand1017, 18),
            (SearchAgeBand::SearchAgeBand1824, 32),
            (SearchAgeBand::SearchAgeBand2534, 25),
            (SearchAgeBand::Over34, 25),
        ];
        row.set_age_band(random.weighted(&ages, SearchAgeBand::Over34));
    }
}

/// A self-defined ethnicity of a broad group.
fn detail(random: &mut Random, group: EthnicGroup) -> EthnicityDetail {
    let details: &[(EthnicityDetail, u32)] = match group {
        EthnicGroup::White => &[(EthnicityDetail::W1, 60), (EthnicityDetail::W9, 37), (EthnicityDetail::W2, 3)],
        EthnicGroup::Mixed => &[(EthnicityDetail::M1, 40), (EthnicityDetail::M2, 10), (EthnicityDetail::M9, 50)],
        EthnicGroup::Asian => &[(EthnicityDetail::A1, 15), (EthnicityDetail::A3, 25), (EthnicityDetail::A9, 60)],
        EthnicGroup::Black => &[(EthnicityDetail::B1, 25), (EthnicityDetail::B2, 30), (EthnicityDetail::B9, 45)],
        EthnicGroup::Other => &[(EthnicityDetail::O9, 1)],
        _ => &[],
    };
    random.weighted(details, EthnicityDetail::Ns)
}
