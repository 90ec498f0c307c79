//! Trial listings, reoffending cohorts and what they did next.

use std::collections::BTreeMap;

use peelian::records::v1::{
    CohortTag, CourtType, EthnicGroup, IndexEvent, LostToFollowUp, ProbationCohort, ProbationProvider, ProofType,
    ProvenReoffence, Sex, Tri, TrialListing, TrialOutcome,
};
use peelian_core::period::{Month, Period, PeriodKind};

use super::calibration::Facts;
use super::date;
use super::people::{ETHNICITIES, KEY_ID, pseudonym};
use super::random::{Quota, Random};
use super::tables::BOROUGHS;

/// Trials listed in London in a month.
const LISTINGS: usize = 2_100;
/// Offenders of London's cohort in a quarter.
const OFFENDERS: usize = 9_000;

const MAGISTRATES: [&str; 5] =
    ["MC-WESTMINSTER", "MC-HIGHBURY-CORNER", "MC-THAMES", "MC-CROYDON", "MC-CAMBERWELL-GREEN"];
const CROWN: [&str; 5] = ["CC-SNARESBROOK", "CC-INNER-LONDON", "CC-SOUTHWARK", "CC-CROYDON", "CC-WOOD-GREEN"];

pub(super) struct Trials {
    random: Random,
    effective: Quota,
    prosecution_ended: Quota,
    witness: Quota,
    left: usize,
    number: usize,
}

impl Trials {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            random: Random::new(seed, "trial_listing"),
            effective: Quota::new(50, 100),
            prosecution_ended: Quota::new(25, 100),
            witness: Quota::new(40, 100),
            left: 0,
            number: 0,
        }
    }

    pub(super) fn month(&mut self, month: Month, per_million: usize, facts: &mut Facts) -> Vec<TrialListing> {
        let volume = LISTINGS * per_million + self.left;
        self.left = volume % 1_000_000;
        (0..volume / 1_000_000).map(|_| self.listing(month, facts)).collect()
    }

    fn listing(&mut self, month: Month, facts: &mut Facts) -> TrialListing {
        self.number += 1;
        let random = &mut self.random;
        let first = month.first_day_number();
        let crown = random.chance(20, 100);
        let court = random.pick(if crown { &CROWN } else { &MAGISTRATES }).unwrap_or_default();
        let mut row = TrialListing {
            listing_id: format!("L{:07}", self.number),
            case_ref: format!("T{:07}", self.number),
            court_code: court.to_owned(),
            listing_date: date(random.between(first, month.plus(1).first_day_number() - 1)),
            ..TrialListing::default()
        };
        row.set_court_type(if crown { CourtType::Crown } else { CourtType::Magistrates });
        row.set_flag_da(if random.chance(20, 100) { Tri::Yes } else { Tri::No });
        row.set_relisted(Tri::No);
        if random.chance(8, 100) {
            row.set_outcome(TrialOutcome::Vacated);
            return row;
        }
        let effective = self.effective.take(random);
        facts.share("g15", effective);
        if effective {
            row.set_outcome(TrialOutcome::Effective);
            return row;
        }
        let ended = self.prosecution_ended.take(random);
        facts.share("g16", ended);
        let reason = if ended {
            let witness = self.witness.take(random);
            facts.share("g17", witness);
            if witness { "I2" } else { random.pick(&["I1", "I3"]).unwrap_or("I1") }
        } else {
            random.weighted(
                &[("A", 44), ("C", 10), ("N3", 8), ("M2", 6), ("Q2", 8), ("S1", 12), ("W1", 7), ("W3", 5)],
                "A",
            )
        };
        let cracked = matches!(reason, "I1" | "I2" | "I3" | "A" | "C");
        row.set_outcome(if cracked { TrialOutcome::Cracked } else { TrialOutcome::Ineffective });
        row.set_relisted(if cracked { Tri::No } else { Tri::Yes });
        row.reason_code = reason.to_owned();
        row
    }
}

/// What started the follow-up, of adults: offenders in a thousand of all, and those of them who reoffend. With 80 in a
/// thousand under 18, 43 in a hundred of whom reoffend, court orders come to 31 in a hundred and everybody to 24.
const ADULTS: [(IndexEvent, u32, (usize, usize)); 7] = [
    (IndexEvent::Caution, 318, (3, 35)),
    (IndexEvent::Fine, 200, (8, 25)),
    (IndexEvent::CourtOrder, 172, (5, 18)),
    (IndexEvent::Discharge, 80, (2, 9)),
    (IndexEvent::Release, 70, (5, 12)),
    (IndexEvent::Suspended, 60, (7, 25)),
    (IndexEvent::Other, 20, (3, 20)),
];
const YOUTH: u32 = 80;

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

    pub(super) fn quarter(&mut self, quarter: Period, per_million: usize, facts: &mut Facts) -> Vec<ProbationCohort> {
        let volume = OFFENDERS * per_million + self.left;
        self.left = volume % 1_000_000;
        (0..volume / 1_000_000).map(|_| self.offender(quarter, facts)).collect()
    }

    fn offender(&mut self, quarter: Period, facts: &mut Facts) -> ProbationCohort {
        self.number += 1;
        let random = &mut self.random;
        let youth = random.chance(usize::try_from(YOUTH).unwrap_or(0), 1_000);
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

    /// One to four offences within a year, each proved within half a year: those proved after the data end are not known.
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
