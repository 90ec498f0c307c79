"""Answers a plan of the conformance suite through the Python package, and prints what through_c.c prints: from the plan's
records, or with an address from the exchange there.

A program of its own, because the stubs of the suite's gRPC client have the package's name.
"""

import sys
from pathlib import Path

import members
import peelian


def several(texts):
    return [text for text in texts.split(",") if text != "-"]


def described(measure):
    lists = [",".join(texts) or "-" for texts in (measure.periods, measure.breakdowns)]
    cells = ["measure", measure.id, str(measure.version), measure.design, measure.value_kind, measure.dataset or "-"]
    return "\t".join(cells + lists)


def load(lines):
    """The plan's records, loaded."""
    records = {dataset: rest for kind, dataset, *rest in lines if kind == "records"}
    held = peelian.load(
        {dataset: path for dataset, (path, *_) in records.items()},
        covers={dataset: (first, last) for dataset, (_, first, last, _) in records.items()},
        synthetic=[dataset for dataset, (*_, synthetic) in records.items() if synthetic == "yes"],
    )
    for dataset, report in held.received.items():
        print("received", dataset, report.received, report.rejected, sep="\t")
    return held


def main(plan, address=None):
    lines = [line.split("\t") for line in Path(plan).read_text().splitlines()]
    for measure in peelian.catalogue().measures.values():
        print(described(measure))
    print("\t".join(["heading", *members.MEMBERS]))
    asked = peelian.connect(address) if address else load(lines)
    for kind, *question in lines:
        if kind == "ask":
            measures, areas, periods, breakdown, comparisons = map(several, question)
            found = asked.query(measures, areas=areas, periods=periods, by=breakdown, comparisons=comparisons)
            for row in found.to_dicts():
                print(members.line(row))


main(*sys.argv[1:])
