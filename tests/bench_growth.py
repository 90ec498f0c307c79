"""Measures how a server grows with the history of its exchange. `tests/bench` builds what this needs and calls it.

    python tests/bench_growth.py target/release --dir /tmp/scratch [--rows 100000]
        [--revisions 200] [--merges 3000] [--months 60]

For each kind of history, one server gets all of it, and another gets only what is in force at its end. The figures are the
resident memory and the time of a start of the first; their ratio is over those of the second. Both are measured after a
restart; `live-memory` is measured before it, with what the allocator keeps of the memory of submissions. The time of a
merge is the median of the last tenth of the merges, and its ratio is over that of a tenth at the start.
"""

import argparse
import json
import statistics
import sys
import time
from datetime import timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "python"))

import numpy as np  # noqa: E402
import pyarrow as pa  # noqa: E402

from exchange import EXTRACT, arrow_parts, last_day, months  # noqa: E402
from process import Server  # noqa: E402

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("programs", type=Path, help="the folder with the programs")
parser.add_argument("--dir", type=Path, required=True, help="a folder for data, emptied by the caller")
parser.add_argument("--rows", type=int, default=100_000, help="rows of a month")
parser.add_argument("--revisions", type=int, default=200)
parser.add_argument("--merges", type=int, default=3_000)
parser.add_argument("--months", type=int, default=60)
parser.add_argument("--starts", type=int, default=5, help="starts, of which the fastest counts")
args = parser.parse_args()

SERVER = args.programs / "peelian-server"
MONTH = "2016-01"
ROWS_OF_A_MERGE = 1_000
# Earlier merges whose rows a merge changes.
RECENT_MERGES = 100
# Rows that one submission may have.
MOST_ROWS = 500_000
STATES = np.array(["active", "cancelled"])


def report(figure, value, unit, against=None, ratio=None):
    line = {"figure": figure, "value": round(value, 3), "unit": unit, "against": against, "ratio": ratio}
    print(json.dumps(line), flush=True)


def crimes(numbers, versions, month=MONTH):
    """Crimes of a month by their numbers. The version of a crime decides its status, which is all that changes."""
    count = len(numbers)
    days = np.char.mod(f"{month}-%02d", 1 + numbers % 28)
    columns = {
        "crime_ref": np.char.mod(f"{month}/%d", numbers),
        "incident_ref": np.char.mod(f"incident/{month}/%d", numbers),
        "record_status": STATES[versions % 2],
        "recorded_at": days,
        "committed_from": days,
    }
    constant = {
        "ho_class": "39", "victim_based": "true", "offence_borough": "E09000028", "flag_da": "no", "flag_cse": "no",
        "flag_csa": "no", "flag_hate": "", "flag_hba": "no", "flag_fm": "no", "flag_fgm": "no", "knife_use": "none",
        "gun_use": "none",
    }  # fmt: skip
    columns |= {name: np.full(count, text) for name, text in constant.items()}
    return pa.table({name: pa.array(values) for name, values in columns.items()})


class Exchange:
    """A server with an exchange of its own."""

    def __init__(self, name):
        self.server = Server(SERVER, args.dir / name).start()
        self.client = self.server.client()
        self.sent = 0

    def send(self, table, mode="replace", month=MONTH):
        """Seconds until a submission was acknowledged."""
        self.sent += 1
        extract = EXTRACT + timedelta(seconds=self.sent)
        parts = arrow_parts(table)
        begun = time.perf_counter()
        receipt = self.client.submit(
            "crime", f"{month}-01", last_day(month), *parts, mode=mode, extract=extract, synthetic=True
        )
        seconds = time.perf_counter() - begun
        assert receipt.rejected == 0, receipt
        return seconds

    def resident(self):
        """Resident memory in MiB."""
        status = Path(f"/proc/{self.server.process.pid}/status").read_text().splitlines()
        (line,) = [line for line in status if line.startswith("VmRSS:")]
        return int(line.split()[1]) / 1024

    def total(self):
        """The number of crimes, which both servers must give."""
        seen = self.client.query("recorded-crime-volume", "E09000028", f"{MONTH}..latest", synthetic=True)
        return [one.value for one in seen]

    def measure(self):
        """Resident memory before a restart and after it, and the seconds of a start."""
        live = self.resident()
        seconds = []
        for _ in range(args.starts):
            self.client.close()
            assert self.server.stop() == 0
            begun = time.perf_counter()
            self.server.start()
            seconds.append(time.perf_counter() - begun)
            self.client = self.server.client()
            assert self.client.is_serving()
        return live, self.resident(), min(seconds)

    def close(self):
        self.client.close()
        self.server.stop()


def compare(name, whole, in_force):
    """Reports the server that got the whole history against the one that got what is in force."""
    measured = whole.measure(), in_force.measure()
    kinds = [("live-memory", "MiB"), ("memory", "MiB"), ("start", "s")]
    for (kind, unit), one, other in zip(kinds, *measured, strict=True):
        against = f"what is in force: {other:.3g} {unit}"
        report(f"growth.{name}.{kind}", one, unit, against, round(one / other, 2))
    whole.close()
    in_force.close()


def revisions():
    """A month is sent again and again."""
    whole, in_force = Exchange("revisions"), Exchange("revisions-in-force")
    numbers = np.arange(args.rows)
    for revision in range(args.revisions):
        table = crimes(numbers, numbers + revision)
        whole.send(table)
    in_force.send(table)
    compare(f"{args.revisions}-revisions", whole, in_force)


def merges():
    """Merges of which half of the rows are new, and the others are later versions of rows of the last 100 merges. A merge
    costs more if it changes rows of more submissions. Their number is the same from the 100th merge on, so earlier merges
    are not compared.
    """
    whole, in_force = Exchange("merges"), Exchange("merges-in-force")
    chance = np.random.default_rng(1)
    versions = np.zeros(args.merges * ROWS_OF_A_MERGE, dtype=np.int64)
    held, seconds = 0, []
    for _ in range(args.merges):
        new = ROWS_OF_A_MERGE // 2 if held else ROWS_OF_A_MERGE
        recent = max(0, held - RECENT_MERGES * ROWS_OF_A_MERGE // 2)
        old = np.unique(chance.integers(recent, held, ROWS_OF_A_MERGE - new)) if held else np.arange(0)
        versions[old] += 1
        numbers = np.concatenate([old, np.arange(held, held + new)])
        held += new
        seconds.append(whole.send(crimes(numbers, versions[numbers]), mode="merge"))
    for start in range(0, held, MOST_ROWS):
        numbers = np.arange(start, min(start + MOST_ROWS, held))
        in_force.send(crimes(numbers, versions[numbers]), mode="merge")
    tenth = max(args.merges // 10, 1)
    alike = seconds[RECENT_MERGES:] or seconds
    first, last = (1_000 * statistics.median(part) for part in (alike[:tenth], alike[-tenth:]))
    report(f"growth.{args.merges}-merges.merge", last, "ms", f"at the start: {first:.3g} ms", round(last / first, 2))
    compare(f"{args.merges}-merges", whole, in_force)


def of_months():
    """Months, each sent twice."""
    whole, in_force = Exchange("months"), Exchange("months-in-force")
    numbers = np.arange(args.rows)
    last = f"{2016 + (args.months - 1) // 12:04}-{1 + (args.months - 1) % 12:02}"
    for month in months(MONTH, last):
        whole.send(crimes(numbers, numbers, month), month=month)
        table = crimes(numbers, numbers + 1, month)
        whole.send(table, month=month)
        in_force.send(table, month=month)
    compare(f"{args.months}-months", whole, in_force)


for measure in (revisions, merges, of_months):
    measure()
