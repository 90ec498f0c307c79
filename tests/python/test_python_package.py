"""The Python package as a whole: its version, its types, its documentation's examples, its catalogue."""

import doctest
import importlib
import pkgutil
import re
import subprocess
import sys

import pytest


def test_version(peelian, root):
    version = re.search(r'^version = "(.*)"$', (root / "Cargo.toml").read_text(), re.MULTILINE)[1]
    assert peelian.__version__ == version
    assert all(hasattr(peelian, name) for name in peelian.__all__)


def test_types_are_complete(package, root):
    """mypy finds nothing in the package, nor in a program that uses it as its types say."""
    program = package / "program.py"
    program.write_text(
        "import peelian\n"
        "from peelian import stats\n"
        "share: stats.Estimate = stats.wilson(12, 100)\n"
        "lower: float = share.lower\n"
        "found: peelian.Computed = peelian.compute({'crime': 'crime.csv'}, 'knife-crime-offences')\n"
        "values: list[float | None] = [seen.value for seen in found]\n"
        "codes: list[str] = [code.code for code in peelian.catalogue().datasets['crime'].fields['gun_use'].codes]\n"
    )
    config = root / "python" / "pyproject.toml"
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--config-file",
        config,
        "--cache-dir",
        package / "mypy",
        "peelian",
        program,
    ]
    done = subprocess.run(command, check=False, cwd=package, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout


def test_every_class_of_the_extension_is_frozen(root):
    """What is shared between threads does not change."""
    for path in (root / "python" / "src").glob("*.rs"):
        for declared in re.findall(r"#\[pyclass(?:\((.*?)\))?\]", path.read_text(), re.DOTALL):
            assert "frozen" in declared, path


def test_the_stub_has_what_the_extension_has(package, peelian):
    stub = (package / "peelian" / "_peelian.pyi").read_text()
    declared = set(re.findall(r"^(?:def|class) (\w+)", stub, re.MULTILINE)) | {"__version__"}
    extension = importlib.import_module("peelian._peelian")
    assert declared == {name for name in dir(extension) if not name.startswith("__") or name == "__version__"}


def test_examples_in_the_documentation(peelian):
    tried = 0
    for module in pkgutil.walk_packages(peelian.__path__, "peelian."):
        if module.name.endswith(("._peelian", ".__main__")):
            continue
        found = doctest.testmod(importlib.import_module(module.name))
        assert found.failed == 0, module.name
        tried += found.attempted
    assert tried > 20


def test_everything_public_is_documented(peelian):
    for name in peelian.__all__:
        thing = getattr(peelian, name)
        if name == "__version__":
            continue
        assert (thing.__doc__ or "").strip(), name
        for method, of in vars(thing).items() if isinstance(thing, type) else ():
            if callable(of) and not method.startswith("_"):
                assert (of.__doc__ or "").strip(), f"{name}.{method}"


def test_the_catalogue(peelian):
    everything = peelian.catalogue()
    assert everything.measures["knife-crime-offences"].polarity == "lower_is_better"
    assert sum(area.level == "borough" for area in everything.areas.values()) == 33
    assert "bcus" not in everything.areas and everything.areas["E09000028"].name == "Southwark"
    crime = everything.datasets["crime"]
    assert crime.csv_header.split(",") == [field.id for field in crime.fields.values() if not field.derived]
    assert crime.fields["crime_ref"].required and crime.fields["ho_class"].code_list == "ho_class"
    assert everything.datasets["crime_victim"].fields["crime_ref"].references == "crime"
    assert {code.code for code in crime.fields["gun_use"].codes} >= {"none", "fired"}
    assert everything.code_lists["ho_class"].codes
    assert "knife-possession-offences" in everything.measures.search("knife possession")
    assert "<td>crime</td>" in everything.datasets._repr_html_()
    with pytest.raises(KeyError):
        everything.measures["happiness"]
