//! Synthesises the survey of the public. Its size does not depend on the volume of crime, so the scale does not
//! change it.

use peelian::records::v1::{
    AgreementAnswer, EthnicGroup, InformedAnswer, PublicAttitudeResponse, RatingAnswer, Sex, SexualOrientation,
    SurveyMode, Tri,
};
use peelian_core::period::{Month, Period};
use peelian_core::reference::Reference;

use super::calibration::{Facts, Respondent};
use super::dates::date;
use super::distributions::BOROUGHS;
use super::interviews::{MINORITIES, ORIENTATIONS, day_of, weight, yes_no};
use super::random::{Quota, Random};

/// Interviews in a quarter and borough.
const INTERVIEWS: usize = 100;

/// Synthesises interviews about the police. The shares of answers differ by borough and group.
pub(super) struct PublicSurveys {
    random: Random,
    /// Random numbers for questions that were added later, so that the answers to the others stay as they were.
    later: Random,
    /// Population of each borough, in thousandths of the mean.
    populations: Vec<u32>,
    /// The share who say good job, by borough, until September 2016 and after. The young groups have shares of their
    /// own.
    boroughs: Vec<[Quota; 2]>,
    young_minority: Quota,
    young_white: Quota,
    fair_white: Quota,
    fair_black: Quota,
    fair_other: Quota,
    trust: Quota,
}

/// Interviews of a borough in four quarters, without those of the young groups.
const OTHERS: usize = 4 * (INTERVIEWS - 11);

impl PublicSurveys {
    pub(super) fn new(seed: u64, reference: &Reference) -> Self {
        let population = |code: &str| {
            let area = reference.areas.by_code(code)?;
            Some(u64::from(reference.areas.population(area, 2016)?))
        };
        let populations: Vec<u64> =
            BOROUGHS.iter().map(|borough| population(borough.code).unwrap_or(250_000)).collect();
        let mean = populations.iter().sum::<u64>() / 32;
        // The borough's share of 400 interviews, minus 20 interviews at 61% and 24 at 70%.
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

    /// The interviews of a quarter.
    pub(super) fn quarter(&mut self, quarter: Period, facts: &mut Facts) -> Vec<PublicAttitudeResponse> {
        let mut rows = Vec::with_capacity(INTERVIEWS * BOROUGHS.len());
        for borough in 0..BOROUGHS.len() {
            rows.extend((0..INTERVIEWS).map(|number| self.response(quarter, borough, number, facts)));
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
        set_answers(&mut row, random, (good_job, fair, trust));
        row.set_sexual_orientation(self.later.weighted(&ORIENTATIONS, SexualOrientation::NotStated));
        row
    }
}

/// Sets the answers.
fn set_answers(row: &mut PublicAttitudeResponse, random: &mut Random, (good_job, fair, trust): (bool, bool, bool)) {
    let rating = if good_job {
        [(RatingAnswer::Excellent, 15), (RatingAnswer::Good, 85)]
    } else {
        [(RatingAnswer::Fair, 75), (RatingAnswer::Poor, 25)]
    };
    row.set_q_good_job(random.weighted(&rating, RatingAnswer::Fair));
    row.set_q_treat_everyone_fairly(agreement(random, fair));
    row.set_q_trust_organisation(agreement(random, trust));
    // Shares for London in March 2017: MOPAC Public Attitude Survey.
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

/// An answer of a respondent who agrees, or of one who does not.
fn agreement(random: &mut Random, agrees: bool) -> AgreementAnswer {
    let answers = if agrees {
        [(AgreementAnswer::StronglyAgree, 30), (AgreementAnswer::TendToAgree, 70)]
    } else {
        [(AgreementAnswer::Neither, 50), (AgreementAnswer::TendToDisagree, 50)]
    };
    random.weighted(&answers, AgreementAnswer::Neither)
}
