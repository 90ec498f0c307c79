"""The Python package as a whole: version, types, examples of the documentation, catalogue."""

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
    """mypy finds nothing in the package, and nothing in a program that uses its types."""
    program = package / "program.py"
    program.write_text(
        "import peelian\n"
        "from peelian import stats\n"
        "share: stats.Estimate = stats.wilson(12, 100)\n"
        "lower: float = share.lower\n"
        "found: peelian.Computed = peelian.compute({'crime': 'crime.csv'}, 'knife-crime-offences')\n"
        "values: list[float | None] = [seen.value for seen in found]\n"
        "covers: peelian.Covered = {'period': '2017-02', 'areas': ['Southwark']}\n"
        "held: peelian.Workspace = peelian.load({'crime': 'crime.csv'}, covers=covers, agency='mps')\n"
        "others: list[str] = [other.agency for seen in found for other in seen.alternatives]\n"
        "remits: tuple[peelian.Remit, ...] = peelian.agency('mps').remits\n"
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
    """Threads share these objects, so they must not change."""
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


def test_the_register(peelian):
    everything = peelian.catalogue()
    assert everything.measures["knife-crime-offences"].authority == ("police",)
    kinds = {agency.kind for agency in everything.agencies.values()}
    assert all(kind in kinds for measure in everything.measures.values() for kind in measure.authority)
    for agency in everything.agencies.values():
        assert all(remit.dataset in everything.datasets and remit.areas for remit in agency.remits), agency.id
        assert all(area in everything.areas for remit in agency.remits for area in remit.areas), agency.id
    trust = peelian.agency("nhs-rj1")
    assert (trust.kind, trust.datasets) == ("nhs_trust", ("istv_attendance", "published_figure"))
    attendances, own_figures = trust.remits
    assert attendances.areas == ("RJ122",) and attendances.covers == "rows" and own_figures.measures == ("istv-*",)
    assert (attendances.role, attendances.every, attendances.due_days) == ("primary", "M", 31)
    assert peelian.agency("safestats").remits[0].role == "secondary"
    assert "<td>Southwark Council</td>" in peelian.agencies(kind="borough")._repr_html_()
    assert "mps" in peelian.agencies(dataset="crime") and "southwark" not in peelian.agencies(dataset="crime")
    with pytest.raises(ValueError, match="no kind of agency 'boro': the kinds are borough"):
        peelian.agencies(kind="boro")
    with pytest.raises(ValueError, match="no dataset 'crimes'"):
        peelian.agencies(dataset="crimes")
    with pytest.raises(ValueError, match="no agency 'mps2'"):
        peelian.agency("mps2")
