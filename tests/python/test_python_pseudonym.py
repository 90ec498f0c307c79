"""Pseudonyms from Python: the digits are those computed by hand, and no raw value remains."""

import hashlib
import hmac
import stat
import subprocess
import sys

import pytest

COLUMNS = {"forename": "first_name", "surname": "last_name", "date_of_birth": "dob"}
RAW = """crime_ref,first_name,last_name,dob,middle_name,sex
a1,Zoë,O'Brien,1/2/1980,May,female
a2,ZOE,O’BRIEN,1980-02-01,,female
a3,Ann,unknown,1990-01-01,,female
""".encode()


@pytest.fixture
def persons(peelian):
    return peelian.pseudonym


@pytest.fixture
def keys(persons, tmp_path):
    path = tmp_path / "keys.toml"
    persons.generate_key(path, "victims-2017", "police-victim")
    return path


def test_a_file_of_keys_is_its_owners_alone(persons, keys):
    assert stat.S_IMODE(keys.stat().st_mode) == 0o600
    (key,) = persons.keys_of(keys)
    assert key.id.startswith("victims-2017.") and key.parts == ("forename", "surname", "date_of_birth")
    other = persons.generate_key(keys, "victims-2018", "police-victim")
    assert [held.name for held in persons.keys_of(keys)] == ["victims-2017", "victims-2018"] and other.id != key.id
    with pytest.raises(ValueError, match="victims-2017"):
        persons.generate_key(keys, "victims-2017", "police-victim")
    with pytest.raises(ValueError, match="police-victim"):
        persons.generate_key(keys, "victims-2019", "everybody")


def test_a_csv_loses_its_raw_columns(persons, keys):
    done = persons.pseudonymise(RAW, keys, COLUMNS, drop=["middle_name"])
    assert (done.rows, done.pseudonyms, sum(done.without.values())) == (3, 2, 1)
    header, first, second, third = done.content.decode().split()
    assert header == "crime_ref,victim_pid,linkage_key_id,sex"
    assert first.split(",")[1] == second.split(",")[1] and len(first.split(",")[1]) == 64
    assert first.split(",")[2] == done.key_id and third == "a3,,,female"
    made = persons.pseudonyms(keys, forename=["zoe"], surname=["O BRIEN"], date_of_birth=["01.02.1980"])
    assert made.values == [first.split(",")[1]] and made.key_id == done.key_id


def test_columns_of_a_data_frame(persons, keys):
    import polars

    frame = polars.read_csv(RAW)
    made = persons.pseudonyms(keys, **{part: frame[column] for part, column in COLUMNS.items()})
    assert made.values[0] == made.values[1] and made.values[2] is None and sum(made.without.values()) == 1


def test_the_digits_are_a_keyed_hash(persons, keys):
    """The check value of a key is an HMAC-SHA-256 under the secret in the file. Python's own library computes it here."""
    secret = bytes.fromhex(keys.read_text().partition('secret = "')[2].partition('"')[0])
    said = b"peelian key check\nname=victims-2017\ndomain=police-victim\nidentity=name-birth-v1\n"
    assert persons.keys_of(keys)[0].id == f"victims-2017.{hmac.new(secret, said, hashlib.sha256).hexdigest()[:8]}"


def test_what_does_not_fit_is_refused(persons, keys):
    with pytest.raises(ValueError, match="needs a column for date_of_birth"):
        persons.pseudonyms(keys, forename=["a"], surname=["b"])
    with pytest.raises(ValueError, match="forename, surname"):
        persons.pseudonyms(keys, name=["a"])
    with pytest.raises(ValueError, match="direct identifier"):
        persons.pseudonymise(RAW.replace(b"middle_name", b"nhs_number"), keys, COLUMNS)
    with pytest.raises(ValueError, match="the column `given` once") as raised:
        persons.pseudonymise(RAW, keys, COLUMNS | {"forename": "given"})
    assert "Zo" not in str(raised.value)


def test_the_command(keys, package, tmp_path):
    raw, out = tmp_path / "raw.csv", tmp_path / "out.csv"
    raw.write_bytes(RAW)
    options = [option for pair in COLUMNS.items() for option in ("--column", "=".join(pair))]
    command = [
        sys.executable,
        "-m",
        "peelian",
        "pseudonymise",
        raw,
        "--keys",
        keys,
        *options,
        "--drop",
        "middle_name",
    ]
    run = lambda *more: subprocess.run(
        [*command, *more], check=False, cwd=package, capture_output=True, text=True, timeout=60
    )
    done = run("-o", out)
    assert done.returncode == 0 and "3 rows: 2 with a pseudonym of key victims-2017." in done.stderr, done.stderr
    assert out.read_text() == run().stdout and "Brien" not in out.read_text()
    raw.write_bytes(RAW.replace(b"1/2/1980", b"").replace(b"1980-02-01", b""))
    assert run().returncode == 3
