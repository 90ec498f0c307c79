"""The examples of README.md do what it says."""

import re
import subprocess
import sys
import venv
from pathlib import Path

import grpc
import pytest

from exchange import STUBS


@pytest.fixture(params=["without the package", "beside the package"])
def python(request, tmp_path):
    """A Python that has gRPC: with the wheel of the package installed, and without it."""
    if request.param == "without the package":
        return sys.executable
    venv.create(tmp_path / "venv", with_pip=True)
    python = tmp_path / "venv" / "bin" / "python"
    wheel = request.getfixturevalue("wheel")
    install = [python, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", wheel]
    subprocess.run(install, check=True, capture_output=True, timeout=300)
    (packages,) = (tmp_path / "venv" / "lib").glob("python3*/site-packages")
    # gRPC comes from where these tests have it, so that nothing is fetched.
    (packages / "grpc.pth").write_text(str(Path(grpc.__file__).parents[1]))
    return python


def test_the_examples_run_one_after_another(root, server, python):
    text = (root / "README.md").read_text()
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert len(blocks) == 3
    program = "".join(blocks).replace("127.0.0.1:50829", server.address)
    done = subprocess.run(
        [python, "-c", program], check=False, cwd=STUBS.name, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert re.fullmatch(r"agencies/mps/submissions/\w{26} \d rows are new", lines[0])
    assert [line.split()[:3] for line in lines[1:5:2]] == [
        ["Southwark", "2024-01", "52.0"],
        ["Southwark", "2024-02", "48.0"],
    ]
    # The figures are made up.
    assert [line.split() for line in lines[2:5:2]] == [["BASIS_SUBMITTED_FIGURE", "SYNTHETIC"]] * 2
    assert lines[5].startswith("2 observations at position ")
    assert re.fullmatch(r"agencies/mps/submissions/\w{26} [0-9a-f]{64}", lines[6])


def test_the_package_and_the_stubs_work_together(python, wheel):
    """Whichever is imported first."""
    if python == sys.executable:
        pytest.skip("the package is not installed there")
    for first, second in (("peelian", "peelian.v1.observation_pb2"), ("peelian.v1.observation_pb2", "peelian")):
        program = (
            f"import {first}, {second}; print(peelian.stats.wilson(1, 2).value, peelian.v1.observation_pb2.Query())"
        )
        done = subprocess.run(
            [python, "-c", program], check=False, cwd=STUBS.name, capture_output=True, text=True, timeout=60
        )
        assert (done.returncode, done.stdout.split()) == (0, ["0.5"]), done.stderr
