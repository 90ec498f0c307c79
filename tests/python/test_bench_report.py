"""Recorded figures of the benchmark, and their comparison."""

import json
import subprocess
import sys

import pytest


@pytest.fixture
def report(root):
    def run(*arguments):
        command = [sys.executable, root / "tests" / "bench_report.py", *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout

    return run


def figure(name, value, unit, against=None, ratio=None):
    return {"figure": name, "value": value, "unit": unit, "against": against, "ratio": ratio}


def file_of(path, *lines):
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def test_a_record_says_what_was_measured_and_where(report, tmp_path):
    line = figure("query.p50", 4.2, "ms", "health check: 3.5 ms", 1.2)
    figures = tmp_path / "figures"
    figures.write_text(f"Some text\n{json.dumps(line)}\n")
    report("record", figures, tmp_path / "0.1.0.jsonl", "--rows", "20000")
    head, *lines = map(json.loads, (tmp_path / "0.1.0.jsonl").read_text().splitlines())
    assert lines == [line]
    assert head["rows"] == 20000 and head["cores"] >= 1 and head["version"].count(".") == 2
    assert [line.split() for line in report("show", tmp_path / "0.1.0.jsonl").splitlines()] == [
        ["figure", "value", "unit", "ratio", "against"],
        ["query.p50", "4.2", "ms", "1.2", "health", "check:", "3.5", "ms"],
    ]


def test_a_longer_time_and_a_lower_rate_are_worse(report, tmp_path):
    head = {"version": "0.1.0", "processor": "A", "cores": 2}
    # The best of two values counts: 100 ms before and 103 ms after, 1,000 and 900 rows per second.
    times = [figure("count", 110, "ms"), figure("count", 100, "ms")]
    before = file_of(tmp_path / "before", head, *times, figure("submit", 1000, "rows/s"), figure("gone", 1, "ns"))
    after = file_of(
        tmp_path / "after", head, figure("count", 103, "ms"), figure("submit", 900, "rows/s"), figure("new", 2, "s")
    )
    said = report("compare", before, after)
    assert "cannot be compared" not in said
    assert [line.split() for line in said.splitlines()[3:]] == [
        ["figure", "unit", "before", "after", "change"],
        ["count", "ms", "100", "103", "3.0%", "worse"],
        ["submit", "rows/s", "1,000", "900", "10.0%", "worse"],
        ["gone", "ns", "1"],
        ["new", "s", "2"],
    ]
    back = report("compare", after, before)
    # 100/103 is 2.9% less, and 1,000/900 is 11.1% more.
    assert "2.9% better" in back and "11.1% better" in back


def test_values_of_two_machines_are_not_compared(report, tmp_path):
    one = file_of(tmp_path / "one", {"processor": "A", "cores": 2}, figure("count", 1, "ms"))
    other = file_of(tmp_path / "other", {"processor": "B", "cores": 8}, figure("count", 1, "ms"))
    said = report("compare", one, other)
    assert "Values cannot be compared, because these differ: processor, cores. Compare the ratios." in said
