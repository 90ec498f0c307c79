//! Synthesises the outcomes of investigations, and the prosecutions of suspects who are charged.

use std::collections::BTreeMap;

use peelian::records::v1::{
    CourtType, CpsDecision, CpsDefendantOutcome, CpsFlag, CpsOutcome, CrimeOutcome, EthnicGroup, EthnicityBasis,
    HateStrand, OutcomeCode, PrincipalOffenceCategory, Sex, Tri, UnsuccessfulReason,
};
use peelian_core::period::{Month, Period, PeriodKind};

use super::calibration::Facts;
use super::dates::date;
use super::distributions::{
    ABUSE_OUTCOMES, BOROUGHS, HATE_OTHER, HATE_SANCTIONS, Outcomes, RAPE_OUTCOMES, SOCIETY_OUTCOMES, THEFT_OUTCOMES,
    VIOLENCE_OUTCOMES,
};
use super::people::{ETHNICITIES, KEY_ID, pseudonym};
use super::random::{Quota, Random};
use super::recorded_crime::{Kind, Recorded};

/// Outcomes that have a suspect.
const WITH_SUSPECT: [OutcomeCode; 8] = [
    OutcomeCode::Charged,
    OutcomeCode::YouthCaution,
    OutcomeCode::AdultCaution,
    OutcomeCode::PenaltyNotice,
    OutcomeCode::CannabisWarning,
    OutcomeCode::CommunityResolution,
    OutcomeCode::EvidentialVictimSupports,
    OutcomeCode::EvidentialVictimDoesNotSupport,
];

/// Rows by the period that they belong to.
type ByPeriod<R> = BTreeMap<Period, Vec<R>>;

/// Synthesises investigations. The shares of their outcomes hold in every block of cases.
pub(super) struct Investigations {
    seed: u64,
    /// Last day of the data.
    end: i32,
    random: Random,
    hate_sanction: Quota,
    abuse_conviction: Quota,
    victim_issues: Quota,
    pub(super) outcomes: ByPeriod<CrimeOutcome>,
    pub(super) prosecutions: ByPeriod<CpsDefendantOutcome>,
    suspects: usize,
}

impl Investigations {
    pub(super) fn new(seed: u64, end: i32) -> Self {
        Self {
            seed,
            end,
            random: Random::new(seed, "outcomes"),
            hate_sanction: Quota::new(25, 100),
            abuse_conviction: Quota::new(13, 20),
            victim_issues: Quota::new(21, 40),
            outcomes: BTreeMap::new(),
            prosecutions: BTreeMap::new(),
            suspects: 0,
        }
    }

    /// Adds the outcome of the investigation of a crime, unless it comes after the end of the data.
    pub(super) fn end(&mut self, recorded: &mut Recorded, facts: &mut Facts) {
        let mix: &Outcomes = match (recorded.kind, recorded.group) {
            (Kind::Hate, _) if self.hate_sanction.take(&mut self.random) => HATE_SANCTIONS,
            (Kind::Hate, _) => HATE_OTHER,
            (Kind::Abuse, _) => ABUSE_OUTCOMES,
            (_, "rape" | "other_sexual") => RAPE_OUTCOMES,
            (
                _,
                "homicide"
                | "violence_with_injury"
                | "violence_without_injury"
                | "stalking_harassment"
                | "robbery_personal"
                | "robbery_business",
            ) => VIOLENCE_OUTCOMES,
            (_, "drugs" | "weapons_possession" | "public_order" | "misc") => SOCIETY_OUTCOMES,
            _ => THEFT_OUTCOMES,
        };
        let mut outcome = self.random.weighted(mix, OutcomeCode::NotYet);
        if outcome == OutcomeCode::CannabisWarning && recorded.crime.ho_class != "92E" {
            outcome = OutcomeCode::AdultCaution;
        }
        let suspect = WITH_SUSPECT.contains(&outcome);
        recorded.crime.suspect_count = Some(i32::from(suspect));
        facts.investigation(recorded, outcome);
        let wait = if outcome == OutcomeCode::NoSuspect { 45 } else { 120 };
        let day = recorded.day + self.random.between(0, wait).min(self.random.between(0, wait));
        if outcome == OutcomeCode::NotYet || day > self.end {
            return;
        }
        let mut row = CrimeOutcome {
            crime_ref: recorded.crime.crime_ref.clone(),
            outcome_date: date(day),
            is_current: Some(true),
            ..CrimeOutcome::default()
        };
        row.set_outcome_code(outcome);
        if suspect {
            self.suspects += 1;
            row.suspect_pid = pseudonym(self.seed, "suspect", self.suspects);
            row.linkage_key_id = KEY_ID.to_owned();
        }
        self.outcomes.entry(Period::month(Month::of_days(day))).or_default().push(row);
        if outcome == OutcomeCode::Charged {
            self.prosecute(recorded, day, facts);
        }
    }

    /// Adds the prosecution of a suspect.
    fn prosecute(&mut self, recorded: &Recorded, charged: i32, facts: &mut Facts) {
        let flags = flags(recorded);
        let random = &mut self.random;
        let finalised = charged + random.between(14, 200);
        let decided = charged - random.between(0, 2).min(charged - recorded.day);
        let mut row = CpsDefendantOutcome {
            cps_case_ref: format!("C{}", recorded.crime.crime_ref),
            defendant_seq: Some(1),
            case_link_id: recorded.crime.crime_ref.clone(),
            cps_area: match BOROUGHS.get(recorded.borough) {
                Some(borough) if borough.south => "CPS-LONDON-SOUTH".to_owned(),
                _ => "CPS-LONDON-NORTH".to_owned(),
            },
            pre_charge_receipt_date: date(decided),
            decision_date: date(decided),
            charged_date: date(charged),
            flags: flags.iter().map(|flag| i32::from(*flag)).collect(),
            defendant_age: Some(random.between(14, 65)),
            ..CpsDefendantOutcome::default()
        };
        row.set_pre_charge_decision(CpsDecision::Charge);
        row.set_principal_offence_category(category(recorded.group));
        let crown = random.chance(if matches!(recorded.group, "rape" | "homicide") { 95 } else { 15 }, 100);
        row.set_court_type(match (row.defendant_age < Some(18), crown) {
            (_, true) => CourtType::Crown,
            (true, false) => CourtType::Youth,
            (false, false) => CourtType::Magistrates,
        });
        row.set_defendant_sex(if random.chance(86, 100) { Sex::Male } else { Sex::Female });
        row.set_defendant_eth5(random.weighted(&ETHNICITIES, EthnicGroup::NotStated));
        row.set_defendant_eth_basis(EthnicityBasis::SelfDefined);
        if let Some(victim) = &recorded.victim {
            row.set_victim_sex(victim.sex());
            row.victim_age = victim.age;
        }
        let day = if finalised > self.end {
            row.set_outcome(CpsOutcome::Pending);
            charged
        } else {
            row.finalised_date = date(finalised);
            self.finalise(&mut row, &flags);
            finalised
        };
        facts.prosecution(&row, &flags);
        let quarter = Period::containing(PeriodKind::Quarter, Month::of_days(day));
        self.prosecutions.entry(quarter).or_default().push(row);
    }

    /// Sets the outcome of a prosecution.
    fn finalise(&mut self, row: &mut CpsDefendantOutcome, flags: &[CpsFlag]) {
        let random = &mut self.random;
        let convicted = if flags.contains(&CpsFlag::Da) {
            self.abuse_conviction.take(random)
        } else if flags.contains(&CpsFlag::Rape) {
            random.chance(57, 100)
        } else {
            random.chance(84, 100)
        };
        if convicted {
            let how = [
                (CpsOutcome::GuiltyPlea, 80),
                (CpsOutcome::ConvictedAfterTrial, 15),
                (CpsOutcome::ProvedInAbsence, 5),
            ];
            row.set_outcome(random.weighted(&how, CpsOutcome::GuiltyPlea));
            let hate = flags.iter().any(|flag| (CpsFlag::HateRace..=CpsFlag::HateDisability).contains(flag));
            if hate {
                row.set_sentence_uplift(if random.chance(45, 100) { Tri::Yes } else { Tri::No });
            }
            return;
        }
        let how = [
            (CpsOutcome::Discontinued, 35),
            (CpsOutcome::NoEvidenceOffered, 30),
            (CpsOutcome::DismissedAfterTrial, 20),
            (CpsOutcome::JuryAcquittal, 10),
            (CpsOutcome::AdminFinalised, 5),
        ];
        row.set_outcome(random.weighted(&how, CpsOutcome::Discontinued));
        let against_women = flags
            .iter()
            .any(|flag| matches!(flag, CpsFlag::Da | CpsFlag::Rape | CpsFlag::SoOther | CpsFlag::StalkingHarassment));
        let victim = if against_women { self.victim_issues.take(random) } else { random.chance(12, 100) };
        let why = if victim {
            [
                (UnsuccessfulReason::VictimRetraction, 50),
                (UnsuccessfulReason::VictimNonAttendance, 35),
                (UnsuccessfulReason::VictimEvidenceDoesNotSupport, 15),
            ]
        } else {
            [
                (UnsuccessfulReason::ConflictOfEvidence, 35),
                (UnsuccessfulReason::AcquittalAfterTrial, 40),
                (UnsuccessfulReason::Other, 25),
            ]
        };
        row.set_unsuccessful_reason(random.weighted(&why, UnsuccessfulReason::Other));
    }
}

/// The flags of a prosecution that follow from the crime.
fn flags(recorded: &Recorded) -> Vec<CpsFlag> {
    let mut flags = Vec::new();
    if recorded.crime.flag_da() == Tri::Yes {
        flags.push(CpsFlag::Da);
    }
    match recorded.group {
        "rape" => flags.push(CpsFlag::Rape),
        "other_sexual" => flags.push(CpsFlag::SoOther),
        "stalking_harassment" => flags.push(CpsFlag::StalkingHarassment),
        _ => {}
    }
    flags.extend(recorded.crime.flag_hate().filter_map(|strand| match strand {
        HateStrand::Race => Some(CpsFlag::HateRace),
        HateStrand::Religion => Some(CpsFlag::HateReligion),
        HateStrand::SexualOrientation => Some(CpsFlag::HateHomophobic),
        HateStrand::Disability => Some(CpsFlag::HateDisability),
        HateStrand::Transgender => Some(CpsFlag::HateTransphobic),
        _ => None,
    }));
    flags
}

/// The principal offence category of a crime group.
fn category(group: &str) -> PrincipalOffenceCategory {
    match group {
        "homicide" => PrincipalOffenceCategory::Homicide,
        "violence_with_injury" | "violence_without_injury" | "stalking_harassment" => {
            PrincipalOffenceCategory::Person
        }
        "rape" | "other_sexual" => PrincipalOffenceCategory::Sexual,
        "burglary_residential" | "burglary_other" => PrincipalOffenceCategory::Burglary,
        "robbery_personal" | "robbery_business" => PrincipalOffenceCategory::Robbery,
        "criminal_damage" | "arson" => PrincipalOffenceCategory::CriminalDamage,
        "drugs" => PrincipalOffenceCategory::Drugs,
        "public_order" => PrincipalOffenceCategory::PublicOrder,
        "weapons_possession" | "misc" => PrincipalOffenceCategory::Other,
        _ => PrincipalOffenceCategory::Theft,
    }
}
