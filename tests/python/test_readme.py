"""The examples of README.md do what it says."""

import re
import subprocess
import sys

from exchange import STUBS


def test_the_examples_run_one_after_another(root, server):
    text = (root / "README.md").read_text()
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert len(blocks) == 3
    program = "".join(blocks).replace("127.0.0.1:50829", server.address)
    done = subprocess.run(
        [sys.executable, "-c", program], check=False, cwd=STUBS.name, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert re.fullmatch(r"agencies/mps/submissions/\w{26} 2 rows are new", lines[0])
    assert [line.split()[:3] for line in lines[1:3]] == [
        ["Southwark", "2024-01", "52.0"],
        ["Southwark", "2024-02", "48.0"],
    ]
    assert lines[3].startswith("2 observations at position ")
    assert re.fullmatch(r"agencies/mps/submissions/\w{26} [0-9a-f]{64}", lines[4])
