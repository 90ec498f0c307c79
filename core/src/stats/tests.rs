//! The quantiles against values of 20 digits and more (computed with mpmath 1.3 at 30 and 40 digits) and against a
//! second implementation (statrs).

use super::special::{Tail, beta_quantile_logit, gamma_quantile, student_two_sided};
use super::{EXACT_COUNT_LIMIT, Method, StatsError, count, z};

fn close(found: f64, expected: f64, relative: f64) {
    assert!((found - expected).abs() <= relative * expected.abs(), "{found} is not {expected}");
}

#[test]
fn normal_deviates_have_thirteen_digits() {
    for (confidence, expected) in [
        (0.001, 0.001_253_314_465_432_552_5),
        (0.3, 0.385_320_466_407_567_6),
        (0.5, 0.674_489_750_196_081_7),
        (0.8, 1.281_551_565_544_600_5),
        (0.95, 1.959_963_984_540_054_2),
        (0.998, 3.090_232_306_167_813_5),
    ] {
        close(z(confidence).expect("a valid input"), expected, 1e-13);
    }
    // 1 - 0.9999999 itself is only accurate to 1e-9 of its size.
    close(z(0.999_999_9).expect("a valid input"), 5.326_723_886_384_496, 1e-9);
}

#[test]
fn confidence_is_strictly_between_zero_and_one() {
    for confidence in [0.0, 1.0, -0.5, 95.0, f64::NAN, f64::INFINITY] {
        assert!(matches!(z(confidence), Err(StatsError::Confidence(_))));
    }
    assert!(z(f64::MIN_POSITIVE).expect("a valid input") >= 0.0);
    assert!(z(1.0 - f64::EPSILON / 2.0).expect("a valid input") > 8.0);
}

#[test]
fn gamma_quantiles_have_twelve_digits() {
    let cases = [
        (5.0, 0.998, 0.739_371_731_917_832_5, 16.454_745_203_680_11),
        (9.0, 0.95, 4.115_373_097_378_332, 17.084_803_451_419_17),
        (0.445, 0.95, 0.000_191_201_057_200_489_47, 4.571_066_937_643_705),
        (100.0, 0.95, 81.363_991_250_923_14, 121.626_793_792_426_39),
        (1e4, 0.95, 9_804.952_467_260_183, 10_197.951_624_661_473),
        (1e6, 0.998, 996_912.617_319_815_2, 1_003_094.083_914_97),
    ];
    for (x, confidence, lower, upper) in cases {
        let interval = count::exact_poisson(x, confidence).expect("a valid input");
        close(interval.lower, lower, 1e-12);
        close(interval.upper, upper, 1e-12);
    }
    // Two cases with closed forms: P(X >= 1) = 1 - e^-L and P(X = 0) = e^-U.
    close(count::exact_poisson(1.0, 0.95).expect("a valid input").lower, -libm::log1p(-0.025), 1e-13);
    close(count::exact_poisson(0.0, 0.95).expect("a valid input").upper, -libm::log(0.025), 1e-13);
}

#[test]
fn beta_quantiles_have_twelve_digits() {
    let odds = |a: f64, b: f64, tail: Tail, confidence: f64| {
        let deviate = z(confidence).expect("a valid input");
        libm::exp(beta_quantile_logit(a, b, tail, (1.0 - confidence) / 2.0, deviate))
    };
    for (x1, x2, confidence, lower, upper) in [
        (60.0, 30.0, 0.95, 1.269_893_140_832_898_7, 3.211_724_618_998_992_5),
        (3.0, 7.0, 0.95, 0.071_512_200_481_086_31, 1.877_307_439_214_019_3),
        (1.0, 50.0, 0.998, 1.961_784_602_710_183e-5, 0.200_666_015_863_352_12),
        (5.0, 2000.0, 0.95, 0.000_810_856_226_952_018_6, 0.005_843_897_421_524_507),
    ] {
        close(odds(x1, x2 + 1.0, Tail::Lower, confidence), lower, 1e-12);
        close(odds(x1 + 1.0, x2, Tail::Upper, confidence), upper, 1e-12);
    }
}

#[test]
fn student_quantiles_have_twelve_digits() {
    for (freedom, at_95, at_998) in [
        (1.0, 12.706_204_736_174_705, 318.308_838_985_550_4),
        (2.0, 4.302_652_729_749_464, 22.327_124_770_119_876),
        (4.0, 2.776_445_105_197_794, 7.173_182_219_782_308),
        (30.0, 2.042_272_456_301_238, 3.385_184_866_829_305_3),
        (999.0, 1.962_341_461_133_45, 3.098_410_361_753_312_4),
        (1_000.0, 1.962_339_080_826_408_4, 3.098_402_163_912_923),
        (100_000.0, 1.959_987_707_534_609_7, 3.090_313_809_427_237_7),
    ] {
        close(student_two_sided(0.95, freedom), at_95, 1e-12);
        close(student_two_sided(0.998, freedom), at_998, 1e-11);
    }
}

#[test]
fn quantiles_agree_with_statrs() {
    use statrs::function::{
        beta::beta_reg,
        gamma::{gamma_lr, gamma_ur},
    };
    for a in [0.05, 0.5, 1.0, 2.5, 17.0, 300.0, 12_345.0] {
        for confidence in [0.1, 0.5, 0.8, 0.95, 0.998, 0.999_999] {
            let (tail, deviate) = ((1.0 - confidence) / 2.0, z(confidence).expect("a valid input"));
            close(gamma_lr(a, gamma_quantile(a, Tail::Lower, tail, deviate)), tail, 1e-9);
            close(gamma_ur(a, gamma_quantile(a, Tail::Upper, tail, deviate)), tail, 1e-9);
            for b in [0.3, 1.0, 40.0, 5_000.0] {
                let share = |logit: f64| 1.0 / (1.0 + libm::exp(-logit));
                let lower = share(beta_quantile_logit(a, b, Tail::Lower, tail, deviate));
                close(beta_reg(a, b, lower), tail, 1e-8);
            }
        }
    }
}

#[test]
fn the_largest_exact_counts_agree_with_byar_and_are_quick() {
    let exact = count::exact_poisson(EXACT_COUNT_LIMIT, 0.95).expect("a valid input");
    let byar = count::byar(EXACT_COUNT_LIMIT, 0.95).expect("a valid input");
    close(exact.lower, byar.lower, 1e-10);
    close(exact.upper, byar.upper, 1e-10);
    assert!(matches!(count::exact_poisson(EXACT_COUNT_LIMIT * 1.1, 0.95), Err(StatsError::TooLarge { .. })));
}

#[test]
fn every_method_has_its_own_id_and_a_citation() {
    for (index, method) in Method::ALL.into_iter().enumerate() {
        assert_eq!(Method::from_id(method.id()), Some(method));
        assert!(!method.citation().is_empty());
        assert!(Method::ALL[..index].iter().all(|earlier| earlier.id() != method.id()));
    }
}
