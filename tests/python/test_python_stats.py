"""peelian.stats compared with published values. Whole tables are compared when their files exist."""

import csv
import math

import pytest

from conftest import VECTORS


def test_published_values(peelian):
    stats = peelian.stats
    # Newcombe (1998), Stat Med 17:873-890, table II, rows a and, with correction, b.
    gap = stats.newcombe(56, 70, 48, 80)
    assert (gap.lower, gap.upper) == (pytest.approx(0.0524, abs=5e-5), pytest.approx(0.3339, abs=5e-5))
    corrected = stats.newcombe(9, 10, 3, 10, continuity_correction=True)
    assert corrected.lower == pytest.approx(0.1013, abs=5e-5) and corrected.method == "newcombe_11"
    # Rothman, Greenland and Lash (2008), table 14-2.
    ratio = stats.rate_ratio(41, 28_010, 15, 19_017)
    assert [ratio.value, ratio.lower, ratio.upper] == pytest.approx([1.855758658, 1.027225998, 3.352563314])
    # Garwood's limits of 5 events.
    exact = stats.poisson(5)
    assert [exact.value, exact.lower, exact.upper] == pytest.approx([5, 1.623486, 11.668332], abs=1e-6)


def table(name):
    path = VECTORS / name
    if not path.is_file():
        pytest.skip(f"{path} is not there: the published tables are not part of the repository")
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def close(found, row, name, *, absolute=0.0, relative=0.0):
    expected = float(row[name])
    assert abs(found - expected) <= absolute + relative * abs(expected), (name, found, row)


def test_wilson(peelian):
    for row in table("wilson_score.csv"):
        found = peelian.stats.wilson(
            float(row["x"]),
            float(row["n"]),
            confidence=float(row["confidence"]),
            continuity_correction=row["variant"] == "score_cc",
        )
        for name in ("lower", "upper"):
            close(getattr(found, name), row, name, absolute=float(row["abs_tol"]))


def test_poisson(peelian):
    for row in table("poisson_count_ci.csv"):
        method = row["method"].lower()
        if method.endswith("not_ours"):
            continue
        arguments = {
            "confidence": float(row["confidence"]),
            "method": "exact" if method.startswith(("exact", "garwood")) else "byar",
        }
        if row["lower"]:
            found = peelian.stats.poisson(float(row["x"]), **arguments)
            close(found.lower, row, "lower", relative=float(row["rel_tol"]))
            close(found.upper, row, "upper", relative=float(row["rel_tol"]))
        else:
            with pytest.raises(peelian.StatsError):
                peelian.stats.poisson(float(row["x"]), **arguments)


def test_rate(peelian):
    rows = table("crude_rate_ci.csv")
    for row in rows:
        found = peelian.stats.rate(
            float(row["numerator"]),
            float(row["denominator"]),
            multiplier=float(row["multiplier"]),
            confidence=float(row["confidence"]),
        )
        for name in ("value", "lower", "upper"):
            close(getattr(found, name), row, name, relative=float(row["rel_tol"]))
        assert found.method == ("exact_poisson" if row["method"] == "Exact" else "byar")


def test_newcombe(peelian):
    for row in table("newcombe_difference.csv"):
        numbers = [float(row[name]) for name in ("x1", "n1", "x2", "n2")]
        found = peelian.stats.newcombe(*numbers, continuity_correction=row["method"].endswith("cc"))
        for name in ("lower", "upper"):
            close(getattr(found, name), row, name, absolute=float(row["abs_tol"]))


def test_rate_ratio(peelian):
    methods = {"wald_log": "log_wald", "score": "score"}
    for row in table("rate_and_risk_ratio.csv"):
        if row["measure"] != "rate_ratio":
            continue
        numbers = [float(row[name]) for name in ("x1", "t1_or_n1", "x2", "t2_or_n2")]
        method = methods.get(row["method"], "exact" if row["method"].startswith("exact") else "auto")
        found = peelian.stats.rate_ratio(*numbers, method=method)
        tolerances = [float(part) for part in row["tol"].split("/")]
        for name, index in (("lower", 1), ("upper", 2)):
            close(getattr(found, name), row, name, absolute=tolerances[min(index, len(tolerances) - 1)])


def test_effective_sample_size(peelian):
    for row in table("design_effect.csv"):
        weights = [float(weight) for weight in row["weights"].split(";")]
        found = peelian.stats.effective_sample_size(weights)
        close(found, row, "effective_sample_size", relative=1e-12)


def test_arrays_give_the_bits_of_single_numbers(peelian):
    import numpy
    import pandas
    import polars
    import pyarrow

    stats = peelian.stats
    x, n = [0.0, 3.0, 12.0, 100.0], [10.0, 10.0, 100.0, 100.0]
    one_by_one = [stats.wilson(*case) for case in zip(x, n, strict=True)]
    for form in (list, tuple, numpy.array, pandas.Series, polars.Series, pyarrow.array):
        found = stats.wilson(form(x), form(n))
        assert len(found) == 4 and found.method == ["wilson"] * 4
        for name in ("value", "lower", "upper"):
            assert getattr(found, name).tolist() == [getattr(one, name) for one in one_by_one]
    rates = stats.rate(numpy.array([5, 20]), 1000, multiplier=100)
    assert rates.value.tolist() == [0.5, 2.0] and rates.method == ["exact_poisson", "byar"]
    assert stats.wilson([3], [10]).value.shape == (1,)
    assert len(stats.wilson([], [])) == 0
    # Strided: every second element.
    assert stats.poisson(numpy.arange(10.0)[::2]).value.tolist() == [0, 2, 4, 6, 8]


def test_missing_numbers_stay_missing(peelian):
    import polars

    found = peelian.stats.wilson(polars.Series([1.0, None]), [10, 10])
    assert math.isnan(found.value[1]) and found.method == ["wilson", ""] and found.reason == ["", "missing"]


def test_one_case_without_an_estimate_leaves_the_others(peelian):
    stats = peelian.stats
    found = stats.wilson([3, 0, 5], [10, 0, 10])
    assert found.value.tolist()[::2] == [0.3, 0.5] and math.isnan(found.value[1]) and math.isnan(found.upper[1])
    assert found.reason == ["", "zero_denominator", ""] and found.method == ["wilson", "", "wilson"]
    assert stats.rate([1, 2], [0, 5]).reason == ["zero_denominator", ""]
    assert stats.rate_ratio([0, 4], [5, 5], [0, 2], [5, 5]).reason == ["both_counts_zero", ""]
    assert stats.poisson([0, 20], method="byar").reason == ["byar_undefined", ""]
    assert stats.funnel_position([1, 0], [4, 0], baseline=0.5) == ["Not significant", None]
    # What is not possible is refused, with its place.
    with pytest.raises(peelian.StatsError, match="above denominator") as raised:
        stats.wilson([1, 5], [0, 4])
    assert raised.value.index == 1


def test_weights_of_zero_count_nothing(peelian):
    size = peelian.stats.effective_sample_size
    assert size([2, 0, 1, 1, 0]) == size([2, 1, 1])
    for weights in ([], [0, 0]):
        with pytest.raises(peelian.StatsError, match="zero"):
            size(weights)
    with pytest.raises(peelian.StatsError) as raised:
        size([1, -1])
    assert raised.value.index == 1


def test_standardised_rates(peelian):
    strata = table("dsr_dobson_input.csv")
    for row in table("dsr_dobson_expected.csv"):
        own = [stratum for stratum in strata if stratum["area"] == row["area"]]
        x, n, standard = ([float(stratum[name]) for stratum in own] for name in ("count", "pop", "stdpop"))
        arguments = {"multiplier": float(row["multiplier"]), "confidence": float(row["confidence"])}
        found = peelian.stats.dsr(x, n, standard, **arguments)
        for name in ("value", "lower", "upper"):
            close(getattr(found, name), row, name, relative=float(row["rel_tol"]))


def test_standardised_ratios(peelian):
    for row in table("indirect_standardised_ci.csv"):
        multiplier = float(row["ref_rate"] if row["kind"] == "rate" else row["multiplier_or_refvalue"])
        numbers = float(row["observed"]), float(row["expected"])
        found = peelian.stats.isr(*numbers, multiplier=multiplier, confidence=float(row["confidence"]))
        for name in ("value", "lower", "upper"):
            close(getattr(found, name), row, name, relative=float(row["rel_tol"]))


def test_standardisation_refuses_what_it_cannot_do(peelian):
    stats = peelian.stats
    with pytest.raises(peelian.StatsError, match="at least 10 events"):
        stats.dsr([4, 5], [100, 100], [1, 1])
    with pytest.raises(peelian.StatsError) as raised:
        stats.dsr([40, 50], [100, 0], [1, 1])
    assert raised.value.index == 1
    with pytest.raises(ValueError, match="each stratum"):
        stats.dsr(40, 100, 1)
    # Every person had two events: the limits are sqrt(2) times as far away.
    once, twice = stats.dsr([100], [1000], [1]), stats.dsr([100], [1000], [1], squares=[200])
    assert (twice.value - twice.lower) / (once.value - once.lower) == pytest.approx(math.sqrt(2))


def test_means_and_medians(peelian):
    stats = peelian.stats
    # Gosset's ten differences of sleep (Student 1908); limits as published for the data set "sleep" of R.
    sleep = [1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4]
    found = stats.mean(sleep)
    assert [found.value, found.lower, found.upper] == pytest.approx([1.58, 0.7001142, 2.4598858], abs=5e-8)
    assert found.method == "student_t"
    assert stats.mean(sleep[::-1]).lower == found.lower
    middle = stats.median([0.5 * day for day in range(1, 11)])
    assert (middle.value, middle.lower, middle.upper, middle.method) == (2.75, 1.0, 4.5, "order_statistics")
    few = stats.median([1, 2, 3])
    assert few.value == 2 and math.isnan(few.lower) and few.method == ""
    for function in (stats.mean, stats.median):
        with pytest.raises(peelian.StatsError, match="index 1") as raised:
            function([1, float("nan")])
        assert raised.value.index == 1
        with pytest.raises(peelian.StatsError):
            function([])


def test_trends(peelian):
    points = table("trend_series_input.csv")
    for row in table("trend_expected.csv"):
        own = [point for point in points if point["series"] == row["series"]]
        column = {name: [float(point[name]) for point in own] for name in ("numerator", "denominator", "value")}
        if row["statistic"] == "proportion_chi2":
            found = peelian.stats.trend(column["numerator"], column["denominator"])
        else:
            lower, upper = ([float(point[name]) for point in own] for name in ("lower95", "upper95"))
            found = peelian.stats.trend(column["value"], lower=lower, upper=upper, periods=[int(p["t"]) for p in own])
        if row["value"]:
            close(found.chi_squared, row, "value", absolute=float(row["abs_tol"]))
        assert found.direction == row["marker"].lower()


def test_a_trend_that_cannot_be_calculated_says_why(peelian):
    trend = peelian.stats.trend
    x, n = [10, 12, 15, 19, 24], [100] * 5
    assert trend(x[1:], n[1:]).reason == "too_few_points"
    assert trend(x, n, periods=[2011, 2012, 2013, 2015, 2016]).reason == "not_consecutive"
    gap = trend([10, 12, float("nan"), 15, 19, 24], [100] * 6)
    assert gap.direction == "cannot_be_calculated" and gap.reason == "not_consecutive" and "period 4" in gap.message
    for edge in (0, 100):
        assert trend([edge, *x[1:]], n).reason == "no_log_odds"
    assert trend(x, lower=x, upper=x).reason == "no_variance"
    with pytest.raises(ValueError, match="either n"):
        trend(x)
    with pytest.raises(ValueError, match="both lower and upper"):
        trend(x, lower=x)
    with pytest.raises(peelian.StatsError) as raised:
        trend([10, 12, 15, 19, 124], n)
    assert raised.value.index == 4


def test_process_control(peelian):
    points = table("spc_series_input.csv")
    for row in table("spc_limits_expected.csv"):
        own = [float(point["y"]) for point in points if point["series"] == row["series"]]
        if row["subset"] != "all":
            continue
        chart = peelian.stats.spc(own, screen_outliers=row["mode"] == "screen_outliers")
        for name, column in (("mean", "mean"), ("lower", "lpl"), ("upper", "upl")):
            close(getattr(chart, name)[0], row, column, absolute=float(row["abs_tol"]))


def test_a_chart_has_its_causes_and_phases(peelian):
    stats = peelian.stats
    chart = stats.spc([1.0, 2.0] * 7 + [9.0] * 2, polarity="higher_is_better", fix_after=12, target=0)
    assert chart.rule == [None] * 14 + ["outside_limits"] * 2 and len(chart) == 16
    assert chart.variation[13:] == ["common_cause", *["special_cause_improvement"] * 2]
    assert chart.assurance == "inconsistent" and chart.phases[0].mean == 1.5
    rebased = stats.spc([1.0, 2.0] * 7 + [9.0] * 2, rebase={14: "a new form"})
    assert [phase.reason for phase in rebased.phases] == ["", "a new form"] and rebased.rule == [None] * 16
    assert rebased.phases[1].provisional and rebased.mean.tolist() == [1.5] * 14 + [9.0] * 2
    with pytest.raises(peelian.StatsError, match="no reason"):
        stats.spc([1.0, 2.0] * 7, rebase={7: " "})
    with pytest.raises(peelian.StatsError) as raised:
        stats.spc([1.0, float("nan"), 2.0])
    assert raised.value.index == 1
    with pytest.raises(ValueError, match="lower_is_better"):
        stats.spc([1.0, 2.0], polarity="up")


def test_funnels(peelian):
    stats = peelian.stats
    for row in table("funnel_proportion_limits.csv"):
        baseline = float(row["baseline_pct"]) / 100
        for confidence, sigma in ((0.95, "2s"), (0.998, "3s")):
            arguments = {"baseline": baseline, "multiplier": 100, "confidence": confidence}
            found = stats.funnel_limits(float(row["population"]), **arguments)
            for name in ("lower", "upper"):
                close(getattr(found, name), row, f"{name}_{sigma}", absolute=float(row["abs_tol"]))
    areas = table("funnel_proportion_significance.csv")
    x, n = ([float(row[name]) for row in areas] for name in ("numerator", "denominator"))
    assert stats.funnel_position(x, n, baseline=baseline) == [row["significance"] for row in areas]
    for row in table("funnel_ratio_limits.csv"):
        found = stats.funnel_limits(float(row["observed"]), baseline=1, kind="ratio", multiplier=100)
        close(found.lower, row, "lower_2s_isr", relative=5e-5)


def test_wider_funnels_have_fewer_outliers(peelian):
    stats = peelian.stats
    x, n = [40, 60, 45, 55], [100] * 4
    dispersion = stats.over_dispersion(x, n, baseline=0.5, winsorised=0)
    assert dispersion == pytest.approx((4 + 4 + 1 + 1) / 4)
    assert stats.funnel_position(x, n, baseline=0.5)[0] == "Low (0.025)"
    assert stats.funnel_position(x, n, baseline=0.5, dispersion=dispersion)[0] == "Not significant"
    with pytest.raises(ValueError, match="proportions"):
        stats.funnel_position(5, 4, baseline=1, kind="ratio", dispersion=2)
    with pytest.raises(ValueError, match="proportion, ratio, rate"):
        stats.funnel_limits(5, baseline=1, kind="mean")


def test_benchmarks(peelian):
    stats = peelian.stats
    polarity = {"low_is_good": "lower_is_better", "high_is_good": "higher_is_better"}
    for row in table("overlapping_interval_cases.csv"):
        area = stats.Estimate(*(float(row[name]) for name in ("value", "lower", "upper")))
        other = stats.Estimate(*(float(row[f"comparator_{name}"]) for name in ("value", "lower", "upper")))
        found = stats.compare(area, other, polarity=polarity[row["polarity"]])
        assert found.word.upper() == row["result"] and found.cautious
    found = stats.compare(stats.wilson(12, 100), 0.25, polarity="higher_is_better")
    assert (found.word, found.method, found.cautious) == ("worse", "benchmark_in_interval", False)
    with pytest.raises(peelian.StatsError, match="confidence levels differ"):
        stats.compare(stats.wilson(12, 100), stats.wilson(12, 100, confidence=0.998))
    with pytest.raises(peelian.StatsError, match="no interval"):
        stats.compare(stats.mean([1]), 2)
    with pytest.raises(peelian.StatsError):
        stats.Estimate(1, 3, 2)


def test_vulnerable_localities_index(peelian):
    """The worked example of the definitions: three areas, six variables."""
    dwellings, residents = [1000, 1200, 900], [2500, 3000, 2200]
    scores = [[0.30, 0.20, 0.10], [0.20, 0.10, 0.06], [0.36, 0.25, 0.15]]
    of_residents = [[score * number for score, number in zip(row, residents, strict=True)] for row in scores]
    recipe = [([20, 10, 4], dwellings), ([15, 10, 3], dwellings)]
    recipe += [(numbers, residents) for numbers in [*of_residents, [450, 360, 220]]]
    found = peelian.stats.composite_index(recipe)
    assert [round(index, 2) for index in found] == [155.89, 89.31, 51.52]
    assert peelian.stats.composite_index(recipe, weights=[2] * 6) == found
    assert peelian.stats.composite_index([([40, 80], [100, 100])], low_adds=[0]) == [150, 50]
    with pytest.raises(peelian.StatsError, match="has 1 numbers for 2 areas"):
        peelian.stats.composite_index([([1, 2], [3])])
    with pytest.raises(ValueError, match="there are 6 variables"):
        peelian.stats.composite_index(recipe, weights=[1])


def test_quantiles(peelian):
    quantiles = peelian.stats.quantiles
    assert quantiles(list(range(1, 11)), first="lowest") == list(range(1, 11))
    assert quantiles([3, float("nan"), 1, 2, 2], 2) == [1, None, 2, 1, 1]
    assert quantiles([1, 2], 5) == [None, None]
    with pytest.raises(peelian.StatsError, match="at least 1"):
        quantiles([1], 0)


def test_many_comparisons(peelian):
    stats = peelian.stats
    gaps = [(750, 1000, 660, 1000), (56, 70, 48, 80), (50, 100, 48, 100)]
    p_values = [stats.gap_p_value(*gap) for gap in gaps]
    adjusted = stats.holm(p_values).tolist()
    assert adjusted == pytest.approx([3 * p_values[0], 2 * p_values[1], p_values[2]])
    with pytest.raises(peelian.StatsError):
        stats.holm([0.5, 1.5])


def test_risk_ratio(peelian):
    for row in table("rate_and_risk_ratio.csv"):
        if row["measure"] == "risk_ratio":
            numbers = [float(row[name]) for name in ("x1", "t1_or_n1", "x2", "t2_or_n2")]
            found = peelian.stats.risk_ratio(*numbers)
            close(found.lower, row, "lower", absolute=5e-4)
            close(found.upper, row, "upper", absolute=5e-4)


@pytest.mark.parametrize("arguments", [(5, 4), (1, 0), (-1, 4), (float("nan"), 4), (1, float("inf"))])
def test_what_is_no_proportion_is_refused(peelian, arguments):
    with pytest.raises(peelian.StatsError) as raised:
        peelian.stats.wilson(*arguments)
    assert raised.value.index is None and isinstance(raised.value, ValueError)


def test_refusals_say_where(peelian):
    with pytest.raises(peelian.StatsError, match=r"at index 2") as raised:
        peelian.stats.wilson([1, 2, 5], [4, 4, 4])
    assert raised.value.index == 2
    with pytest.raises(ValueError, match="different lengths"):
        peelian.stats.wilson([1, 2], [4, 4, 4])
    with pytest.raises(ValueError, match="one dimension"):
        peelian.stats.wilson([[1, 2]], 4)
    with pytest.raises(ValueError, match="auto, byar, exact"):
        peelian.stats.poisson(3, method="normal")
    with pytest.raises(peelian.StatsError, match="confidence"):
        peelian.stats.wilson(1, 2, confidence=95)
    with pytest.raises(ValueError, match="many"):
        peelian.stats.wilson("many", 4)
    with pytest.raises(TypeError):
        peelian.stats.wilson(None, 4)


def test_estimates_cannot_be_changed(peelian):
    with pytest.raises(AttributeError):
        peelian.stats.wilson(1, 4).lower = 0.0
