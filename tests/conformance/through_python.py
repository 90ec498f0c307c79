"""Answers a plan of the conformance suite through the Python package, and prints what through_c.c prints.

Without a second argument, it loads the records of the plan for all questions. With "alone", each question reads only the
fields that it needs. With an address, it asks the exchange at that address.

It is a separate program, because the stubs of the suite's gRPC client have the name of the package.
"""

import sys
from pathlib import Path

import pyarrow
from pyarrow import csv

import members
import peelian


def several(texts):
    return [text for text in texts.split(",") if text != "-"]


def described(measure):
    lists = [",".join(texts) or "-" for texts in (measure.periods, measure.breakdowns)]
    cells = ["measure", measure.id, str(measure.version), measure.design, measure.value_kind, measure.dataset or "-"]
    return "\t".join(cells + lists)


def records_of(lines):
    """The records of the plan: their paths by dataset, what they report on, and whether they are synthetic."""
    records = {dataset: rest for kind, dataset, *rest in lines if kind == "records"}
    return {dataset: path for dataset, (path, *_) in records.items()}, {
        "covers": {
            dataset: covered(first, last, several(areas)) for dataset, (_, first, last, _, areas) in records.items()
        },
        "synthetic": [dataset for dataset, (*_, synthetic, _) in records.items() if synthetic == "yes"],
    }


def covered(first, last, areas):
    """The days, and the areas if the plan states any."""
    return {"period": (first, last)} | ({"areas": areas} if areas else {})


class Alone:
    """Computes each question separately, from tables of texts."""

    def __init__(self, lines):
        paths, self.said = records_of(lines)
        self.tables = {dataset: texts(path) for dataset, path in paths.items()}

    def query(self, measures, **question):
        return peelian.compute(self.tables, measures, **question, **self.said)


def texts(path):
    """A CSV file as a table in which every column is text."""
    with Path(path).open() as file:
        columns = file.readline().strip().split(",")
    types = csv.ConvertOptions(column_types=dict.fromkeys(columns, pyarrow.string()), strings_can_be_null=True)
    return csv.read_csv(path, convert_options=types)


def load(lines):
    """Loads the records of the plan."""
    paths, said = records_of(lines)
    held = peelian.load(paths, **said)
    for dataset, report in held.received.items():
        print("received", dataset, report.received, report.rejected, sep="\t")
    return held


def main(plan, address=None):
    lines = [line.split("\t") for line in Path(plan).read_text().splitlines()]
    for measure in peelian.catalogue().measures.values():
        print(described(measure))
    print("\t".join(["heading", *members.MEMBERS]))
    asked = Alone(lines) if address == "alone" else peelian.connect(address) if address else load(lines)
    for kind, *question in lines:
        if kind == "ask":
            measures, areas, periods, breakdown, comparisons, source = map(several, question)
            also = {"by": breakdown, "comparisons": comparisons, "source": "".join(source)}
            found = asked.query(measures, areas=areas, periods=periods, **also)
            for row in found.to_dicts():
                print(members.line(row))


main(*sys.argv[1:])
