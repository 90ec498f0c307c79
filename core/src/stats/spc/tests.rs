//! Cases of the R package `NHSRplotthedots` (its tests and its page of deviations, MIT licence), and cases that can be drawn on
//! paper.

use super::*;

/// The series of the page of deviations: one outlier.
const OUTLIER: [f64; 18] = [1., 2., 1., 2., 10., 1., 2., 1., 2., 1., 2., 1., 2., 1., 2., 1., 2., 1.];

fn close_to(found: f64, expected: f64) {
    assert!((found - expected).abs() < 0.005, "{found} is not {expected}");
}

fn rules(values: &[f64]) -> Vec<Option<Rule>> {
    chart(values, &Settings::default()).unwrap().points.iter().map(|point| point.rule).collect()
}

#[test]
fn outliers_are_screened_from_the_limits_and_not_from_the_mean() {
    let screened = &chart(&OUTLIER, &Settings::default()).unwrap().phases[0];
    close_to(screened.mean, 1.94);
    close_to(screened.lower, -0.72);
    close_to(screened.upper, 4.60);
    let all = Settings { screen_outliers: false, ..Settings::default() };
    let all = &chart(&OUTLIER, &all).unwrap().phases[0];
    close_to(all.lower, -3.06);
    close_to(all.upper, 6.95);
    assert!(!all.provisional);
}

#[test]
fn seven_points_on_one_side_are_a_shift_and_six_are_not() {
    assert_eq!(shift(&[1; 6]), [false; 6]);
    assert_eq!(shift(&[-1, -1, -1, -1, -1, -1, -1, -1, 1]), [true, true, true, true, true, true, true, true, false]);
    // A point on the mean ends the run.
    assert_eq!(shift(&[1, 1, 1, 0, 1, 1, 1, 1]), [false; 8]);
}

#[test]
fn seven_rising_points_are_a_trend_and_a_tie_ends_it() {
    assert_eq!(trend(&[1., 2., 3., 4., 5., 6.]), [0; 6]);
    assert_eq!(trend(&[2., 1., 2., 3., 4., 5., 6., 7., 3.]), [0, 1, 1, 1, 1, 1, 1, 1, 0]);
    assert_eq!(trend(&[7., 6., 5., 4., 3., 2., 1.]), [-1; 7]);
    assert_eq!(trend(&[1., 2., 3., 3., 4., 5., 6., 7.]), [0; 8]);
}

#[test]
fn two_of_three_must_lie_on_one_side() {
    let flags = |close: &[u8], sides: &[i8]| {
        let close: Vec<bool> = close.iter().map(|close| *close == 1).collect();
        two_of_three(&close, sides)
    };
    assert_eq!(flags(&[0, 0, 0], &[1, 1, 1]), [false; 3]);
    assert_eq!(flags(&[1, 1, 0], &[1, 1, 1]), [true; 3]);
    assert_eq!(flags(&[1, 0, 1], &[1, -1, 1]), [false; 3]);
    assert_eq!(flags(&[0, 0, 1, 0, 1, 0, 0], &[1, -1, 1, -1, 1, -1, 1]), [false; 7]);
}

#[test]
fn only_points_close_to_the_limit_are_flagged_by_two_of_three() {
    // The mean is 0 and the limits are -/+ 2.66: 2 is close to them.
    let limits = Phase {
        start: 0,
        reason: String::new(),
        mean: 0.0,
        lower: -2.66,
        upper: 2.66,
        moving_range: 1.0,
        provisional: false,
    };
    let found = points(&[2.0, 0.1, 2.0, -0.1, 0.1], &limits, 0, Wanted::Lower);
    let rules: Vec<_> = found.iter().map(|point| point.rule).collect();
    assert_eq!(rules, [Some(Rule::TwoOfThree), None, Some(Rule::TwoOfThree), None, None]);
    assert_eq!(found[0].variation, Variation::Concern);
}

#[test]
fn the_first_rule_names_the_cause() {
    // Seven rising points, of which the last lies outside the limits.
    let mut values = [[5.0, 5.2]; 12].concat();
    values.extend([5.0, 5.1, 5.2, 5.3, 5.4, 5.5, 7.0]);
    let found = rules(&values);
    assert_eq!(found[values.len() - 1], Some(Rule::OutsideLimits));
    assert_eq!(found[values.len() - 2], Some(Rule::Trend));
}

#[test]
fn a_series_without_variation_has_no_special_cause() {
    assert_eq!(rules(&[0.1; 30]), [None; 30]);
}

#[test]
fn a_rebase_starts_new_limits_with_its_reason() {
    let values = [[1.0, 2.0]; 7].concat().into_iter().chain([[11.0, 12.0]; 3].concat()).collect::<Vec<_>>();
    let settings = |rebases: &[(usize, &str)]| Settings {
        rebases: rebases.iter().map(|(at, reason)| Rebase { at: *at, reason: (*reason).to_owned() }).collect(),
        ..Settings::default()
    };
    let found = chart(&values, &settings(&[(14, "a new way of recording")])).unwrap();
    assert_eq!((found.phases[1].start, found.phases[1].reason.as_str()), (14, "a new way of recording"));
    assert_eq!(
        (found.phases[0].mean.to_bits(), found.phases[1].mean.to_bits()),
        (1.5_f64.to_bits(), 11.5_f64.to_bits())
    );
    assert!(!found.phases[0].provisional && found.phases[1].provisional);
    assert!(found.points.iter().all(|point| point.rule.is_none()));
    for (at, error) in [
        ((14, " "), StatsError::RebaseWithoutReason(14)),
        ((0, "x"), StatsError::RebaseOutside(0)),
        ((20, "x"), StatsError::RebaseOutside(20)),
        ((19, "x"), StatsError::TooFewPoints { found: 1, least: 2 }),
    ] {
        assert_eq!(chart(&values, &settings(&[at])), Err(error));
    }
}

#[test]
fn limits_can_be_fixed_after_twelve_points() {
    let values = [[1.0, 2.0]; 6].concat().into_iter().chain([9.0; 4]).collect::<Vec<_>>();
    let fixed = |points| Settings { fix_after: Some(points), wanted: Wanted::Higher, ..Settings::default() };
    let found = chart(&values, &fixed(12)).unwrap();
    assert_eq!(found.phases[0].mean.to_bits(), 1.5_f64.to_bits());
    assert_eq!(found.points[15].variation, Variation::Improvement);
    assert_eq!(chart(&values, &fixed(11)), Err(StatsError::BaselineTooShort { found: 11, least: 12 }));
}

#[test]
fn assurance_follows_the_limits() {
    for (lower, upper, wanted, expected) in [
        (1.0, 3.0, Wanted::Higher, Some(Assurance::ConsistentFail)),
        (1.0, 5.0, Wanted::Higher, Some(Assurance::Inconsistent)),
        (5.0, 7.0, Wanted::Higher, Some(Assurance::ConsistentPass)),
        (5.0, 7.0, Wanted::Lower, Some(Assurance::ConsistentFail)),
        (1.0, 3.0, Wanted::Lower, Some(Assurance::ConsistentPass)),
        (1.0, 3.0, Wanted::Neither, None),
    ] {
        assert_eq!(assured(lower, upper, 4.0, wanted), expected);
    }
}

#[test]
fn a_series_needs_two_finite_points() {
    assert_eq!(chart(&[1.0], &Settings::default()), Err(StatsError::TooFewPoints { found: 1, least: 2 }));
    assert_eq!(chart(&[1.0, f64::NAN], &Settings::default()), Err(StatsError::NotFinite { what: "value" }));
}

/// The rows of a file of test vectors, or nothing if the vectors are not there.
fn vectors(name: &str) -> Vec<csv::StringRecord> {
    let folders =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|folder| folder.join("shared/vectors"));
    let Some(path) = folders.map(|folder| folder.join(name)).find(|path| path.is_file()) else {
        eprintln!("skipped: there is no shared/vectors/{name}");
        return Vec::new();
    };
    csv::Reader::from_path(path).unwrap().into_records().map(Result::unwrap).collect()
}

/// A list such as `0;1;-1`.
fn list(text: &str) -> Vec<i8> {
    text.split(';').map(|number| number.parse().unwrap()).collect()
}

/// The package marks the last of seven points, and then the six before it.
fn with_the_six_before(last: &[i8]) -> Vec<bool> {
    (0..last.len()).map(|at| last.iter().skip(at).take(7).any(|flag| *flag == 1)).collect()
}

#[test]
fn the_rules_are_those_of_the_published_cases() {
    for row in vectors("spc_rule_cases.csv") {
        let (input, expected) = (list(&row[1]), list(&row[3]));
        let flags = |flags: &[i8]| flags.iter().map(|flag| *flag == 1).collect::<Vec<_>>();
        match &row[0] {
            "seven_one_side_of_mean" => assert_eq!(shift(&input), with_the_six_before(&expected), "{row:?}"),
            "seven_point_trend" => {
                let values: Vec<f64> = input.iter().copied().map(f64::from).collect();
                let found: Vec<bool> = trend(&values).iter().map(|direction| *direction != 0).collect();
                assert_eq!(found, with_the_six_before(&expected), "{row:?}");
            }
            "extend_back_part_of_seven" => assert_eq!(with_the_six_before(&input), flags(&expected), "{row:?}"),
            "two_in_three_same_side" => {
                assert_eq!(two_of_three(&flags(&input), &list(&row[2])), flags(&expected), "{row:?}");
            }
            // See `only_points_close_to_the_limit_are_flagged_by_two_of_three`.
            "part_of_two_in_three_flagged_points_only" => {}
            other => panic!("{other} is no rule"),
        }
    }
}

#[test]
fn assurance_is_that_of_the_published_cases() {
    for row in vectors("spc_assurance_cases.csv") {
        let number = |at: usize| row[at].parse::<f64>().unwrap();
        let wanted = match &row[3] {
            "increase" => Wanted::Higher,
            "decrease" => Wanted::Lower,
            _ => Wanted::Neither,
        };
        let found = assured(number(0), number(1), number(2), wanted);
        assert_eq!(found.map_or("", Assurance::id), &row[4], "{row:?}");
    }
}
