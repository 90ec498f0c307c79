//! Synthesises the proven reoffences of an offender.
//!
//! A reoffence counts if it is committed within a year after the index date and proved within that year or a further
//! half year (Ministry of Justice, Guide to proven reoffending statistics). Breaches of orders, offences that are not
//! recordable and offences outside England and Wales do not count. Some reoffences lie just on either side of each
//! limit. The shares of all of them are made up.

use peelian::records::v1::{ProbationCohort, ProofType, ProvenReoffence};
use peelian_core::period::months_later;

use super::dates::date;
use super::random::Random;
use super::reoffending::offends_often;

/// Days that limit the follow-up of an offender, in days since 1970-01-01.
#[derive(Clone, Copy, Debug)]
pub(super) struct FollowUp {
    index: i32,
    /// The last day on which a reoffence can be committed.
    year: i32,
    /// The last day on which it can be proved.
    pub(super) wait: i32,
}

impl FollowUp {
    /// The follow-up that begins on the day of the index event.
    pub(super) fn of(index: i32) -> Self {
        Self { index, year: months_later(index, 12), wait: months_later(index, 18) }
    }
}

/// When a reoffence is committed and proved, or why it does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Case {
    /// Committed and proved within the year.
    InYear,
    /// Proved in the half year after it.
    InWait,
    /// Committed on the last day of the year.
    LastDay,
    /// Proved on the last day of the half year.
    LastProof,
    /// Committed on the day after the year.
    DayLate,
    /// Committed later.
    Late,
    /// Proved on the day after the half year.
    ProofDayLate,
    /// Proved later.
    ProofLate,
    Breach,
    NotRecordable,
    Abroad,
}

/// Cases that count, with their weights.
const COUNTED: [(Case, u32); 4] = [(Case::InYear, 60), (Case::InWait, 34), (Case::LastDay, 3), (Case::LastProof, 3)];
/// Cases that do not count, with their weights.
const NOT_COUNTED: [(Case, u32); 7] = [
    (Case::DayLate, 10),
    (Case::Late, 25),
    (Case::ProofDayLate, 5),
    (Case::ProofLate, 20),
    (Case::Breach, 25),
    (Case::NotRecordable, 10),
    (Case::Abroad, 5),
];
/// Numbers of reoffences that count, with their weights.
const SOME: [(usize, u32); 5] = [(1, 55), (2, 24), (3, 12), (4, 6), (6, 3)];
/// The same for persistent and prolific offenders.
const MANY: [(usize, u32); 6] = [(1, 25), (2, 22), (3, 20), (5, 18), (9, 11), (16, 4)];
/// Classes of reoffences, from little to great severity.
const CLASSES: [(&str, u32); 9] =
    [("46", 24), ("45", 14), ("92E", 14), ("49", 13), ("105A", 12), ("8N", 13), ("34B", 6), ("5D", 3), ("20A", 1)];

/// The reoffences of an offender, each with the days on which it was committed and proved. Some offenders have only such
/// as do not count.
pub(super) fn reoffences(
    random: &mut Random,
    offender: &ProbationCohort,
    follow_up: FollowUp,
    reoffends: bool,
) -> Vec<(i32, i32, ProvenReoffence)> {
    let often = offends_often(offender);
    let counted = if reoffends { random.weighted(if often { &MANY[..] } else { &SOME }, 1) } else { 0 };
    let not_counted = usize::from(random.chance(if reoffends { 30 } else { 12 }, 100));
    let mut cases: Vec<Case> = (0..counted).map(|_| random.weighted(&COUNTED, Case::InYear)).collect();
    cases.extend((0..not_counted).map(|_| random.weighted(&NOT_COUNTED, Case::Late)));
    let mut found: Vec<(i32, i32, ProvenReoffence)> = Vec::new();
    for case in cases {
        let (offence, proof) = match found.last() {
            // Several offences of one day, which were proved together.
            Some((offence, proof, _)) if case == Case::InYear && random.chance(10, 100) => (*offence, *proof),
            _ => days(random, case, follow_up),
        };
        let earlier = found.iter().filter(|(day, ..)| *day == offence).count();
        let class = random.weighted(&CLASSES, "46");
        let mut row = ProvenReoffence {
            offender_pid: offender.offender_pid.clone(),
            cohort_quarter: offender.cohort_quarter.clone(),
            offence_date: date(offence),
            proof_date: date(proof),
            offence_class: if random.chance(1, 2) { offender.index_offence_class.clone() } else { class.to_owned() },
            recordable: Some(case != Case::NotRecordable),
            in_england_wales: Some(case != Case::Abroad),
            breach: Some(case == Case::Breach),
            offence_seq: i32::try_from(earlier + 1).ok(),
            linkage_key_id: offender.linkage_key_id.clone(),
            ..ProvenReoffence::default()
        };
        row.set_proof_type(if random.chance(9, 10) { ProofType::Conviction } else { ProofType::Caution });
        found.push((offence, proof, row));
    }
    found
}

/// The days on which a reoffence is committed and proved.
fn days(random: &mut Random, case: Case, FollowUp { index, year, wait }: FollowUp) -> (i32, i32) {
    let offence = match case {
        Case::LastDay => year,
        Case::DayLate => year + 1,
        Case::Late => random.between(year + 2, wait),
        _ => random.between(index + 1, year - 1),
    };
    let proof = match case {
        Case::InWait | Case::LastDay | Case::DayLate => random.between(year + 1, wait),
        Case::LastProof => wait,
        Case::ProofDayLate => wait + 1,
        Case::ProofLate => random.between(wait + 2, wait + 200),
        Case::Late => random.between(offence, wait),
        _ => random.between(offence, year),
    };
    (offence, proof)
}
