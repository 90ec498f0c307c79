"""What the tests share: where things are, and stubs made from proto/ on the spot."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
RELEASE = (TARGET if TARGET.is_absolute() else ROOT / TARGET) / "release"
# Files as publishers released them. They are not part of the repository; tests that read them are skipped without.
DATA = ROOT.parent / "shared" / "data"


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
def server(binary, tmp_path_factory):
    """A server of the module's own, empty at first."""
    from exchange import Server

    server = Server(binary, tmp_path_factory.mktemp("exchange") / "data").start()
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
