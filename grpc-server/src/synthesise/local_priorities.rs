//! Synthesises the local priorities of the boroughs.

use peelian::records::v1::{LocalPriority, PriorityCrime, Tri};

use super::distributions::BOROUGHS;
use super::random::Random;

/// Two priorities for each borough from April 2017. The plan states only that there are two: which ones is made up.
pub(super) fn priorities(random: &mut Random) -> Vec<LocalPriority> {
    let menu = [
        PriorityCrime::NondaViolenceWithInjury,
        PriorityCrime::RobberyPersonal,
        PriorityCrime::BurglaryResidential,
        PriorityCrime::TheftFromVehicle,
        PriorityCrime::TheftPerson,
    ];
    let chosen = |random: &mut Random, borough: &str| {
        let first = random.below(menu.len());
        let second = (first + 1 + random.below(menu.len() - 1)) % menu.len();
        let mut row = LocalPriority {
            borough: borough.to_owned(),
            valid_from: "2017-04-01".to_owned(),
            valid_to: "2018-03-31".to_owned(),
            agreed_by: "Synthetic".to_owned(),
            ..LocalPriority::default()
        };
        row.set_priority_1(menu.get(first).copied().unwrap_or_default());
        row.set_priority_2(menu.get(second).copied().unwrap_or_default());
        row.set_asb(Tri::Yes);
        row
    };
    BOROUGHS.iter().map(|borough| chosen(random, borough.code)).collect()
}
