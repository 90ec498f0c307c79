//! The synthetic victims tell the variants of repeat victimisation apart.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;

use peelian_core::Core;
use peelian_core::engine::{Engine, Local, LocalContent, LocalRows, Query};
use peelian_core::period::{days_of_date, months_later};
use peelian_core::reference::{Level, Reference};

use super::{Options, Row, options, rows_of};
use crate::synthesise::dates::year_before;
use crate::synthesise::{Synthesised, run};

/// An engine that answers from the synthetic crimes and victims.
fn engine(core: &Arc<Core>, folder: &Path, made: &Synthesised) -> Engine {
    let content = |dataset| {
        let files = made.files.iter().filter(|file| file.dataset == dataset).enumerate();
        let text = files.map(|(number, file)| {
            let text = std::fs::read_to_string(folder.join(&file.path)).unwrap();
            let from = if number == 0 { 0 } else { text.find('\n').unwrap() + 1 };
            text[from..].to_owned()
        });
        (dataset, text.collect::<String>())
    };
    let contents = ["crime", "crime_victim"].map(content);
    let rows = contents.iter().map(|(dataset, text)| LocalRows {
        synthetic: true,
        ..LocalRows::new(dataset, LocalContent::Csv(text.as_bytes()))
    });
    let mut local = Local::new(core);
    let received = local.add_all(rows.collect()).unwrap();
    assert!(received.iter().all(|(_, report)| report.rejected == 0));
    local.engine(NonZeroUsize::MIN)
}

/// Numerator and denominator of a measure for London.
fn counts(engine: &Engine, core: &Arc<Core>, measure: &str, period: &str) -> (f64, f64) {
    let query = peelian::v1::Query {
        measures: vec![measure.to_owned()],
        areas: vec!["E23000001".to_owned()],
        periods: vec![period.to_owned()],
        ..peelian::v1::Query::default()
    };
    let found = engine.query(&Query::from_wire(&query, core).unwrap()).unwrap();
    assert_eq!(found.len(), 1, "{measure}");
    (found[0].numerator.unwrap(), found[0].denominator.unwrap())
}

fn assert_all_differ(engine: &Engine, core: &Arc<Core>, measure: &str, variants: &[&str], period: &str) {
    let found: Vec<_> =
        variants.iter().map(|variant| counts(engine, core, &format!("{measure}.{variant}"), period)).collect();
    for (at, one) in found.iter().enumerate() {
        assert!(one.0 > 0.0, "{measure}.{} {period}", variants[at]);
        assert!(!found[..at].contains(one), "{measure} {period}: {variants:?} are {found:?}");
    }
}

#[test]
fn variants_of_repeat_victimisation_differ() {
    let folder = tempfile::tempdir().unwrap();
    let core = Arc::new(Core::from_seeds().unwrap());
    // A fiftieth of London: a hundredth has a rolling year without a young victim of a second knife injury.
    let options = Options { scale: 0.02, ..options(folder.path(), 36) };
    let made = run(&options, &core.reference).unwrap();
    let engine = engine(&core, folder.path(), &made);
    let (month, year) = ("2017-02", "R12-2017-02");

    let share = [
        "victims-prior-12m",
        "victims-rolling",
        "victims-rolling-365-days",
        "offences-prior-12m",
        "same-type",
        "exclude-non-recent",
    ];
    assert_all_differ(&engine, &core, "repeat-victim-share", &share, month);
    let share: Vec<&str> = share.into_iter().chain(["victims-r12-2plus"]).collect();
    assert_all_differ(&engine, &core, "repeat-victim-share", &share, year);
    let abuse = [
        "offences-prior-12m",
        "victims-prior-12m",
        "offences-prior-12m-flag-to-any",
        "victims-prior-12m-flag-to-any",
    ];
    assert_all_differ(&engine, &core, "domestic-abuse-repeat-victimisation", &abuse, month);
    let abuse: Vec<&str> = abuse.into_iter().chain(["victims-r12-2plus"]).collect();
    assert_all_differ(&engine, &core, "domestic-abuse-repeat-victimisation", &abuse, year);
    let hate = ["flag-to-flag", "same-strand", "flag-to-any"];
    assert_all_differ(&engine, &core, "hate-crime-repeat-victimisation", &hate, year);
    let knife = ["flag-to-flag", "flag-to-any", "under-25-injured"];
    assert_all_differ(&engine, &core, "knife-repeat-victimisation", &knife, year);
}

/// The calibration counts repeat victims as the engine does.
#[test]
fn the_calibration_has_the_engines_counts() {
    let folder = tempfile::tempdir().unwrap();
    let core = Arc::new(Core::from_seeds().unwrap());
    let made = run(&options(folder.path(), 36), &core.reference).unwrap();
    let engine = engine(&core, folder.path(), &made);
    for (fact, measure) in [
        ("g01", "repeat-victim-share.victims-prior-12m"),
        ("g02", "repeat-victim-share.offences-prior-12m"),
        ("g03", "domestic-abuse-repeat-victimisation.offences-prior-12m"),
    ] {
        let known = made.calibrations.iter().find(|known| known.id == fact).unwrap();
        let numbers = [known.numerator, known.denominator].map(|number| f64::from(u32::try_from(number).unwrap()));
        assert_eq!(counts(&engine, &core, measure, "2017-02"), numbers.into(), "{fact}");
    }
}

/// A crime of a victim who can be linked.
struct Case {
    day: i32,
    incident: String,
    borough: String,
    bcu: String,
    class: String,
    residence: String,
}

/// The crimes of each victim who can be linked, and the reasons why others cannot be.
fn cases(folder: &Path) -> (Vec<Vec<Case>>, BTreeSet<String>) {
    let crimes: HashMap<String, Row> =
        rows_of(folder, "crime").into_iter().map(|crime| (crime["crime_ref"].clone(), crime)).collect();
    let (mut people, mut reasons) = (BTreeMap::<String, Vec<Case>>::new(), BTreeSet::new());
    for victim in rows_of(folder, "crime_victim") {
        let crime = &crimes[&victim["crime_ref"]];
        if victim["victim_pid"].is_empty() {
            reasons.insert(victim["unlinkable_reason"].clone());
            continue;
        }
        people.entry(victim["victim_pid"].clone()).or_default().push(Case {
            day: days_of_date(crime["recorded_at"].parse().unwrap()),
            incident: crime["incident_ref"].clone(),
            borough: crime["offence_borough"].clone(),
            bcu: crime["investigating_bcu"].clone(),
            class: crime["ho_class"].clone(),
            residence: victim["residence_borough"].clone(),
        });
    }
    (people.into_values().collect(), reasons)
}

#[test]
fn victims_of_every_kind_occur() {
    let folder = tempfile::tempdir().unwrap();
    let reference = Reference::from_seeds().unwrap();
    run(&options(folder.path(), 36), &reference).unwrap();
    let (people, reasons) = cases(folder.path());
    assert_eq!(reasons, ["", "anonymous", "no_details", "refused"].map(str::to_owned).into());

    let pairs = || {
        people.iter().flat_map(|cases| {
            let before = |now: usize| cases[..now].iter().chain(&cases[now + 1..]).map(move |other| (other, now));
            (0..cases.len()).flat_map(before).map(|(other, now)| (other, &cases[now]))
        })
    };
    let occurs = |what: &str, least: usize, holds: &dyn Fn(&Case, &Case) -> bool| {
        let found = pairs().filter(|(other, now)| holds(other, now)).count();
        assert!(found >= least, "{what}: {found}");
    };
    let bcus = |case: &Case| {
        let areas = &reference.areas;
        let (area, day) = (areas.by_code(&case.borough).unwrap(), "2019-04-01".parse().unwrap());
        areas.ancestor_at(area, Level::Bcu, day)
    };
    let month = |case: &Case| peelian_core::period::Month::of_days(case.day);
    let in_year = |other: &Case, now: &Case| (year_before(now.day)..now.day).contains(&other.day);

    occurs("one incident", 50, &|other, now| other.incident == now.incident);
    occurs("one day", 20, &|other, now| other.day == now.day && other.incident != now.incident);
    occurs("one month", 50, &|other, now| month(other) == month(now) && other.day < now.day);
    occurs("first day of 12 months", 50, &|other, now| other.day == year_before(now.day));
    occurs("a day before them", 20, &|other, now| other.day == year_before(now.day) - 1);
    occurs("a day after a leap year", 5, &|other, now| {
        other.day == year_before(now.day) && now.day - other.day == 366
    });
    occurs("a month before them", 50, &|other, now| month(other) == month(now).plus(-13));
    occurs("another class", 50, &|other, now| in_year(other, now) && other.class != now.class);
    occurs("one borough", 50, &|other, now| in_year(other, now) && other.borough == now.borough);
    occurs("another borough", 50, &|other, now| in_year(other, now) && other.borough != now.borough);
    occurs("another command unit", 50, &|other, now| in_year(other, now) && bcus(other) != bcus(now));
    occurs("out of a command unit", 3, &|other, now| {
        in_year(other, now) && other.bcu == "EA" && now.bcu.is_empty() && now.day > other.day
    });
    let away = people.iter().flatten().filter(|case| case.residence != case.borough).count();
    assert!(away > 1_000, "residence elsewhere: {away}");
}

#[test]
fn the_year_before_a_day_begins_on_the_same_day() {
    let day = |text: &str| days_of_date(text.parse().unwrap());
    assert_eq!(year_before(day("2017-02-14")), day("2016-02-14"));
    assert_eq!(year_before(day("2016-02-29")), day("2015-02-28"));
    assert_eq!(months_later(day("2015-12-31"), 18), day("2017-06-30"));
}
