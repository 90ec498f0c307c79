"""The how-to pages and the tutorial: their code runs, and prints the output that they show."""

import ast
import contextlib
import io
import json
import os
import re
import subprocess
import sys

import pytest

PAGES = ["borough-analyst", "nhs-trust", "cps", "probation", "legacy-system", "remits"]
# Pages that make their own tables, and need neither records nor an exchange.
ALONE = ["disclosure"]
# This page needs a cluster. test_python_spark.py runs it.
ELSEWHERE = {"spark"}
# The command with which a page makes synthetic records.
SYNTHESISE = "peelian-server synthesise --out synthetic --scale 0.02"


@pytest.fixture
def folder(tmp_path, synthetic, monkeypatch):
    """A folder for the test with the synthetic records, as a reader has it."""
    (tmp_path / "synthetic").symlink_to(synthetic)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def blocks(text):
    """Blocks of code, each with its language and the output that the page shows. None when it shows no output."""
    found = re.findall(r"^```(python|sh|text)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    for index, (language, code) in enumerate(found):
        if language != "text" and SYNTHESISE not in code:
            following = found[index + 1] if index + 1 < len(found) else ("", "")
            yield language, code, following[1] if following[0] == "text" else None


def printed_by(language, code, namespace, package, address):
    if language == "python":
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            exec(compile(code.replace("127.0.0.1:50829", address), "page", "exec"), namespace)
        return out.getvalue()
    (package / "peelian.sh").write_text(f'PYTHONPATH={package} exec {sys.executable} -m peelian "$@"\n')
    command = f'peelian() {{ sh {package}/peelian.sh "$@"; }}\n{code}'
    environment = os.environ | {"PEELIAN_SERVER": address, "NO_COLOR": "1"}
    done = subprocess.run(
        ["bash", "-c", command], check=False, env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, (code, done.stdout, done.stderr)
    return done.stdout


@pytest.mark.parametrize("page", PAGES)
def test_a_page_prints_what_it_says(root, page, peelian, server, folder, package):
    run(root, page, package, server.address)


@pytest.mark.parametrize("page", ALONE)
def test_a_page_without_records_prints_what_it_says(root, page, peelian, package):
    run(root, page, package, "")


def run(root, page, package, address):
    text = (root / "python" / "docs" / f"{page}.md").read_text()
    assert (SYNTHESISE in text) == (page not in ALONE)
    namespace, tried = {}, 0
    for language, code, said in blocks(text):
        printed = printed_by(language, code, namespace, package, address)
        if said is not None:
            trimmed = "\n".join(line.rstrip() for line in printed.splitlines())
            assert trimmed == said.rstrip("\n"), f"{code}\nprints\n{printed}"
        tried += 1
    assert tried >= 4


def test_every_page_is_listed_and_run(root):
    pages = {path.stem for path in (root / "python" / "docs").glob("*.md")} - {"README"}
    assert pages == {*PAGES, *ALONE, *ELSEWHERE}
    index = (root / "python" / "docs" / "README.md").read_text()
    assert all(f"({page}.md)" in index for page in pages)


def test_the_tutorial(root, peelian, server, folder):
    """Every cell runs, and a notebook can show its result."""
    notebook = json.loads((root / "python" / "docs" / "tutorial.ipynb").read_text())
    assert notebook["nbformat"] == 4
    namespace, shown = {}, []
    for cell in notebook["cells"]:
        if cell["cell_type"] != "code":
            continue
        assert cell["outputs"] == [], "the notebook is kept without its outputs"
        body = ast.parse("".join(cell["source"]).replace("127.0.0.1:50829", server.address)).body
        last = body.pop() if isinstance(body[-1], ast.Expr) else None
        exec(compile(ast.Module(body, []), "tutorial", "exec"), namespace)
        if last is not None:
            value = eval(compile(ast.Expression(last.value), "tutorial", "eval"), namespace)
            forms = [form for form in ("_repr_png_", "_repr_html_") if hasattr(value, form)]
            shown.extend((form, getattr(value, form)()) for form in forms)
    assert len([form for form, _ in shown if form == "_repr_png_"]) >= 3
    assert all(content for _, content in shown)
