"""The twelve measures of the benchmark as an analyst would count them with Polars, DuckDB and pandas, from the same Polars
DataFrame: crimes by borough and month. Each engine has several forms, of which its fastest is compared. All are timed from
the frame to the answer, as the package is.

The classes behind a measure are read from the project's list of Home Office classes, as an analyst would join it. What is
counted is the same as in seeds/measures: the benchmark checks that every form and the package agree to the last integer.
"""

import csv
import pathlib

MONTHS = 24
FIRST_YEAR = 2015


def classes():
    path = pathlib.Path(__file__).parent.parent / "seeds" / "codes" / "ho_class.csv"
    with path.open(newline="") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


def of_group(*groups):
    return [row["code"] for row in CLASSES if row["crime_group"] in groups]


CLASSES = classes()
INJURY, SEXUAL, RAPE = of_group("violence_with_injury"), of_group("rape", "other_sexual"), of_group("rape")
POSSESSION = of_group("weapons_possession")
SELECTED = [row["code"] for row in CLASSES if row["knife_selected"] == "true"]
GUN_GROUPS = [
    "homicide",
    "violence_with_injury",
    "violence_without_injury",
    "stalking_harassment",
    "rape",
    "other_sexual",
]
GUN = of_group(*GUN_GROUPS, "robbery_personal", "robbery_business", "burglary_residential", "burglary_other")
ACTIVE, LEFT_OUT = ["active", "reclassified"], ["N100", "53F"]
KNIFE, FIRED = ["injured", "threatened", "intimated"], ["fired", "blunt_instrument", "threatened", "intimated"]
STRANDS = ["race", "religion", "antisemitic", "islamophobic"]
COLUMNS = [
    "record_status", "ho_class", "victim_based", "offence_borough", "recorded_at", "knife_use", "gun_use", "weapon_class",
    "flag_da", "flag_hate",
]  # fmt: skip
NAMES = [f"m{number}" for number in range(12)]


def counts(found, measures):
    """The package's answer as the engines give theirs: by borough and month, twelve counts."""
    cells = {}
    for seen in found:
        month = (seen.period_start.year - FIRST_YEAR) * 12 + seen.period_start.month - 1
        cells.setdefault((seen.area, month), [0] * len(measures))[measures.index(seen.measure)] = int(seen.value or 0)
    return {place: tuple(values) for place, values in cells.items()}


def keyed(rows):
    """Borough, months since the first, and twelve counts."""
    return {(borough, month): tuple(int(value or 0) for value in values) for borough, month, *values in rows}


# Polars --------------------------------------------------------------------------------------------------------------


def in_polars(frame, flags_first, engine):
    import polars as pl

    c = pl.col
    measures = [
        pl.lit(True),
        c.victim_based,
        c.knife_use.is_in(KNIFE) & c.ho_class.is_in(SELECTED),
        (c.knife_use == "injured") & c.ho_class.is_in(SELECTED),
        c.gun_use.is_in(FIRED) & (c.weapon_class.is_null() | (c.weapon_class != "cs_pepper")) & c.ho_class.is_in(GUN),
        c.flag_da == "yes",
        (c.flag_da == "yes") & c.ho_class.is_in(INJURY),
        c.flag_hate.is_not_null(),
        c.flag_hate.is_in(STRANDS),
        c.ho_class.is_in(SEXUAL),
        c.ho_class.is_in(RAPE),
        c.ho_class.is_in(POSSESSION) & ((c.ho_class == "10D") | (c.knife_use == "present_not_used")),
    ]
    month = ((c.recorded_at.dt.year() - FIRST_YEAR) * 12 + c.recorded_at.dt.month() - 1).cast(pl.Int32).alias("month")
    kept = frame.lazy().filter(c.record_status.is_in(ACTIVE) & ~c.ho_class.is_in(LEFT_OUT))
    named = dict(zip(NAMES, measures, strict=True))
    if flags_first:
        flags = kept.select("offence_borough", month, **named)
        query = flags.group_by("offence_borough", "month").agg(c(name).sum() for name in NAMES)
    else:
        sums = {name: measure.sum() for name, measure in named.items() if name != "m0"}
        query = kept.group_by("offence_borough", month).agg(pl.len().alias("m0"), **sums)
    return lambda: keyed(query.collect(engine=engine).rows())


# DuckDB --------------------------------------------------------------------------------------------------------------


def listed(codes):
    return "(" + ", ".join(f"'{code}'" for code in codes) + ")"


DUCKDB_MEASURES = [
    "true",
    "victim_based",
    f"knife_use in {listed(KNIFE)} and ho_class in {listed(SELECTED)}",
    f"knife_use = 'injured' and ho_class in {listed(SELECTED)}",
    f"gun_use in {listed(FIRED)} and (weapon_class is null or weapon_class <> 'cs_pepper') and ho_class in {listed(GUN)}",
    "flag_da = 'yes'",
    f"flag_da = 'yes' and ho_class in {listed(INJURY)}",
    "flag_hate is not null",
    f"flag_hate in {listed(STRANDS)}",
    f"ho_class in {listed(SEXUAL)}",
    f"ho_class in {listed(RAPE)}",
    f"ho_class in {listed(POSSESSION)} and (ho_class = '10D' or knife_use = 'present_not_used')",
]


def in_duckdb(frame, template):
    import duckdb

    connection = duckdb.connect(config={"threads": 2})
    month = f"(year(recorded_at) - {FIRST_YEAR}) * 12 + month(recorded_at) - 1"
    sql = f"""select offence_borough, {month} as month, {", ".join(map(template.format, DUCKDB_MEASURES))} from crimes
        where record_status in {listed(ACTIVE)} and ho_class not in {listed(LEFT_OUT)} group by all"""

    def run():
        connection.register("crimes", frame.select(COLUMNS).to_arrow())
        return keyed(connection.sql(sql).fetchall())

    return run


# pandas --------------------------------------------------------------------------------------------------------------


def in_pandas(frame):
    import pandas

    def run():
        crimes = frame.select(COLUMNS).to_arrow().to_pandas()
        crimes["recorded_at"] = pandas.to_datetime(crimes["recorded_at"])
        kept = crimes[crimes.record_status.isin(ACTIVE) & ~crimes.ho_class.isin(LEFT_OUT)]
        selected, abuse = kept.ho_class.isin(SELECTED), kept.flag_da == "yes"
        flags = [
            True,
            kept.victim_based,
            kept.knife_use.isin(KNIFE) & selected,
            (kept.knife_use == "injured") & selected,
            kept.gun_use.isin(FIRED) & (kept.weapon_class != "cs_pepper") & kept.ho_class.isin(GUN),
            abuse,
            abuse & kept.ho_class.isin(INJURY),
            kept.flag_hate.notna(),
            kept.flag_hate.isin(STRANDS),
            kept.ho_class.isin(SEXUAL),
            kept.ho_class.isin(RAPE),
            kept.ho_class.isin(POSSESSION) & ((kept.ho_class == "10D") | (kept.knife_use == "present_not_used")),
        ]
        month = (kept.recorded_at.dt.year - FIRST_YEAR) * 12 + kept.recorded_at.dt.month - 1
        table = pandas.DataFrame(
            {"borough": kept.offence_borough, "month": month, **dict(zip(NAMES, flags, strict=True))}
        )
        return keyed(table.groupby(["borough", "month"], observed=True).sum().reset_index().itertuples(index=False))

    return run


# The engine, and the form.
FORMS = {
    ("polars, in-memory (its default)", "sums"): lambda frame: in_polars(frame, False, "in-memory"),
    ("polars, in-memory (its default)", "flags first"): lambda frame: in_polars(frame, True, "in-memory"),
    ("polars, streaming", "sums"): lambda frame: in_polars(frame, False, "streaming"),
    ("polars, streaming", "flags first"): lambda frame: in_polars(frame, True, "streaming"),
    ("duckdb", "filter"): lambda frame: in_duckdb(frame, "count(*) filter (where {})"),
    ("duckdb", "sum"): lambda frame: in_duckdb(frame, "sum(({})::utinyint)"),
    ("pandas", "groupby"): in_pandas,
}


def frames(crimes):
    """The crimes as analysts have them in Polars, by the type of the columns of codes."""
    import polars as pl

    codes = [name for name in COLUMNS if crimes.schema[name] == pl.Categorical]
    used = {name: crimes[name].cast(pl.String).unique().drop_nulls().sort() for name in codes}
    return {
        "enums": crimes.with_columns(crimes[name].cast(pl.Enum(used[name])) for name in codes),
        "categoricals": crimes,
        "strings": crimes.with_columns(crimes[name].cast(pl.String) for name in codes),
    }
