//! Synthesises the survey of victims about the criminal justice system. Its size does not depend on the volume of crime,
//! so the scale does not change it.

use peelian::records::v1::{
    CjsCaseOutcome, CjsStage, CjsStageReached, CjsSurveyResponse, CrimeGroup, EthnicGroup, HateStrand,
    SatisfactionAnswer, SatisfactionScale, Sex, SexualOrientation, SurveyMode, Tri,
};
use peelian_core::period::Period;

use super::dates::date;
use super::distributions::BOROUGHS;
use super::interviews::{MINORITIES, ORIENTATIONS, day_of, satisfaction, weight};
use super::random::Random;

/// Interviews about cases that ended in a quarter. This is made up, like all numbers below.
const INTERVIEWS: usize = 700;

/// How cases end: with what weight, at which stage, and how many in 100 victims are satisfied with the whole process.
const OUTCOMES: [(CjsCaseOutcome, u32, CjsStageReached, usize); 6] = [
    (CjsCaseOutcome::GuiltyPlea, 40, CjsStageReached::Sentence, 76),
    (CjsCaseOutcome::Convicted, 22, CjsStageReached::Sentence, 72),
    (CjsCaseOutcome::Acquitted, 12, CjsStageReached::Trial, 42),
    (CjsCaseOutcome::DroppedPreCourt, 12, CjsStageReached::Charged, 38),
    (CjsCaseOutcome::DroppedAtCourt, 9, CjsStageReached::CourtNoTrial, 40),
    (CjsCaseOutcome::Ongoing, 5, CjsStageReached::Charged, 55),
];
/// Stages of the system: how many in 100 victims experience it, and how many points more or fewer are satisfied with it
/// than with the whole process.
const STAGES: [(CjsStage, usize, i32); 7] = [
    (CjsStage::Police, 100, 4),
    (CjsStage::Cps, 60, -6),
    (CjsStage::WitnessCare, 55, 5),
    (CjsStage::WitnessService, 35, 14),
    (CjsStage::Court, 50, -4),
    (CjsStage::ProbationVlo, 9, 2),
    (CjsStage::SupportService, 30, 12),
];
/// Groups of crimes.
const GROUPS: [(CrimeGroup, u32); 6] = [
    (CrimeGroup::ViolenceWithInjury, 34),
    (CrimeGroup::ViolenceWithoutInjury, 24),
    (CrimeGroup::RobberyPersonal, 14),
    (CrimeGroup::BurglaryResidential, 12),
    (CrimeGroup::StalkingHarassment, 10),
    (CrimeGroup::Rape, 6),
];

/// Synthesises the interviews of one quarter after another.
pub(super) struct JusticeSurveys {
    random: Random,
    /// The last day of the records, after which nobody is interviewed.
    end: i32,
}

impl JusticeSurveys {
    pub(super) fn new(seed: u64, end: i32) -> Self {
        Self { random: Random::new(seed, "cjs_survey_response"), end }
    }

    /// The interviews about cases that ended in a quarter, and in it about cases that were still open.
    pub(super) fn quarter(&mut self, quarter: Period) -> Vec<CjsSurveyResponse> {
        (0..INTERVIEWS).map(|number| self.response(quarter, number)).collect()
    }

    fn response(&mut self, quarter: Period, number: usize) -> CjsSurveyResponse {
        let random = &mut self.random;
        let mut shares = [(0, 0); OUTCOMES.len()];
        for (index, (cell, (_, share, ..))) in shares.iter_mut().zip(OUTCOMES).enumerate() {
            *cell = (index, share);
        }
        let (outcome, _, reached, satisfied) =
            OUTCOMES.get(random.weighted(&shares, 0)).copied().unwrap_or(OUTCOMES[0]);
        let day = day_of(random, quarter);
        let (completed, interviewed) = match outcome {
            CjsCaseOutcome::Ongoing => (String::new(), day),
            _ => (date(day), (day + random.between(28, 84)).min(self.end)),
        };
        let mut row = CjsSurveyResponse {
            respondent_id: format!("J{quarter}-{number:04}").replace('/', "-"),
            wave: quarter.to_string().replace('/', "-"),
            instrument_id: "synthetic-1".to_owned(),
            interview_date: date(interviewed),
            case_completed_date: completed,
            borough: random.pick(&BOROUGHS.each_ref()).map_or("", |borough| borough.code).to_owned(),
            weight: weight(random, 1_000).0,
            weight_set: "synthetic-1".to_owned(),
            age: Some(random.between(18, 84)),
            ..CjsSurveyResponse::default()
        };
        row.set_scale(SatisfactionScale::Sat7);
        row.set_mode(SurveyMode::Phone);
        row.set_outcome(outcome);
        row.set_case_stage_reached(reached);
        set_victim(&mut row, random);
        let yes = random.chance(satisfied, 100);
        row.set_q_overall(satisfaction(random, yes));
        set_stages(&mut row, random, satisfied);
        row
    }
}

/// Sets what is known of the victim and the crime.
fn set_victim(row: &mut CjsSurveyResponse, random: &mut Random) {
    let group = random.weighted(&GROUPS, CrimeGroup::ViolenceWithInjury);
    row.set_crime_group(group);
    let sexual = group == CrimeGroup::Rape;
    row.set_flag_sv(if sexual { Tri::Yes } else { Tri::No });
    row.set_flag_da(if random.chance(18, 100) { Tri::Yes } else { Tri::No });
    let hate = random.chance(12, 100);
    row.set_flag_hate(if hate { Tri::Yes } else { Tri::No });
    if hate {
        let strands = [(HateStrand::Race, 76), (HateStrand::Religion, 12), (HateStrand::SexualOrientation, 12)];
        row.hate_strand = vec![random.weighted(&strands, HateStrand::Race).into()];
    }
    row.set_special_measures(if random.chance(15, 100) { Tri::Yes } else { Tri::No });
    row.set_isva_idva(if sexual && random.chance(60, 100) { Tri::Yes } else { Tri::No });
    row.set_sex(if random.chance(1, 2) { Sex::Male } else { Sex::Female });
    let white = random.chance(60, 100);
    row.set_eth5(if white { EthnicGroup::White } else { random.weighted(&MINORITIES, EthnicGroup::Asian) });
    row.set_disability(if random.chance(16, 100) { Tri::Yes } else { Tri::No });
    row.set_sexual_orientation(random.weighted(&ORIENTATIONS, SexualOrientation::NotStated));
}

/// Sets the stages that the victim experienced, with an answer on each.
fn set_stages(row: &mut CjsSurveyResponse, random: &mut Random, satisfied: usize) {
    let satisfied = i32::try_from(satisfied).unwrap_or(50);
    for (stage, experienced, points) in STAGES {
        if !random.chance(experienced, 100) {
            continue;
        }
        row.stages_experienced.push(stage.into());
        let yes = random.between(1, 100) <= satisfied + points;
        let answer: SatisfactionAnswer = satisfaction(random, yes);
        match stage {
            CjsStage::Unspecified => {}
            CjsStage::Police => row.set_q_police(answer),
            CjsStage::Cps => row.set_q_cps(answer),
            CjsStage::WitnessCare => row.set_q_witness_care(answer),
            CjsStage::WitnessService => row.set_q_witness_service(answer),
            CjsStage::Court => row.set_q_court(answer),
            CjsStage::ProbationVlo => row.set_q_probation_vlo(answer),
            CjsStage::SupportService => row.set_q_support_service(answer),
        }
    }
}
