"""The members of an observation that are compared, and the form in which they are written.

Members that must differ are left out: the agencies and publications of a value (in a process there is one agency, `local`),
and the position of the ledger. Numbers are written as hexadecimal floating point, which loses no bit.
"""

TEXTS = """measure area area_label period period_start period_end breakdown basis missing marker value_kind unit method
    obs_status conf_status change_kind change_against change_verdict caveats breaks""".split()
NUMBERS = """value numerator denominator lower upper confidence unweighted_base effective_n change change_lower
    change_upper""".split()
WHOLES = "measure_version synthetic expected received".split()
# Members that are lists.
LISTS = {
    "comparisons": "kind against against_value change change_kind lower upper confidence method verdict note".split(),
    "components": """kind code label unit count value lower upper confidence method unweighted_base effective_n
        unit_change""".split(),
}
MEMBERS = [*TEXTS, *NUMBERS, *WHOLES, *LISTS]


def written(value):
    """One cell."""
    if value is None or value == "":
        return "-"
    return value.hex() if isinstance(value, float) else str(int(value) if isinstance(value, bool) else value)


def cell(member, found):
    """The cell of a member, from a dictionary of all members."""
    value = found[member]
    if member in LISTS:
        return "; ".join(f"{name}={written(part[name])}" for part in value for name in LISTS[member]) or "-"
    return written(float(value) if member in NUMBERS and value is not None else value)


def line(found):
    """An observation as a line. Its cells are separated by tabs."""
    return "\t".join(["observation", *(cell(member, found) for member in MEMBERS)])
