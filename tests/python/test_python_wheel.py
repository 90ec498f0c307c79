"""The wheel as users get it: built by maturin, installed into an empty environment, and used as the README says."""

import os
import re
import subprocess
import sys
import venv
import zipfile

import pytest

from conftest import TARGET


@pytest.fixture(scope="module")
def wheel(root, tmp_path_factory):
    """The wheel. Without optimisation, which is quick: what is tested here is how it is packed and installed."""
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "maturin", "build", "--offline", "--strip", "--out", out]
    quick = {"CARGO_PROFILE_DEV_DEBUG": "0", "CARGO_PROFILE_DEV_DEBUG_ASSERTIONS": "false", "CARGO_INCREMENTAL": "0"}
    environment = os.environ | quick | {"CARGO_TARGET_DIR": str(TARGET)}
    done = subprocess.run(
        command, check=False, cwd=root / "python", env=environment, capture_output=True, text=True, timeout=900
    )
    assert done.returncode == 0, done.stderr
    (wheel,) = out.glob("*.whl")
    return wheel


def test_one_wheel_serves_every_python_from_311(wheel):
    assert "-cp311-abi3-" in wheel.name and wheel.stat().st_size < 20 << 20
    with zipfile.ZipFile(wheel) as files:
        names = files.namelist()
        metadata = files.read(next(name for name in names if name.endswith("METADATA"))).decode()
    assert {"peelian/py.typed", "peelian/_peelian.pyi", "peelian/plot/__init__.py"} <= set(names)
    assert not [name for name in names if "test" in name or name.endswith(".ipynb")]
    needed = {re.split(r"[>;\s]", line)[1] for line in re.findall(r"^Requires-Dist:.*", metadata, re.MULTILINE)}
    assert {"numpy", "rich", "typer", "matplotlib"} <= needed


def test_it_installs_into_an_empty_environment(wheel, root, tmp_path):
    """What it depends on is not installed: computing with single numbers and rows of CSV needs none of it."""
    venv.create(tmp_path / "empty", with_pip=True)
    python = tmp_path / "empty" / "bin" / "python"
    install = [python, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", wheel]
    subprocess.run(install, check=True, capture_output=True, timeout=300)
    text = (root / "python" / "README.md").read_text()
    code, said = re.search(r"```python\n(.*?)```\n\n```text\n(.*?)```", text, re.DOTALL).groups()
    done = subprocess.run([python, "-c", code], check=False, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, said), done.stderr
