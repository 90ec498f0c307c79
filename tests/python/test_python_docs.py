"""The how-to pages and the tutorial: their code runs, and prints the output that they show."""

import ast
import contextlib
import io
import json
import os
import re
import shutil
import subprocess
import sys

import pytest

PAGES = ["borough-analyst", "nhs-trust", "cps", "probation", "legacy-system", "remits"]
# Pages that make their own tables, and need neither records nor an exchange.
ALONE = ["disclosure"]
# Pages that make their own files, and need an exchange.
OWN_FILES = ["jobs", "r"]
# These pages need a cluster. test_python_spark.py runs the first.
ELSEWHERE = {"spark", "databricks"}
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
    found = re.findall(r"^```(python|sh|r|text)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
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
    programs = package / "bin"
    programs.mkdir(exist_ok=True)
    program = programs / "peelian"
    program.write_text(f'#!/bin/sh\nPYTHONPATH={package} exec {sys.executable} -m peelian "$@"\n')
    program.chmod(0o755)
    (programs / "python3").write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    (programs / "python3").chmod(0o755)
    environment = os.environ | {"PEELIAN_SERVER": address, "NO_COLOR": "1"}
    environment["PATH"] = f"{programs}:{environment['PATH']}"
    command = ["Rscript", "--vanilla", "-e", code] if language == "r" else ["bash", "-c", code]
    done = subprocess.run(command, check=False, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, (code, done.stdout, done.stderr)
    return done.stdout


@pytest.mark.parametrize("page", PAGES)
def test_a_page_prints_what_it_says(root, page, peelian, server, folder, package):
    run(root, page, package, server.address)


@pytest.fixture
def library(release, root, tmp_path, monkeypatch):
    """The C library as pkg-config finds it."""
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "libpeelian.so").symlink_to(release / "libpeelian.so")
    (tmp_path / "lib" / "peelian.pc").write_text(
        "Name: peelian\nDescription: The C library\nVersion: 0\n"
        f"Libs: -L{tmp_path}/lib -lpeelian\nCflags: -I{root}/ffi/include\n"
    )
    monkeypatch.setenv("PKG_CONFIG_PATH", str(tmp_path / "lib"))
    monkeypatch.setenv("LD_LIBRARY_PATH", str(tmp_path / "lib"))


@pytest.mark.parametrize("page", OWN_FILES)
def test_a_page_with_its_own_files_prints_what_it_says(root, page, server, package, library, tmp_path, monkeypatch):
    if page == "r" and not shutil.which("Rscript"):
        pytest.skip("R is not installed: Debian has it as r-base-core")
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    run(root, page, package, server.address)


@pytest.mark.parametrize("page", ALONE)
def test_a_page_without_records_prints_what_it_says(root, page, peelian, package):
    run(root, page, package, "")


def run(root, page, package, address):
    text = (root / "python" / "docs" / f"{page}.md").read_text()
    assert (SYNTHESISE in text) == (page not in {*ALONE, *OWN_FILES})
    namespace, tried, session, before = {}, 0, "", ""
    for language, code, said in blocks(text):
        if language == "r":
            if not shutil.which("Rscript"):
                continue
            # A session keeps what was defined before, and prints only once.
            before, session = session, session + code
        again = f"invisible(capture.output({{{before}}}))\n" if language == "r" and before else ""
        printed = printed_by(language, again + code, namespace, package, address)
        if said is not None:
            trimmed = "\n".join(line.rstrip() for line in printed.splitlines())
            assert trimmed == said.rstrip("\n"), f"{code}\nprints\n{printed}"
        tried += 1
    assert tried >= 4


def test_every_page_is_listed_and_run(root):
    pages = {path.stem for path in (root / "python" / "docs").glob("*.md")} - {"README"}
    assert pages == {*PAGES, *ALONE, *OWN_FILES, *ELSEWHERE}
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
