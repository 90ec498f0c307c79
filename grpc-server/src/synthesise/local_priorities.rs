//! Synthesises the local priorities of the boroughs.

use peelian::records::v1::{LocalPriority, PriorityCrime, Tri};
use peelian_core::period::Period;

use super::distributions::BOROUGHS;
use super::random::Random;

/// The crimes that boroughs choose among. Moped-enabled crime is left out, because no field of a crime states it.
const MENU: [PriorityCrime; 7] = [
    PriorityCrime::NondaViolenceWithInjury,
    PriorityCrime::RobberyPersonal,
    PriorityCrime::BurglaryResidential,
    PriorityCrime::BurglaryAll,
    PriorityCrime::TheftFromVehicle,
    PriorityCrime::TheftOfVehicle,
    PriorityCrime::TheftPerson,
];

/// Synthesises the priorities of one financial year after another. The Police and Crime Plan 2017-2021 states only that
/// each borough has two. Which ones, that they change every year, and that there are any before April 2017 is made up.
pub(super) struct Priorities {
    random: Random,
    /// The two priorities of each borough in the year before.
    chosen: Vec<[PriorityCrime; 2]>,
}

impl Priorities {
    pub(super) fn new(seed: u64) -> Self {
        let mut random = Random::new(seed, "local_priority");
        let chosen = BOROUGHS.iter().map(|_| {
            let first = random.pick(&MENU).unwrap_or_default();
            [first, another(&mut random, [first, first])]
        });
        let chosen = chosen.collect();
        Self { random, chosen }
    }

    /// The priorities of a financial year. Each borough replaces one of its two.
    pub(super) fn year(&mut self, year: Period) -> Vec<LocalPriority> {
        let random = &mut self.random;
        for chosen in &mut self.chosen {
            let [first, second] = *chosen;
            let kept = if random.chance(1, 2) { first } else { second };
            let replaced = if kept == first { second } else { first };
            *chosen = [kept, another(random, [kept, replaced])];
        }
        BOROUGHS.iter().zip(&self.chosen).map(|(borough, chosen)| row(borough.code, year, *chosen)).collect()
    }
}

/// A crime that is neither of two. Residential burglary is part of all burglary, so a borough never chooses both.
fn another(random: &mut Random, [kept, replaced]: [PriorityCrime; 2]) -> PriorityCrime {
    let burglary = |crime| matches!(crime, PriorityCrime::BurglaryResidential | PriorityCrime::BurglaryAll);
    let taken = |crime| [kept, replaced].contains(&crime) || burglary(kept) && burglary(crime);
    let menu: Vec<PriorityCrime> = MENU.into_iter().filter(|crime| !taken(*crime)).collect();
    random.pick(&menu).unwrap_or_default()
}

fn row(borough: &str, year: Period, [first, second]: [PriorityCrime; 2]) -> LocalPriority {
    let mut row = LocalPriority {
        borough: borough.to_owned(),
        valid_from: year.start_date().to_string(),
        valid_to: year.end_date().to_string(),
        agreed_by: "Synthetic".to_owned(),
        ..LocalPriority::default()
    };
    row.set_priority_1(first);
    row.set_priority_2(second);
    row.set_asb(Tri::Yes);
    row
}
