//! The golden facts: what the plan, its successor and the responses to them state in numbers. The engine computes each fact
//! that a measure covers from the synthetic records. The others are listed with the reason why nothing covers them.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;

use peelian::v1::ComparisonKind;
use peelian_core::Core;
use peelian_core::engine::{Basis, ChangeKind, Engine, Local, LocalContent, LocalRows, Observation, Query};

use super::{Options, Row, options};
use crate::synthesise::run;

/// The scale of the demonstration.
const SCALE: f64 = 0.05;
/// London without the City.
const MPS: &str = "E23000001";
/// London with the City, in which the courts and the Crown Prosecution Service count.
const LONDON: &str = "E12000007";
const BAME: &[&str] = &["mixed", "asian", "black", "other"];
const WHITE: &[&str] = &["white"];
/// Respondents are 16 or over, so the younger of the two bands has those of 16 and 17.
const AGED_16_TO_24: &[&str] = &["15-17", "18-24"];

/// A question to the engine.
#[derive(Debug)]
enum Ask {
    /// The value of a measure for an area, a period, and a code of a breakdown or `("", "")`.
    Value(&'static str, &'static str, &'static str, (&'static str, &'static str)),
    /// The share of several codes together: the sum of their numerators over the sum of their denominators. A cell with too
    /// few respondents has no value and is left out.
    Together(&'static str, &'static str, [(&'static str, &'static [&'static str]); 2]),
    /// The share that some codes are of the cases of a measure in some periods: among these codes and others.
    Part(&'static str, &'static [&'static str], &'static str, [&'static [&'static str]; 2]),
    /// The cases of the numerator in a period, over those in an earlier one.
    Growth(&'static str, [&'static str; 2]),
    /// The ratio to the same period of the year before.
    Rise(&'static str, &'static str),
}

use Ask::{Growth, Part, Rise, Together, Value};

/// How a fact is stated, and so what a value must meet.
#[derive(Debug)]
enum Stated {
    /// "12 per cent": the value rounds to it at so many decimals.
    Rounded(f64, usize),
    /// "One in ten", "about": it lies in the interval of the value.
    About(f64),
    /// "More than".
    Above(f64),
    /// "Just over": the value is above it, and the interval has it.
    JustOver(f64),
    /// "Just under", "nearly": the value is below it, and the interval has it.
    JustUnder(f64),
    /// A number of cases in London, of which the records have a share: the value is that share, as a whole number.
    Scaled(f64),
}

use Stated::{About, Above, JustOver, JustUnder, Rounded, Scaled};

/// What becomes of a fact.
enum Fact {
    /// A measure covers it.
    Covered(&'static [(Ask, Stated)]),
    /// Nothing covers it, for this reason.
    Not(&'static str),
}

use Fact::{Covered, Not};

/// Every fact. Those without a date are asked of the financial year in which the plan was published.
const FACTS: [(&str, Fact); 59] = [
    ("g01", Covered(&[(Value("repeat-victim-share.victims-prior-12m", MPS, "2017-02", ALL), Rounded(0.12, 2))])),
    ("g02", Covered(&[(Value("repeat-victim-share.offences-prior-12m", MPS, "2017-02", ALL), About(0.1))])),
    (
        "g03",
        Covered(&[(
            Value("domestic-abuse-repeat-victimisation.offences-prior-12m", MPS, "2017-02", ALL),
            About(0.25),
        )]),
    ),
    ("g04", Covered(&[(Value("knife-injury-victims-under-25", MPS, "CY2016", ALL), Scaled(1_844.0))])),
    ("g05", Covered(&[(Value("vulnerable-ward-ratio.knife-by-deprivation", MPS, "CY2016", ALL), Above(3.0))])),
    (
        "g06",
        // The denominators of repeat victimisation are all victims of knife crime who can be linked. The years are those
        // that have a year before.
        Covered(&[
            (Part("knife-repeat-victimisation", KNIFE_YEARS, "sex", [&["male"], &["female"]]), Rounded(0.77, 2)),
            (Part("knife-repeat-victimisation", KNIFE_YEARS, "ethnic_group", [BAME, WHITE]), Rounded(0.49, 2)),
        ]),
    ),
    (
        "g07",
        Covered(&[(
            Value("vulnerable-ward-ratio.burglary-robbery-sexual-by-deprivation", MPS, "CY2016", ALL),
            Above(3.0),
        )]),
    ),
    ("g08", Not("A change since 2012. The records begin in 2015 and have no trend.")),
    ("g09", Covered(&[(Value("reoffending-binary-rate", MPS, FOLLOWED_UP, ALL), Rounded(0.24, 2))])),
    (
        "g10",
        Covered(&[(
            Value("reoffending-binary-rate", MPS, FOLLOWED_UP, ("index_event", "court_order")),
            Rounded(0.31, 2),
        )]),
    ),
    (
        "g11",
        Covered(&[(Value("reoffending-binary-rate", MPS, FOLLOWED_UP, ("index_event", "fine")), Rounded(0.32, 2))]),
    ),
    ("g12", Covered(&[(Value("youth-reoffending-binary-rate", MPS, FOLLOWED_UP, ALL), Rounded(0.43, 2))])),
    ("g13", Not("Arrests and convictions of a lifetime: no record has them.")),
    (
        "g14",
        Covered(&[
            (Value(DAYS, LONDON, "2016/17", ("court_type", "magistrates")), JustUnder(170.0)),
            (Value(DAYS, LONDON, "2016/17", ("court_type", "crown")), Above(500.0)),
        ]),
    ),
    ("g15", Covered(&[(Value("trial-effectiveness.effective", LONDON, "2015/16", ALL), About(0.5))])),
    ("g16", Covered(&[(Value("trial-cracked-prosecution-ended", LONDON, "2015/16", ALL), About(0.25))])),
    ("g17", Covered(&[(Value("trial-lost-victim-witness", LONDON, "2015/16", ALL), About(0.4))])),
    ("g18", Covered(&[(Value("crown-court-outstanding", LONDON, "2016-10", ALL), Above(7_000.0 * SCALE))])),
    ("g19", Not("A gap to the rest of England and Wales, of which there are no records.")),
    // Its national 75 per cent is not covered, because there are no records of the nation.
    ("g20", Covered(&[(Value("cps-conviction-rate.da", LONDON, "CY2016", ALL), Rounded(0.65, 2))])),
    ("g21", Covered(&[(Value("vawg-victim-issues-prosecution", LONDON, "2015/16", ALL), JustOver(0.5))])),
    ("g22", Covered(&[(Value("domestic-abuse-reports.share", MPS, "2016/17", ALL), About(0.1))])),
    ("g23", Covered(&[(Value("domestic-abuse-reports.injury-share", MPS, "2016/17", ALL), About(1.0 / 3.0))])),
    ("g24", Not("No measure links rape with earlier domestic abuse.")),
    ("g25", Not("The transport police's records are not held, nor are records of 2013.")),
    ("g26", Covered(&[(Value("hate-crime-sanction-rate", MPS, "2016/17", ALL), Rounded(0.25, 2))])),
    ("g27", Covered(&[(Rise("hate-crime-reports.race-or-religion", "2016-07"), About(2.0))])),
    (
        "g28",
        Covered(&[
            (Value("nrm-referrals", MPS, "CY2015", ALL), Scaled(278.0)),
            (Value("nrm-referrals", MPS, "CY2016", ALL), Scaled(1_000.0)),
        ]),
    ),
    (
        "g29",
        Covered(&[
            (Together(GOOD_JOB, "2016/17", [("eth5", BAME), ("age_band", AGED_16_TO_24)]), Rounded(0.61, 2)),
            (Together(GOOD_JOB, "2016/17", [("eth5", WHITE), ("age_band", AGED_16_TO_24)]), Rounded(0.7, 2)),
        ]),
    ),
    (
        "g30",
        Covered(&[
            (Value(GOOD_JOB, "E09000013", "R12-2016-09", ALL), Rounded(0.82, 2)),
            (Value(GOOD_JOB, "E09000017", "R12-2016-09", ALL), Rounded(0.56, 2)),
        ]),
    ),
    (
        "g31",
        Covered(&[
            (Value("public-fair-treatment", MPS, "2016/17", ("eth5", "white")), About(0.75)),
            (Value("public-fair-treatment", MPS, "2016/17", ("eth5", "black")), About(2.0 / 3.0)),
        ]),
    ),
    ("g32", Covered(&[(Value("public-trust-mps", MPS, "2016/17", ALL), About(0.9))])),
    // The ratio for stops of vehicles is not covered, because nobody's ethnic group is recorded at them.
    ("g33", Covered(&[(Value("stop-search-disproportionality.bame", MPS, "2016/17", ALL), Rounded(2.5, 1))])),
    (
        "g34",
        Covered(&[
            (Value("workforce-share.women", MPS, "2017-03", ALL), Rounded(0.26, 2)),
            (Value("workforce-share.bame", MPS, "2017-03", ALL), Rounded(0.129, 3)),
        ]),
    ),
    (
        "g35",
        Covered(&[
            (Value("recruitment-share.applicants-bame", MPS, "2016/17", ALL), Above(0.4)),
            (Value("recruitment-share.applicants-women", MPS, "2016/17", ALL), Rounded(0.32, 2)),
            (Value("recruitment-share.joined-bame", MPS, "2016/17", ALL), JustUnder(0.3)),
            (Growth("workforce-share.bame", ["2015-03", "2017-03"]), Rounded(1.157, 3)),
        ]),
    ),
    ("g36", Not(CUSTODY)),
    ("g37", Not(CUSTODY)),
    ("g38", Not("National figures of remand and of prisoners, of which there are no records.")),
    ("g39", Not("A national survey of what people think of the courts. The surveys held do not ask it.")),
    // The records have the 632 wards of the list of 2021, and not the plan's 629.
    ("g40", Covered(&[(Value("ward-officer-coverage", MPS, "2017-12", ALL), Rounded(1.0, 2))])),
    ("g41", Not("Investigations, and children at risk. Records are of crimes and their victims.")),
    ("g42", Not("A national estimate of abuse that nobody reported.")),
    ("g43", Not("Prevalence from the Crime Survey for England and Wales, which is not held.")),
    ("g44", Not("Prevalence from the Crime Survey for England and Wales, which is not held.")),
    ("g45", Not("An estimate of all rape, and not a number of recorded crimes.")),
    ("g46", Not("The number of residents is a denominator, and not a measure.")),
    ("g47", Not("A direction without a number. The records have no trend.")),
    ("g48", Not("Changes in incidents with mental health, and in reports of vulnerability, which are not recorded.")),
    ("g49", Not("Satisfaction of the users of a social media account: another instrument than the surveys held.")),
    ("g50", Not("Compliance of offenders with tags for alcohol, which is not recorded.")),
    ("g51", Not("A share of the crime of England and Wales, of which there are no records.")),
    ("g52", Not("Complaints against officers, which are not recorded.")),
    // The second is a figure that the Mayor's Office published. The records end in 2017.
    (
        "g53",
        Covered(&[
            (Value(GOOD_JOB, MPS, "R12-2017-03", ALL), Rounded(0.68, 2)),
            (Value(GOOD_JOB, MPS, "R12-2021-09", ALL), Rounded(0.52, 2)),
        ]),
    ),
    ("g54", Not("Outcomes of 2021. The records end in 2017.")),
    ("g55", Not("Homicides of 2021 and 2008. The records are of 2015 to 2017.")),
    ("g56", Not("The size of a survey, and not a result of it.")),
    ("g57", Not("Domestic abuse of 2010 and 2011. The records begin in 2015.")),
    ("g58", Not("A national estimate of domestic abuse that nobody reported.")),
    ("g59", Not("The number of people who answered a consultation.")),
];

const ALL: (&str, &str) = ("", "");
const GOOD_JOB: &str = "public-good-job-local";
const DAYS: &str = "court-timeliness.mean-offence-to-completion";
/// The only twelve months of offenders whose follow-up ends with the records.
const FOLLOWED_UP: &str = "R12-2016-06";
const KNIFE_YEARS: &[&str] = &["CY2016", "CY2017"];

const CUSTODY: &str = "National figures of custody. No records of sentences are held, and no such figures.";

/// A value, and its interval if it has one.
#[derive(Debug)]
struct Found {
    value: f64,
    interval: Option<(f64, f64)>,
}

impl Stated {
    fn holds(&self, found: &Found) -> bool {
        let value = found.value;
        let has = |stated: f64| found.interval.is_some_and(|(low, high)| (low..=high).contains(&stated));
        match *self {
            Rounded(stated, decimals) => format!("{value:.decimals$}") == format!("{stated:.decimals$}"),
            About(stated) => has(stated),
            Above(stated) => value > stated,
            JustOver(stated) => value > stated && has(stated),
            JustUnder(stated) => value < stated && has(stated),
            Scaled(stated) => format!("{value}") == format!("{:.0}", stated * SCALE),
        }
    }
}

/// An engine with all synthetic records of the demonstration, and the published figures of London's survey.
struct Records {
    core: Arc<Core>,
    engine: Engine,
}

impl Records {
    fn new() -> Self {
        let core = Arc::new(Core::from_seeds().unwrap());
        let folder = tempfile::tempdir().unwrap();
        let made = run(&Options { scale: SCALE, ..options(folder.path(), 36) }, &core.reference).unwrap();
        let mut datasets = BTreeMap::<&str, (String, Vec<_>)>::new();
        for file in &made.files {
            let text = std::fs::read_to_string(folder.path().join(&file.path)).unwrap();
            let (whole, periods) = datasets.entry(file.dataset).or_default();
            // Each file has the header.
            whole.push_str(if periods.is_empty() { &text } else { text.split_once('\n').unwrap().1 });
            periods.push(file.period);
        }
        let areas = [MPS, LONDON].map(|code| core.reference.areas.by_code(code).unwrap());
        let mut rows: Vec<_> = datasets
            .iter()
            .map(|(dataset, (text, periods))| LocalRows {
                covers: Some((periods[0].start_date(), periods[periods.len() - 1].end_date())),
                areas: Some(&areas),
                synthetic: true,
                ..LocalRows::new(dataset, LocalContent::Csv(text.as_bytes()))
            })
            .collect();
        let published = peelian_seeds::figures();
        let survey = published.iter().find(|file| file.path.ends_with("mopac.pas-london.csv")).unwrap();
        rows.push(LocalRows::new("published_figure", LocalContent::Csv(survey.text.as_bytes())));
        let mut local = Local::new(&core);
        let received = local.add_all(rows).unwrap();
        assert!(received.iter().all(|(_, report)| report.rejected == 0));
        Self { engine: local.engine(NonZeroUsize::MIN), core }
    }

    /// The observations of a measure that have a value: those from records, or those that were published.
    fn query(&self, measure: &str, area: &str, period: &str, breakdown: &[&str]) -> Vec<Observation> {
        let owned = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect();
        let query = peelian::v1::Query {
            measures: owned(&[measure]),
            areas: owned(&[area]),
            periods: owned(&[period]),
            breakdown: owned(breakdown),
            comparisons: if breakdown.is_empty() {
                vec![ComparisonKind::SamePeriodLastYear.into()]
            } else {
                Vec::new()
            },
            ..peelian::v1::Query::default()
        };
        let mut found = self.engine.query(&Query::from_wire(&query, &self.core).unwrap()).unwrap();
        found.retain(|one| one.result.is_ok());
        if found.iter().any(|one| one.basis == Basis::ComputedFromRecords) {
            found.retain(|one| one.basis == Basis::ComputedFromRecords);
        }
        found
    }

    /// The sums of numerators and denominators over the cells with one of these codes of each field.
    fn sums(&self, measure: &str, period: &str, codes: &[(&str, &[&str])]) -> (f64, f64) {
        let fields: Vec<&str> = codes.iter().map(|(field, _)| *field).collect();
        let cells = self.query(measure, MPS, period, &fields);
        let among = |one: &&Observation| {
            let mut pairs = one.breakdown.iter().zip(codes);
            pairs.all(|(value, (field, codes))| value.dimension == *field && codes.contains(&value.code.as_str()))
        };
        let cells: Vec<_> = cells.iter().filter(among).collect();
        assert!(!cells.is_empty(), "{measure} {period} {codes:?}");
        let sum = |of: fn(&Observation) -> Option<f64>| cells.iter().filter_map(|one| of(one)).sum();
        (sum(|one| one.numerator), sum(|one| one.denominator))
    }

    fn find(&self, ask: &Ask) -> Found {
        let found = |value| Found { value, interval: None };
        match *ask {
            Value(measure, area, period, (field, code)) => {
                let fields: &[&str] = if field.is_empty() { &[] } else { &[field] };
                let cells = self.query(measure, area, period, fields);
                let cell = cells.iter().find(|one| one.breakdown.iter().all(|value| value.code == code));
                let cell = cell.unwrap_or_else(|| panic!("{ask:?} has no value"));
                let interval = cell.interval.as_ref().map(|found| (found.lower, found.upper));
                Found { value: cell.result.unwrap(), interval }
            }
            Together(measure, period, codes) => {
                let (numerator, denominator) = self.sums(measure, period, &codes);
                found(numerator / denominator)
            }
            Part(measure, periods, field, [part, rest]) => {
                let cases = |codes| -> f64 {
                    periods.iter().map(|period| self.sums(measure, period, &[(field, codes)]).1).sum()
                };
                found(cases(part) / (cases(part) + cases(rest)))
            }
            Growth(measure, months) => {
                let [before, after] = months.map(|month| self.sums(measure, month, &[]).0);
                found(after / before)
            }
            Rise(measure, period) => {
                let observations = self.query(measure, MPS, period, &[]);
                let comparison = &observations[0].comparisons[0];
                let (change, kind) = comparison.change.unwrap();
                assert_eq!(kind, ChangeKind::Ratio);
                let interval = comparison.interval.as_ref().map(|found| (found.lower, found.upper));
                Found { value: change, interval }
            }
        }
    }
}

/// Each fact that a measure covers comes out of the synthetic records. The others are printed with their reason.
#[test]
fn the_engine_finds_the_golden_facts() {
    let records = Records::new();
    let mut missed = Vec::new();
    for (id, fact) in &FACTS {
        match fact {
            Covered(questions) => {
                for (ask, stated) in *questions {
                    let found = records.find(ask);
                    println!("{id} {stated:?}: {found:?}");
                    if !stated.holds(&found) {
                        missed.push(format!("{id}: {ask:?} is {found:?}, not {stated:?}"));
                    }
                }
            }
            Not(reason) => println!("{id} is not covered. {reason}"),
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
}

/// Every fact of the file has an entry, and every entry is of a fact.
#[test]
fn every_golden_fact_has_an_entry() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/golden-facts.csv");
    let Ok(mut file) = csv::Reader::from_path(&path) else {
        println!("skipped: {} is not there", path.display());
        return;
    };
    let listed: BTreeSet<String> = file.deserialize::<Row>().map(|row| row.unwrap()["id"].clone()).collect();
    let entries: BTreeSet<String> = FACTS.iter().map(|(id, _)| (*id).to_owned()).collect();
    assert_eq!(entries, listed);
}

#[test]
fn a_value_meets_a_fact_as_it_is_stated() {
    let holds = |stated: Stated, value, low, high| stated.holds(&Found { value, interval: Some((low, high)) });
    assert!(holds(Rounded(0.12, 2), 0.1249, 0.1, 0.2) && !holds(Rounded(0.12, 2), 0.1251, 0.1, 0.2));
    assert!(holds(Rounded(0.129, 3), 0.1291, 0.1, 0.2) && !holds(Rounded(0.129, 3), 0.1296, 0.1, 0.2));
    assert!(holds(About(0.1), 0.11, 0.1, 0.12) && !holds(About(0.1), 0.11, 0.101, 0.12));
    assert!(holds(Above(0.4), 0.41, 0.4, 0.42) && !holds(Above(0.4), 0.4, 0.3, 0.5));
    assert!(holds(JustOver(0.5), 0.52, 0.46, 0.58) && !holds(JustOver(0.5), 0.52, 0.51, 0.58));
    assert!(holds(JustUnder(0.3), 0.29, 0.27, 0.31) && !holds(JustUnder(0.3), 0.31, 0.29, 0.33));
    // A twentieth of 278 is 13.9.
    assert!(holds(Scaled(278.0), 14.0, 8.0, 23.0) && !holds(Scaled(278.0), 13.0, 7.0, 22.0));
    assert!(!About(0.1).holds(&Found { value: 0.1, interval: None }));
}
