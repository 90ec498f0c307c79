//! Synthesises the workforce of the Metropolitan Police, and the people who apply, join, are promoted and leave. Their
//! number does not depend on the volume of crime, so the scale does not change it.

use std::collections::BTreeMap;

use peelian::records::v1::{
    AgeBand, EthnicGroup, LeavingReason, PoliceRank, Sex, Tri, WorkforceFlow, WorkforceFlowStage, WorkforceRole,
    WorkforceSnapshot,
};
use peelian_core::period::Month;

use super::calibration::Facts;
use super::dates::{date, last_day};
use super::interviews::MINORITIES;
use super::random::{Quota, Random};

/// The area of the force.
pub(super) const FORCE: &str = "E23000001";

/// Officers in 10,000 who are BAME, of those who stated their ethnicity, in March 2017.
const OFFICERS_BAME: i32 = 1_290;
/// Growth of that number in the two years before, from 1,116. The plan says that BAME officers increased by 15.7%. With the
/// last block of officers, which is not whole, the growth comes to that.
const GROWTH: i32 = 174;
/// The smallest and the largest number, however far away a month is.
const BAME: (i32, i32) = (800, 2_000);
/// Women in 100 officers.
const OFFICERS_FEMALE: usize = 26;

/// The people of a role: how many they are, and how many in 100 are women and BAME. Only the mix of officers is the
/// plan's, see above; all other numbers of this module are made up, except those of [`STEPS`] that name the plan.
const OTHER_ROLES: [(WorkforceRole, usize, usize, usize); 4] = [
    (WorkforceRole::Pcso, 1_500, 35, 36),
    (WorkforceRole::Staff, 9_500, 56, 25),
    (WorkforceRole::Special, 2_500, 31, 32),
    (WorkforceRole::Cadet, 3_000, 45, 48),
];
const OFFICERS: usize = 31_700;
const RANKS: [(PoliceRank, u32); 7] = [
    (PoliceRank::Pc, 24_300),
    (PoliceRank::Sgt, 5_000),
    (PoliceRank::Insp, 1_500),
    (PoliceRank::Ci, 450),
    (PoliceRank::Supt, 250),
    (PoliceRank::Csupt, 150),
    (PoliceRank::Acpo, 50),
];
const AGES: [(AgeBand, u32); 5] = [
    (AgeBand::AgeBand1824, 4),
    (AgeBand::AgeBand2534, 30),
    (AgeBand::AgeBand3544, 35),
    (AgeBand::AgeBand4554, 28),
    (AgeBand::AgeBand5564, 3),
];
const CADET_AGES: [(AgeBand, u32); 2] = [(AgeBand::AgeBand1014, 30), (AgeBand::AgeBand1517, 70)];
/// People in 100 who do not state their ethnicity.
const NOT_STATED: usize = 4;

/// Steps of a month: how many people take it, and how many in 100 are women and BAME. The plan says that 32% of
/// applicants are women and more than 40% BAME, and that just under 30% of recruits are BAME.
const STEPS: [(WorkforceFlowStage, usize, usize, usize); 7] = [
    (WorkforceFlowStage::Applicant, 400, 32, 41),
    (WorkforceFlowStage::Sifted, 260, 32, 37),
    (WorkforceFlowStage::Assessed, 170, 33, 33),
    (WorkforceFlowStage::Offered, 120, 33, 30),
    (WorkforceFlowStage::Joined, 110, 33, 29),
    (WorkforceFlowStage::Promoted, 60, 24, 11),
    (WorkforceFlowStage::Left, 150, 22, 9),
];
const REASONS: [(LeavingReason, u32); 6] = [
    (LeavingReason::Retirement, 48),
    (LeavingReason::Resignation, 34),
    (LeavingReason::Transfer, 10),
    (LeavingReason::MedicalRetirement, 4),
    (LeavingReason::Dismissal, 3),
    (LeavingReason::Death, 1),
];

/// A group of people: the shares of women and of BAME people hold in every block of them.
struct Mix {
    women: Quota,
    minority: Quota,
}

impl Mix {
    fn new(women: usize, minority: Quota) -> Self {
        Self { women: Quota::new(women, 100), minority }
    }

    fn person(&mut self, random: &mut Random) -> (Sex, EthnicGroup) {
        let sex = if self.women.take(random) { Sex::Female } else { Sex::Male };
        if random.chance(NOT_STATED, 100) {
            return (sex, EthnicGroup::NotStated);
        }
        let minority = self.minority.take(random);
        (sex, if minority { random.weighted(&MINORITIES, EthnicGroup::Asian) } else { EthnicGroup::White })
    }
}

/// Synthesises the workforce of one month after another.
pub(super) struct Workforce {
    random: Random,
    steps: Vec<Mix>,
}

/// The attributes of people in one row of a snapshot.
type Cell = (WorkforceRole, PoliceRank, Sex, EthnicGroup, AgeBand);
/// The attributes of people in one row of a step.
type Step = (WorkforceFlowStage, LeavingReason, Sex, EthnicGroup, AgeBand);

impl Workforce {
    pub(super) fn new(seed: u64) -> Self {
        let mix = |(_, _, women, minority): &(_, _, usize, usize)| Mix::new(*women, Quota::new(*minority, 100));
        Self { random: Random::new(seed, "workforce"), steps: STEPS.iter().map(mix).collect() }
    }

    /// Everybody on the last day of a month.
    pub(super) fn snapshot(&mut self, month: Month, facts: &mut Facts) -> Vec<WorkforceSnapshot> {
        let random = &mut self.random;
        let mut people: BTreeMap<Cell, i32> = BTreeMap::new();
        let mut officers = Mix::new(OFFICERS_FEMALE, Quota::new(officers_bame(month), 10_000));
        for _ in 0..OFFICERS {
            let (sex, group) = officers.person(random);
            let rank = random.weighted(&RANKS, PoliceRank::Pc);
            let age = random.weighted(&AGES, AgeBand::AgeBand3544);
            *people.entry((WorkforceRole::Officer, rank, sex, group, age)).or_default() += 1;
        }
        for (role, number, women, minority) in OTHER_ROLES {
            let mut mix = Mix::new(women, Quota::new(minority, 100));
            for _ in 0..number {
                let (sex, group) = mix.person(random);
                let ages: &[_] = if role == WorkforceRole::Cadet { &CADET_AGES } else { &AGES };
                let age = random.weighted(ages, AgeBand::AgeBand3544);
                *people.entry((role, PoliceRank::Na, sex, group, age)).or_default() += 1;
            }
        }
        let rows: Vec<WorkforceSnapshot> = people.into_iter().map(|cell| in_post(month, cell)).collect();
        facts.workforce(&rows);
        rows
    }

    /// The steps that officers, and people who want to be officers, took in a month.
    pub(super) fn flow(&mut self, month: Month, facts: &mut Facts) -> Vec<WorkforceFlow> {
        let random = &mut self.random;
        let mut people: BTreeMap<Step, i32> = BTreeMap::new();
        for (mix, (stage, number, ..)) in self.steps.iter_mut().zip(STEPS) {
            for _ in 0..number {
                let (sex, group) = mix.person(random);
                let left = stage == WorkforceFlowStage::Left;
                let reason =
                    if left { random.weighted(&REASONS, LeavingReason::Other) } else { LeavingReason::Unspecified };
                let ages: &[_] = if reason == LeavingReason::Retirement { &AGES[3..] } else { &AGES };
                let age = random.weighted(ages, AgeBand::AgeBand3544);
                *people.entry((stage, reason, sex, group, age)).or_default() += 1;
            }
        }
        let rows: Vec<WorkforceFlow> = people.into_iter().map(|step| moved(month, step)).collect();
        facts.recruitment(&rows);
        rows
    }
}

/// Officers in 10,000 who are BAME in a month.
fn officers_bame(month: Month) -> usize {
    let months = Month::new(2017, 3).map_or(0, |march| month.index() - march.index());
    let share = OFFICERS_BAME.saturating_add(GROWTH.saturating_mul(months) / 24).clamp(BAME.0, BAME.1);
    usize::try_from(share).unwrap_or(0)
}

fn in_post(month: Month, ((role, rank, sex, group, age), people): (Cell, i32)) -> WorkforceSnapshot {
    WorkforceSnapshot {
        area: FORCE.to_owned(),
        snapshot_date: date(last_day(month)),
        role: role.into(),
        rank: rank.into(),
        career_break: Tri::No.into(),
        sex: sex.into(),
        eth5: group.into(),
        age_band: age.into(),
        headcount: Some(people),
        // Some people work part of the time.
        fte: Some(f64::from(people * 97) / 100.0),
        ..WorkforceSnapshot::default()
    }
}

fn moved(month: Month, ((stage, reason, sex, group, age), people): (Step, i32)) -> WorkforceFlow {
    let rank = if stage == WorkforceFlowStage::Promoted { PoliceRank::Sgt } else { PoliceRank::Pc };
    WorkforceFlow {
        area: FORCE.to_owned(),
        month_end: date(last_day(month)),
        stage: stage.into(),
        reason: reason.into(),
        role: WorkforceRole::Officer.into(),
        rank: rank.into(),
        sex: sex.into(),
        eth5: group.into(),
        age_band: age.into(),
        count: Some(people),
        ..WorkforceFlow::default()
    }
}
