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


@pytest.mark.parametrize("check", [check_version, check_wilson, check_refusals, check_frozen])
def test_package(run, check):
    run(check)
