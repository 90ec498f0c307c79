//! Surveys: weighted shares, bases and gaps.

use super::*;
use crate::design::{Input, Parts};
use crate::engine::MissingReason;

const WINDOW: &str = "2016-01-01..2016-12-31";

/// Respondents: borough, answer, weight, ethnic group, sampling unit. Their interviews are spread over the months of a
/// year.
fn responses(rows: impl Iterator<Item = (&'static str, &'static str, f64, &'static str, String)>) -> String {
    let mut csv = "respondent_id,interview_date,borough,q_good_job,weight_london,weight_borough,eth5,psu".to_owned();
    for (n, (borough, answer, weight, group, unit)) in rows.enumerate() {
        csv += &format!("\nr{n},2016-{:02}-15,{borough},{answer},{weight},{weight},{group},{unit}", n % 12 + 1);
    }
    csv
}

fn engine(csv: &str) -> Engine {
    Ledger::default().submit("mopac", "public_attitude_response", WINDOW, csv).engine()
}

/// The weights and answers of the weighted fixture of the interval methods: p is 0.5555556 and n_eff is 6.994819.
const WEIGHTS: [f64; 8] = [0.5, 1.0, 1.0, 1.5, 2.0, 0.8, 1.2, 1.0];
const ANSWERS: [bool; 8] = [true, false, true, true, false, true, true, false];

#[test]
fn fixture_weighted_proportion() {
    // The fixture is repeated five times: the share is the same, and the effective sample is five times as large.
    let rows = (0..40).map(|n| {
        let answer = if ANSWERS[n % 8] { "good" } else { "poor" };
        (SOUTHWARK, answer, WEIGHTS[n % 8], "white", String::new())
    });
    let engine = engine(&responses(rows));
    let found = computed(&engine, "public-good-job-local", SOUTHWARK, "CY2016");
    assert_eq!(found.result, Err(MissingReason::NotApplicable));
    let found = computed(&engine, "public-good-job-local", SOUTHWARK, "R12-2016-12");
    assert!((found.result.unwrap() - 0.555_555_6).abs() < 1e-7);
    assert!((found.effective_n.unwrap() - 5.0 * 6.994_819).abs() < 1e-5);
    assert_eq!((found.unweighted_base, found.obs_status, found.marker.as_ref()), (Some(40), "U", "[low]"));
    let interval = found.interval.unwrap();
    assert_eq!(interval.method.id(), "weighted_wilson");
    let expected = crate::stats::proportion::wilson(0.555_555_6 * 34.974_093, 34.974_093, 0.95).unwrap();
    assert!((interval.lower - expected.lower).abs() < 1e-6 && (interval.upper - expected.upper).abs() < 1e-6);
    assert!(found.caveats.iter().any(|caveat| caveat.contains("design effect of 1.0")));
}

#[test]
fn a_base_below_thirty_is_not_given() {
    let rows = (0..29).map(|n| (SOUTHWARK, if n % 2 == 0 { "good" } else { "poor" }, 1.0, "white", String::new()));
    let found = computed(&engine(&responses(rows)), "public-good-job-local", SOUTHWARK, "R12-2016-12");
    assert_eq!(found.result, Err(MissingReason::BaseTooSmall));
    assert_eq!((found.unweighted_base, found.numerator, found.interval), (Some(29), None, None));
    assert_eq!((found.marker.as_ref(), found.conf_status), ("[u]", "A"));
}

#[test]
fn sampling_units_are_used_where_every_respondent_has_one() {
    let rows = (0..120).map(|n| {
        let answer = if (n / 10) % 3 == 0 { "excellent" } else { "fair" };
        (SOUTHWARK, answer, 1.0, "white", format!("u{}", n / 10))
    });
    let found = computed(&engine(&responses(rows)), "public-good-job-local", SOUTHWARK, "R12-2016-12");
    assert_eq!(found.interval.unwrap().method.id(), "weighted_wilson_design");
    // All respondents of a unit give the same answer, so 120 respondents count about as much as the number of units.
    assert!(found.effective_n.unwrap() < 15.0);
    assert_eq!(found.obs_status, "A");
}

#[test]
fn do_not_know_is_in_neither_side() {
    let rows = (0..100).map(|n| {
        let answer = ["good", "poor", "dont_know", "refused"][n % 4];
        (SOUTHWARK, answer, 1.0, "white", String::new())
    });
    let found = computed(&engine(&responses(rows)), "public-good-job-local", SOUTHWARK, "R12-2016-12");
    assert_eq!((found.result, found.unweighted_base), (Ok(0.5), Some(50)));
}

#[test]
fn a_gap_returns_both_levels() {
    // 750 of 1,000 against 660 of 1,000: 9 points (5.0072, 12.9540).
    let rows = (0..2_000).map(|n| {
        let white = n < 1_000;
        let yes = n % 1_000 < if white { 750 } else { 660 };
        (SOUTHWARK, if yes { "good" } else { "poor" }, 1.0, if white { "white" } else { "black" }, String::new())
    });
    let engine = engine(&responses(rows));
    let gap = CORE.catalogue.iter().find(|known| match known.inputs.as_slice() {
        [Input::Measure(measure)] => match &measure.parts {
            Parts::Groups { groups, .. } => {
                measure.of == "public-good-job-local" && groups[1].codes.contains(&"black".to_owned())
            }
            Parts::Boroughs | Parts::Wards | Parts::AreaAndLondon => false,
        },
        _ => false,
    });
    let gap = gap.expect("a gap of white and Black respondents on good job").id.clone();
    let found = computed(&engine, &gap, MPS, "R12-2016-12");
    assert!((found.result.unwrap() - 9.0).abs() < 1e-10);
    let interval = found.interval.unwrap();
    assert_eq!(interval.method.id(), "newcombe_10");
    assert!((interval.lower - 5.007_2).abs() < 1e-4 && (interval.upper - 12.954_0).abs() < 1e-4);
    let levels: Vec<_> = found.components.iter().map(|group| (group.value, group.unweighted_base)).collect();
    assert_eq!(levels, [(Some(0.75), Some(1_000)), (Some(0.66), Some(1_000))]);
    assert_eq!((found.components[0].code.as_str(), found.components[0].label.as_str()), ("eth5=white", "White"));
}

/// Victims whose case ended, and four whose case is open or was never charged. Every fourth is dissatisfied with the
/// whole process, and every fourth, but another, is a victim of hate crime. Every second experienced the court.
fn justice(victims: usize) -> Engine {
    let mut csv = "respondent_id,wave,case_completed_date,interview_date,borough,case_stage_reached,outcome,\
                   stages_experienced,weight,q_overall,q_court,flag_hate,age"
        .to_owned();
    for n in 0..victims + 4 {
        let overall = if n % 4 == 0 { "fairly_dissatisfied" } else { "very_satisfied" };
        let (stages, court) = if n % 2 == 0 { ("police|court", "completely_satisfied") } else { ("police", "") };
        let (ended, reached, outcome) = match n.checked_sub(victims) {
            None => ("2017-02-10", "sentence", "convicted"),
            Some(0 | 1) => ("", "trial", "ongoing"),
            Some(_) => ("2017-02-10", "reported", "dropped_pre_court"),
        };
        let hate = if n % 4 == 1 { "yes" } else { "no" };
        csv += &format!(
            "\nr{n},w1,{ended},2017-03-10,{SOUTHWARK},{reached},{outcome},{stages},1.0,{overall},{court},{hate},30"
        );
    }
    Ledger::default().submit("mopac", "cjs_survey_response", "2016-04-01..2017-03-31", &csv).engine()
}

#[test]
fn justice_is_judged_by_those_who_experienced_the_stage() {
    let engine = justice(240);
    let found = |measure: &str, area: &str| {
        let found = computed(&engine, measure, area, "2016/17");
        (found.result.unwrap(), found.unweighted_base.unwrap())
    };
    for area in [MPS, GREATER_LONDON, SOUTHWARK] {
        assert_eq!(found("cjs-victim-satisfaction", area), (0.75, 240), "{area}");
        assert_eq!(found("cjs-victim-satisfaction.court", area), (1.0, 120), "{area}");
    }
    assert_eq!(found("hate-crime-victim-satisfaction.criminal-justice", MPS), (1.0, 60));
    // 120 of 180 others, less 60 of 60.
    let (gap, _) = found("satisfaction-gap.hate-criminal-justice", MPS);
    assert!((gap + 100.0 / 3.0).abs() < 1e-10, "{gap}");
}

#[test]
fn justice_needs_a_base_of_thirty_and_of_a_hundred_in_a_borough() {
    let engine = justice(40);
    let found = |measure: &str, area: &str| {
        let found = computed(&engine, measure, area, "2016/17");
        (found.result, found.unweighted_base)
    };
    assert_eq!(found("cjs-victim-satisfaction", MPS), (Ok(0.75), Some(40)));
    assert_eq!(found("cjs-victim-satisfaction", SOUTHWARK), (Err(MissingReason::BaseTooSmall), Some(40)));
    assert_eq!(found("cjs-victim-satisfaction.court", MPS), (Err(MissingReason::BaseTooSmall), Some(20)));
}

/// Responses of officers; the last but one of every twenty is of a special constable. Every fourth does not apply.
fn staff(responses: usize) -> Engine {
    let mut csv = "response_id,wave,wave_closed_date,area,unit,eligible_headcount,role,q_fair_respect".to_owned();
    for n in 0..responses {
        let role = if n % 20 == 18 { "special" } else { "officer" };
        let answer = ["strongly_agree", "tend_to_agree", "neither", "not_applicable"][n % 4];
        csv += &format!("\ns{n},2016,2016-11-30,{MPS},u1,500,{role},{answer}");
    }
    Ledger::default().submit("mps", "staff_survey_response", "2016-04-01..2017-03-31", &csv).engine()
}

#[test]
fn staff_are_a_share_of_those_who_answered() {
    // Of 40 responses, 10 do not apply. 20 of the other 30 agree, and two of the 30 are of special constables.
    let engine = staff(40);
    for area in [MPS, GREATER_LONDON] {
        assert_eq!(parts(&computed(&engine, "staff-fairness-respect", area, "2016/17")), (20.0, 28.0), "{area}");
    }
    let all = computed(&engine, "staff-fairness-respect.include-volunteers", MPS, "2016/17");
    assert_eq!(parts(&all), (20.0, 30.0));
    let interval = all.interval.unwrap();
    assert_eq!(interval.method.id(), "wilson");
    assert!((interval.lower - 0.487_801).abs() < 1e-6 && (interval.upper - 0.807_695).abs() < 1e-6);
    // Of 12 responses, 9 count: fewer than 10.
    let found = computed(&staff(12), "staff-fairness-respect", MPS, "2016/17");
    assert_eq!(found.result, Err(MissingReason::BaseTooSmall));
}

/// In each borough 100 respondents of weight 1. In `best` all say that the police do a good job, and in the others every second.
fn by_borough(best: &str, of_worst: usize) -> String {
    let areas = &CORE.reference.areas;
    let mps = areas.by_code(MPS).unwrap();
    let boroughs = areas.members(mps, crate::reference::Level::Borough, "2016-12-31".parse().unwrap());
    let rows = boroughs.into_iter().flat_map(|borough| {
        let code = areas.get(borough).code();
        let asked = if code == SOUTHWARK { of_worst } else { 100 };
        (0..asked).map(move |n| {
            let good = if code == SOUTHWARK { n < 20 } else { code == best || n % 2 == 0 };
            (code, if good { "good" } else { "poor" }, 1.0, "white", String::new())
        })
    });
    responses(rows)
}

#[test]
fn the_best_less_the_worst_borough_is_without_chance() {
    let lambeth = "E09000022";
    let found = computed(&engine(&by_borough(lambeth, 100)), "borough-spread", MPS, "R12-2016-12");
    // 30 boroughs have 50 of 100, Lambeth has 100 and Southwark 20: m = 0.50625. s² is the mean square around it, chance has
    // m (1 - m) / 100, and each distance is multiplied by 1 - chance / s².
    let mean = (30.0 * 0.5 + 1.0 + 0.2) / 32.0;
    let square = |share: f64| (share - mean) * (share - mean);
    let squares: f64 = (30.0 * square(0.5) + square(1.0) + square(0.2)) / 32.0;
    let kept = 1.0 - mean * (1.0 - mean) / 100.0 / squares;
    assert!((0.7..0.8).contains(&kept), "{kept}");
    assert!((found.result.unwrap() - 80.0 * kept).abs() < 1e-9, "{:?}", found.result);
    assert_eq!((found.unweighted_base, found.interval), (Some(3_200), None));
    let ends: Vec<_> = found.components.iter().map(|end| (end.label.as_str(), end.value)).collect();
    assert_eq!(ends, [("Lambeth", Some(1.0)), ("Southwark", Some(0.2))]);
    assert_eq!(found.components[0].code, "area=E09000022");
    // Greater London has the same boroughs: the City of London is in no survey of the police.
    let greater = computed(&engine(&by_borough(lambeth, 100)), "borough-spread", GREATER_LONDON, "R12-2016-12");
    assert_eq!(greater.result, found.result);
    let few = computed(&engine(&by_borough(lambeth, 99)), "borough-spread", MPS, "R12-2016-12");
    assert_eq!(few.result, Err(MissingReason::BaseTooSmall), "99 respondents in one borough");
    let borough = computed(&engine(&by_borough(lambeth, 100)), "borough-spread", SOUTHWARK, "R12-2016-12");
    assert_eq!(borough.result, Err(MissingReason::NotApplicable));
}
