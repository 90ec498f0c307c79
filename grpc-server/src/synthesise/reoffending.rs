//! Synthesises cohorts of offenders.

use std::collections::BTreeMap;

use peelian::records::v1::{
    CohortTag, EthnicGroup, IndexEvent, LostToFollowUp, ProbationCohort, ProbationProvider, ProvenReoffence, Sex,
};
use peelian_core::period::{Month, Period, PeriodKind};

use super::calibration::Facts;
use super::dates::{date, last_day};
use super::distributions::BOROUGHS;
use super::people::{ETHNICITIES, KEY_ID, Profile, age, born, pseudonym};
use super::random::{Quota, Random};
use super::reoffences::{FollowUp, reoffences};

/// Offenders in London's cohort of a quarter.
const OFFENDERS: usize = 9_000;

/// For adults, the event at which the follow-up starts: how many of 1,000 offenders have it, and the share of them
/// who reoffend. Another 80 in 1,000 are under 18, and 43% of them reoffend. With these numbers 31% of offenders with
/// court orders reoffend, and 24% of all offenders.
const ADULTS: [(IndexEvent, u32, (usize, usize)); 7] = [
    (IndexEvent::Caution, 318, (3, 35)),
    (IndexEvent::Fine, 200, (8, 25)),
    (IndexEvent::CourtOrder, 172, (5, 18)),
    (IndexEvent::Discharge, 80, (2, 9)),
    (IndexEvent::Release, 70, (10, 24)),
    (IndexEvent::Suspended, 60, (7, 25)),
    (IndexEvent::Other, 20, (3, 20)),
];
/// Offenders under 18 in 1,000.
const YOUTH: usize = 80;
/// Classes of index offences. This mix, like all numbers below, is made up.
const CLASSES: [(&str, u32); 10] = [
    ("49", 17),
    ("46", 17),
    ("8N", 16),
    ("92E", 15),
    ("105A", 14),
    ("45", 10),
    ("10D", 5),
    ("34B", 3),
    ("5D", 2),
    ("20A", 1),
];
/// Bands of an adult's previous convictions and cautions.
const PRIORS: [((i32, i32), u32); 6] =
    [((0, 0), 22), ((1, 2), 20), ((3, 6), 20), ((7, 10), 12), ((11, 14), 9), ((15, 60), 17)];
/// The least number of previous convictions and cautions of a persistent offender.
const PERSISTENT: i32 = 11;
/// The least number of previous convictions and cautions of offenders on the list of the prolific.
const PROLIFIC: i32 = 15;

/// An offender. The same person may be in the cohorts of several quarters.
#[derive(Clone, Copy)]
struct Offender {
    number: usize,
    profile: Profile,
    /// Borough of residence; empty for offenders without a fixed address.
    borough: &'static str,
    priors: i32,
}

/// Synthesises cohorts of offenders and their proven reoffences.
pub(super) struct Cohorts {
    seed: u64,
    end: i32,
    random: Random,
    youth: Quota,
    adults: Vec<Quota>,
    left: usize,
    number: usize,
    /// Offenders of earlier quarters.
    earlier: Vec<Offender>,
    /// Reoffences by the quarter of the offence.
    pub(super) reoffences: BTreeMap<Period, Vec<ProvenReoffence>>,
}

impl Cohorts {
    pub(super) fn new(seed: u64, end: i32) -> Self {
        Self {
            seed,
            end,
            random: Random::new(seed, "probation_cohort"),
            youth: Quota::new(3, 7),
            adults: ADULTS.iter().map(|(_, _, (part, whole))| Quota::new(*part, *whole)).collect(),
            left: 0,
            number: 0,
            earlier: Vec::new(),
            reoffences: BTreeMap::new(),
        }
    }

    /// The cohort of a quarter.
    pub(super) fn quarter(&mut self, quarter: Period, per_million: usize, facts: &mut Facts) -> Vec<ProbationCohort> {
        let volume = OFFENDERS * per_million + self.left;
        self.left = volume % 1_000_000;
        let mut now = Vec::new();
        let rows = (0..volume / 1_000_000).map(|_| {
            let day = self.random.between(quarter.first().first_day_number(), last_day(quarter.last()));
            let mut offender = self.offender(day);
            let row = self.row(&offender, (quarter, day), facts);
            offender.priors += 1;
            now.push(offender);
            row
        });
        let rows = rows.collect();
        self.earlier.append(&mut now);
        rows
    }

    /// An offender with an index event on a day: one in ten is from an earlier cohort.
    fn offender(&mut self, day: i32) -> Offender {
        let random = &mut self.random;
        if random.chance(10, 100) && !self.earlier.is_empty() {
            return self.earlier.swap_remove(random.below(self.earlier.len()));
        }
        self.number += 1;
        let youth = random.chance(YOUTH, 1_000);
        let years = if youth { random.between(12, 17) } else { random.between(18, 62) };
        let (low, high) = if youth { (0, 6) } else { random.weighted(&PRIORS, (0, 0)) };
        let profile = Profile {
            born: born(random, years, day),
            sex: if random.chance(84, 100) { Sex::Male } else { Sex::Female },
            ethnicity: random.weighted(&ETHNICITIES, EthnicGroup::NotStated),
        };
        let home = random.pick(&BOROUGHS.each_ref()).map_or("", |borough| borough.code);
        let borough = if random.chance(2, 100) { "" } else { home };
        Offender { number: self.number, profile, borough, priors: random.between(low, high) }
    }

    /// The row of an offender, whose reoffences are added.
    fn row(&mut self, offender: &Offender, (quarter, day): (Period, i32), facts: &mut Facts) -> ProbationCohort {
        let random = &mut self.random;
        let years = age(offender.profile.born, day);
        let youth = years < 18;
        let (event, quota) = if youth {
            let events = [(IndexEvent::Caution, 40), (IndexEvent::CourtOrder, 60)];
            (random.weighted(&events, IndexEvent::Caution), Some(&mut self.youth))
        } else {
            let mut weights = [(0, 0); ADULTS.len()];
            for (index, (cell, (_, share, _))) in weights.iter_mut().zip(&ADULTS).enumerate() {
                *cell = (index, *share);
            }
            let index = random.weighted(&weights, 0);
            (ADULTS.get(index).map_or(IndexEvent::Other, |(event, ..)| *event), self.adults.get_mut(index))
        };
        let mut row = ProbationCohort {
            offender_pid: pseudonym(self.seed, "offender", offender.number),
            cohort_quarter: quarter.to_string(),
            index_date: date(day),
            index_offence_class: random.weighted(&CLASSES, "49").to_owned(),
            borough: offender.borough.to_owned(),
            age_at_index: Some(years),
            prior_offences_n: Some(offender.priors),
            pnc_matched: Some(!random.chance(2, 100)),
            linkage_key_id: KEY_ID.to_owned(),
            ..ProbationCohort::default()
        };
        row.set_index_event(event);
        row.set_provider(provider(random, youth, event));
        row.set_sex(offender.profile.sex);
        row.set_eth5(offender.profile.ethnicity);
        let lost = [(LostToFollowUp::None, 987), (LostToFollowUp::Died, 5), (LostToFollowUp::Deported, 8)];
        row.set_lost_to_followup(random.weighted(&lost, LostToFollowUp::None));
        row.cohort_tags = tags(random, &row).into_iter().map(i32::from).collect();
        // Offenders who could not be matched are not in the shares that the plan states. Those who died or were deported
        // are, as in the official series, and they have no reoffences.
        if row.pnc_matched == Some(true) {
            let reoffends = quota.is_some_and(|quota| quota.take(random));
            if reoffends {
                row.set_lost_to_followup(LostToFollowUp::None);
            }
            let follow_up = FollowUp::of(day);
            if follow_up.wait <= self.end {
                facts.reoffender(event, youth, reoffends);
            }
            if row.lost_to_followup() == LostToFollowUp::None {
                let found = reoffences(random, &row, follow_up, reoffends);
                self.add(found);
            }
        }
        row
    }

    /// Adds reoffences that are proved by the end of the data. The others are not known yet.
    fn add(&mut self, found: Vec<(i32, i32, ProvenReoffence)>) {
        for (offence, proof, row) in found {
            if proof <= self.end {
                let quarter = Period::containing(PeriodKind::Quarter, Month::of_days(offence));
                self.reoffences.entry(quarter).or_default().push(row);
            }
        }
    }
}

fn provider(random: &mut Random, youth: bool, event: IndexEvent) -> ProbationProvider {
    match (youth, event) {
        (true, _) => ProbationProvider::Yot,
        (_, IndexEvent::Release | IndexEvent::CourtOrder | IndexEvent::Suspended) => {
            random.weighted(&[(ProbationProvider::Crc, 70), (ProbationProvider::Nps, 30)], ProbationProvider::Crc)
        }
        _ => ProbationProvider::None,
    }
}

/// The tags of an offender. The first three follow from the other fields, and the others are made up.
fn tags(random: &mut Random, offender: &ProbationCohort) -> Vec<CohortTag> {
    let supervised = offender.provider() != ProbationProvider::None;
    let age = offender.age_at_index.unwrap_or_default();
    let sexual = offender.index_offence_class == "20A";
    let tags = [
        (CohortTag::YoungAdult, (18..=24).contains(&age)),
        (CohortTag::Female, offender.sex() == Sex::Female),
        (CohortTag::Persistent, offender.prior_offences_n >= Some(PERSISTENT)),
        (CohortTag::ProlificLondon, offender.prior_offences_n >= Some(PROLIFIC) && random.chance(40, 100)),
        (CohortTag::DaPerpetrator, random.chance(9, 100)),
        (CohortTag::SvPerpetrator, sexual || random.chance(2, 100)),
        (CohortTag::Knife, offender.index_offence_class == "10D" || random.chance(2, 100)),
        (CohortTag::Gang, age < 25 && random.chance(6, 100)),
        (CohortTag::AlcoholTag, supervised && random.chance(4, 100)),
    ];
    tags.into_iter().filter(|(_, holds)| *holds).map(|(tag, _)| tag).collect()
}

/// Whether an offender is on one of the lists of those who offend often.
pub(super) fn offends_often(offender: &ProbationCohort) -> bool {
    offender.cohort_tags().any(|tag| matches!(tag, CohortTag::Persistent | CohortTag::ProlificLondon))
}
