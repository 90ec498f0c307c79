//! Synthesises the survey of everybody who works for the force. Its size does not depend on the volume of crime, so the
//! scale does not change it.

use peelian::records::v1::{
    AgreementAnswer, EthnicGroup, RankBand, Sex, SexualOrientation, StaffSurveyResponse, Tri, WorkforceRole,
};
use peelian_core::period::Month;

use super::dates::{date, last_day};
use super::interviews::{MINORITIES, ORIENTATIONS};
use super::random::{Quota, Random};
use super::workforce::FORCE;

/// The month at whose end the wave of a year closes. This is made up, like all numbers below.
pub(super) const CLOSES_IN: i32 = 11;
/// Business groups, and the people in each.
const UNITS: [(&str, i32); 4] = [
    ("territorial-policing", 24_000),
    ("specialist-crime-and-operations", 7_000),
    ("specialist-operations", 5_000),
    ("headquarters", 4_000),
];
/// Respondents in 100 people. The surveys before the plan had 28 to 37.
const RESPONSE: i32 = 30;

/// Synthesises one wave after another.
pub(super) struct StaffSurveys {
    random: Random,
    /// Respondents who say that colleagues treat them fairly and with respect.
    white: Quota,
    minority: Quota,
}

impl StaffSurveys {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            random: Random::new(seed, "staff_survey_response"),
            white: Quota::new(72, 100),
            minority: Quota::new(64, 100),
        }
    }

    /// The responses of the wave that closes at the end of a month.
    pub(super) fn wave(&mut self, month: Month) -> Vec<StaffSurveyResponse> {
        let mut rows = Vec::new();
        for (unit, people) in UNITS {
            for _ in 0..people * RESPONSE / 100 {
                let number = rows.len() + 1;
                rows.push(self.response(month, number, (unit, people)));
            }
        }
        rows
    }

    fn response(&mut self, month: Month, number: usize, (unit, people): (&str, i32)) -> StaffSurveyResponse {
        let random = &mut self.random;
        let stated = random.chance(85, 100);
        let white = random.chance(84, 100);
        let group = match (stated, white) {
            (false, _) => EthnicGroup::NotStated,
            (true, true) => EthnicGroup::White,
            (true, false) => random.weighted(&MINORITIES, EthnicGroup::Asian),
        };
        let roles = [
            (WorkforceRole::Officer, 70),
            (WorkforceRole::Pcso, 4),
            (WorkforceRole::Staff, 23),
            (WorkforceRole::Special, 3),
        ];
        let role = random.weighted(&roles, WorkforceRole::Officer);
        let agrees = if white { self.white.take(random) } else { self.minority.take(random) };
        let mut row = StaffSurveyResponse {
            response_id: format!("W{}-{number:05}", month.year()),
            wave: month.year().to_string(),
            wave_closed_date: date(last_day(month)),
            area: FORCE.to_owned(),
            unit: unit.to_owned(),
            eligible_headcount: Some(people),
            q_fair_respect_wording: "My colleagues treat me fairly and with respect (synthetic)".to_owned(),
            ..StaffSurveyResponse::default()
        };
        row.set_role(role);
        row.set_rank_band(rank_band(random, role));
        row.set_sex(if random.chance(35, 100) { Sex::Female } else { Sex::Male });
        row.set_eth5(group);
        row.set_disability(if random.chance(6, 100) { Tri::Yes } else { Tri::No });
        row.set_sexual_orientation(random.weighted(&ORIENTATIONS, SexualOrientation::NotStated));
        row.set_q_fair_respect(answer(random, agrees));
        row
    }
}

fn rank_band(random: &mut Random, role: WorkforceRole) -> RankBand {
    let bands = [
        (RankBand::Constable, 77),
        (RankBand::Sergeant, 16),
        (RankBand::Inspector, 6),
        (RankBand::SuperintendentPlus, 1),
    ];
    if role == WorkforceRole::Officer { random.weighted(&bands, RankBand::Constable) } else { RankBand::Na }
}

/// An answer of a respondent who agrees, or of one who does not. A few do not answer on it.
fn answer(random: &mut Random, agrees: bool) -> AgreementAnswer {
    if random.chance(2, 100) {
        return AgreementAnswer::NotApplicable;
    }
    let answers: &[_] = if agrees {
        &[(AgreementAnswer::StronglyAgree, 35), (AgreementAnswer::TendToAgree, 65)]
    } else {
        &[
            (AgreementAnswer::Neither, 50),
            (AgreementAnswer::TendToDisagree, 30),
            (AgreementAnswer::StronglyDisagree, 20),
        ]
    };
    random.weighted(answers, AgreementAnswer::Neither)
}
