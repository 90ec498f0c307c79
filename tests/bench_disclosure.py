"""Protects made-up tables of small counts. The R package GaussSuppression protects them too, where R and the package are
there. `tests/bench` builds what this needs and calls it.

    python tests/bench_disclosure.py target/release/bench-disclosure --dir /tmp/scratch

Each figure is one JSON line: {"figure", "value", "unit", "against", "ratio"}, with the sums of the suppressed cells. The
ratio is the other's time over ours. R is timed by its processor time, because it uses one core.
"""

import argparse
import csv
import itertools
import json
import random
import shutil
import subprocess
from pathlib import Path

TESTS = Path(__file__).resolve().parent
# Larger tables take the linear programmes of R too long.
LARGEST_WITH_INTERVALS = 2_000

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("program", type=Path, help="the program bench-disclosure")
parser.add_argument("--dir", type=Path, required=True, help="a folder for data, emptied by the caller")
args = parser.parse_args()


def table(boroughs, months, seed):
    """A file of counts by borough, month and code, most of them small."""
    draw = random.Random(seed)
    size = {f"B{borough:02}": draw.uniform(0.5, 2) for borough in range(boroughs)}
    days = [f"{2023 + month // 12}-{month % 12 + 1:02}" for month in range(months)]
    path = args.dir / f"{boroughs}-boroughs-{months}-months.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["borough", "bcu", "month", "code", "count"])
        for (number, borough), month, code in itertools.product(enumerate(size), days, range(5)):
            mean = 12 * size[borough] / 2**code
            count = sum(draw.random() < mean / 60 for _ in range(60))
            rows.writerow([borough, f"U{number // 4:02}", month, f"S{code}", count])
    return path


def lines(*command):
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return [json.loads(line) for line in output.splitlines() if line.startswith("{")]


def has_r():
    """Whether R and the package are there."""
    if not shutil.which("Rscript"):
        return False
    asked = ["Rscript", "-e", "quit(status = !requireNamespace('GaussSuppression', quietly = TRUE))"]
    return subprocess.run(asked, check=False, capture_output=True).returncode == 0


def of_r(files, sizes):
    """The figures of R by file and kind of protection, and the versions."""
    if not has_r():
        return {}, None
    script = TESTS / "bench_disclosure.R"
    small = [file for file in files if sizes[file.stem] <= LARGEST_WITH_INTERVALS]
    told = lines("Rscript", script, "exact", *files) + lines("Rscript", script, "intervals", *small)
    figures = [line for line in told if "file" in line]
    return {(line["file"], line["protection"]): line for line in figures}, told[-1]["version"]


def main():
    files = [table(*size) for size in [(5, 13, 1), (8, 18, 2), (16, 24, 3), (32, 24, 4)]]
    vector = TESTS.parent.parent / "shared" / "vectors" / "sdc_london_1.csv"
    if vector.exists():
        files.append(vector)
    ours = lines(args.program, *files)
    theirs, version = of_r(files, {line["file"]: line["cells"] for line in ours})
    for line in ours:
        figure = f"disclosure.{line['protection']}.{line['file']}"
        suppressed = f"{line['cells']:,} cells, {line['primary']:,} primary, {line['secondary']:,} others"
        other = theirs.get((line["file"], line["protection"]))
        against, ratio = suppressed, None
        if other:
            assert (other["cells"], other["primary"], other["sum"]) == (
                line["cells"],
                line["primary"],
                line["sum"],
            ), other
            against = f"{version}: {other['seconds']:,.2f} s, {other['secondary']:,} others ({suppressed})"
            ratio = round(other["seconds"] / line["seconds"], 1)
        print(
            json.dumps(
                {
                    "figure": figure,
                    "value": round(line["seconds"], 3),
                    "unit": "s",
                    "against": against,
                    "ratio": ratio,
                    "suppressed": [line["suppressed"], other and other["suppressed"], line["sum"]],
                }
            ),
            flush=True,
        )


main()
