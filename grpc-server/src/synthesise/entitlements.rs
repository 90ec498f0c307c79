//! Synthesises entitlements of victims under the Victims' Code.

use std::collections::BTreeMap;

use peelian::records::v1::{
    CrimeVictim, EthnicityBasis, ServiceProvider, Tri, VictimType, VictimsCodeEntitlement, VictimsCodeEvent,
    VictimsCodeStatus, VictimsCodeVersion,
};
use peelian_core::period::{Month, Period, PeriodKind, date_of_days, days_of_date};
use peelian_core::reference::Reference;

use super::dates::date;
use super::random::Random;
use super::recorded_crime::Recorded;

/// Limit of the entitlements for which the list has none, in working days. It is made up.
const OTHER_LIMIT: u32 = 5;
/// First days of the editions of the Code, in days since 1970-01-01: 1 April 2021, 16 November 2015, 10 December 2013.
/// They are those of the contract.
const EDITIONS: [(i32, VictimsCodeVersion); 3] = [
    (18_718, VictimsCodeVersion::VictimsCodeVersion2021),
    (16_755, VictimsCodeVersion::VictimsCodeVersion2015),
    (16_049, VictimsCodeVersion::VictimsCodeVersion2013),
];

/// Synthesises the entitlements of one in ten person victims. Which of them are delivered is made up.
pub(super) struct Entitlements<'a> {
    reference: &'a Reference,
    random: Random,
    /// The last day of the data: what becomes due later is not in it.
    end: i32,
    number: usize,
    /// Entitlements by the quarter in which they became due.
    pub(super) events: BTreeMap<Period, Vec<VictimsCodeEvent>>,
}

impl<'a> Entitlements<'a> {
    pub(super) fn new(reference: &'a Reference, seed: u64, end: i32) -> Self {
        let random = Random::new(seed, "victims_code_event");
        Self { reference, random, end, number: 0, events: BTreeMap::new() }
    }

    /// Adds the entitlements of the victim of a crime.
    pub(super) fn add(&mut self, recorded: &Recorded) {
        let person = recorded.victim.as_ref().filter(|victim| victim.victim_type() == VictimType::Person);
        let Some(victim) = person.filter(|_| self.random.chance(10, 100)) else { return };
        let serious = matches!(recorded.group, "rape" | "other_sexual" | "homicide");
        let enhanced = serious || recorded.crime.flag_da() == Tri::Yes || self.random.chance(10, 100);
        for (entitlement, trigger) in self.course(recorded.day) {
            self.event(recorded, victim, (entitlement, enhanced), trigger);
        }
    }

    /// What a victim is entitled to from the report to the end of the case, each with the day of its event.
    fn course(&mut self, reported: i32) -> Vec<(VictimsCodeEntitlement, i32)> {
        use VictimsCodeEntitlement as E;
        let random = &mut self.random;
        let mut course = vec![
            (E::Acknowledgement, reported),
            (E::NeedsAssessment, reported),
            (E::SupportReferral, reported),
            (E::RjInfo, reported),
            (E::VpsOffer, reported + random.between(0, 20)),
        ];
        if random.chance(60, 100) {
            course.push((E::NoInvestigation, reported + random.between(1, 10)));
            return course;
        }
        let arrest = reported + random.between(0, 40);
        let decision = arrest + random.between(1, 60);
        course.extend([(E::UpdateArrest, arrest), (E::UpdateInterview, arrest + 1), (E::UpdateBail, arrest + 1)]);
        if random.chance(50, 100) {
            course.extend([(E::UpdateRelease, decision), (E::NfaReason, decision), (E::Vrr, decision)]);
            return course;
        }
        let outcome = decision + random.between(40, 250);
        course.extend([
            (E::UpdateCharge, decision),
            (E::SpecialMeasures, decision + 7),
            (E::HearingDate, decision + 7),
        ]);
        course.push((E::Outcome, outcome));
        if random.chance(60, 100) {
            course.extend([(E::Sentence, outcome + 21), (E::ReleaseDate, outcome + random.between(60, 200))]);
        }
        course
    }

    /// Adds one entitlement if it became due by the end of the data.
    fn event(
        &mut self,
        recorded: &Recorded,
        victim: &CrimeVictim,
        (entitlement, enhanced): (VictimsCodeEntitlement, bool),
        trigger: i32,
    ) {
        let edition = EDITIONS.iter().find(|(first, _)| *first <= trigger).map(|(_, edition)| *edition);
        let due = edition.and_then(|edition| self.due(edition, entitlement, enhanced, trigger));
        let (Some(edition), Some(due)) = (edition, due.filter(|due| *due <= self.end)) else { return };
        self.number += 1;
        let mut row = VictimsCodeEvent {
            event_id: format!("E{:07}", self.number),
            crime_ref: recorded.crime.crime_ref.clone(),
            victim_pid: victim.victim_pid.clone(),
            linkage_key_id: victim.linkage_key_id.clone(),
            borough: recorded.crime.offence_borough.clone(),
            enhanced: Some(enhanced),
            trigger_date: date(trigger),
            due_date: date(due),
            ho_class: recorded.crime.ho_class.clone(),
            flag_hate: recorded.crime.flag_hate.clone(),
            age: victim.age,
            ..VictimsCodeEvent::default()
        };
        row.set_victim_type(VictimType::Person);
        row.set_service_provider(provider(entitlement));
        row.set_code_version(edition);
        row.set_entitlement(entitlement);
        row.set_flag_da(recorded.crime.flag_da());
        row.set_sex(victim.sex());
        if victim.eth_basis() == EthnicityBasis::SelfDefined {
            row.set_eth5(victim.eth5());
        }
        row.set_disability(if self.random.chance(14, 100) { Tri::Yes } else { Tri::No });
        self.deliver(&mut row, (trigger, due));
        let quarter = Period::containing(PeriodKind::Quarter, Month::of_days(due));
        self.events.entry(quarter).or_default().push(row);
    }

    /// The last day on which an entitlement is delivered on time.
    fn due(
        &self,
        edition: VictimsCodeVersion,
        entitlement: VictimsCodeEntitlement,
        enhanced: bool,
        trigger: i32,
    ) -> Option<i32> {
        let [edition, entitlement] = [
            edition.as_str_name().trim_start_matches("VICTIMS_CODE_VERSION_").to_owned(),
            entitlement.as_str_name().trim_start_matches("VICTIMS_CODE_ENTITLEMENT_").to_lowercase(),
        ];
        let limits = self.reference.codes.list("victims_code_limit");
        let limit = limits.and_then(|list| list.get(&format!("{edition}/{entitlement}/{enhanced}")));
        let days = limit.and_then(|limit| limit.attribute("working_days")?.parse().ok()).unwrap_or(OTHER_LIMIT);
        self.reference.working_days.after(date_of_days(trigger)?, days).map(days_of_date)
    }

    /// Sets what became of an entitlement. Delivery after the end of the data is not known yet.
    fn deliver(&mut self, row: &mut VictimsCodeEvent, (trigger, due): (i32, i32)) {
        let random = &mut self.random;
        let outcomes = [("on time", 70), ("late", 12), ("declined", 6), ("not due", 2), ("missed", 10)];
        let (status, delivered) = match random.weighted(&outcomes, "missed") {
            "on time" => (VictimsCodeStatus::Delivered, Some(random.between(trigger, due))),
            "late" => (VictimsCodeStatus::Delivered, Some(due + random.between(1, 20))),
            "declined" => (VictimsCodeStatus::DeclinedContact, None),
            "not due" => (VictimsCodeStatus::NotDue, None),
            _ => (VictimsCodeStatus::Missed, None),
        };
        let unknown = delivered.is_some_and(|day| day > self.end);
        row.set_status(if unknown { VictimsCodeStatus::Missed } else { status });
        row.delivered_date = delivered.filter(|_| !unknown).map(date).unwrap_or_default();
    }
}

/// The provider that owes an entitlement.
fn provider(entitlement: VictimsCodeEntitlement) -> ServiceProvider {
    use VictimsCodeEntitlement as E;
    match entitlement {
        E::SpecialMeasures | E::HearingDate | E::Outcome | E::Sentence => ServiceProvider::WitnessCareUnit,
        E::ReleaseDate => ServiceProvider::ProbationVlo,
        _ => ServiceProvider::Police,
    }
}
