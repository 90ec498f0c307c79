//! Emergency departments and the boroughs' priorities.

use peelian::records::v1::{AssaultLocationType, AssaultMethod, IstvAttendance, LocalPriority, PriorityCrime, Tri};
use peelian_core::period::Month;
use peelian_core::reference::Reference;

use super::date;
use super::random::Random;
use super::tables::BOROUGHS;

/// Attendances after an assault in London in a month.
const ATTENDANCES: usize = 1_300;
/// Sites that submit, of those that the register expects.
pub(super) const SITES: usize = 26;

/// Attendances of a month: every site that submits has at least one, so that it is seen to submit.
pub(super) fn attendances(
    random: &mut Random,
    reference: &Reference,
    month: Month,
    per_million: usize,
) -> Vec<IstvAttendance> {
    let open = |entry: &peelian_core::reference::Entry<'_>| {
        entry.flag("expected") == Some(true) && entry.valid_on(month.first_day())
    };
    let Some(list) = reference.codes.list("ods_site") else { return Vec::new() };
    let sites: Vec<&str> = list.iter().filter(open).take(SITES).map(|entry| entry.code()).collect();
    let total = (ATTENDANCES * per_million / 1_000_000).max(sites.len());
    let mut rows = Vec::with_capacity(total);
    for number in 0..total {
        let site = sites.get(number).copied().or_else(|| random.pick(&sites)).unwrap_or_default();
        let day = random.between(month.first_day_number(), month.plus(1).first_day_number() - 1);
        // Not after 22:00 in universal time, so that summer time never moves an arrival into the next month.
        let minutes = random.between(0, 22 * 60);
        let arrived = format!("{}T{:02}:{:02}:00Z", date(day), minutes / 60, minutes % 60);
        let at_the_time = random.chance(7, 10) && minutes >= 60;
        let before = minutes - random.between(10, 59);
        let mut row = IstvAttendance {
            reporting_period_start: date(month.first_day_number()),
            reporting_period_end: date(month.plus(1).first_day_number() - 1),
            site_code: site.to_owned(),
            arrival_at: arrived,
            assault_at: if at_the_time {
                format!("{}T{:02}:{:02}:00Z", date(day), before / 60, before % 60)
            } else {
                date(day)
            },
            assault_location_description: "synthetic place".to_owned(),
            assault_borough: random.pick(&BOROUGHS.each_ref()).map_or("", |borough| borough.code).to_owned(),
            ..IstvAttendance::default()
        };
        let methods = [
            (AssaultMethod::BodyPart, 58),
            (AssaultMethod::BluntObject, 10),
            (AssaultMethod::Knife, 12),
            (AssaultMethod::Glass, 6),
            (AssaultMethod::Pushed, 6),
            (AssaultMethod::NotKnown, 8),
        ];
        row.set_assault_method(random.weighted(&methods, AssaultMethod::NotKnown));
        let places = [
            (AssaultLocationType::Street, 45),
            (AssaultLocationType::Home, 22),
            (AssaultLocationType::LicensedPremises, 14),
            (AssaultLocationType::Transport, 5),
            (AssaultLocationType::NotKnown, 14),
        ];
        row.set_assault_location_type(random.weighted(&places, AssaultLocationType::NotKnown));
        rows.push(row);
    }
    rows
}

/// Two priorities of each borough from April 2017. Which ones is made up: only their form is the plan's.
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
