//! Published cases, and the edge cases of each method.
//!
//! Sources are named beside the figures. Figures without a source follow from the formula by hand.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use peelian_core::stats::count::{CountRule, byar, count_interval, exact_poisson, rate};
use peelian_core::stats::difference::{ChangeWord, change_word, gap_change, newcombe_10, newcombe_11};
use peelian_core::stats::funnel::{self, CONTROL, Significance, WARNING};
use peelian_core::stats::multiple::{gap_p_value, holm};
use peelian_core::stats::proportion::{Proportion, proportion, wilson, wilson_cc};
use peelian_core::stats::ratio::{EventRate, exact_conditional, log_wald, mover_wilson, rate_ratio, score};
use peelian_core::stats::survey::{
    PsuSums, WEIGHT_UNIT, WeightedSums, linearised_variance, weighted_wilson, weighted_wilson_design,
};
use peelian_core::stats::{COUNT_LIMIT, Estimate, Interval, Method, StatsError};

fn close(found: f64, expected: f64, tolerance: f64) {
    assert!((found - expected).abs() <= tolerance, "{found} is not {expected}");
}

fn limits(estimate: &Estimate) -> Interval {
    estimate.interval.unwrap()
}

fn check(interval: Interval, lower: f64, upper: f64, tolerance: f64) {
    close(interval.lower, lower, tolerance);
    close(interval.upper, upper, tolerance);
}

fn part(x: f64, n: f64) -> Proportion {
    Proportion::new(x, n).unwrap()
}

fn events(x: f64, t: f64) -> EventRate {
    EventRate::new(x, t).unwrap()
}

/// Weights with one decimal, in tenths.
fn tenths(weights: &[u64], counted: &[bool]) -> WeightedSums {
    let mut sums = WeightedSums::default();
    for (weight, counted) in weights.iter().zip(counted) {
        sums.add(weight * WEIGHT_UNIT / 10, *counted).unwrap();
    }
    sums
}

#[test]
fn wilson_at_and_between_the_ends() {
    check(wilson(12.0, 100.0, 0.95).unwrap(), 0.069_994_06, 0.198_120_99, 1e-8);
    check(wilson(1200.0, 10_000.0, 0.95).unwrap(), 0.113_776_34, 0.126_515_50, 1e-8);
    check(wilson(272.0, 400.0, 0.95).unwrap(), 0.632_759_70, 0.723_815_88, 1e-8);
    check(wilson(0.0, 20.0, 0.95).unwrap(), 0.0, 0.161_125_16, 1e-8);
    check(wilson(20.0, 20.0, 0.95).unwrap(), 0.838_874_84, 1.0, 1e-8);
    // Newcombe (1998), Stat Med 17:857-872, Table I.
    check(wilson(81.0, 263.0, 0.95).unwrap(), 0.2553, 0.3662, 5e-5);
    check(wilson(15.0, 148.0, 0.95).unwrap(), 0.0624, 0.1605, 5e-5);
    check(wilson_cc(15.0, 148.0, 0.95).unwrap(), 0.0598, 0.1644, 5e-5);
}

#[test]
fn the_ends_of_a_proportion_are_exact() {
    for n in [0.3, 1.0, 3.0, 7.0, 20.0, 1e6, 1e15] {
        for confidence in [1e-9, 0.5, 0.95, 0.998, 0.999_999_999] {
            for method in [wilson, wilson_cc] {
                assert_eq!(method(0.0, n, confidence).unwrap().lower.to_bits(), 0.0_f64.to_bits());
                assert_eq!(method(n, n, confidence).unwrap().upper.to_bits(), 1.0_f64.to_bits());
            }
        }
    }
    assert_eq!(wilson(-0.0, 5.0, 0.95).unwrap().lower.to_bits(), 0.0_f64.to_bits());
    // A weighted numerator is seldom a whole number, and can be less than 1.
    check(wilson(0.445, 1.0, 0.95).unwrap(), 0.043817447720588, 0.93346212769792, 1e-12);
}

#[test]
fn what_is_no_proportion_is_refused() {
    assert_eq!(wilson(0.0, 0.0, 0.95), Err(StatsError::ZeroDenominator));
    assert!(matches!(wilson(-1.0, 5.0, 0.95), Err(StatsError::Negative { .. })));
    assert!(matches!(wilson(1.0, -5.0, 0.95), Err(StatsError::Negative { .. })));
    assert!(matches!(wilson(6.0, 5.0, 0.95), Err(StatsError::NumeratorAboveDenominator { .. })));
    assert!(matches!(wilson(f64::NAN, 5.0, 0.95), Err(StatsError::NotFinite { .. })));
    assert!(matches!(wilson(1.0, f64::INFINITY, 0.95), Err(StatsError::NotFinite { .. })));
    assert!(matches!(wilson(1.0, COUNT_LIMIT * 2.0, 0.95), Err(StatsError::TooLarge { .. })));
    assert_eq!(wilson(1.0, 5.0, 1.0), Err(StatsError::Confidence(1.0)));
    assert!(matches!(Proportion::effective(1.1, 50.0), Err(StatsError::NumeratorAboveDenominator { .. })));
    assert!(matches!(Proportion::effective(0.5, f64::NAN), Err(StatsError::NotFinite { .. })));
}

#[test]
fn counts() {
    check(byar(10.0, 0.95).unwrap(), 4.787_450, 18.391_459, 1e-6);
    check(byar(50.0, 0.95).unwrap(), 37.108_100, 65.920_157, 1e-6);
    check(byar(1844.0, 0.95).unwrap(), 1_760.786_322, 1_930.130_689, 1e-6);
    check(exact_poisson(0.0, 0.95).unwrap(), 0.0, 3.688_879, 1e-6);
    check(exact_poisson(1.0, 0.95).unwrap(), 0.025_318, 5.571_643, 1e-6);
    check(exact_poisson(5.0, 0.95).unwrap(), 1.623_486, 11.668_332, 1e-6);
    check(exact_poisson(9.0, 0.95).unwrap(), 4.115_373, 17.084_803, 1e-6);
    let per_100k = rate(350.0, 90_000.0, 100_000.0, 0.95, CountRule::default()).unwrap();
    close(per_100k.value, 388.889, 5e-4);
    check(limits(&per_100k), 349.209, 431.843, 5e-4);
}

#[test]
fn the_count_rule_says_which_method_it_used() {
    let method = |x, rule| count_interval(x, 0.95, rule).unwrap().method;
    assert_eq!(method(0.0, CountRule::ExactBelowTen), Method::ExactPoisson);
    assert_eq!(method(9.999, CountRule::ExactBelowTen), Method::ExactPoisson);
    assert_eq!(method(10.0, CountRule::ExactBelowTen), Method::Byar);
    assert_eq!(method(5000.0, CountRule::AlwaysExact), Method::ExactPoisson);
    // Byar's method has no lower limit for one event at 99.8%. The rule never uses it there.
    assert!(matches!(byar(1.0, 0.998), Err(StatsError::ByarUndefined { .. })));
    assert!(matches!(byar(0.0, 0.95), Err(StatsError::ByarUndefined { .. })));
    assert!(count_interval(10.0, 0.999_999_999, CountRule::ExactBelowTen).is_ok());
}

#[test]
fn what_is_no_rate_is_refused() {
    let rule = CountRule::default();
    assert_eq!(rate(5.0, 0.0, 1.0, 0.95, rule), Err(StatsError::ZeroDenominator));
    assert!(matches!(rate(-5.0, 10.0, 1.0, 0.95, rule), Err(StatsError::Negative { .. })));
    assert!(matches!(rate(5.0, 10.0, 0.0, 0.95, rule), Err(StatsError::NotPositive { .. })));
    assert!(matches!(rate(5.0, 1e-300, 1e300, 0.95, rule), Err(StatsError::OutOfRange)));
    let none = rate(0.0, 1000.0, 1000.0, 0.95, rule).unwrap();
    check(limits(&none), 0.0, 3.688_879, 1e-6);
}

#[test]
fn newcombe_table_two() {
    // Newcombe (1998), Stat Med 17:873-890, Table II, methods 10 and 11.
    for (x1, n1, x2, n2, lower, upper) in [
        (56.0, 70.0, 48.0, 80.0, 0.0524, 0.3339),
        (9.0, 10.0, 3.0, 10.0, 0.1705, 0.8090),
        (5.0, 56.0, 0.0, 29.0, -0.0381, 0.1926),
        (10.0, 10.0, 0.0, 20.0, 0.6791, 1.0),
        (10.0, 10.0, 0.0, 10.0, 0.6075, 1.0),
    ] {
        check(limits(&newcombe_10(part(x1, n1), part(x2, n2), 0.95).unwrap()), lower, upper, 5e-5);
    }
    check(limits(&newcombe_11(part(9.0, 10.0), part(3.0, 10.0), 0.95).unwrap()), 0.1013, 0.8387, 5e-5);
    let gap = newcombe_10(part(750.0, 1000.0), part(660.0, 1000.0), 0.95).unwrap();
    close(gap.value, 0.09, 1e-12);
    check(limits(&gap), 0.050_072, 0.129_540, 1e-6);
}

#[test]
fn words_come_from_tests_only() {
    let word = |x1: f64, x2: f64| {
        change_word(&limits(&newcombe_10(part(x1, 1000.0), part(x2, 1000.0), 0.95).unwrap())).unwrap()
    };
    assert_eq!(word(750.0, 660.0), ChangeWord::Higher);
    assert_eq!(word(660.0, 750.0), ChangeWord::Lower);
    assert_eq!(word(680.0, 660.0), ChangeWord::NoClearChange);
    // These two intervals overlap, but the difference is clear: overlap is not a test.
    let (a, b) = (wilson(700.0, 1000.0, 0.95).unwrap(), wilson(655.0, 1000.0, 0.95).unwrap());
    assert!(a.lower < b.upper);
    assert_eq!(word(700.0, 655.0), ChangeWord::Higher);
    assert_eq!(change_word(&a), Err(StatsError::NotATest(Method::Wilson)));
    let ratio = rate_ratio(events(120.0, 1.0), events(60.0, 1.0), 0.95).unwrap();
    assert_eq!(change_word(&limits(&ratio)), Ok(ChangeWord::Higher));
}

#[test]
fn a_change_in_a_gap_sums_the_variances() {
    let gap = |x1: f64, x2: f64| newcombe_10(part(x1, 4000.0), part(x2, 4000.0), 0.95).unwrap();
    let (earlier, later) = (gap(3000.0, 2640.0), gap(3040.0, 2800.0));
    let change = gap_change(&later, &earlier).unwrap();
    close(change.value, 0.06 - 0.09, 1e-12);
    // At this size the familiar sum of variances gives the same limits to three decimals.
    let variance: f64 = [0.75, 0.66, 0.76, 0.70].iter().map(|p| p * (1.0 - p) / 4000.0).sum();
    let half = 1.959_964 * variance.sqrt();
    check(limits(&change), -0.03 - half, -0.03 + half, 5e-4);
    assert_eq!(limits(&change).method, Method::GapChange);
    assert_eq!(change_word(&limits(&change)), Ok(ChangeWord::Lower));
}

#[test]
fn a_change_in_a_gap_needs_two_gaps_of_one_confidence() {
    let gap = newcombe_10(part(5.0, 9.0), part(3.0, 9.0), 0.95).unwrap();
    let wider = newcombe_10(part(5.0, 9.0), part(3.0, 9.0), 0.998).unwrap();
    assert_eq!(gap_change(&gap, &wider), Err(StatsError::ConfidenceDiffers(0.95, 0.998)));
    let share = proportion(5.0, 9.0, 0.95).unwrap();
    assert_eq!(gap_change(&gap, &share), Err(StatsError::NotATest(Method::Wilson)));
    let bare = Estimate { value: 0.1, interval: None };
    assert_eq!(gap_change(&bare, &gap), Err(StatsError::NoInterval));
}

#[test]
fn rate_ratios() {
    let ratio = rate_ratio(events(2500.0, 400_000.0), events(1500.0, 600_000.0), 0.95).unwrap();
    close(ratio.value, 2.5, 1e-12);
    check(limits(&ratio), 2.344_984, 2.665_263, 1e-6);
    // Gu, Ng, Tang and Schucany (2008), Biom J 50:283-298: breast cancer after fluoroscopy.
    let (first, second) = (events(60.0, 51_477.5), events(30.0, 54_308.7));
    check(limits(&exact_conditional(first, second, 0.95).unwrap()), 1.339_735_7, 3.388_365_6, 1e-6);
    check(limits(&score(first, second, 0.95).unwrap()), 1.365_962, 3.259_306, 5e-7);
    // Rothman, Greenland and Lash (2008), table 14-2.
    let boice = log_wald(events(41.0, 28_010.0), events(15.0, 19_017.0), 0.95).unwrap();
    check(limits(&boice), 1.027_225_998, 3.352_563_314, 1e-9);
}

#[test]
fn score_limits_solve_the_score_equation() {
    let (x1, t1, x2, t2) = (60.0, 51_477.5, 30.0, 54_308.7);
    let interval = limits(&score(events(x1, t1), events(x2, t2), 0.95).unwrap());
    for (ratio, expected) in [(interval.lower, 1.959_963_984_540_054), (interval.upper, -1.959_963_984_540_054)] {
        let second = (x1 + x2) / (ratio * t1 + t2);
        let first = ratio * second;
        let spread: f64 = first / t1 + ratio * ratio * second / t2;
        close((x1 / t1 - ratio * x2 / t2) / spread.sqrt(), expected, 1e-9);
    }
}

#[test]
fn few_events_get_the_exact_ratio() {
    let method = |x1, x2| limits(&rate_ratio(events(x1, 1.0), events(x2, 1.0), 0.95).unwrap()).method;
    assert_eq!(method(9.0, 500.0), Method::ExactConditional);
    assert_eq!(method(500.0, 9.0), Method::ExactConditional);
    assert_eq!(method(10.0, 10.0), Method::LogWald);
}

#[test]
fn ratios_over_and_of_nothing() {
    let (none, some) = (events(0.0, 2.0), events(4.0, 3.0));
    for method in [exact_conditional, score] {
        let over_nothing = method(some, none, 0.95).unwrap();
        assert!(over_nothing.value.is_infinite() && limits(&over_nothing).upper.is_infinite());
        assert!(limits(&over_nothing).lower > 0.0);
        let of_nothing = method(none, some, 0.95).unwrap();
        close(of_nothing.value, 0.0, 0.0);
        close(limits(&of_nothing).lower, 0.0, 0.0);
        assert!(limits(&of_nothing).upper.is_finite());
        close(limits(&of_nothing).upper * limits(&over_nothing).lower, 1.0, 1e-9);
        assert_eq!(method(none, none, 0.95), Err(StatsError::BothCountsZero));
    }
    assert_eq!(log_wald(none, some, 0.95), Err(StatsError::ZeroCount(Method::LogWald)));
    assert_eq!(log_wald(some, none, 0.95), Err(StatsError::ZeroCount(Method::LogWald)));
    // With no event against 4 the upper limit of the binomial probability is 1 - 0.025^(1/4).
    let odds = 1.0 / 0.025_f64.powf(0.25) - 1.0;
    close(limits(&exact_conditional(none, some, 0.95).unwrap()).upper, odds * 3.0 / 2.0, 1e-9);
    assert_eq!(EventRate::new(1.0, 0.0), Err(StatsError::ZeroDenominator));
}

#[test]
fn risk_ratios() {
    // Fagerland and Newcombe (2013), Stat Med 32:2823-2836.
    check(limits(&mover_wilson(part(24.0, 73.0), part(53.0, 65.0), 0.95).unwrap()), 0.282, 0.563, 5e-4);
    check(limits(&mover_wilson(part(7.0, 18.0), part(1.0, 18.0), 0.95).unwrap()), 1.277, 40.751, 5e-4);
    let over_nothing = mover_wilson(part(7.0, 18.0), part(0.0, 18.0), 0.95).unwrap();
    assert!(over_nothing.value.is_infinite() && limits(&over_nothing).upper.is_infinite());
    assert!(limits(&over_nothing).lower.is_finite());
    let of_nothing = mover_wilson(part(0.0, 18.0), part(7.0, 18.0), 0.95).unwrap();
    close(limits(&of_nothing).lower, 0.0, 0.0);
    assert!(limits(&of_nothing).upper.is_finite());
    assert_eq!(mover_wilson(part(0.0, 1.0), part(0.0, 1.0), 0.95), Err(StatsError::BothCountsZero));
}

#[test]
fn weighted_shares() {
    let weights = [5, 10, 10, 15, 20, 8, 12, 10];
    let sums = tenths(&weights, &[true, false, true, true, false, true, true, false]);
    close(sums.effective_n().unwrap(), 6.994_819, 1e-6);
    close(sums.kish_deff().unwrap(), 1.143_704, 1e-6);
    let share = weighted_wilson(&sums, 1.0, 0.95).unwrap();
    close(share.estimate.value, 0.555_555_6, 1e-7);
    check(limits(&share.estimate), 0.239_350, 0.832_372, 1e-6);
    assert_eq!(share.n, 8);
    let clustered = weighted_wilson(&sums, 1.5, 0.95).unwrap();
    close(clustered.n_eff, 6.994_819 / 1.5, 1e-6);
    close(clustered.design_effect, 1.143_704 * 1.5, 2e-6);
    assert!(matches!(weighted_wilson(&sums, 0.0, 0.95), Err(StatsError::NotPositive { .. })));
}

#[test]
fn a_gap_of_weighted_shares_uses_both_effective_sizes() {
    let sums = |counted: usize| {
        let weights: Vec<u64> = (0..400).map(|i| 5 + i % 11).collect();
        let counted: Vec<bool> = (0..400).map(|i| i < counted).collect();
        tenths(&weights, &counted)
    };
    let a = weighted_wilson(&sums(280), 1.0, 0.95).unwrap();
    let b = weighted_wilson(&sums(240), 1.0, 0.95).unwrap();
    let weighted = newcombe_10(a.proportion().unwrap(), b.proportion().unwrap(), 0.95).unwrap();
    let plain = newcombe_10(part(280.0, 400.0), part(240.0, 400.0), 0.95).unwrap();
    close(weighted.value, a.estimate.value - b.estimate.value, 1e-12);
    let width = |estimate: &Estimate| limits(estimate).upper - limits(estimate).lower;
    assert!(width(&weighted) > width(&plain));
}

#[test]
fn sums_that_contradict_each_other_are_refused() {
    let weights = |n, sum_w, sum_w2, sum_wx| WeightedSums { n, sum_w, sum_w2, sum_wx };
    assert_eq!(weights(0, 0, 0, 0).share(), Err(StatsError::ZeroDenominator));
    assert_eq!(weights(3, 0, 0, 0).share(), Err(StatsError::ZeroDenominator));
    assert!(matches!(weights(2, 2, 2, 3).share(), Err(StatsError::Weights(_))));
    assert!(matches!(weights(2, 4, 7, 1).share(), Err(StatsError::Weights(_))));
    assert!(matches!(weights(2, 4, 17, 1).share(), Err(StatsError::Weights(_))));
    assert!(weights(2, 4, 8, 1).share().is_ok());
    let most = weights(1, u128::MAX, 1, 0);
    assert_eq!(most.merged(&most), Err(StatsError::OutOfRange));
}

#[test]
fn the_linearised_variance_by_hand() {
    // Two strata of two units, ten respondents of weight 1 in each unit; 4, 6, 7 and 9 of them counted, so p = 0.65.
    let unit = |stratum, sum_wx| PsuSums { stratum, sum_w: 10, sum_wx };
    let units = [unit(1, 4), unit(1, 6), unit(2, 7), unit(2, 9)];
    let sums = WeightedSums { n: 40, sum_w: 40, sum_w2: 40, sum_wx: 26 };
    let design = linearised_variance(&sums, units).unwrap();
    // Each stratum: 2/1 times two squared distances of 1/40.
    close(design.variance, 2.0 * 2.0 * 2.0 / 1600.0, 1e-15);
    close(design.design_effect, 0.005 / (0.65 * 0.35 / 39.0), 1e-12);
    close(design.n_eff, 40.0 / design.design_effect, 1e-12);
    assert_eq!((design.psus, design.strata, design.degrees_of_freedom, design.lone_strata), (4, 2, 2, 0));
    let share = weighted_wilson_design(&sums, units, 0.95).unwrap();
    let expected = wilson(0.65 * design.n_eff, design.n_eff, 0.95).unwrap();
    check(limits(&share.estimate), expected.lower, expected.upper, 1e-12);
    let mut backwards = units;
    backwards.reverse();
    assert_eq!(linearised_variance(&sums, backwards), Ok(design));
}

#[test]
fn designs_without_variation_or_freedom() {
    let unit = |stratum, sum_wx| PsuSums { stratum, sum_w: 3, sum_wx };
    let sums = WeightedSums { n: 12, sum_w: 12, sum_w2: 12, sum_wx: 4 };
    // Every unit has the same share, so the variance is only rounding error: Kish's design effect is used.
    let alike = linearised_variance(&sums, [1, 1, 2, 2].map(|stratum| unit(stratum, 1))).unwrap();
    close(alike.design_effect, 1.0, 1e-12);
    // All respondents are counted.
    let all = WeightedSums { sum_wx: 12, ..sums };
    let share = weighted_wilson_design(&all, [1, 1, 2, 2].map(|stratum| unit(stratum, 3)), 0.95).unwrap();
    close(limits(&share.estimate).upper, 1.0, 0.0);
    close(share.n_eff, 12.0, 1e-12);
    let each_alone = linearised_variance(&sums, [1, 2, 3, 4].map(|stratum| unit(stratum, 1)));
    assert_eq!(each_alone, Err(StatsError::NoDegreesOfFreedom { psus: 4, strata: 4 }));
    let one_alone = [unit(1, 0), unit(1, 1), unit(1, 1), unit(2, 2)];
    assert_eq!(linearised_variance(&sums, one_alone).unwrap().lone_strata, 1);
    let short = linearised_variance(&sums, [1, 1, 2].map(|stratum| unit(stratum, 1)));
    assert!(matches!(short, Err(StatsError::Weights(_))));
}

#[test]
fn funnel_limits_are_clamped_to_the_multiplier() {
    for multiplier in [1.0, 100.0, 1000.0] {
        let at = funnel::proportion_limits(0.9, 5.0, multiplier, CONTROL).unwrap();
        close(at.upper, multiplier, 0.0);
        let at = funnel::proportion_limits(0.1, 5.0, multiplier, CONTROL).unwrap();
        close(at.lower, 0.0, 0.0);
        assert!(at.upper > 0.5 * multiplier);
    }
    assert!(matches!(
        funnel::proportion_limits(1.2, 5.0, 1.0, WARNING),
        Err(StatsError::NumeratorAboveDenominator { .. })
    ));
    assert_eq!(funnel::proportion_limits(0.5, 0.0, 1.0, WARNING), Err(StatsError::ZeroDenominator));
    assert_eq!(funnel::ratio_limits(0.0, 1.0, WARNING), Err(StatsError::ZeroCount(Method::FunnelRatio)));
    assert_eq!(funnel::rate_limits(0.0, 5.0, WARNING), Err(StatsError::ZeroCount(Method::FunnelRate)));
}

#[test]
fn funnel_bands_in_order() {
    let bands: Vec<Significance> = [60.0, 78.0, 100.0, 124.0, 150.0]
        .map(|observed| funnel::ratio_significance(observed, 100.0).unwrap())
        .to_vec();
    let all = [
        Significance::LowControl,
        Significance::LowWarning,
        Significance::NotSignificant,
        Significance::HighWarning,
        Significance::HighControl,
    ];
    assert_eq!(bands, all);
    // No event is not unusual if 2 are expected; it is if 20 are expected.
    assert_eq!(funnel::ratio_significance(0.0, 2.0), Ok(Significance::NotSignificant));
    assert_eq!(funnel::rate_significance(0.0, 20_000.0, 100.0, 100_000.0), Ok(Significance::LowControl));
    assert_eq!(funnel::ratio_significance(5.0, 0.0), Err(StatsError::ZeroDenominator));
}

#[test]
fn the_p_value_of_a_gap_agrees_with_its_interval() {
    for (a, b) in [((56.0, 70.0), (48.0, 80.0)), ((5.0, 56.0), (0.0, 29.0)), ((3.0, 10.0), (9.0, 10.0))] {
        let (a, b) = (part(a.0, a.1), part(b.0, b.1));
        let p = gap_p_value(a, b);
        close(p, gap_p_value(b, a), 0.0);
        let word = |confidence| change_word(&limits(&newcombe_10(a, b, confidence).unwrap())).unwrap();
        assert_ne!(word(1.0 - p * 1.0001), ChangeWord::NoClearChange);
        assert_eq!(word(1.0 - p * 0.9999), ChangeWord::NoClearChange);
    }
    close(gap_p_value(part(3.0, 10.0), part(6.0, 20.0)), 1.0, 0.0);
    assert!(gap_p_value(part(1e6, 1e6), part(0.0, 1e6)) >= 0.0);
}

#[test]
fn holm_keeps_order_and_bounds() {
    // R's p.adjust(c(0.01, 0.02, 0.03, 0.5, 0.9), "holm").
    let expected = [0.05, 0.08, 0.09, 1.0, 1.0];
    for (found, expected) in holm(&[0.01, 0.02, 0.03, 0.5, 0.9]).unwrap().into_iter().zip(expected) {
        close(found, expected, 1e-12);
    }
    assert_eq!(holm(&[]), Ok(Vec::new()));
    assert!(matches!(holm(&[f64::NAN]), Err(StatsError::NotFinite { .. })));
    assert!(matches!(holm(&[1.5]), Err(StatsError::TooLarge { .. })));
}

#[test]
fn the_rest_is_the_whole_without_the_part() {
    let all = tenths(&[5, 10, 15, 20], &[true, false, true, false]);
    let group = tenths(&[5, 10], &[true, false]);
    assert_eq!(all.without(&group).unwrap(), tenths(&[15, 20], &[true, false]));
    assert!(matches!(group.without(&all), Err(StatsError::Weights(_))));
}

#[test]
fn the_largest_exact_ratios_are_near_the_score_limits() {
    let (first, second) = (events(1e9, 1.0), events(0.9e9, 1.0));
    let (exact, score) = (exact_conditional(first, second, 0.998), score(first, second, 0.998));
    let (exact, score) = (limits(&exact.unwrap()), limits(&score.unwrap()));
    check(exact, score.lower, score.upper, 1e-8);
    for x in [1e-300, 0.001, 1.0, 9.0] {
        let extreme = limits(&exact_conditional(events(x, 1.0), second, 0.998).unwrap());
        assert!(0.0 <= extreme.lower && extreme.upper < 1e-6);
    }
    let too_large = exact_conditional(events(1.1e9, 1.0), second, 0.998);
    assert!(matches!(too_large, Err(StatsError::TooLarge { .. })));
}

/// Recorded on x86-64 Linux. Another machine must give the same bits. Otherwise the figures of two partners could be rounded
/// differently.
#[test]
fn these_bits_hold_on_every_machine() {
    let found = [
        wilson(12.0, 100.0, 0.95).unwrap(),
        wilson_cc(15.0, 148.0, 0.998).unwrap(),
        byar(1844.0, 0.95).unwrap(),
        exact_poisson(7.0, 0.998).unwrap(),
        limits(&newcombe_10(part(56.0, 70.0), part(48.0, 80.0), 0.95).unwrap()),
        limits(&log_wald(events(41.0, 28_010.0), events(15.0, 19_017.0), 0.95).unwrap()),
        limits(&exact_conditional(events(3.0, 2.0), events(8.0, 3.0), 0.95).unwrap()),
    ]
    .map(|interval| (interval.lower.to_bits(), interval.upper.to_bits()));
    let recorded = [
        (0x3fb1_eb21_8962_54c4, 0x3fc9_5c07_5b83_9dfd),
        (0x3fa7_24b8_1a85_bffc, 0x3fca_98e0_7368_7bc9),
        (0x409b_8325_3182_c614, 0x409e_2885_d35f_9d7a),
        (0x3ff8_534c_1d55_5f8c, 0x4033_a04d_296a_ab76),
        (0x3faa_d84c_467f_a22c, 0x3fd5_5e2b_6887_80c2),
        (0x3ff0_6f84_8717_f612, 0x400a_d20c_b709_e582),
        (0x3fb8_9af3_eb14_0320, 0x4002_bfba_1781_748f),
    ];
    assert_eq!(found, recorded);
}
