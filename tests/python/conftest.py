"""What the tests share: where things are, and stubs made from proto/ on the spot."""

import os
import sys
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
