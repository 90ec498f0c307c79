"""Shared fixtures of the tests: folders, servers and synthetic records."""

import importlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import told

ROOT = Path(__file__).resolve().parents[2]
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
RELEASE = (TARGET if TARGET.is_absolute() else ROOT / TARGET) / "release"
# Files as publishers released them. They are not part of the repository. Tests that read them are skipped without them.
DATA = ROOT.parent / "shared" / "data"
# Published cases of interval methods. They are not part of the repository either.
VECTORS = ROOT.parent / "shared" / "vectors"


@pytest.fixture(scope="session", autouse=True)
def nothing_personal_is_told():
    """After all tests, no value of a person that they sent is in a log, an audit log, an error or a finding."""
    yield
    assert told.found(told.sent, told.everything()) == []


@pytest.fixture(scope="session")
def root():
    return ROOT


@pytest.fixture(scope="session")
def release():
    """The folder with the programs and libraries as built for release."""
    if not RELEASE.is_dir():
        pytest.exit(f"{RELEASE} is missing: run `tests/run --only build` first", returncode=3)
    return RELEASE


@pytest.fixture(scope="session")
def binary(release):
    path = release / "peelian-server"
    if not path.is_file():
        pytest.exit(f"{path} is missing: run `tests/run --only build` first", returncode=3)
    return path


@pytest.fixture(scope="module")
def server(binary, tmp_path_factory, request):
    """A server for the module. It is empty at first. The system gives it the `MEMORY` that the module states."""
    from process import Server

    memory = getattr(request.module, "MEMORY", None)
    server = Server(binary, tmp_path_factory.mktemp("exchange") / "data", memory=memory).start()
    yield server
    status = server.stop()
    assert status == 0, f"the server stopped with status {status}:\n{server.log()[-2000:]}"


@pytest.fixture(scope="module")
def client(server):
    client = server.client()
    yield client
    client.close()


@pytest.fixture(scope="session")
def data():
    """The folder of published files."""
    if not DATA.is_dir():
        pytest.skip(f"{DATA} is not there: the published files are not part of the repository")
    return DATA


@pytest.fixture(scope="session")
def package(release, tmp_path_factory):
    """The folder in which the Python package is installed."""
    folder = tmp_path_factory.mktemp("package")
    shutil.copytree(ROOT / "python" / "peelian", folder / "peelian", ignore=shutil.ignore_patterns("*.so"))
    shutil.copy(release / "lib_peelian.so", folder / "peelian" / "_peelian.abi3.so")
    return folder


@pytest.fixture(scope="session")
def peelian(package):
    """The Python package. The exchange's stubs have the same name, so tests of the two do not run in one process."""
    if "exchange" in sys.modules:
        pytest.fail(
            "the stubs of the exchange are loaded: tests of the package are in files test_python_*.py, run apart"
        )
    sys.path.insert(0, str(package))
    return importlib.import_module("peelian")


@pytest.fixture(scope="session")
def wheel(tmp_path_factory):
    """The wheel, built without optimisation, which is quick. Only its contents and its installation are tested."""
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "maturin", "build", "--offline", "--strip", "--out", out]
    quick = {"CARGO_PROFILE_DEV_DEBUG": "0", "CARGO_PROFILE_DEV_DEBUG_ASSERTIONS": "false", "CARGO_INCREMENTAL": "0"}
    environment = os.environ | quick | {"CARGO_TARGET_DIR": str(TARGET)}
    done = subprocess.run(
        command, check=False, cwd=ROOT / "python", env=environment, capture_output=True, text=True, timeout=900
    )
    assert done.returncode == 0, done.stderr
    (wheel,) = out.glob("*.whl")
    return wheel


@pytest.fixture(scope="session")
def synthetic(binary, tmp_path_factory):
    """A folder of synthetic records: three years of a fiftieth of London."""
    folder = tmp_path_factory.mktemp("synthetic")
    command = [binary, "synthesise", "--out", folder, "--scale", "0.02", "--months", "36", "--end", "2017-12"]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    return folder


@pytest.fixture(scope="session")
def records(synthetic):
    """The synthetic records as Polars data frames, by dataset."""
    import polars

    folders = [path for path in sorted(synthetic.iterdir()) if path.is_dir()]
    frames = {path.name: polars.read_csv(path / "*.csv", infer_schema=False) for path in folders}
    for frame in frames.values():
        told.sends(frame.head(told.ROWS).iter_rows(named=True))
    return frames


@pytest.fixture(scope="session")
def workspace(peelian, records):
    """The synthetic records, loaded."""
    return peelian.load(records, synthetic=True)
