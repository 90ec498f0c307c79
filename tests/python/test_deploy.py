"""The files that people copy to run an exchange, or to submit to one."""

import os
import shutil
import subprocess

import pytest


@pytest.fixture
def deploy(root):
    return root / "docs" / "deploy"


@pytest.mark.parametrize(("status", "said"), [(0, ""), (1, "left out"), (3, "refused"), (4, "no exchange answers")])
def test_a_nightly_job_tells_what_happened(deploy, tmp_path, status, said):
    program = tmp_path / "peelian"
    program.write_text(f'#!/bin/sh\necho "$@" >{tmp_path}/asked\nexit {status}\n')
    program.chmod(0o755)
    done = subprocess.run(
        [deploy / "nightly.sh", "rows.csv", "crime", "mps"],
        check=False,
        env=os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=20,
    )
    assert (done.returncode, said in done.stdout) == (status, True), done
    asked = (tmp_path / "asked").read_text()
    assert asked.startswith("submit rows.csv --dataset crime --agency mps --period 20")


def test_a_nightly_job_submits(binary, deploy, server, tmp_path):
    """With the program itself, in place of that of the Python package: both have the command."""
    (tmp_path / "peelian").symlink_to(binary)
    figures = tmp_path / "figures.csv"
    figures.write_text(
        "measure,area,period,breakdown,numerator,status,source\n"
        "knife-crime-offences,E09000028,2024-01,,52,final,Made up\n"
    )
    environment = os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}", "PEELIAN_SERVER": server.address}
    job = [deploy / "nightly.sh", figures, "published_figure", "mps", "2024-01"]
    done = subprocess.run(job, check=False, env=environment, capture_output=True, text=True, timeout=60)
    assert (done.returncode, "1 received = 1 created" in done.stdout) == (0, True), done
    environment["PEELIAN_SERVER"] = "127.0.0.1:1"
    done = subprocess.run(job, check=False, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 4 and "no exchange answers" in done.stdout


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed")
def test_the_unit_is_one(deploy, binary, tmp_path):
    unit = tmp_path / "peelian-server.service"
    unit.write_text(
        (deploy / "peelian-server.service").read_text().replace("/usr/local/bin/peelian-server", str(binary))
    )
    done = subprocess.run(
        ["systemd-analyze", "verify", unit], check=False, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr


def test_the_unit_and_the_image_run_a_command_that_exists(deploy, binary):
    unit, image = ((deploy / name).read_text() for name in ("peelian-server.service", "Containerfile"))
    (started,) = [line for line in unit.splitlines() if line.startswith("ExecStart=")]
    told = subprocess.run([binary, "serve", "--help"], check=True, capture_output=True, text=True, timeout=20).stdout
    options = [word for word in started.split() if word.startswith("--")]
    assert options and all(option in told for option in options)
    assert 'ENTRYPOINT ["/usr/local/bin/peelian-server"]' in image
