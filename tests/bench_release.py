"""Makes one release of all measures, all areas and 24 months of synthetic records of London's size, and reviews it.
`tests/bench` builds what this needs and calls it.

    python tests/bench_release.py target/release/peelian-server --dir /tmp/scratch

The figures are the seconds of making the release, with its audit, and the largest memory of the server until it is
reviewed. What is compared is the limit that each is to stay below. Two further figures count what is withheld.
"""

import argparse
import json
import re
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "python"))

from process import Server  # noqa: E402

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("program", type=Path, help="the program peelian-server")
parser.add_argument("--dir", type=Path, required=True, help="a folder for data, emptied by the caller")
parser.add_argument("--scale", type=int, default=1_000, help="volume of the records, in thousandths of London's")
args = parser.parse_args()

# What the release may take: seconds, and MiB of the whole server.
LONGEST, LARGEST = 60, 4_096
AREAS = ("London", "bcu", "borough", "ward", "hospital_site")


def report(figure, value, unit, against=None, ratio=None):
    line = {"figure": f"release.{figure}", "value": value, "unit": unit, "against": against, "ratio": ratio}
    print(json.dumps(line), flush=True)


def run(*command):
    return subprocess.run([args.program, *command], check=True, stdout=subprocess.PIPE, text=True).stdout


def counted(text, words):
    """The numbers in the first line that reads so."""
    return [int(number) for number in re.search(words, text).groups()]


data = args.dir / "data"
run("demo", "--once", "--scale", str(args.scale), "--data-dir", data)
server = Server(args.program, data, "--log", "error", "--max-release-bytes", str(LARGEST << 20)).start()
areas = [flag for area in AREAS for flag in ("--area", area)]
what = ("--all-measures", *areas, "--period", "2016-01..2017-12", "--timeout", "900")
begun = time.perf_counter()
run("release", "create", "all", "--title", "All measures", *what, "--server", server.address)
seconds = time.perf_counter() - begun
review = run("release", "review", "all", "--server", server.address)
mebibytes = server.peak_memory() / 2**20
assert server.stop() == 0

observations, withheld = counted(review, r"Observations +(\d+), of which (\d+) are withheld")
sums = counted(review, r"have the sum (\d+) of (\d+)")
report("all-measures", round(seconds, 1), "s", f"at most: {LONGEST} s", round(LONGEST / seconds, 2))
report("memory", round(mebibytes), "MiB", f"at most: {LARGEST:,} MiB", round(LARGEST / mebibytes, 2))
report("withheld", withheld, "observations", f"of {observations:,}", round(withheld / observations, 3))
report("withheld-sum", sums[0], "counted", f"of {sums[1]:,}", round(sums[0] / sums[1], 4))
