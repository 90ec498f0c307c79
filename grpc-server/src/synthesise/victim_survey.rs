//! The two surveys: victims of crime, and the public. Their size does not depend on the volume of crime, so the scale
//! leaves them alone.

use peelian::records::v1::{
    AgreementAnswer, EthnicGroup, InformedAnswer, PublicAttitudeResponse, RatingAnswer, ReportChannel,
    SatisfactionAnswer, Sex, SexualOrientation, SurveyCrimeGroup, SurveyMode, Tri, VictimSurvey,
    VictimSurveyResponse, YesNoAnswer,
};
use peelian_core::period::{Month, Period};
use peelian_core::reference::Reference;

use super::calibration::{Facts, Respondent};
use super::date;
use super::random::{Quota, Random};
use super::tables::BOROUGHS;

/// Interviews of victims in a quarter: by the User Satisfaction Survey, and of those who reported online or whose crime was
/// investigated by telephone.
const VICTIMS: [(VictimSurvey, usize); 2] = [(VictimSurvey::Uss, 3_200), (VictimSurvey::Tdiu, 800)];
/// Interviews of the public in a quarter and borough.
const PUBLIC: usize = 100;

/// Groups of Londoners who are neither white nor have left the question.
const MINORITIES: [(EthnicGroup, u32); 4] =
    [(EthnicGroup::Asian, 45), (EthnicGroup::Black, 33), (EthnicGroup::Mixed, 12), (EthnicGroup::Other, 10)];

/// Sexual orientation of Londoners, in hundredths.
const ORIENTATIONS: [(SexualOrientation, u32); 5] = [
    (SexualOrientation::Heterosexual, 86),
    (SexualOrientation::GayLesbian, 3),
    (SexualOrientation::Bisexual, 2),
    (SexualOrientation::Other, 1),
    (SexualOrientation::NotStated, 8),
];

/// A day of a quarter.
fn day_of(random: &mut Random, quarter: Period) -> i32 {
    let (first, next) = (quarter.first().first_day_number(), quarter.last().plus(1).first_day_number());
    random.between(first, next - 1)
}

/// A weight around 1 that has nothing to do with the answers.
fn weight(random: &mut Random, thousandths: u32) -> (f64, u64) {
    let spread = u32::try_from(random.between(800, 1_200)).unwrap_or(1_000);
    let weight = (thousandths * spread / 1_000).max(1);
    (f64::from(weight) / 1_000.0, u64::from(weight))
}

/// The surveys of victims.
pub(super) struct VictimSurveys(Vec<VictimsOfSurvey>);

impl VictimSurveys {
    pub(super) fn new(seed: u64) -> Self {
        Self(VICTIMS.iter().map(|(survey, _)| VictimsOfSurvey::new(seed, *survey)).collect())
    }

    /// The interviews of a quarter. What is known of victims' satisfaction is known of the User Satisfaction Survey.
    pub(super) fn quarter(&mut self, quarter: Period, facts: &mut Facts) -> Vec<VictimSurveyResponse> {
        let mut rows = Vec::new();
        for (victims, (survey, count)) in self.0.iter_mut().zip(VICTIMS) {
            let mut facts = (survey == VictimSurvey::Uss).then_some(&mut *facts);
            rows.extend((0..count).map(|number| victims.response(quarter, number, facts.as_deref_mut())));
        }
        rows
    }
}

/// Victims' satisfaction, by whether they are white.
struct VictimsOfSurvey {
    survey: VictimSurvey,
    random: Random,
    /// What was asked of them later than the rest, which stays as it was.
    later: Random,
    white: Quota,
    minority: Quota,
}

impl VictimsOfSurvey {
    fn new(seed: u64, survey: VictimSurvey) -> Self {
        let name = if survey == VictimSurvey::Uss { "" } else { survey.as_str_name() };
        Self {
            survey,
            random: Random::new(seed, &format!("victim_survey_response{name}")),
            later: Random::new(seed, &format!("victim_survey_response{name} later")),
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
        row.set_sexual_orientation(self.later.weighted(&ORIENTATIONS, SexualOrientation::NotStated));
        row
    }
}

fn satisfaction(random: &mut Random, satisfied: bool) -> SatisfactionAnswer {
    let answers = if satisfied {
        [
            (SatisfactionAnswer::CompletelySatisfied, 35),
            (SatisfactionAnswer::VerySatisfied, 40),
            (SatisfactionAnswer::FairlySatisfied, 25),
        ]
    } else {
        [
            (SatisfactionAnswer::Neither, 30),
            (SatisfactionAnswer::FairlyDissatisfied, 40),
            (SatisfactionAnswer::VeryDissatisfied, 30),
        ]
    };
    random.weighted(&answers, SatisfactionAnswer::Neither)
}

fn yes_no(random: &mut Random, percent: usize) -> YesNoAnswer {
    if random.chance(percent, 100) { YesNoAnswer::Yes } else { YesNoAnswer::No }
}

/// The public's view of the police, by borough and group.
pub(super) struct PublicSurveys {
    random: Random,
    /// What was asked later than the rest, which stays as it was.
    later: Random,
    /// Population of each borough, in thousandths of the mean.
    populations: Vec<u32>,
    /// Good job among everybody but the young, by borough: until September 2016, and after.
    boroughs: Vec<[Quota; 2]>,
    young_minority: Quota,
    young_white: Quota,
    fair_white: Quota,
    fair_black: Quota,
    fair_other: Quota,
    trust: Quota,
}

/// Interviews of a borough in four quarters that are not of the young groups with shares of their own.
const OTHERS: usize = 4 * (PUBLIC - 11);

impl PublicSurveys {
    pub(super) fn new(seed: u64, reference: &Reference) -> Self {
        let population = |code: &str| {
            let area = reference.areas.by_code(code)?;
            Some(u64::from(reference.areas.population(area, 2016)?))
        };
        let populations: Vec<u64> =
            BOROUGHS.iter().map(|borough| population(borough.code).unwrap_or(250_000)).collect();
        let mean = populations.iter().sum::<u64>() / 32;
        // 400 interviews at the borough's share, less 20 at 61% and 24 at 70%.
        let quota = |percent: usize| Quota::new((4 * percent).saturating_sub(29), OTHERS);
        Self {
            random: Random::new(seed, "public_attitude_response"),
            later: Random::new(seed, "public_attitude_response later"),
            populations: populations.iter().map(|p| u32::try_from(p * 1_000 / mean).unwrap_or(1_000)).collect(),
            boroughs: BOROUGHS.iter().map(|b| [quota(b.good_job), quota(b.good_job - 2)]).collect(),
            young_minority: Quota::new(61, 100),
            young_white: Quota::new(70, 100),
            fair_white: Quota::new(75, 100),
            fair_black: Quota::new(2, 3),
            fair_other: Quota::new(72, 100),
            trust: Quota::new(90, 100),
        }
    }

    pub(super) fn quarter(&mut self, quarter: Period, facts: &mut Facts) -> Vec<PublicAttitudeResponse> {
        let mut rows = Vec::with_capacity(PUBLIC * BOROUGHS.len());
        for borough in 0..BOROUGHS.len() {
            rows.extend((0..PUBLIC).map(|number| self.response(quarter, borough, number, facts)));
        }
        rows
    }

    fn response(
        &mut self,
        quarter: Period,
        borough: usize,
        number: usize,
        facts: &mut Facts,
    ) -> PublicAttitudeResponse {
        let random = &mut self.random;
        let (group, age) = match number {
            0..5 => (random.weighted(&MINORITIES, EthnicGroup::Asian), random.between(16, 24)),
            5..11 => (EthnicGroup::White, random.between(16, 24)),
            11..42 => (random.weighted(&MINORITIES, EthnicGroup::Asian), random.between(25, 84)),
            42..46 => (EthnicGroup::NotStated, random.between(25, 84)),
            _ => (EthnicGroup::White, random.between(25, 90)),
        };
        let later = usize::from(Month::new(2016, 9).is_some_and(|september| quarter.last() > september));
        let good_job = match (number, self.boroughs.get_mut(borough).and_then(|quotas| quotas.get_mut(later))) {
            (0..5, _) => self.young_minority.take(random),
            (5..11, _) => self.young_white.take(random),
            (_, Some(quota)) => quota.take(random),
            (_, None) => false,
        };
        let fair = match group {
            EthnicGroup::White => self.fair_white.take(random),
            EthnicGroup::Black => self.fair_black.take(random),
            _ => self.fair_other.take(random),
        };
        let trust = self.trust.take(random);
        let code = BOROUGHS.get(borough).map_or("", |borough| borough.code);
        let (weight_london, counted) = weight(random, self.populations.get(borough).copied().unwrap_or(1_000));
        for (question, answer) in [("good job", good_job), ("fair", fair), ("trust", trust)] {
            let respondent = Respondent { question, quarter, group, age, borough: code, weight: counted };
            facts.respondent(&respondent, answer);
        }
        let mut row = PublicAttitudeResponse {
            respondent_id: format!("P{quarter}-{code}-{number:03}").replace('/', "-"),
            quarter: quarter.to_string(),
            interview_date: date(day_of(random, quarter)),
            borough: code.to_owned(),
            psu: format!("{code}-{quarter}-{}", number % 10).replace('/', "-"),
            weight_london,
            weight_borough: weight(random, 1_000).0,
            age: Some(age),
            ..PublicAttitudeResponse::default()
        };
        row.set_mode(SurveyMode::Face);
        row.set_eth5(group);
        row.set_sex(if random.chance(1, 2) { Sex::Male } else { Sex::Female });
        row.set_disability(if random.chance(12, 100) { Tri::Yes } else { Tri::No });
        row.set_victim_last_12_months(if random.chance(11, 100) { Tri::Yes } else { Tri::No });
        answer(&mut row, random, (good_job, fair, trust));
        row.set_sexual_orientation(self.later.weighted(&ORIENTATIONS, SexualOrientation::NotStated));
        row
    }
}

fn answer(row: &mut PublicAttitudeResponse, random: &mut Random, (good_job, fair, trust): (bool, bool, bool)) {
    let rating = if good_job {
        [(RatingAnswer::Excellent, 15), (RatingAnswer::Good, 85)]
    } else {
        [(RatingAnswer::Fair, 75), (RatingAnswer::Poor, 25)]
    };
    row.set_q_good_job(random.weighted(&rating, RatingAnswer::Fair));
    row.set_q_treat_everyone_fairly(agreement(random, fair));
    row.set_q_trust_organisation(agreement(random, trust));
    // Shares of London in March 2017, MOPAC Public Attitude Survey.
    let mut with = |percent: usize| {
        let yes = random.chance(percent, 100);
        agreement(random, yes)
    };
    row.set_q_treat_me_with_respect(with(87));
    row.set_q_relied_upon(with(79));
    row.set_q_listen_to_concerns(with(76));
    row.set_q_deal_with_what_matters(with(74));
    let informed = if random.chance(44, 100) { InformedAnswer::FairlyWell } else { InformedAnswer::NotVery };
    row.set_q_informed(informed);
    row.set_q_knows_ward_officer(yes_no(random, 36));
}

fn agreement(random: &mut Random, agrees: bool) -> AgreementAnswer {
    let answers = if agrees {
        [(AgreementAnswer::StronglyAgree, 30), (AgreementAnswer::TendToAgree, 70)]
    } else {
        [(AgreementAnswer::Neither, 50), (AgreementAnswer::TendToDisagree, 50)]
    };
    random.weighted(&answers, AgreementAnswer::Neither)
}
