"""The search for personal values after all tests finds one that was told, and takes nothing else for one."""

import told

PSEUDONYM = 64 * "a"


def test_what_is_personal():
    assert told.is_personal("victim_name", "Ada Lovelace") and told.is_personal("victim_pid", PSEUDONYM)
    assert told.is_personal("incident_ref", "9434765919") and told.is_personal("crime_ref", "CR/2017/00042")
    # Codes, dates, areas and short references.
    for field, value in (
        ("ho_class", "39"),
        ("committed_from", "2017-02-10"),
        ("crime_ref", "c1"),
        ("area", "Barking and Dagenham"),
        ("offence_borough", "E09000028"),
        ("record_status", "active"),
    ):
        assert not told.is_personal(field, value), (field, value)


def test_a_value_that_was_told_is_found():
    values = {"Ada Lovelace", PSEUDONYM, "CR/2017/00042", "12 Larch Walk"}
    texts = ['{"reason": "Ada Lovelace is not a code"}', f"a row with {PSEUDONYM}.", "CR/2017/00043", "Larch Walk"]
    assert told.found(values, texts) == ["Ada Lovelace", PSEUDONYM]
    assert told.found(values, ["nothing"]) == []


def test_what_tests_send_is_noted():
    before = set(told.sent)
    told.sends_csv(b"crime_ref,victim_name\r\nreference-1,Violet Ashdown\r\n")
    assert told.sent - before == {"reference-1", "Violet Ashdown"}
