//! The facts of the plan that the synthetic records are calibrated to, and the values that the records have.
//!
//! The values are counted from the records by the definitions of the facts, not by the quotas that shaped the
//! records.

use std::collections::{BTreeMap, BTreeSet};

use peelian::records::v1::{
    CourtStock, CourtType, CpsDefendantOutcome, CpsFlag, CpsOutcome, EthnicGroup, IndexEvent, KnifeUse, OutcomeCode,
    Sex, Tri, UnsuccessfulReason, VictimType, WardOfficer, WorkforceFlow, WorkforceFlowStage, WorkforceRole,
    WorkforceSnapshot,
};
use peelian_core::period::{Month, Period};

use super::dates::year_before;
use super::people::{Pattern, Victimisation};
use super::recorded_crime::{Kind, Recorded};

/// One fact of the plan with its target and the value achieved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Calibration {
    /// Short name: `g01`.
    pub id: &'static str,
    /// The fact in words.
    pub statement: &'static str,
    /// Target, in thousandths; for a number, that number at the scale of the records; for a mean, in days.
    pub target: u64,
    /// Numerator of the value achieved.
    pub numerator: u64,
    /// Denominator of the value achieved; 0 for a number.
    pub denominator: u64,
}

impl Calibration {
    /// Whether the fact is a whole number: a number, or a mean in days. All others are shares.
    #[must_use]
    pub(crate) fn is_whole(&self) -> bool {
        self.is_in(&NUMBERS) || self.is_in(&DAYS)
    }

    fn is_in(&self, facts: &[(&str, &str, u64)]) -> bool {
        facts.iter().any(|(id, ..)| *id == self.id)
    }

    /// The value achieved, in the unit of the target; `None` if there were no cases.
    #[must_use]
    pub(crate) fn achieved(&self) -> Option<u64> {
        match self.denominator {
            0 if self.is_in(&NUMBERS) => Some(self.numerator),
            0 => None,
            all if self.is_in(&DAYS) => Some((self.numerator + all / 2) / all),
            all => Some((self.numerator * 1_000 + all / 2) / all),
        }
    }
}

/// Short name, statement and target of each fact that is a number, for London.
const NUMBERS: [(&str, &str, u64); 4] = [
    ("g04", "victims aged 1 to 24 injured in non-domestic knife crime in 2016", 1_844),
    ("g18", "open cases of the Crown Court at the end of October 2016 (the plan says more)", 7_000),
    ("g28 2015", "potential victims of modern slavery whom the Metropolitan Police referred in 2015", 278),
    ("g28 2016", "potential victims of modern slavery whom the Metropolitan Police referred in 2016", 1_001),
];
/// Short name, statement and target of each fact that is a mean in days.
const DAYS: [(&str, &str, u64); 2] = [
    ("g14 magistrates", "mean days from offence to completion in a magistrates' court (the plan says nearly)", 170),
    ("g14 Crown", "mean days from offence to completion in the Crown Court (the plan says more than)", 500),
];
/// Short name, statement and target of each fact that is a share.
const FACTS: [(&str, &str, u64); 32] = [
    ("g01", "victims of February 2017 who were victims in the 12 calendar months before", 120),
    ("g02", "crimes of February 2017 with a person victim who was a victim within a year", 100),
    ("g03", "domestic abuse offences, February 2017, against victims of domestic abuse within a year", 250),
    ("g06 male", "victims of knife crime who are male", 770),
    ("g06 BAME", "victims of knife crime of known ethnicity who are BAME", 490),
    ("g09", "offenders who reoffend", 240),
    ("g10", "offenders given court orders who reoffend", 310),
    ("g11", "offenders fined who reoffend", 320),
    ("g12", "offenders under 18 who reoffend", 430),
    ("g15", "trials that are effective", 500),
    ("g16", "cracked and ineffective trials that the prosecution ended", 250),
    ("g17", "trials that the prosecution ended because of an absent or withdrawn witness", 400),
    ("g20", "domestic abuse prosecutions that end in a conviction", 650),
    ("g21", "unsuccessful prosecutions of violence against women that failed for lack of the victim's support", 520),
    ("g22", "crimes flagged as domestic abuse", 100),
    ("g23", "domestic abuse offences with injury", 333),
    ("g26", "hate crimes recorded that lead to a sanction", 250),
    ("g29 BAME", "BAME Londoners aged 16 to 24 who say good job", 610),
    ("g29 white", "white Londoners aged 16 to 24 who say good job", 700),
    ("g30 high", "Hammersmith and Fulham, good job, 12 months to September 2016", 820),
    ("g30 low", "Hillingdon, good job, 12 months to September 2016", 560),
    ("g31 white", "white Londoners who say that everyone is treated fairly", 750),
    ("g31 black", "black Londoners who say that everyone is treated fairly", 667),
    ("g32", "Londoners who trust the police", 900),
    // With the residents of the Census of 2011, a rate 2.5 times that of white residents.
    ("g33", "persons searched, of known self-defined ethnicity, who are BAME", 627),
    ("g34 female", "officers who are women, March 2017", 260),
    ("g34 BAME", "officers of stated ethnicity who are BAME, March 2017", 129),
    ("g35 women", "applicants who are women", 320),
    ("g35 applicants", "applicants of stated ethnicity who are BAME (the plan says more than)", 400),
    ("g35 recruits", "recruits of stated ethnicity who are BAME (the plan says just under)", 300),
    ("g35 growth", "BAME officers in March 2017 for each in March 2015", 1_157),
    ("g40", "wards with two constables and a community support officer, December 2017", 1_000),
];
/// Victims' satisfaction, which the plan states for the User Satisfaction Survey.
const SATISFIED: (&str, &str, u64) = ("USS", "victims satisfied overall", 750);
/// Londoners' opinion of the police, in the year before the plan.
const GOOD_JOB: (&str, &str, u64) = ("g53", "Londoners who say good job, 12 months to March 2017", 680);

/// A number of people or cases of a row.
fn people(count: Option<i32>) -> u64 {
    count.and_then(|count| u64::try_from(count).ok()).unwrap_or(0)
}

/// A respondent's answer to one question.
pub(super) struct Respondent {
    pub(super) question: &'static str,
    pub(super) quarter: Period,
    pub(super) group: EthnicGroup,
    pub(super) age: i32,
    pub(super) borough: &'static str,
    /// Weight in thousandths.
    pub(super) weight: u64,
}

/// Numerators and denominators of the facts, counted so far.
#[derive(Default)]
pub(super) struct Facts {
    counts: BTreeMap<&'static str, (u64, u64)>,
}

impl Facts {
    /// Counts a case with a weight.
    fn add(&mut self, id: &'static str, hit: bool, weight: u64) {
        let (numerator, denominator) = self.counts.entry(id).or_default();
        *numerator += if hit { weight } else { 0 };
        *denominator += weight;
    }

    /// Counts a case.
    pub(super) fn share(&mut self, id: &'static str, hit: bool) {
        self.add(id, hit, 1);
    }

    /// Counts a recorded crime.
    pub(super) fn crime(&mut self, month: Month, recorded: &Recorded) {
        let abuse = recorded.crime.flag_da() == Tri::Yes;
        self.share("g22", abuse);
        if abuse {
            self.share("g23", matches!(recorded.crime.ho_class.as_str(), "8N" | "5D"));
        }
        let knife = recorded.kind.is_knife();
        let person = recorded.victim.as_ref().filter(|victim| victim.victim_type() == VictimType::Person);
        let Some(victim) = person.filter(|_| knife) else { return };
        self.share("g06 male", victim.sex() == Sex::Male);
        if victim.eth5() != EthnicGroup::NotStated {
            self.share("g06 BAME", victim.eth5() != EthnicGroup::White);
        }
        let injured = recorded.crime.knife_use() == KnifeUse::Injured;
        let young = victim.age.is_some_and(|age| (1..=24).contains(&age));
        if injured && young && !abuse && month.year() == 2016 {
            self.counts.entry("g04").or_default().0 += 1;
        }
    }

    /// Counts the outcome of an investigation.
    pub(super) fn investigation(&mut self, recorded: &Recorded, outcome: OutcomeCode) {
        if recorded.kind == Kind::Hate {
            let sanction =
                matches!(outcome, OutcomeCode::Charged | OutcomeCode::AdultCaution | OutcomeCode::PenaltyNotice);
            self.share("g26", sanction);
        }
    }

    /// Counts a prosecution.
    pub(super) fn prosecution(&mut self, row: &CpsDefendantOutcome, flags: &[CpsFlag]) {
        if row.outcome() == CpsOutcome::Pending {
            return;
        }
        let convicted = row.unsuccessful_reason() == UnsuccessfulReason::Unspecified;
        if flags.contains(&CpsFlag::Da) {
            self.share("g20", convicted);
        }
        let women = [CpsFlag::Da, CpsFlag::Rape, CpsFlag::SoOther, CpsFlag::StalkingHarassment];
        if !convicted && flags.iter().any(|flag| women.contains(flag)) {
            let victim = matches!(
                row.unsuccessful_reason(),
                UnsuccessfulReason::VictimRetraction
                    | UnsuccessfulReason::VictimNonAttendance
                    | UnsuccessfulReason::VictimEvidenceDoesNotSupport
            );
            self.share("g21", victim);
        }
    }

    /// Counts a referral by the Metropolitan Police.
    pub(super) fn referral(&mut self, year: i32) {
        let id = match year {
            2015 => "g28 2015",
            2016 => "g28 2016",
            _ => return,
        };
        self.counts.entry(id).or_default().0 += 1;
    }

    /// Counts an offender of a cohort.
    pub(super) fn reoffender(&mut self, event: IndexEvent, youth: bool, reoffends: bool) {
        self.share("g09", reoffends);
        match event {
            IndexEvent::CourtOrder => self.share("g10", reoffends),
            IndexEvent::Fine => self.share("g11", reoffends),
            _ => {}
        }
        if youth {
            self.share("g12", reoffends);
        }
    }

    /// Counts an answer to a survey.
    pub(super) fn respondent(&mut self, who: &Respondent, yes: bool) {
        let white = who.group == EthnicGroup::White;
        let young = who.age < 25 && who.group != EthnicGroup::NotStated;
        let year_to = |year, month| {
            Month::new(year, month)
                .is_some_and(|last| who.quarter.last() <= last && who.quarter.first() > last.plus(-12))
        };
        match who.question {
            "satisfied" => self.add("USS", yes, who.weight),
            "good job" => {
                if young {
                    self.add(if white { "g29 white" } else { "g29 BAME" }, yes, who.weight);
                }
                if year_to(2016, 9) && who.borough == "E09000013" {
                    self.add("g30 high", yes, who.weight);
                }
                if year_to(2016, 9) && who.borough == "E09000017" {
                    self.add("g30 low", yes, who.weight);
                }
                if year_to(2017, 3) {
                    self.add("g53", yes, who.weight);
                }
            }
            "fair" if white => self.add("g31 white", yes, who.weight),
            "fair" if who.group == EthnicGroup::Black => self.add("g31 black", yes, who.weight),
            "trust" => self.add("g32", yes, who.weight),
            _ => {}
        }
    }

    /// Counts the open cases of courts at the end of a month.
    pub(super) fn open_cases(&mut self, rows: &[CourtStock]) {
        let october = rows.iter().filter(|row| row.month_end == "2016-10-31" && row.court_type() == CourtType::Crown);
        self.counts.entry("g18").or_default().0 += october.map(|row| people(row.open_cases)).sum::<u64>();
    }

    /// Counts a completed case, with the days from the offence.
    pub(super) fn completed_case(&mut self, court: CourtType, days: i32) {
        let id = if court == CourtType::Crown { "g14 Crown" } else { "g14 magistrates" };
        let (sum, cases) = self.counts.entry(id).or_default();
        *sum += u64::try_from(days).unwrap_or(0);
        *cases += 1;
    }

    /// Counts the officers of a snapshot.
    pub(super) fn workforce(&mut self, rows: &[WorkforceSnapshot]) {
        for row in rows.iter().filter(|row| row.role() == WorkforceRole::Officer) {
            let officers = people(row.headcount);
            let minority = !matches!(row.eth5(), EthnicGroup::White | EthnicGroup::NotStated);
            match row.snapshot_date.as_str() {
                "2017-03-31" => {
                    self.add("g34 female", row.sex() == Sex::Female, officers);
                    if row.eth5() != EthnicGroup::NotStated {
                        self.add("g34 BAME", minority, officers);
                    }
                    self.counts.entry("g35 growth").or_default().0 += if minority { officers } else { 0 };
                }
                "2015-03-31" => self.counts.entry("g35 growth").or_default().1 += if minority { officers } else { 0 },
                _ => {}
            }
        }
    }

    /// Counts applicants and recruits.
    pub(super) fn recruitment(&mut self, rows: &[WorkforceFlow]) {
        for row in rows {
            let (stated, count) = (row.eth5() != EthnicGroup::NotStated, people(row.count));
            let minority = stated && row.eth5() != EthnicGroup::White;
            match row.stage() {
                WorkforceFlowStage::Applicant => {
                    self.add("g35 women", row.sex() == Sex::Female, count);
                    self.add("g35 applicants", minority, if stated { count } else { 0 });
                }
                WorkforceFlowStage::Joined => self.add("g35 recruits", minority, if stated { count } else { 0 }),
                _ => {}
            }
        }
    }

    /// Counts the wards that have the officers that the plan promises.
    pub(super) fn ward_officers(&mut self, rows: &[WardOfficer]) {
        for row in rows.iter().filter(|row| row.snapshot_date == "2017-12-31") {
            self.share("g40", row.dwo_pc >= Some(2) && row.dwo_pcso >= Some(1));
        }
    }

    /// Counts repeat victimisation in a month, as the measures define it. Crimes of one incident are recorded on one
    /// day, so they are never earlier than each other.
    pub(super) fn repeats(&mut self, history: &[Victimisation], month: Month) {
        let before = |case: &Victimisation| month.plus(-12) <= case.month && case.month < month;
        let earlier: BTreeSet<usize> = history.iter().filter(|case| before(case)).map(|case| case.person).collect();
        let now: Vec<&Victimisation> = history.iter().filter(|case| case.month == month).collect();
        let victims: BTreeSet<usize> = now.iter().map(|case| case.person).collect();
        victims.iter().for_each(|person| self.share("g01", earlier.contains(person)));

        let abuse = |case: &Victimisation| case.pattern == Pattern::Abuse;
        let mut days: BTreeMap<(usize, bool), Vec<i32>> = BTreeMap::new();
        for case in history.iter().filter(|case| case.month <= month) {
            days.entry((case.person, abuse(case))).or_default().push(case.days.recorded);
        }
        let within_a_year = |case: &Victimisation, abuse: bool| {
            let year = year_before(case.days.recorded)..case.days.recorded;
            days.get(&(case.person, abuse)).is_some_and(|days| days.iter().any(|day| year.contains(day)))
        };
        for case in now {
            self.share("g02", within_a_year(case, false) || within_a_year(case, true));
            if abuse(case) {
                self.share("g03", within_a_year(case, true));
            }
        }
    }

    /// All facts. Targets that are numbers are scaled.
    pub(super) fn finish(&self, per_million: usize) -> Vec<Calibration> {
        let fact = |(id, statement, target): &(&'static str, &'static str, u64), target_of: fn(u64, u64) -> u64| {
            let (numerator, denominator) = self.counts.get(id).copied().unwrap_or_default();
            let scale = u64::try_from(per_million).unwrap_or(0);
            Calibration { id, statement, target: target_of(*target, scale), numerator, denominator }
        };
        let unscaled = DAYS.iter().chain(&FACTS).chain([&SATISFIED, &GOOD_JOB]);
        let scaled = |target, scale| (target * scale + 500_000) / 1_000_000;
        let numbers = NUMBERS.iter().map(|number| fact(number, scaled));
        numbers.chain(unscaled.map(|known| fact(known, |target, _| target))).collect()
    }
}
