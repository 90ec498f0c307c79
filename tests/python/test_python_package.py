"""The Python package, imported as it is built for release."""

import inspect
import shutil
import subprocess
import sys

import pytest


@pytest.fixture(scope="module")
def run(root, release, tmp_path_factory):
    """Runs Python code that can import the package. A process of its own: the exchange's stubs have the same name."""
    folder = tmp_path_factory.mktemp("package")
    shutil.copytree(root / "python" / "peelian", folder / "peelian")
    shutil.copy(release / "lib_peelian.so", folder / "peelian" / "_peelian.abi3.so")

    def run(function):
        code = inspect.getsource(function) + f"\n{function.__name__}()"
        done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr

    return run


def check_version():
    import peelian

    assert peelian.__version__.count(".") == 2
    assert all(hasattr(peelian, name) for name in peelian.__all__)


def check_wilson():
    import peelian

    # 12 of 100: published example, see the vectors of the Wilson method.
    interval = peelian.wilson(12, 100)
    assert abs(interval.lower - 0.06999406) < 1e-6 and abs(interval.upper - 0.19812099) < 1e-6
    assert (interval.confidence, interval.method) == (0.95, "wilson")
    assert peelian.wilson(12, 100, confidence=0.998).lower < interval.lower


def check_refusals():
    import peelian

    for arguments in [(5, 4), (1, 0), (-1, 4), (float("nan"), 4)]:
        try:
            peelian.wilson(*arguments)
        except peelian.PeelianError as error:
            assert str(error)
        else:
            raise AssertionError(arguments)


def check_frozen():
    import peelian

    try:
        peelian.wilson(1, 4).lower = 0.0
    except AttributeError:
        return
    raise AssertionError("an interval can be changed")


def check_measure():
    import peelian
    import pyarrow as pa

    days = ["2017-02-01"] * 3 + ["2017-02-28"] * 2
    knives = ["threatened", "none", "injured", "threatened", "none"]
    rows = {name: ["no"] * 5 for name in ["flag_da", "flag_cse", "flag_csa", "flag_hba", "flag_fm", "flag_fgm"]}
    rows |= {"crime_ref": list("abcde"), "record_status": ["active"] * 4 + ["cancelled"], "recorded_at": days}
    rows |= {"committed_from": days, "ho_class": ["34B"] * 5, "victim_based": [True] * 5, "knife_use": knives}
    rows |= {"offence_borough": ["E09000028"] * 2 + ["E09000022"] * 3, "gun_use": ["none"] * 5}
    question = dict(dataset="crime", first="2017-02-01", last="2017-02-28", areas="borough", periods="2017-02")
    table = pa.record_batch(peelian.measure(pa.table(rows), measure="knife-crime-offences", **question)).to_pydict()
    values = {area: value for area, value in zip(table["area"], table["value"]) if value}
    assert values == {"E09000028": 1.0, "E09000022": 2.0}, table
    try:
        peelian.measure(pa.table(rows), measure="happiness", **question)
    except peelian.PeelianError as error:
        assert "happiness" in str(error)
    else:
        raise AssertionError("an unknown measure is answered")


@pytest.mark.parametrize("check", [check_version, check_wilson, check_refusals, check_frozen, check_measure])
def test_package(run, check):
    run(check)
