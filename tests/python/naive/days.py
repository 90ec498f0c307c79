"""Days, months and periods, by counting on a calendar."""

import calendar
from datetime import date, timedelta
from functools import cache


def last_of_month(year, month):
    """The last day of a month."""
    return date(year, month, calendar.monthrange(year, month)[1])


def months_away(day, months):
    """The same day of the month some months later, or earlier. A month that lacks the day has its last day instead."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = last_of_month(year, month + 1)
    return last.replace(day=min(day.day, last.day))


@cache
def first_and_last(period):
    """The first and the last day of a period: "2017-02", "2016/17-Q4", "R12-2017-02", "CY2016" or "2016/17"."""
    if period.startswith("R12-"):
        _, last = first_and_last(period[4:])
        return months_away(last.replace(day=1), -11), last
    if period.startswith("CY"):
        return date(int(period[2:]), 1, 1), date(int(period[2:]), 12, 31)
    if "-Q" in period:
        year, quarter = int(period[:4]), int(period[-1])
        first = months_away(date(year, 4, 1), 3 * (quarter - 1))
        return first, months_away(first, 3) - timedelta(days=1)
    if "/" in period:
        return date(int(period[:4]), 4, 1), date(int(period[:4]) + 1, 3, 31)
    year, month = map(int, period.split("-"))
    return date(year, month, 1), last_of_month(year, month)


def is_in(day, period):
    """Whether a day, which may not be known, lies in a period."""
    first, last = first_and_last(period)
    return day is not None and first <= day <= last


@cache
def months_of(period):
    """The months of a period, each as its first and its last day."""
    first, last = first_and_last(period)
    found = []
    while first <= last:
        found.append((first, last_of_month(first.year, first.month)))
        first = months_away(first, 1)
    return tuple(found)
