"""Times the server through its door, and PostgreSQL beside it; and measures computed in the caller's own process, from
Rust and from Python. `tests/bench` builds what this needs and calls it.

    python tests/bench_server.py submit target/release --dir /tmp/scratch [--rows 1000000]
    python tests/bench_server.py query target/release --dir /tmp/scratch
    python tests/bench_server.py guard target/release --dir /tmp/scratch
    python tests/bench_server.py compute target/release --dir /tmp/scratch [--rows 10000000]
    python tests/bench_server.py read target/release --dir /tmp/scratch [--rows 1000000]

Each figure is one JSON line: {"figure", "value", "unit", "against", "ratio"}. Rates are rows a second, and their ratio is
ours over the other's; waits are milliseconds, and their ratio is ours over the other's too, so there less is better.
"""

import argparse
import contextlib
import csv
import importlib
import json
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("name", choices=["submit", "query", "guard", "compute", "read"])
parser.add_argument("programs", type=Path, help="the folder with the programs")
parser.add_argument("--dir", type=Path, required=True, help="a folder for data, emptied by the caller")
parser.add_argument("--rows", type=int, help="1,000,000; for compute 10,000,000")
parser.add_argument("--runs", type=int, default=3)
args = parser.parse_args()
args.rows = args.rows or (10_000_000 if args.name == "compute" else 1_000_000)

SERVER = args.programs / "peelian-server"
DAYS = {"recorded_at", "reported_at", "committed_from", "committed_to"}


def bench(command, *more):
    """Lines of the Rust program that is the client, by figure."""
    program = args.programs / "bench-server"
    line = [program, command, *([] if command == "rows" else [SERVER]), args.dir, "--rows", str(args.rows), *more]
    output = subprocess.run(line, check=True, stdout=subprocess.PIPE, text=True).stdout
    return {line["figure"]: line for line in map(json.loads, output.splitlines())}


def report(figure, value, unit, against=None, ratio=None):
    line = {"figure": figure, "value": value, "unit": unit, "against": against, "ratio": ratio}
    print(json.dumps(line), flush=True)


# PostgreSQL ----------------------------------------------------------------------------------------------------------


def postgresql_programs():
    """The folder with PostgreSQL's server programs, or None."""
    found = shutil.which("initdb")
    folders = [Path(found).parent] if found else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    needed = ["initdb", "postgres", "pg_isready", "psql"]
    complete = lambda folder: all((folder / name).exists() for name in needed)
    return next(filter(complete, folders), None)


@contextlib.contextmanager
def postgresql(programs):
    """A PostgreSQL server with its own defaults, as durable as they are. It answers on a socket in a folder of its own."""
    user = {}
    folder = Path(tempfile.mkdtemp(prefix="peelian-pg-"))
    if os.geteuid() == 0:
        # PostgreSQL refuses to run as root.
        owner = account("postgres") or account("nobody")
        user = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    data = folder / "data"
    quiet = {"stdout": subprocess.DEVNULL, "cwd": folder, **user}
    server = None
    try:
        command = [programs / "initdb", "-D", data, "-U", "bench", "-A", "trust", "-E", "UTF8", "--no-locale"]
        subprocess.run(command, check=True, **quiet)
        command = [programs / "postgres", "-D", data, "-k", folder, "-c", "listen_addresses="]
        server = subprocess.Popen(command, stderr=subprocess.DEVNULL, **quiet)
        ready = [programs / "pg_isready", "-q", "-h", folder]
        for _ in range(300):
            if subprocess.run(ready, check=False).returncode == 0:
                break
            time.sleep(0.1)
        yield lambda sql: psql(programs, folder, sql)
    finally:
        if server:
            server.terminate()
            server.wait(timeout=60)
        shutil.rmtree(folder)


def account(name):
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def psql(programs, folder, sql):
    command = [programs / "psql", "-h", folder, "-U", "bench", "-d", "postgres", "-q", "-X", "-A", "-t"]
    command += ["-v", "ON_ERROR_STOP=1", "-c", sql]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def copy_seconds(path):
    """Seconds of COPY of the file into a plain table, and into one with its primary key and its columns' types."""
    programs = postgresql_programs()
    if programs is None:
        return None
    with path.open(newline="") as file:
        columns = next(csv.reader(file))
    types = {"victim_based": "boolean", "hour_band": "smallint", "suspect_count": "smallint"}
    types |= dict.fromkeys(DAYS, "date")
    table = ", ".join(f"{name} {types.get(name, 'text')}" for name in columns)
    keyed = table.replace("crime_ref text", "crime_ref text primary key")
    seconds = {"plain": [], "keyed": []}
    with postgresql(programs) as run:
        assert run("show fsync") == "on" and run("show synchronous_commit") == "on"
        for _ in range(args.runs):
            for kind, definition in (("plain", table), ("keyed", keyed)):
                run(f"drop table if exists crime; create table crime ({definition}); checkpoint")
                start = time.perf_counter()
                run(f"\\copy crime from '{path}' with (format csv, header true)")
                seconds[kind].append(time.perf_counter() - start)
                assert run("select count(*) from crime") == str(args.rows)
    return seconds


# Figures -------------------------------------------------------------------------------------------------------------


def submit():
    bench("rows")
    path = args.dir / "crimes.csv"
    ours = bench("submit", "--runs", str(args.runs))
    theirs = copy_seconds(path)
    path.unlink()
    if theirs:
        for kind, seconds in theirs.items():
            report(f"postgresql-copy.{kind}", round(args.rows / min(seconds)), "rows/s")
    for figure, line in ours.items():
        rate = args.rows / min(line["seconds"])
        if theirs is None:
            report(figure, round(rate), "rows/s", "PostgreSQL is not installed: not compared")
            continue
        for kind, text in [("keyed", "a table with its primary key"), ("plain", "a table without any index")]:
            other = args.rows / min(theirs[kind])
            report(
                figure, round(rate), "rows/s", f"PostgreSQL COPY into {text}: {other:,.0f}", round(rate / other, 2)
            )


def query():
    lines = bench("query")
    asked, least = lines["query.one-borough-24-months"], lines["query.health-check"]
    for share in ("p50", "p99"):
        against = f"health check: {least[share]:.2f} ms"
        ratio = round(asked[share] / least[share], 2)
        report(f"{asked['figure']}.{share}", round(asked[share], 3), "ms", against, ratio)


def compute():
    """Twelve measures by borough and month of the same crimes: from Rust, from Python, and as analysts would write them."""
    program = args.programs / "bench-server"
    subprocess.run([program, "batches", args.dir, "--rows", str(args.rows)], check=True)
    measures = subprocess.run([program, "measures"], check=True, stdout=subprocess.PIPE, text=True).stdout.split()
    rust = subprocess.Popen(
        [program, "compute", "--rows", str(args.rows)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert rust.stdout.readline() == "ready\n"

    def ask_rust():
        print("again", file=rust.stdin, flush=True)
        observed, total, _ = map(float, rust.stdout.readline().split())
        return observed, total

    peelian = python_package()

    def ask_python(table):
        start = time.perf_counter()
        found = peelian.compute(
            {"crime": table},
            measures,
            areas="borough",
            periods="2015-01..2016-12",
            synthetic=True,
        )
        seconds = time.perf_counter() - start
        assert len(found) == len(measures) * 33 * 24
        return seconds, found

    path = args.dir / "crimes.arrows"
    import polars
    import pyarrow

    import bench_analyst

    with pyarrow.OSFile(str(path)) as file:
        table = pyarrow.ipc.open_stream(file).read_all()
    frames = bench_analyst.frames(polars.read_ipc_stream(path))
    tables = {"pyarrow": table} | {f"polars.{kind}": frame for kind, frame in frames.items()}
    found = beside_rust(ask_python, ask_rust, tables)
    rust.stdin.close()
    rust.wait()
    answers = {f"peelian from {name}": bench_analyst.counts(answer, measures) for name, answer in found.items()}
    answers |= beside_analysts(ask_python, bench_analyst.FORMS, frames)
    assert len({frozenset(answer.items()) for answer in answers.values()}) == 1, "not all counted the same"


def beside_rust(ask_python, ask_rust, tables):
    """The answer from each table. Python and Rust are timed in turn, with nothing else between them."""
    answers = {}
    for name, table in tables.items():
        ours, rust = [], []
        for _ in range(2 * args.runs):
            seconds, answers[name] = ask_python(table)
            ours.append(seconds)
            rust.append(ask_rust())
        observed, total = map(min, zip(*rust, strict=True))
        told = f"from Rust: {total * 1e3:.0f} ms, of which before the table {observed * 1e3:.0f} ms"
        report(f"compute.python.{name}", round(min(ours) * 1e3), "ms", told, round(min(ours) / total, 3))
    return answers


def beside_analysts(ask_python, forms, frames):
    """The answer of each form from each frame."""
    ours, theirs, answers = {}, {}, {}
    for _ in range(args.runs):
        for kind, frame in frames.items():
            ours.setdefault(kind, []).append(ask_python(frame)[0])
            for (engine, name), form in forms.items():
                run = form(frame)
                start = time.perf_counter()
                answers[f"{engine}: {name} from {kind}"] = run()
                theirs.setdefault((engine, kind), {}).setdefault(name, []).append(time.perf_counter() - start)
    for (engine, kind), seconds in theirs.items():
        least = min(ours[kind])
        fastest = {name: min(each) for name, each in seconds.items()}
        name = min(fastest, key=fastest.get)
        told = f"{engine}: {name}, of {len(seconds)} forms the fastest, {fastest[name] * 1e3:,.0f} ms"
        report(f"compute.analyst.{kind}", round(least * 1e3), "ms", told, round(fastest[name] / least, 1))
    return answers


def read():
    """Checking a CSV file of crimes, every value of it, against reading the same file without a check."""
    bench("rows")
    path = args.dir / "crimes.csv"
    peelian = python_package()
    import pandas
    import polars

    def check():
        report = peelian.validate(path, "crime")
        assert (report.received, report.rejected) == (args.rows, 0), report

    forms = {
        "peelian.validate": check,
        "pandas.read_csv": lambda: pandas.read_csv(path),
        "pandas.read_csv, engine pyarrow": lambda: pandas.read_csv(path, engine="pyarrow"),
        "polars.read_csv": lambda: polars.read_csv(path),
    }
    # On the clock, and of the processor: other work on the machine makes the first longer.
    clocks = {"read.validate-csv": time.perf_counter, "read.validate-csv.processor": time.process_time}
    seconds = {(name, figure): [] for name in forms for figure in clocks}
    for _ in range(args.runs):
        for name, form in forms.items():
            starts = {figure: clock() for figure, clock in clocks.items()}
            form()
            for figure, clock in clocks.items():
                seconds[name, figure].append(clock() - starts[figure])
    for figure in clocks:
        ours = min(seconds["peelian.validate", figure])
        for name in [name for name in forms if name != "peelian.validate"]:
            least = min(seconds[name, figure])
            report(figure, round(ours * 1e3), "ms", f"{name}: {least * 1e3:,.0f} ms", round(least / ours, 2))


def python_package():
    """The Python package as it is built, put together in the scratch folder."""
    folder = args.dir / "package"
    shutil.copytree(Path(__file__).resolve().parent.parent / "python" / "peelian", folder / "peelian")
    shutil.copy(args.programs / "lib_peelian.so", folder / "peelian" / "_peelian.abi3.so")
    sys.path.insert(0, str(folder))
    return importlib.import_module("peelian")


def guard():
    """What it costs to identify, limit, check and record callers, against the same server without any of it."""
    for figure, line in bench("guard", "--runs", str(args.runs)).items():
        if "milliseconds" in line:
            with_all, *others = line["milliseconds"]
        else:
            with_all, *others = (line["rows"] / min(seconds) for seconds in line["seconds"])
        digits, unit = (3, "ms") if "milliseconds" in line else (None, "rows/s")
        for name, other in zip(("without the audit log", "with nothing"), others, strict=True):
            told = f"{name}: {round(other, digits):,}"
            report(
                f"{figure}.{name.replace(' ', '-')}", round(with_all, digits), unit, told, round(with_all / other, 3)
            )


{"submit": submit, "query": query, "guard": guard, "compute": compute, "read": read}[args.name]()
