"""A server that fails leaves no core dump, because its memory has keys and rows."""

import os
import signal
import sys
from pathlib import Path

import pytest

from process import Server

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="core dumps are forbidden on Linux")


def leaves_core_dump(binary, folder, *flags):
    """Whether a server that is aborted leaves a core dump, as the system tells."""
    folder.mkdir()
    # Without a limit of its own: an operator's shell can have set one.
    server = Server(binary, folder / "data", *flags, prefix=("prlimit", "--core=unlimited:unlimited")).start()
    limit = next(
        line for line in Path(f"/proc/{server.process.pid}/limits").read_text().splitlines() if "core file" in line
    )
    server.process.send_signal(signal.SIGABRT)
    _, status = os.waitpid(server.process.pid, 0)
    server.process.returncode = -signal.SIGABRT
    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGABRT
    return os.WCOREDUMP(status), limit.split()[4]


def test_no_core_dump_is_written(binary, tmp_path, monkeypatch):
    # The system writes it where the server was started, if it writes a file.
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PEELIAN_ALLOW_CORE_DUMPS", "false")
    assert leaves_core_dump(binary, tmp_path / "forbidden") == (False, "0")
    assert not list(tmp_path.glob("core*"))


def test_an_operator_can_allow_core_dumps(binary, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    is_left, limit = leaves_core_dump(binary, tmp_path / "allowed", "--allow-core-dumps")
    assert limit == "unlimited"
    if not is_left:
        pytest.skip("this system writes no core dumps")
