//! Properties for every count: intervals contain their estimate, widen with confidence and mirror each other.

use peelian_core::stats::count::{CountRule, count_interval, exact_poisson};
use peelian_core::stats::difference::{newcombe_10, newcombe_11};
use peelian_core::stats::proportion::{Proportion, wilson, wilson_cc};
use peelian_core::stats::ratio::{EventRate, exact_conditional, mover_wilson, rate_ratio, score};
use peelian_core::stats::survey::{PsuSums, WeightedSums, linearised_variance, weighted_wilson};
use peelian_core::stats::{Estimate, Interval, StatsError, z};
use proptest::prelude::*;

fn near(a: f64, b: f64, relative: f64) -> bool {
    (a - b).abs() <= relative * a.abs().max(b.abs()).max(1.0) || (a.is_infinite() && b.is_infinite())
}

fn limits(estimate: &Estimate) -> Interval {
    estimate.interval.expect("an interval")
}

/// A numerator and a denominator, of whole numbers or not.
fn part() -> impl Strategy<Value = (f64, f64)> {
    prop_oneof![
        (1_u32..2_000_000).prop_flat_map(|n| (0..=n, Just(n))).prop_map(|(x, n)| (f64::from(x), f64::from(n))),
        (1_u32..40).prop_flat_map(|n| (0..=n, Just(n))).prop_map(|(x, n)| (f64::from(x), f64::from(n))),
        (0.01..5000.0, 0.0..=1.0).prop_map(|(n, p): (f64, f64)| (p * n, n)),
    ]
}

fn events() -> impl Strategy<Value = (f64, f64)> {
    (prop_oneof![0_u32..30, 0_u32..100_000], 1_u32..5_000_000).prop_map(|(x, t)| (f64::from(x), f64::from(t)))
}

fn confidence() -> impl Strategy<Value = f64> {
    0.01..0.9999
}

/// Any floating point number, with special values often.
fn anything() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<f64>(),
        prop::sample::select(vec![0.0, -0.0, 1.0, 0.5, 9.0, 10.0, 1e-308, 1e9, 1e15, 1e308, f64::NAN, f64::INFINITY]),
    ]
}

proptest! {
    #[test]
    fn deviates_grow_with_confidence(a in confidence(), b in confidence()) {
        let (low, high) = (a.min(b), a.max(b));
        prop_assert!(z(low).unwrap() <= z(high).unwrap());
    }

    #[test]
    fn proportions_lie_in_their_interval((x, n) in part(), confidence in confidence()) {
        let score = wilson(x, n, confidence).unwrap();
        let corrected = wilson_cc(x, n, confidence).unwrap();
        prop_assert!(score.contains(x / n));
        prop_assert!(0.0 <= corrected.lower && corrected.lower <= score.lower);
        prop_assert!(score.upper <= corrected.upper && corrected.upper <= 1.0);
    }

    #[test]
    fn proportions_mirror((x, n) in part(), confidence in confidence()) {
        for method in [wilson, wilson_cc] {
            let (seen, mirrored) = (method(x, n, confidence).unwrap(), method(n - x, n, confidence).unwrap());
            prop_assert!(near(seen.lower, 1.0 - mirrored.upper, 1e-12));
            prop_assert!(near(seen.upper, 1.0 - mirrored.lower, 1e-12));
        }
    }

    #[test]
    fn intervals_widen_with_confidence((x, n) in part(), (y, t) in events(), a in confidence(), b in confidence()) {
        let (low, high) = (a.min(b), a.max(b));
        let slack = 1e-11 * y.max(1.0);
        for (narrow, wide) in [
            (wilson(x, n, low).unwrap(), wilson(x, n, high).unwrap()),
            (count_interval(y, low, CountRule::default()).unwrap(), count_interval(y, high, CountRule::default()).unwrap()),
            (exact_poisson(y, low).unwrap(), exact_poisson(y, high).unwrap()),
        ] {
            prop_assert!(wide.lower <= narrow.lower + slack && narrow.upper <= wide.upper + slack);
        }
        let (first, second) = (EventRate::new(y + 1.0, t).unwrap(), EventRate::new(x, n).unwrap());
        let (narrow, wide) = (score(first, second, low).unwrap(), score(first, second, high).unwrap());
        prop_assert!(limits(&wide).lower <= limits(&narrow).lower * (1.0 + 1e-12));
        prop_assert!(limits(&narrow).upper <= limits(&wide).upper * (1.0 + 1e-12));
    }

    #[test]
    fn counts_lie_in_their_interval((x, _) in events(), confidence in 0.5..0.9999) {
        for rule in [CountRule::ExactBelowTen, CountRule::AlwaysExact] {
            let interval = count_interval(x, confidence, rule).unwrap();
            prop_assert!(0.0 <= interval.lower && interval.contains(x));
        }
    }

    #[test]
    fn exact_count_limits_grow_with_the_count(x in 0_u32..5000, confidence in confidence()) {
        let (here, next) = (exact_poisson(f64::from(x), confidence), exact_poisson(f64::from(x + 1), confidence));
        let (here, next) = (here.unwrap(), next.unwrap());
        prop_assert!(here.lower < next.lower && here.upper < next.upper);
    }

    #[test]
    fn differences_are_antisymmetric((x1, n1) in part(), (x2, n2) in part(), confidence in confidence()) {
        let (a, b) = (Proportion::new(x1, n1).unwrap(), Proportion::new(x2, n2).unwrap());
        for method in [newcombe_10, newcombe_11] {
            let (forth, back) = (method(a, b, confidence).unwrap(), method(b, a, confidence).unwrap());
            prop_assert!(near(forth.value, -back.value, 1e-15));
            prop_assert!(near(limits(&forth).lower, -limits(&back).upper, 1e-14));
            prop_assert!(near(limits(&forth).upper, -limits(&back).lower, 1e-14));
            prop_assert!(limits(&forth).contains(forth.value));
            prop_assert!(-1.0 <= limits(&forth).lower && limits(&forth).upper <= 1.0);
        }
    }

    #[test]
    fn ratios_invert((x1, t1) in events(), (x2, t2) in events(), confidence in 0.5..0.9999) {
        let (a, b) = (EventRate::new(x1, t1).unwrap(), EventRate::new(x2, t2).unwrap());
        for method in [rate_ratio, exact_conditional, score] {
            let (forth, back) = match (method(a, b, confidence), method(b, a, confidence)) {
                (Ok(forth), Ok(back)) => (forth, back),
                (forth, back) => {
                    prop_assert_eq!(forth, Err(StatsError::BothCountsZero));
                    prop_assert_eq!(back, Err(StatsError::BothCountsZero));
                    continue;
                }
            };
            prop_assert!(near(1.0, forth.value * back.value, 1e-12) || forth.value * back.value == 0.0 || x1 * x2 < 0.5);
            prop_assert!(near(1.0 / limits(&forth).lower, limits(&back).upper, 1e-9));
            prop_assert!(near(1.0 / limits(&back).lower, limits(&forth).upper, 1e-9));
            prop_assert!(limits(&forth).lower <= forth.value * (1.0 + 1e-12));
            prop_assert!(forth.value <= limits(&forth).upper * (1.0 + 1e-12));
        }
    }

    #[test]
    fn risk_ratios_lie_in_their_interval((x1, n1) in part(), (x2, n2) in part(), confidence in confidence()) {
        let (a, b) = (Proportion::new(x1, n1).unwrap(), Proportion::new(x2, n2).unwrap());
        if let Ok(ratio) = mover_wilson(a, b, confidence) {
            prop_assert!(limits(&ratio).lower <= ratio.value * (1.0 + 1e-12));
            prop_assert!(ratio.value <= limits(&ratio).upper * (1.0 + 1e-12));
        }
    }

    #[test]
    fn equal_weights_are_no_weights(n in 1_u64..5000, weight in 1_u64..10_000_000_000, counted in 0_u64..5000) {
        let counted = counted.min(n);
        let (weights, count) = (u128::from(weight), u128::from(n));
        let sums = WeightedSums {
            n,
            sum_w: weights * count,
            sum_w2: weights * weights * count,
            sum_wx: weights * u128::from(counted),
        };
        let share = weighted_wilson(&sums, 1.0, 0.95).unwrap();
        let plain = wilson(counted as f64, n as f64, 0.95).unwrap();
        prop_assert!(near(limits(&share.estimate).lower, plain.lower, 1e-12));
        prop_assert!(near(limits(&share.estimate).upper, plain.upper, 1e-12));
        prop_assert!(near(share.n_eff, n as f64, 1e-12));
    }

    #[test]
    fn respondents_may_come_in_any_order(
        mut people in prop::collection::vec((1_u64..5_000_000_000, any::<bool>(), 0_u64..4, 0_u64..6), 20..120),
        seed in any::<u64>(),
    ) {
        let total = |people: &[(u64, bool, u64, u64)]| {
            let mut sums = WeightedSums::default();
            let mut units = std::collections::BTreeMap::<(u64, u64), PsuSums>::new();
            for (weight, counted, stratum, psu) in people.iter().copied() {
                sums.add(weight, counted).unwrap();
                let empty = PsuSums { stratum, sum_w: 0, sum_wx: 0 };
                let unit = units.entry((psu, stratum)).or_insert(empty);
                unit.sum_w += u128::from(weight);
                unit.sum_wx += if counted { u128::from(weight) } else { 0 };
            }
            (sums, units.into_values().collect::<Vec<_>>())
        };
        let (sums, units) = total(&people);
        let turn = usize::try_from(seed % 20).unwrap();
        people.rotate_left(turn);
        people.reverse();
        let (turned_sums, mut turned_units) = total(&people);
        turned_units.reverse();
        prop_assert_eq!(sums, turned_sums);
        let (one, other) = (linearised_variance(&sums, units), linearised_variance(&turned_sums, turned_units));
        // Equal to the last bit.
        prop_assert_eq!(one, other);
        prop_assert!(sums.effective_n().unwrap() <= sums.n as f64);
    }

    #[test]
    fn nothing_panics_and_nothing_is_nan(
        a in anything(), b in anything(), c in anything(), d in anything(), confidence in anything(),
    ) {
        let sound = |interval: Interval| interval.lower <= interval.upper;
        for interval in [wilson(a, b, confidence), wilson_cc(a, b, confidence)].into_iter().flatten() {
            prop_assert!(sound(interval));
        }
        let rule = CountRule::ExactBelowTen;
        if let Ok(interval) = count_interval(a.min(1e6), confidence, rule) {
            prop_assert!(sound(interval));
        }
        if let (Ok(first), Ok(second)) = (EventRate::new(a.min(1e6), b), EventRate::new(c.min(1e6), d)) {
            for ratio in [rate_ratio(first, second, confidence), score(first, second, confidence)].into_iter().flatten() {
                prop_assert!(sound(limits(&ratio)) && !ratio.value.is_nan());
            }
        }
        if let (Ok(first), Ok(second)) = (Proportion::new(a, b), Proportion::new(c, d)) {
            for estimate in [
                newcombe_10(first, second, confidence),
                newcombe_11(first, second, confidence),
                mover_wilson(first, second, confidence),
            ]
            .into_iter()
            .flatten()
            {
                prop_assert!(sound(limits(&estimate)) && !estimate.value.is_nan());
            }
        }
    }
}
