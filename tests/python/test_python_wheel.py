"""The wheel as users get it: maturin builds it, an empty environment installs it, and the examples of the README run."""

import re
import subprocess
import venv
import zipfile


def test_one_wheel_serves_every_python_from_311(wheel):
    assert "-cp311-abi3-" in wheel.name and wheel.stat().st_size < 24 << 20
    with zipfile.ZipFile(wheel) as files:
        names = files.namelist()
        metadata = files.read(next(name for name in names if name.endswith("METADATA"))).decode()
    assert {"peelian/py.typed", "peelian/_peelian.pyi", "peelian/plot/__init__.py"} <= set(names)
    assert not [name for name in names if "test" in name or name.endswith(".ipynb")]
    needed = {re.split(r"[>;\s]", line)[1] for line in re.findall(r"^Requires-Dist:.*", metadata, re.MULTILINE)}
    assert {"numpy", "rich", "typer", "matplotlib"} <= needed


def test_it_installs_into_an_empty_environment(wheel, root, tmp_path):
    """No dependency is installed. Single numbers and rows of CSV need none."""
    venv.create(tmp_path / "empty", with_pip=True)
    python = tmp_path / "empty" / "bin" / "python"
    install = [python, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", wheel]
    subprocess.run(install, check=True, capture_output=True, timeout=300)
    text = (root / "python" / "README.md").read_text()
    code, said = re.search(r"```python\n(.*?)```\n\n```text\n(.*?)```", text, re.DOTALL).groups()
    done = subprocess.run([python, "-c", code], check=False, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, said), done.stderr
