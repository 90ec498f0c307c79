"""Shows the figures of `tests/bench` as a table, records them in a file, and compares two such files.

    python tests/bench_report.py show FIGURES
    python tests/bench_report.py record FIGURES FILE [--rows N]
    python tests/bench_report.py compare BEFORE AFTER

Figures are lines of JSON: {"figure", "value", "unit", "against", "ratio"}. A recorded file begins with a line about the
code and the machine. docs/benchmarks/README.md describes both.
"""

import argparse
import datetime
import json
import os
import platform
import subprocess
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# In these units more is better. In all others, which are times, less is better.
RATES = {"rows/s"}


def read(path):
    """The line about the code and the machine, which may be missing, and the figures."""
    with path.open(encoding="utf-8") as file:
        lines = [json.loads(line) for line in file if line.startswith("{")]
    head = lines.pop(0) if lines and "figure" not in lines[0] else {}
    return head, [line for line in lines if "value" in line]


def head(rows):
    """The line about the code and the machine."""
    with (ROOT / "Cargo.toml").open("rb") as file:
        version = tomllib.load(file)["workspace"]["package"]["version"]
    return {
        "version": version,
        "commit": said_by("git", "rev-parse", "HEAD"),
        "changed": bool(said_by("git", "status", "--porcelain")),
        "day": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "rows": rows,
        "processor": processor(),
        "cores": os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "rust": said_by("rustc", "--version"),
        "python": platform.python_version(),
    }


def said_by(*command):
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else None


def processor():
    """Its name, which Linux keeps in a file."""
    path = Path("/proc/cpuinfo")
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def record(figures, path, rows):
    _, lines = read(figures)
    content = "".join(json.dumps(line) + "\n" for line in [head(rows), *lines])
    path.write_text(content, encoding="utf-8")


def show(figures):
    columns = ["figure", "value", "unit", "ratio", "against"]
    _, lines = read(figures)
    table([columns] + [[cell(line.get(name)) for name in columns] for line in lines], right={1, 3})


def compare(before, after):
    heads, lines = zip(read(before), read(after), strict=True)
    for name, one in zip(("before", "after"), heads, strict=True):
        print(f"{name}:", ", ".join(f"{key} {value}" for key, value in one.items() if value is not None))
    differ = [key for key in ("processor", "cores", "memory_gib", "rows") if heads[0].get(key) != heads[1].get(key)]
    if differ:
        print(f"Values cannot be compared, because these differ: {', '.join(differ)}. Compare the ratios.")
    print()
    old, new = map(best, lines)
    rows = [["figure", "unit", "before", "after", "change"]]
    for figure in dict.fromkeys([*old, *new]):
        value, unit = old.get(figure, (None, None))
        other, unit = new.get(figure, (None, unit))
        rows.append([figure, unit, cell(value), cell(other), change(value, other, unit)])
    table(rows, right={2, 3, 4})


def best(lines):
    """The best value of each figure, with its unit. A figure is measured again beside each of its competitors."""
    values = {}
    for line in lines:
        values.setdefault((line["figure"], line["unit"]), []).append(line["value"])
    return {figure: ((max if unit in RATES else min)(found), unit) for (figure, unit), found in values.items()}


def change(before, after, unit):
    """The change in percent of the value before. A longer time is worse, and so is a lower rate."""
    if not before or not after:
        return ""
    worse = 1 - after / before if unit in RATES else after / before - 1
    return f"{abs(worse):.1%} {'worse' if worse > 0 else 'better'}" if worse else "none"


def cell(value):
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int | float) else str(value)


def table(rows, right):
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        aligned = [text.rjust if at in right else text.ljust for at, text in enumerate(row)]
        print("  ".join(align(width) for align, width in zip(aligned, widths, strict=True)).rstrip())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("show").add_argument("figures", type=Path)
    recording = commands.add_parser("record")
    recording.add_argument("figures", type=Path)
    recording.add_argument("path", type=Path)
    recording.add_argument("--rows", type=int, help="number of rows, if it was not the usual one")
    comparing = commands.add_parser("compare")
    comparing.add_argument("before", type=Path)
    comparing.add_argument("after", type=Path)
    arguments = vars(parser.parse_args())
    {"show": show, "record": record, "compare": compare}[arguments.pop("command")](**arguments)


main()
