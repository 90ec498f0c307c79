"""What exchanges tell while tests run, and the values of persons that the tests send to them.

Whatever a test sends is noted, with every refusal and every finding that it gets. After the last test, conftest.py looks
for each value in all of that, and in the logs and audit logs of all servers. None may be there.
"""

import csv
import io
import re
from functools import cache
from pathlib import Path

SEEDS = Path(__file__).resolve().parents[2] / "seeds"
# Rows of one submission that are noted, so that large ones take no time.
ROWS = 500
# A reference, a pseudonym, or a name that has no field. Shorter values would be found in words by chance.
SHORTEST = 6
# What findings may quote: a number, a date, a period, a code.
CLOSED = re.compile(r"\d{1,9}([-/:.T+]\d+)*Z?|[A-Z]\d{8}|[a-z_]{1,40}")
WORD = re.compile(r"[^\s\"\\,;=()\[\]{}<>'`|]+")

# Values that were sent, texts that callers got, and the servers with their logs.
sent, texts, servers = set(), [], []


@cache
def vocabulary():
    """The texts of the seeds. Their values are public: areas, codes, names of measures."""
    return "\n".join(path.read_text(errors="replace") for path in sorted(SEEDS.rglob("*")) if path.is_file())


def is_personal(field, value):
    """Whether a value tells of a person, or may: a reference, a pseudonym, or a text of no closed form."""
    if len(value) < SHORTEST or CLOSED.fullmatch(value):
        return False
    return field.endswith(("_ref", "_pid")) or (" " in value and value not in vocabulary())


def sends(rows):
    """Notes rows that are sent, as dictionaries of texts."""
    for row, _ in zip(rows, range(ROWS), strict=False):
        sent.update(str(value).strip() for field, value in row.items() if is_personal(str(field), str(value).strip()))


def sends_csv(content):
    """Notes the rows of a CSV file."""
    text = content[: 1 << 20].decode(errors="replace")
    csv.field_size_limit(1 << 20)
    sends({str(field): value or "" for field, value in row.items()} for row in csv.DictReader(io.StringIO(text)))


def gets(text):
    """Notes a text that a caller gets."""
    texts.append(text)


def serves(server):
    """Notes a server, whose logs are read at the end."""
    servers.append(server)


def everything():
    """All that was told: the texts, the logs and the audit logs."""
    yield from texts
    for server in servers:
        audit = server.data_dir / "audit" / "audit.jsonl"
        yield from (path.read_text(errors="replace") for path in (server.log_path, audit) if path.is_file())


def found(values, told):
    """The values that are in texts. One of several words is looked for if its longest word is there."""
    told = list(told)
    words = {word.strip(".:!?") for text in told for word in WORD.findall(text)}
    longest = lambda value: max((word.strip(".:!?") for word in WORD.findall(value)), key=len, default="")
    likely = [value for value in values if longest(value) in words]
    return sorted(value for value in likely if any(value in text for text in told))
