//! Synthesises cohorts of offenders and their proven reoffences.

use std::collections::BTreeMap;

use peelian::records::v1::{
    CohortTag, EthnicGroup, IndexEvent, LostToFollowUp, ProbationCohort, ProbationProvider, ProofType,
    ProvenReoffence, Sex,
};
use peelian_core::period::{Month, Period, PeriodKind};

use super::calibration::Facts;
use super::dates::date;
use super::distributions::BOROUGHS;
use super::people::{ETHNICITIES, KEY_ID, pseudonym};
use super::random::{Quota, Random};

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
    (IndexEvent::Release, 70, (5, 12)),
    (IndexEvent::Suspended, 60, (7, 25)),
    (IndexEvent::Other, 20, (3, 20)),
];
/// Offenders under 18 in 1,000.
const YOUTH: usize = 80;

/// Synthesises cohorts of offenders and their proven reoffences.
pub(super) struct Cohorts {
    seed: u64,
    end: i32,
    random: Random,
    youth: Quota,
    adults: Vec<Quota>,
    left: usize,
    number: usize,
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
            reoffences: BTreeMap::new(),
        }
    }

    /// The cohort of a quarter.
    pub(super) fn quarter(&mut self, quarter: Period, per_million: usize, facts: &mut Facts) -> Vec<ProbationCohort> {
        let volume = OFFENDERS * per_million + self.left;
        self.left = volume % 1_000_000;
        (0..volume / 1_000_000).map(|_| self.offender(quarter, facts)).collect()
    }

    fn offender(&mut self, quarter: Period, facts: &mut Facts) -> ProbationCohort {
        self.number += 1;
        let random = &mut self.random;
        let youth = random.chance(YOUTH, 1_000);
        let mut weights = [(0, 0); ADULTS.len()];
        for (index, (cell, (_, share, _))) in weights.iter_mut().zip(&ADULTS).enumerate() {
            *cell = (index, *share);
        }
        let index = random.weighted(&weights, 0);
        let (event, reoffends) = if youth {
            let event =
                random.weighted(&[(IndexEvent::Caution, 40), (IndexEvent::CourtOrder, 60)], IndexEvent::Caution);
            (event, self.youth.take(random))
        } else {
            let event = ADULTS.get(index).map_or(IndexEvent::Other, |(event, ..)| *event);
            (event, self.adults.get_mut(index).is_some_and(|quota| quota.take(random)))
        };
        let (first, next) = (quarter.first().first_day_number(), quarter.last().plus(1).first_day_number());
        let day = random.between(first, next - 1);
        let provider = match (youth, event) {
            (true, _) => ProbationProvider::Yot,
            (_, IndexEvent::Release | IndexEvent::CourtOrder | IndexEvent::Suspended) => {
                random.weighted(&[(ProbationProvider::Crc, 70), (ProbationProvider::Nps, 30)], ProbationProvider::Crc)
            }
            _ => ProbationProvider::None,
        };
        let priors = if youth { random.between(0, 6) } else { random.between(0, 9) * random.between(0, 3) };
        let mut row = ProbationCohort {
            offender_pid: pseudonym(self.seed, "offender", self.number),
            cohort_quarter: quarter.to_string(),
            index_date: date(day),
            index_offence_class: random.pick(&["49", "46", "8N", "92E", "105A", "45"]).unwrap_or("49").to_owned(),
            borough: random.pick(&BOROUGHS.each_ref()).map_or("", |borough| borough.code).to_owned(),
            age_at_index: Some(if youth { random.between(12, 17) } else { random.between(18, 62) }),
            prior_offences_n: Some(priors),
            pnc_matched: Some(true),
            linkage_key_id: KEY_ID.to_owned(),
            ..ProbationCohort::default()
        };
        row.set_index_event(event);
        row.set_provider(provider);
        row.set_sex(if random.chance(84, 100) { Sex::Male } else { Sex::Female });
        row.set_eth5(random.weighted(&ETHNICITIES, EthnicGroup::NotStated));
        row.set_lost_to_followup(LostToFollowUp::None);
        row.cohort_tags = tags(&row);
        facts.reoffender(event, youth, reoffends);
        if reoffends {
            self.reoffend(&row, day);
        }
        row
    }

    /// Adds one to four offences within a year, each of which is proved within half a year. Offences that are proved
    /// after the end of the data are not known.
    fn reoffend(&mut self, offender: &ProbationCohort, index: i32) {
        let random = &mut self.random;
        for _ in 0..random.weighted(&[(1, 50), (2, 25), (3, 15), (4, 10)], 1) {
            let offence = index + random.between(1, 360);
            let proof = offence + random.between(5, 150);
            if proof > self.end {
                continue;
            }
            let quarter = Period::containing(PeriodKind::Quarter, Month::of_days(offence));
            let rows = self.reoffences.entry(quarter).or_default();
            let day = date(offence);
            let same_day =
                |row: &&ProvenReoffence| row.offender_pid == offender.offender_pid && row.offence_date == day;
            let earlier = rows.iter().rev().take(8).filter(same_day).count();
            let mut row = ProvenReoffence {
                offender_pid: offender.offender_pid.clone(),
                cohort_quarter: offender.cohort_quarter.clone(),
                offence_date: day,
                proof_date: date(proof),
                offence_class: offender.index_offence_class.clone(),
                recordable: Some(true),
                in_england_wales: Some(true),
                breach: Some(false),
                offence_seq: i32::try_from(earlier + 1).ok(),
                linkage_key_id: offender.linkage_key_id.clone(),
                ..ProvenReoffence::default()
            };
            row.set_proof_type(if random.chance(9, 10) { ProofType::Conviction } else { ProofType::Caution });
            rows.push(row);
        }
    }
}

/// The tags of an offender that follow from the other fields.
fn tags(offender: &ProbationCohort) -> Vec<i32> {
    let mut tags = Vec::new();
    if offender.age_at_index.is_some_and(|age| (18..=24).contains(&age)) {
        tags.push(CohortTag::YoungAdult.into());
    }
    if offender.sex() == Sex::Female {
        tags.push(CohortTag::Female.into());
    }
    if offender.prior_offences_n >= Some(11) {
        tags.push(CohortTag::Persistent.into());
    }
    tags
}
