"""The members of an observation that the conformance suite compares, and their text form.

Two members are left out because they differ by design: the sources of a value (local records have one agency, `local`)
and the position in the ledger. Numbers are written as hexadecimal floating point, which loses no bit.
"""

TEXTS = """measure area area_label period period_start period_end breakdown basis missing marker value_kind unit method
    obs_status conf_status change_kind change_against change_verdict caveats breaks""".split()
NUMBERS = """value numerator denominator lower upper confidence unweighted_base effective_n change change_lower
    change_upper""".split()
WHOLES = "measure_version synthetic expected received".split()
# The lists of an observation, with the members of their structures.
LISTS = {
    "comparisons": """kind against against_value change change_kind lower upper confidence method verdict note
        smallest_clear_change adjusted_p_value comparisons_in_answer""".split(),
    "components": """kind code label unit count value lower upper confidence method unweighted_base effective_n
        unit_change""".split(),
    "alternatives": "agency source value missing numerator denominator difference synthetic".split(),
    "companions": """measure period breakdown basis synthetic value missing marker value_kind unit numerator denominator
        lower upper confidence method""".split(),
}
MEMBERS = [*TEXTS, *NUMBERS, *WHOLES, *LISTS]


def written(value):
    """A value as the text of a cell."""
    if value is None or value == "":
        return "-"
    return value.hex() if isinstance(value, float) else str(int(value) if isinstance(value, bool) else value)


def cell(member, found):
    """The cell of a member. `found` is a dictionary of all members."""
    value = found[member]
    if member in LISTS:
        return "; ".join(f"{name}={written(part[name])}" for part in value for name in LISTS[member]) or "-"
    return written(float(value) if member in NUMBERS and value is not None else value)


def line(found):
    """An observation as a line of cells, separated by tabs."""
    return "\t".join(["observation", *(cell(member, found) for member in MEMBERS)])
