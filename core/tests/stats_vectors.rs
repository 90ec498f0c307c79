//! Published tables of interval methods, row by row, each within the tolerance of its source.
//!
//! The tables are read from a `shared/vectors` folder beside the repository. If there is no such folder, the tests print this
//! and pass. The rows in `stats_cases.rs` are always checked.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use peelian_core::stats::benchmark::{Position, Wanted, against_interval};
use peelian_core::stats::count::{CountRule, byar_lower, byar_upper, exact_poisson, rate};
use peelian_core::stats::difference::{newcombe_10, newcombe_11};
use peelian_core::stats::funnel::Significance;
use peelian_core::stats::funnel::{self, CONTROL, WARNING};
use peelian_core::stats::proportion::{Proportion, wilson, wilson_cc};
use peelian_core::stats::quantiles::{First, quantiles};
use peelian_core::stats::ratio::{EventRate, exact_conditional, log_wald, mover_wilson, rate_ratio, score};
use peelian_core::stats::spc::{self, Settings};
use peelian_core::stats::standardised::{Stratum, direct, indirect};
use peelian_core::stats::survey::WeightedSums;
use peelian_core::stats::trend::{self, Direction, Trend};
use peelian_core::stats::{Estimate, Interval, Method, StatsError};

/// One row of a table, by column name.
struct Row {
    table: &'static str,
    cells: HashMap<String, String>,
}

impl Row {
    fn text(&self, column: &str) -> &str {
        self.cells.get(column).unwrap_or_else(|| panic!("{} has no column {column}", self.table))
    }

    fn maybe(&self, column: &str) -> Option<f64> {
        let text = self.text(column);
        if text.is_empty() || text == "NA" { None } else { Some(text.parse().unwrap()) }
    }

    fn number(&self, column: &str) -> f64 {
        self.maybe(column).unwrap_or_else(|| panic!("{}: empty {column}: {:?}", self.table, self.cells))
    }

    fn close(&self, found: f64, column: &str, absolute: f64, relative: f64) {
        let expected = self.number(column);
        let allowed = absolute + relative * expected.abs();
        assert!(
            (found - expected).abs() <= allowed,
            "{} {column}: {found} is not {expected} within {allowed}: {:?}",
            self.table,
            self.cells
        );
    }
}

fn folder() -> Option<PathBuf> {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|dir| dir.join("shared/vectors")).find(|dir| dir.is_dir())
}

fn rows(table: &'static str) -> Vec<Row> {
    let Some(path) = folder().map(|dir| dir.join(table)).filter(|path| path.is_file()) else {
        println!("skipped for want of the file: {table}");
        return Vec::new();
    };
    let mut reader = csv::Reader::from_path(&path).unwrap();
    let rows: Vec<Row> = reader.deserialize().map(|cells| Row { table, cells: cells.unwrap() }).collect();
    assert!(!rows.is_empty(), "{table} has no row");
    rows
}

fn limits(estimate: &Estimate) -> Interval {
    estimate.interval.unwrap()
}

#[test]
fn wilson_score() {
    for row in rows("wilson_score.csv") {
        let (x, n, confidence) = (row.number("x"), row.number("n"), row.number("confidence"));
        let interval = match row.text("variant") {
            "score" => wilson(x, n, confidence),
            "score_cc" => wilson_cc(x, n, confidence),
            other => panic!("unknown variant {other}"),
        }
        .unwrap();
        row.close(interval.lower, "lower", row.number("abs_tol"), 0.0);
        row.close(interval.upper, "upper", row.number("abs_tol"), 0.0);
    }
}

#[test]
fn poisson_count() {
    for row in rows("poisson_count_ci.csv") {
        let (x, confidence, tolerance) = (row.number("x"), row.number("confidence"), row.number("rel_tol"));
        let method = row.text("method").to_lowercase();
        let (lower, upper) = if method.starts_with("exact") || method.starts_with("garwood") {
            let interval = exact_poisson(x, confidence).unwrap();
            (Ok(interval.lower), interval.upper)
        } else {
            (byar_lower(x, confidence), byar_upper(x, confidence).unwrap())
        };
        if method.ends_with("not_ours") {
            // A negative control: a formula of the same name with x + 1/2 on both sides.
            assert!((upper - row.number("upper")).abs() > 1e-3 * upper);
            continue;
        }
        row.close(upper, "upper", 0.0, tolerance);
        match row.maybe("lower") {
            Some(_) => row.close(lower.unwrap(), "lower", 0.0, tolerance),
            None => assert!(lower.is_err(), "{:?}", row.cells),
        }
    }
}

#[test]
fn crude_rates() {
    for row in rows("crude_rate_ci.csv") {
        let (x, n) = (row.number("numerator"), row.number("denominator"));
        let estimate = rate(x, n, row.number("multiplier"), row.number("confidence"), CountRule::default()).unwrap();
        check_rate(&row, &estimate);
    }
}

#[test]
fn indirectly_standardised() {
    for row in rows("indirect_standardised_ci.csv") {
        // A ratio is for each 1 (or 100) expected; a rate is for each expected event times the reference rate.
        let multiplier = match row.text("kind") {
            "rate" => row.number("ref_rate"),
            _ => row.number("multiplier_or_refvalue"),
        };
        let (x, expected) = (row.number("observed"), row.number("expected"));
        let estimate = indirect(x, expected, multiplier, row.number("confidence"), CountRule::default());
        check_rate(&row, &estimate.unwrap());
    }
}

fn check_rate(row: &Row, estimate: &Estimate) {
    let interval = limits(estimate);
    let tolerance = row.number("rel_tol");
    row.close(estimate.value, "value", 0.0, tolerance);
    row.close(interval.lower, "lower", 0.0, tolerance);
    row.close(interval.upper, "upper", 0.0, tolerance);
    let named = if row.text("method").starts_with("Exact") { Method::ExactPoisson } else { Method::Byar };
    assert_eq!(interval.method, named, "{:?}", row.cells);
}

#[test]
fn newcombe_differences() {
    for row in rows("newcombe_difference.csv") {
        let first = Proportion::new(row.number("x1"), row.number("n1")).unwrap();
        let second = Proportion::new(row.number("x2"), row.number("n2")).unwrap();
        let gap = match row.text("method") {
            "newcombe10" => newcombe_10(first, second, row.number("confidence")),
            "newcombe11_cc" => newcombe_11(first, second, row.number("confidence")),
            other => panic!("unknown method {other}"),
        }
        .unwrap();
        row.close(gap.value, "difference", 1e-12, 0.0);
        row.close(limits(&gap).lower, "lower", row.number("abs_tol"), 0.0);
        row.close(limits(&gap).upper, "upper", row.number("abs_tol"), 0.0);
    }
}

#[test]
fn rate_and_risk_ratios() {
    for row in rows("rate_and_risk_ratio.csv") {
        let confidence = row.number("confidence");
        let (x1, n1) = (row.number("x1"), row.number("t1_or_n1"));
        let (x2, n2) = (row.number("x2"), row.number("t2_or_n2"));
        let estimate = if row.text("measure") == "risk_ratio" {
            mover_wilson(Proportion::new(x1, n1).unwrap(), Proportion::new(x2, n2).unwrap(), confidence)
        } else {
            let (first, second) = (EventRate::new(x1, n1).unwrap(), EventRate::new(x2, n2).unwrap());
            match row.text("method") {
                "wald_log" => log_wald(first, second, confidence),
                "score" => score(first, second, confidence),
                name if name.starts_with("exact") => exact_conditional(first, second, confidence),
                _ => rate_ratio(first, second, confidence),
            }
        }
        .unwrap();
        // One tolerance, or three of them: for the estimate, the lower and the upper limit.
        let tolerances: Vec<f64> = row.text("tol").split('/').map(|t| t.parse().unwrap()).collect();
        let tolerance = |i: usize| *tolerances.get(i).unwrap_or(&tolerances[0]);
        row.close(estimate.value, "estimate", tolerance(0), 0.0);
        row.close(limits(&estimate).lower, "lower", tolerance(1), 0.0);
        row.close(limits(&estimate).upper, "upper", tolerance(2), 0.0);
    }
}

#[test]
fn design_effects() {
    for row in rows("design_effect.csv") {
        let mut sums = WeightedSums::default();
        for weight in row.text("weights").split(';') {
            sums.add_weight(weight.parse().unwrap(), true).unwrap();
        }
        row.close(sums.kish_deff().unwrap(), "kish_deff", 0.0, 1e-12);
        row.close(sums.effective_n().unwrap(), "effective_sample_size", 0.0, 1e-12);
    }
}

#[test]
fn funnel_proportions() {
    for row in rows("funnel_proportion_limits.csv") {
        let (n, baseline) = (row.number("population"), row.number("baseline_pct") / 100.0);
        for (confidence, lower, upper) in [(WARNING, "lower_2s", "upper_2s"), (CONTROL, "lower_3s", "upper_3s")] {
            let at = funnel::proportion_limits(baseline, n, 100.0, confidence).unwrap();
            row.close(at.lower, lower, row.number("abs_tol"), 0.0);
            row.close(at.upper, upper, row.number("abs_tol"), 0.0);
        }
    }
}

#[test]
fn funnel_proportion_significance() {
    let Some(limits) = rows("funnel_proportion_limits.csv").pop() else {
        return;
    };
    let baseline = limits.number("baseline_pct") / 100.0;
    for row in rows("funnel_proportion_significance.csv") {
        let area = Proportion::new(row.number("numerator"), row.number("denominator")).unwrap();
        let found = funnel::proportion_significance(area, baseline).unwrap();
        assert_eq!(found.label(), row.text("significance"), "{:?}", row.cells);
    }
}

#[test]
fn funnel_ratios() {
    for row in rows("funnel_ratio_limits.csv") {
        let tolerance: f64 = row.text("rel_tol").split(' ').next().unwrap().parse().unwrap();
        for (confidence, sigma) in [(WARNING, "2s"), (CONTROL, "3s")] {
            let at = funnel::ratio_limits(row.number("observed"), 100.0, confidence).unwrap();
            for (side, expected, limit) in
                [("lower", at.expected_at_lower, at.limits.lower), ("upper", at.expected_at_upper, at.limits.upper)]
            {
                row.close(expected, &format!("{side}_{sigma}_expected"), 0.0, tolerance);
                row.close(limit, &format!("{side}_{sigma}_isr"), 0.0, tolerance);
                row.close(limit / 100.0 - 1.0, &format!("{side}_{sigma}_count"), tolerance, tolerance);
            }
        }
    }
}

#[test]
fn funnel_rates() {
    for row in rows("funnel_rate_limits.csv") {
        let (events, baseline) = (row.number("events"), row.number("baseline_per_100000"));
        for (confidence, sigma, upper_tolerance) in [(WARNING, "2s", 2e-5), (CONTROL, "3s", 2e-4)] {
            let at = funnel::rate_limits(events, baseline, confidence).unwrap();
            for (side, limit, tolerance) in
                [("lower", at.limits.lower, 2e-6), ("upper", at.limits.upper, upper_tolerance)]
            {
                row.close(limit, &format!("{side}_{sigma}_limit"), 0.0, tolerance);
                // The table gives the population of one year of a period of a whole number of years.
                let years = events / limit * 1e5 / row.number(&format!("{side}_{sigma}_population_1_year"));
                assert!((years - years.round()).abs() < 2.0 * years * tolerance, "{years}: {:?}", row.cells);
            }
        }
    }
}

#[test]
fn directly_standardised() {
    let strata = rows("dsr_dobson_input.csv");
    for row in rows("dsr_dobson_expected.csv") {
        let own = strata.iter().filter(|stratum| stratum.text("area") == row.text("area"));
        let own = own.map(|row| Stratum::new(row.number("count"), row.number("pop"), row.number("stdpop")).unwrap());
        let found = direct(&own.collect::<Vec<_>>(), row.number("multiplier"), row.number("confidence"));
        check_direct(&row, &found);
    }
}

fn check_direct(row: &Row, found: &Result<Estimate, StatsError>) {
    let Some(tolerance) = row.maybe("value").map(|_| row.number("rel_tol")) else {
        assert!(matches!(found, Err(StatsError::TooFewEvents { .. })), "{:?}", row.cells);
        return;
    };
    let found = found.unwrap();
    row.close(found.value, "value", 0.0, tolerance);
    row.close(limits(&found).lower, "lower", 0.0, tolerance);
    row.close(limits(&found).upper, "upper", 0.0, tolerance);
    assert_eq!(limits(&found).method, Method::Dobson);
}

#[test]
fn trends() {
    let series = rows("trend_series_input.csv");
    for row in rows("trend_expected.csv") {
        let own = || series.iter().filter(|point| point.text("series") == row.text("series"));
        let found = match row.text("statistic") {
            "proportion_chi2" => {
                let share = |row: &Row| Proportion::new(row.number("numerator"), row.number("denominator")).unwrap();
                trend::of_shares(&(0..).zip(own().map(share)).collect::<Vec<_>>())
            }
            "weighted_regression_chi2" => {
                let points: Vec<trend::Point> = (0..)
                    .zip(own())
                    .map(|(period, row)| trend::Point {
                        period,
                        value: row.number("value"),
                        lower: row.number("lower95"),
                        upper: row.number("upper95"),
                    })
                    .collect();
                trend::of_values(&points)
            }
            other => panic!("unknown statistic {other}"),
        };
        check_trend(&row, found);
    }
}

fn check_trend(row: &Row, found: Result<Trend, StatsError>) {
    let expected = match row.text("marker") {
        "INCREASING" => Direction::Increasing,
        "DECREASING" => Direction::Decreasing,
        "CANNOT_BE_CALCULATED" => {
            assert!(found.is_err_and(|error| error.undefined().is_some()), "{:?}", row.cells);
            return;
        }
        _ => Direction::NoSignificantChange,
    };
    let found = found.unwrap();
    if row.maybe("value").is_some() {
        row.close(found.chi_squared, "value", row.number("abs_tol"), 0.0);
    }
    assert_eq!(found.direction, expected, "{:?}", row.cells);
}

#[test]
fn process_control_limits() {
    let series = rows("spc_series_input.csv");
    for row in rows("spc_limits_expected.csv").into_iter().filter(|row| row.text("subset") == "all") {
        let own = series.iter().filter(|point| point.text("series") == row.text("series"));
        let values: Vec<f64> = own.map(|point| point.number("y")).collect();
        let screen_outliers = row.text("mode") == "screen_outliers";
        let found = spc::chart(&values, &Settings { screen_outliers, ..Settings::default() }).unwrap();
        let phase = &found.phases[0];
        for (column, limit) in [("mean", phase.mean), ("lpl", phase.lower), ("upl", phase.upper)] {
            row.close(limit, column, row.number("abs_tol"), 0.0);
        }
    }
}

#[test]
fn benchmarks_by_funnel_limits() {
    for row in rows("benchmark_significance_cases.csv") {
        let (benchmark, value, n) = (row.number("benchmark_value"), row.number("value"), row.number("denominator"));
        let found = match row.text("method") {
            "spc_for_proportions" => {
                let area = Proportion::new(value / 100.0 * n, n).unwrap();
                funnel::proportion_significance(area, benchmark / 100.0)
            }
            "spc_for_rates" => funnel::rate_significance((value * n / 1e5).round(), n, benchmark, 1e5),
            other => panic!("unknown method {other}"),
        }
        .unwrap();
        let (at_95, at_998) = match found {
            Significance::LowControl => (Position::Lower, Position::Lower),
            Significance::LowWarning => (Position::Lower, Position::Similar),
            Significance::NotSignificant => (Position::Similar, Position::Similar),
            Significance::HighWarning => (Position::Higher, Position::Similar),
            Significance::HighControl => (Position::Higher, Position::Higher),
        };
        for (position, column) in [(at_95, "result_95"), (at_998, "result_99_8")] {
            assert_eq!(position.word(wanted(&row)), row.text(column).to_lowercase(), "{:?}", row.cells);
        }
    }
}

#[test]
fn overlapping_intervals() {
    let interval = |lower, upper| Interval::new(lower, upper, 0.95, Method::Wilson).unwrap();
    for row in rows("overlapping_interval_cases.csv") {
        let area = interval(row.number("lower"), row.number("upper"));
        let other = interval(row.number("comparator_lower"), row.number("comparator_upper"));
        let found = against_interval(&area, &other).unwrap();
        assert_eq!(found.word(wanted(&row)), row.text("result").to_lowercase(), "{:?}", row.cells);
    }
}

fn wanted(row: &Row) -> Wanted {
    match row.text("polarity") {
        "low_is_good" => Wanted::Lower,
        "high_is_good" => Wanted::Higher,
        _ => Wanted::Neither,
    }
}

/// The table may be a sample of the areas. A group is compared only if all its areas are there: then some area has the last decile.
#[test]
fn deciles() {
    let table = rows("quantile_assignment.csv");
    let mut groups: HashMap<(&str, &str), Vec<&Row>> = HashMap::new();
    for row in &table {
        groups.entry((row.text("series"), row.text("group"))).or_default().push(row);
    }
    let complete = |group: &&Vec<&Row>| {
        let deciles: Vec<f64> = group.iter().filter_map(|row| row.maybe("expected_quantile_in_group")).collect();
        (1..=10).all(|decile| deciles.iter().any(|found| (found - f64::from(decile)).abs() < 0.5))
    };
    for group in groups.values().filter(complete) {
        let values: Vec<f64> = group.iter().map(|row| row.maybe("value").unwrap_or(f64::NAN)).collect();
        let low_first = matches!(group[0].text("polarity"), "RAG - High is good" | "False");
        let first = if low_first { First::Lowest } else { First::Highest };
        for (row, found) in group.iter().zip(quantiles(&values, 10, first).unwrap()) {
            assert_eq!(found.map(f64::from), row.maybe("expected_quantile_in_group"), "{:?}", row.cells);
        }
    }
}
