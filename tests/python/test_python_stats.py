"""peelian.stats against published values: a few always, whole tables where they are at hand."""

import csv

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
    # Garwood's limits of 5 events, as in every table of them.
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
    import math

    import polars

    found = peelian.stats.wilson(polars.Series([1.0, None]), [10, 10])
    assert math.isnan(found.value[1]) and found.method == ["wilson", ""]


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
    with pytest.raises(peelian.StatsError):
        peelian.stats.effective_sample_size([1, 0])


def test_estimates_cannot_be_changed(peelian):
    with pytest.raises(AttributeError):
        peelian.stats.wilson(1, 4).lower = 0.0
