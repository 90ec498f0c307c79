//! Synthesises first-time entrants to the youth justice system.

use peelian::records::v1::{
    EntrantSource, EthnicGroup, EthnicityBasis, Sex, Tri, YouthDisposal, YouthFte, YouthOffenceGroup,
};
use peelian_core::period::Period;

use super::dates::date;
use super::distributions::BOROUGHS;
use super::interviews::day_of;
use super::people::{ETHNICITIES, KEY_ID, age_within, pseudonym};
use super::random::Random;

/// Entrants in London in a quarter. The number is made up: about 400 in a year for each 100,000 residents aged 10 to 17.
const ENTRANTS: usize = 830;

/// Synthesises entrants. Nobody is in two quarters, and who they are is made up.
pub(super) struct Entrants {
    seed: u64,
    random: Random,
    left: usize,
    number: usize,
}

impl Entrants {
    pub(super) fn new(seed: u64) -> Self {
        Self { seed, random: Random::new(seed, "youth_fte"), left: 0, number: 0 }
    }

    /// The entrants of a quarter on the Police National Computer, and those of them whom youth offending teams know.
    pub(super) fn quarter(&mut self, quarter: Period, per_million: usize) -> Vec<YouthFte> {
        let volume = ENTRANTS * per_million + self.left;
        self.left = volume % 1_000_000;
        let mut rows = Vec::new();
        for _ in 0..volume / 1_000_000 {
            let row = self.entrant(quarter);
            let known = self.random.chance(85, 100).then(|| self.of_team(&row));
            rows.push(row);
            rows.extend(known);
        }
        rows
    }

    fn entrant(&mut self, quarter: Period) -> YouthFte {
        self.number += 1;
        let random = &mut self.random;
        let ages = [((10, 12), 8), ((13, 14), 25), ((15, 17), 67)];
        let mut row = YouthFte {
            young_person_pid: pseudonym(self.seed, "young person", self.number),
            linkage_key_id: KEY_ID.to_owned(),
            first_disposal_date: date(day_of(random, quarter)),
            age_at_disposal: Some(age_within(random, &ages)),
            borough: random.pick(&BOROUGHS.each_ref()).map_or("", |borough| borough.code).to_owned(),
            ..YouthFte::default()
        };
        row.set_source(EntrantSource::Pnc);
        row.set_sex(if random.chance(79, 100) { Sex::Male } else { Sex::Female });
        row.set_eth5(random.weighted(&ETHNICITIES, EthnicGroup::NotStated));
        row.set_eth_basis(EthnicityBasis::OfficerObserved);
        let disposals = [
            (YouthDisposal::YouthCaution, 38),
            (YouthDisposal::YouthConditionalCaution, 17),
            (YouthDisposal::Conviction, 45),
        ];
        row.set_disposal(random.weighted(&disposals, YouthDisposal::Conviction));
        let groups = [
            (YouthOffenceGroup::Violence, 26),
            (YouthOffenceGroup::Sexual, 2),
            (YouthOffenceGroup::Robbery, 9),
            (YouthOffenceGroup::Burglary, 4),
            (YouthOffenceGroup::Theft, 14),
            (YouthOffenceGroup::CriminalDamage, 8),
            (YouthOffenceGroup::Drugs, 15),
            (YouthOffenceGroup::Weapons, 11),
            (YouthOffenceGroup::PublicOrder, 5),
            (YouthOffenceGroup::Motoring, 3),
            (YouthOffenceGroup::Other, 3),
        ];
        row.set_offence_group(random.weighted(&groups, YouthOffenceGroup::Other));
        row.set_looked_after(Tri::Unknown);
        row.set_prior_diversion(if random.chance(30, 100) { Tri::Yes } else { Tri::No });
        row
    }

    /// The same entrant in the records of a youth offending team, which knows more.
    fn of_team(&mut self, row: &YouthFte) -> YouthFte {
        let random = &mut self.random;
        let mut row = row.clone();
        row.set_source(EntrantSource::Yot);
        row.set_eth_basis(EthnicityBasis::SelfDefined);
        row.set_looked_after(if random.chance(9, 100) { Tri::Yes } else { Tri::No });
        row
    }
}
