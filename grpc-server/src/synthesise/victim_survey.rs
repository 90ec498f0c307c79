//! Synthesises the surveys of victims of crime. Their size does not depend on the volume of crime, so the scale does
//! not change it.

use peelian::records::v1::{
    EthnicGroup, ReportChannel, Sex, SexualOrientation, SurveyCrimeGroup, SurveyMode, Tri, VictimSurvey,
    VictimSurveyResponse,
};
use peelian_core::period::Period;

use super::calibration::{Facts, Respondent};
use super::dates::date;
use super::distributions::BOROUGHS;
use super::interviews::{MINORITIES, ORIENTATIONS, day_of, satisfaction, weight, yes_no};
use super::random::{Quota, Random};

/// Interviews of victims in a quarter: in the User Satisfaction Survey, and in the survey of victims who reported
/// online or whose crime was investigated by telephone.
const INTERVIEWS: [(VictimSurvey, usize); 2] = [(VictimSurvey::Uss, 3_200), (VictimSurvey::Tdiu, 800)];
/// The surveys of victims.
pub(super) struct VictimSurveys(Vec<OneSurvey>);

impl VictimSurveys {
    pub(super) fn new(seed: u64) -> Self {
        Self(INTERVIEWS.iter().map(|(survey, _)| OneSurvey::new(seed, *survey)).collect())
    }

    /// The interviews of a quarter. Only those of the User Satisfaction Survey count for the facts, because the plan
    /// states victims' satisfaction for that survey.
    pub(super) fn quarter(&mut self, quarter: Period, facts: &mut Facts) -> Vec<VictimSurveyResponse> {
        let mut rows = Vec::new();
        for (victims, (survey, count)) in self.0.iter_mut().zip(INTERVIEWS) {
            let mut facts = (survey == VictimSurvey::Uss).then_some(&mut *facts);
            rows.extend((0..count).map(|number| victims.response(quarter, number, facts.as_deref_mut())));
        }
        rows
    }
}

/// One survey of victims. The share of satisfied victims differs between white victims and others.
struct OneSurvey {
    survey: VictimSurvey,
    random: Random,
    /// Random numbers for questions that were added later, so that the answers to the others stay as they were.
    later: Random,
    /// Random numbers for the offer of a Victim Personal Statement, for the same reason.
    statement: Random,
    white: Quota,
    minority: Quota,
}

impl OneSurvey {
    fn new(seed: u64, survey: VictimSurvey) -> Self {
        let name = if survey == VictimSurvey::Uss { "" } else { survey.as_str_name() };
        Self {
            survey,
            random: Random::new(seed, &format!("victim_survey_response{name}")),
            later: Random::new(seed, &format!("victim_survey_response{name} later")),
            statement: Random::new(seed, &format!("victim_survey_response{name} statement")),
            white: Quota::new(77, 100),
            minority: Quota::new(73, 100),
        }
    }

    fn response(&mut self, quarter: Period, number: usize, facts: Option<&mut Facts>) -> VictimSurveyResponse {
        let random = &mut self.random;
        let interview = day_of(random, quarter);
        let borough = random.pick(&BOROUGHS.each_ref()).map_or("", |borough| borough.code);
        let white = random.chance(60, 100);
        let stated = random.chance(94, 100);
        let group = match (stated, white) {
            (false, _) => EthnicGroup::NotStated,
            (true, true) => EthnicGroup::White,
            (true, false) => random.weighted(&MINORITIES, EthnicGroup::Asian),
        };
        let satisfied = if white { self.white.take(random) } else { self.minority.take(random) };
        let (weight, counted) = weight(random, 1_000);
        if let Some(facts) = facts {
            let about = Respondent { question: "satisfied", quarter, group, age: 40, borough, weight: counted };
            facts.respondent(&about, satisfied);
        }
        let prefix = if self.survey == VictimSurvey::Uss { 'V' } else { 'T' };
        let mut row = VictimSurveyResponse {
            respondent_id: format!("{prefix}{quarter}-{number:04}").replace('/', "-"),
            wave_quarter: quarter.to_string(),
            interview_date: date(interview),
            reported_date: date(interview - random.between(42, 150)),
            borough: borough.to_owned(),
            weight,
            weight_set: "synthetic-1".to_owned(),
            age: Some(random.between(18, 88)),
            ..VictimSurveyResponse::default()
        };
        row.set_survey(self.survey);
        row.set_mode(SurveyMode::Phone);
        let groups = [
            (SurveyCrimeGroup::BurglaryRes, 30),
            (SurveyCrimeGroup::ViolenceAssault, 28),
            (SurveyCrimeGroup::RobberyPersonal, 16),
            (SurveyCrimeGroup::Vehicle, 18),
            (SurveyCrimeGroup::Hate, 8),
        ];
        row.set_crime_group(random.weighted(&groups, SurveyCrimeGroup::Vehicle));
        row.set_q_overall(satisfaction(random, satisfied));
        for (question, share) in [(0, 90), (1, 68), (2, 66), (3, 91)] {
            let yes = random.chance(if satisfied { share + 8 } else { share - 25 }, 100);
            let answer = satisfaction(random, yes);
            match question {
                0 => row.set_q_contact(answer),
                1 => row.set_q_actions(answer),
                2 => row.set_q_followup(answer),
                _ => row.set_q_treatment(answer),
            }
        }
        row.set_q_offered_support(yes_no(random, 45));
        row.set_q_updated(yes_no(random, 62));
        row.set_flag_da(Tri::No);
        let online = self.survey == VictimSurvey::Tdiu && number.is_multiple_of(2);
        row.set_report_channel(if online { ReportChannel::Online } else { ReportChannel::Phone });
        row.set_sex(if random.chance(1, 2) { Sex::Male } else { Sex::Female });
        row.set_eth5(group);
        row.set_disability(if random.chance(14, 100) { Tri::Yes } else { Tri::No });
        row.set_q_would_report_again(yes_no(&mut self.later, if satisfied { 93 } else { 68 }));
        // Victims' Commissioner, 2019: 14% recall the offer.
        row.set_q_vps(yes_no(&mut self.statement, 14));
        row.set_sexual_orientation(self.later.weighted(&ORIENTATIONS, SexualOrientation::NotStated));
        row
    }
}
