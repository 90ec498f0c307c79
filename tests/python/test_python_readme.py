"""The picture and the number on the first screen of README.md are made by this project, from a published file."""

import csv
import io
import os
import re
import subprocess

import pytest

MEASURE = "knife-crime-offences"


@pytest.fixture(scope="module")
def figures(binary, data):
    """Knife crime of London's boroughs, from the dashboard of the force, as figures."""
    convert = [binary, "convert", data / "mps-dashboard-2021-2025-borough.csv.gz", "--measure", MEASURE]
    return subprocess.run(convert, check=True, capture_output=True, timeout=120).stdout


def test_the_number_is_computed(peelian, figures, root):
    last = max(row["period"] for row in csv.DictReader(io.StringIO(figures.decode())))
    (seen,) = peelian.compute({"published_figure": figures}, MEASURE, periods=f"R12-{last}")
    number = f"{seen.value:,.0f} offences with a knife (95% interval {seen.lower:,.0f} to {seen.upper:,.0f})"
    told = re.sub(r"\s+", " ", (root / "README.md").read_text())
    assert number in told, number
    assert f"{seen.period_end:%B %Y}" in told, seen.period_end


def test_the_picture_is_drawn(peelian, figures, root):
    """PEELIAN_WRITE_PICTURE=1 draws it again."""
    from peelian import plot

    last = max(row["period"] for row in csv.DictReader(io.StringIO(figures.decode())))
    found = peelian.compute({"published_figure": figures}, MEASURE, periods=f"2021-08..{last}")
    drawn = root / "docs" / "knife-crime.svg"
    picture = plot.trend(found, title="Knife crime in London, by month")
    if os.environ.get("PEELIAN_WRITE_PICTURE"):
        picture.save(drawn)
    assert drawn.read_bytes() == picture.svg().encode()
