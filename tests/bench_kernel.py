"""Times the kernel against Polars and DuckDB on the same rows, and checks that all three agree to the last integer.

    cargo build --release -p peelian-tests --bin bench-kernel
    python tests/bench_kernel.py target/release/bench-kernel --dir /tmp/scratch [--rows 10000000] [--threads 2]

needs polars, duckdb and pyarrow. Each figure is one JSON line: {"figure", "value", "unit", "against", "ratio"}; the
ratio is the other's best time over ours, with the ratio of the medians beside it. Runs of the kernel alternate with runs
of the others, so that the machine's moods fall on all alike.

Each engine gets several forms of every query, as a competent analyst might write them, and its fastest form counts.
"""

import argparse
import functools
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("binary", help="the bench-kernel program")
parser.add_argument("--dir", type=Path, required=True, help="where to write the rows")
parser.add_argument("--rows", type=int, default=10_000_000)
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--runs", type=int, default=7)
parser.add_argument("--only", help="run one figure: count, count-breakdown or repeat")
args = parser.parse_args()

os.environ["POLARS_MAX_THREADS"] = str(args.threads)  # read once, when Polars is imported

import duckdb  # noqa: E402
import polars as pl  # noqa: E402
import pyarrow as pa  # noqa: E402

# The twelve measures of queries.rs. Every one is restricted to active crimes (status 0), which both engines filter first.
MEASURES = {
    "recorded": "true",
    "knife": "knife in (1, 2, 3)",
    "knife_injury": "knife = 1 and injury between 1 and 4",
    "gun": "gun between 1 and 4",
    "domestic": "domestic = 1",
    "hate": "hate = 1",
    "online": "online = 1",
    "violence": "crime_group = 1",
    "domestic_violence": "crime_group = 1 and domestic = 1",
    "knife_not_domestic": "knife = 1 and injury between 1 and 4 and domestic = 0",
    "burglary": "crime_group = 8",
    "sexual": "crime_group in (4, 5)",
}
c = pl.col
POLARS_MEASURES = {
    "knife": (c.knife >= 1) & (c.knife <= 3),
    "knife_injury": (c.knife == 1) & c.injury.is_between(1, 4),
    "gun": c.gun.is_between(1, 4),
    "domestic": c.domestic == 1,
    "hate": c.hate == 1,
    "online": c.online == 1,
    "violence": c.crime_group == 1,
    "domestic_violence": (c.crime_group == 1) & (c.domestic == 1),
    "knife_not_domestic": (c.knife == 1) & c.injury.is_between(1, 4) & (c.domestic == 0),
    "burglary": c.crime_group == 8,
    "sexual": c.crime_group.is_between(4, 5),
}
FIRST_MONTH, MONTHS, BOROUGHS, SEXES, ETHNICITIES = 528, 36, 33, 4, 6


def read(name):
    with pa.memory_map(str(args.dir / name)) as source:
        table = pa.ipc.open_file(source).read_all()
    # Copy out of the file's pages, so that every engine reads from plain memory.
    return pa.ipc.open_stream(pa.py_buffer(to_stream(table))).read_all()


def to_stream(table):
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


def timed(query):
    start = time.perf_counter()
    answer = query()
    return time.perf_counter() - start, answer


class Kernel:
    """The bench-kernel program, which runs a query when asked and answers with the seconds it took."""

    def __init__(self):
        command = [args.binary, "time", args.dir, "--threads", str(args.threads)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout.readline() == "ready\n"
        with (args.dir / "answers.json").open() as file:
            self.answers = json.load(file)

    def run(self, figure):
        print(figure, file=self.process.stdin, flush=True)
        return float(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait()


# Counts -------------------------------------------------------------------------------------------------------------


def count_keys(breakdown):
    return ["borough", "month"] + (["sex", "ethnicity"] if breakdown else [])


def duckdb_counts(connection, breakdown):
    keys = ", ".join(count_keys(breakdown))
    forms = {
        "filter": "count(*) filter (where {})",
        "sum": "sum(({})::utinyint)",
        "count_if": "count_if({})",
    }

    def form(template):
        # Filtering on status first or in the first measure is the same; every engine does it first.
        columns = ", ".join(
            f"{template.format(where)} as {name}" for name, where in MEASURES.items() if where != "true"
        )
        sql = f"select {keys}, count(*) as recorded, {columns} from crimes where status = 0 group by {keys}"
        return lambda: connection.sql(sql).fetchnumpy()

    return {name: form(template) for name, template in forms.items()}


def polars_counts(frame, breakdown):
    keys = count_keys(breakdown)
    sums = [pl.len().alias("recorded")] + [where.sum().alias(name) for name, where in POLARS_MEASURES.items()]
    flags = [where.alias(name) for name, where in POLARS_MEASURES.items()]
    summed = [pl.len().alias("recorded")] + [c(name).sum() for name in POLARS_MEASURES]
    lazy = frame.lazy().filter(c.status == 0)
    key = c.borough.cast(pl.UInt32) * MONTHS + (c.month - FIRST_MONTH)
    if breakdown:
        key = key * 24 + c.sex * 6 + c.ethnicity
    unpack = [pl.first(name).alias(name) for name in keys]

    def run(query, **options):
        return lambda: query.collect(**options)

    forms = {
        "sums": lazy.group_by(keys).agg(sums),
        "flags first": lazy.select(*keys, *flags).group_by(keys).agg(summed),
        "one key": lazy.group_by(key.alias("key")).agg(*unpack, *sums),
    }
    return {
        f"{name}, {engine}": run(query, engine=engine)
        for name, query in forms.items()
        for engine in ("in-memory", "streaming")
    }


def flat_counts(columns, breakdown):
    """An engine's answer as the kernel lays it out: groups in order, twelve measures each."""
    sizes = [BOROUGHS, MONTHS] + ([SEXES, ETHNICITIES] if breakdown else [])
    starts = [1, FIRST_MONTH, 0, 0]
    groups = 1
    for size in sizes:
        groups *= size
    flat = [0] * (groups * len(MEASURES))
    columns = {name: [int(value) for value in columns[name]] for name in [*count_keys(breakdown), *MEASURES]}
    for row in range(len(columns["borough"])):
        group = 0
        for name, size, start in zip(count_keys(breakdown), sizes, starts, strict=False):
            group = group * size + columns[name][row] - start
        for position, name in enumerate(MEASURES):
            flat[group * len(MEASURES) + position] = columns[name][row]
    return flat


# Repeat victims -----------------------------------------------------------------------------------------------------

# Index rows: qualifying, in the last 24 months. A prior: qualifying, in the 12 months before the index row's month, of
# another crime and another incident where both are known.
INDEX = """
    select person, borough, crime, incident, date_trunc('month', date)::date as month
    from victims where qualifies = 1 and date >= date '2015-01-01'
"""
DIFFERENT = """
    p.date >= i.month - interval 12 month and p.date < i.month and p.crime <> i.crime
    and (p.incident = 0 or i.incident = 0 or p.incident <> i.incident)
"""


def duckdb_repeats(connection):
    priors = "select person, crime, incident, date from victims where qualifies = 1"
    # Only persons with several rows can be repeats: the join is a fraction of the size if the others are put aside.
    several = "select person from victims where qualifies = 1 group by person having count(*) > 1"
    count = "select month, borough, count(*) filter (where repeat) as numerator, count(*) as denominator"
    forms = {
        "semi-join": f"""
            with i as ({INDEX}), p as ({priors}),
            r as (select distinct i.month, i.borough, i.person from i join p on p.person = i.person and {DIFFERENT}),
            n as (select month, borough, count(*) as numerator from r group by all),
            d as (select month, borough, count(distinct person) as denominator from i group by all)
            select month, borough, coalesce(numerator, 0) as numerator, denominator
            from d left join n using (month, borough)""",
        "flag": f"""
            with i as ({INDEX}), p as ({priors}),
            e as (select i.person, i.month, i.borough,
                exists (select 1 from p where p.person = i.person and {DIFFERENT}) as repeat from i),
            u as (select person, month, borough, bool_or(repeat) as repeat from e group by all)
            {count} from u group by month, borough""",
        "several first": f"""
            with s as materialized (select person, borough, crime, incident, date from victims
                where qualifies = 1 and person in ({several})),
            i as (select person, borough, crime, incident, date_trunc('month', date)::date as month
                from s where date >= date '2015-01-01'),
            r as (select distinct i.month, i.borough, i.person from i join s p on p.person = i.person and {DIFFERENT}),
            n as (select month, borough, count(*) as numerator from r group by all),
            e as (select month, borough, count(*) - count(distinct person) as extra from i group by all),
            a as (select month, borough, count(*) as rows from ({INDEX}) group by all)
            select month, borough, coalesce(numerator, 0) as numerator, rows - coalesce(extra, 0) as denominator
            from a left join n using (month, borough) left join e using (month, borough)""",
        "window": f"""
            with w as (select person, borough, date, crime, incident, date_trunc('month', date)::date as month,
                count(*) over (partition by person) as several from victims where qualifies = 1),
            i as (select * from w where date >= date '2015-01-01'),
            p as (select * from w where several > 1),
            r as (select distinct i.month, i.borough, i.person from i join p on p.person = i.person and i.several > 1
                and {DIFFERENT}),
            n as (select month, borough, count(*) as numerator from r group by all),
            d as (select month, borough, count(distinct person) as denominator from i group by all)
            select month, borough, coalesce(numerator, 0) as numerator, denominator
            from d left join n using (month, borough)""",
    }
    return {name: (lambda sql=sql: connection.sql(sql).fetchnumpy()) for name, sql in forms.items()}


def flat_repeats(columns):
    numerator, denominator = [0] * (24 * BOROUGHS), [0] * (24 * BOROUGHS)
    rows = zip(columns["month"], columns["borough"], columns["numerator"], columns["denominator"], strict=True)
    for month, borough, repeats, persons in rows:
        year, number = str(month)[:7].split("-")
        cell = ((int(year) - 2015) * 12 + int(number) - 1) * BOROUGHS + int(borough) - 1
        numerator[cell], denominator[cell] = int(repeats), int(persons)
    return {"numerator": numerator, "denominator": denominator}


# The contest --------------------------------------------------------------------------------------------------------


def contest(kernel, figure, engine, forms, flatten):
    """Picks the engine's fastest form, checks every form's answer against the kernel's, and times both in turn."""
    first = {}
    for name, query in forms.items():
        query()
        first[name], answer = timed(query)
        if flatten(answer) != kernel.answers[figure]:
            sys.exit(f"{figure}, {engine}, {name}: the answers differ")
    form = min(first, key=first.get)
    ours, theirs = [], [first[form]]
    for _ in range(args.runs):
        theirs.append(timed(forms[form])[0])
        ours.append(kernel.run(figure))
        ours.append(kernel.run(figure))
    report(figure, ours, engine, form, theirs)


def report(figure, ours, engine, form, theirs):
    line = {
        "figure": f"kernel.{figure}",
        "value": round(min(ours) * 1e3, 2),
        "unit": "ms",
        "against": f"{engine} ({form}): {min(theirs) * 1e3:.1f} ms",
        "ratio": round(min(theirs) / min(ours), 2),
        "ratio_of_medians": round(statistics.median(theirs) / statistics.median(ours), 2),
    }
    print(json.dumps(line), flush=True)


def main():
    subprocess.run([args.binary, "generate", args.dir, "--rows", str(args.rows)], check=True)
    kernel = Kernel()
    crimes, victims = read("crimes.arrow"), read("victims.arrow")
    frame = pl.from_arrow(crimes)
    arrow = duckdb.connect()
    native = duckdb.connect()
    for connection in (arrow, native):
        connection.execute(f"set threads = {args.threads}")
        connection.register("crimes", crimes)
        connection.register("victims", victims)
    # DuckDB's own storage is its best case; it is shown beside the contest, which is on Arrow memory.
    for name in ("crimes", "victims"):
        native.execute(f"create table own_{name} as from {name}")
        native.unregister(name)
        native.execute(f"alter table own_{name} rename to {name}")

    for figure in ("count", "count-breakdown"):
        if args.only in (None, figure):
            breakdown = figure == "count-breakdown"
            engines = {
                "polars": polars_counts(frame, breakdown),
                "duckdb": duckdb_counts(arrow, breakdown),
                "duckdb's own table": duckdb_counts(native, breakdown),
            }
            for engine, forms in engines.items():
                contest(kernel, figure, engine, forms, functools.partial(flat_counts, breakdown=breakdown))
    if args.only in (None, "repeat"):
        for engine, connection in (("duckdb", arrow), ("duckdb's own table", native)):
            contest(kernel, "repeat", engine, duckdb_repeats(connection), flat_repeats)
    kernel.close()
    if args.only is None:
        scale()


def scale():
    """The kernel's cost per row by the number of rows, beside its cost at 10 million, and the cost of each row more.

    A run costs a fifth to half of a millisecond whatever the rows: threads begin and end, the measures are compiled, the
    threads' counters are added up. A million rows show it; what a row more costs does not depend on how many there are.
    """
    command = [args.binary, "scale", "--threads", str(args.threads)]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    lines = [json.loads(line) for line in output.splitlines()]
    usual = {line["figure"]: line["value"] for line in lines if line["rows"] == 10_000_000}
    fewer = {}
    for line in lines:
        figure, rows, value = line["figure"], line["rows"], line["value"]
        millions = rows // 1_000_000
        show(f"{figure}.{millions}M", value, usual[figure])
        if figure in fewer:
            before, cost = fewer[figure]
            more = (value * rows - cost * before) / (rows - before)
            show(
                f"{figure.replace('per-row', 'per-row-more')}.{before // 1_000_000}M-{millions}M", more, usual[figure]
            )
        fewer[figure] = rows, value


def show(figure, value, usual):
    """Prints a cost per row beside the usual one."""
    against, ratio = f"10 million rows: {usual:.2f} ns", round(value / usual, 2)
    line = {"figure": figure, "value": round(value, 3), "unit": "ns", "against": against, "ratio": ratio}
    print(json.dumps(line), flush=True)


main()
