//! Synthesises attendances at emergency departments after assaults.

use peelian::records::v1::{AssaultLocationType, AssaultMethod, IstvAttendance};
use peelian_core::period::Month;
use peelian_core::reference::Reference;

use super::dates::date;
use super::distributions::BOROUGHS;
use super::random::Random;

/// Attendances after an assault in London in a month.
const ATTENDANCES: usize = 1_300;
/// Sites that submit, out of those that the register expects.
const SITES: usize = 26;

/// The attendances of a month. Every site that submits has at least one, so that its return is not empty.
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
        // Not after 22:00 UTC, so that summer time never moves an arrival into the next month.
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
