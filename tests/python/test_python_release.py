"""Releases through the package: a release is made with the server's command and read from Python, and others are made from
Python and with the command of the package, which is that of the server.
"""

import asyncio
import csv
import datetime
import itertools
import json
import os
import select
import signal
import subprocess
import sys
import threading

import pytest

from process import Server, slow_server

MEASURE = "hate-crime-reports"
BOROUGHS = {"E09000028": 41, "E09000022": 3, "E09000012": 60}
HEAD = "measure,area,period,breakdown,numerator,status,source\n"


@pytest.fixture(scope="module")
def released(peelian, server, binary):
    """An exchange with one published release."""
    lines = [f"{MEASURE},{area},2024-01,,{count},final,Made up\n" for area, count in BOROUGHS.items()]
    with peelian.connect(server.address) as exchange:
        exchange.submit(
            "published_figure",
            (HEAD + "".join(lines)).encode(),
            agency="mps",
            period="2024-01..2024-01",
            extracted=datetime.datetime(2026, 4, 2, 9, 30, tzinfo=datetime.UTC),
        )
        for step in [
            ["create", "first", "--title", "January", "-m", MEASURE, "-a", "borough", "-p", "2024-01"],
            ["approve", "first"],
            ["publish", "first"],
        ]:
            done = subprocess.run(
                [binary, "release", *step, "--server", server.address],
                check=False,
                capture_output=True,
                text=True,
                timeout=120,
            )
            assert done.returncode == 0, done.stderr
        yield exchange


def test_releases_are_listed(peelian, released):
    (first,) = released.releases()
    assert (first.id, first.state, first.title, first.measures) == ("first", "published", "January", (MEASURE,))
    assert first.withheld >= 1 and first.observations >= 3
    assert first.published_at.tzinfo is datetime.UTC and first.supersedes == ""
    assert released.release("first") == first == released.release("releases/first")
    with pytest.raises(peelian.RefusedError):
        released.release("second")


def test_a_query_of_a_release_has_no_small_count(peelian, released):
    found = {one.area: one for one in released.query(MEASURE, areas="borough", periods="2024-01", release="first")}
    assert found["E09000022"].value is None and found["E09000022"].missing == "suppressed"
    assert found["E09000022"].marker == "[c]" and found["E09000022"].conf_status == "C"
    # Counts of victims are rounded to the nearest 5.
    assert (found["E09000028"].value, found["E09000012"].value) == (40.0, 60.0)
    live = {one.area: one for one in released.query(MEASURE, areas="borough", periods="2024-01")}
    assert (live["E09000022"].value, live["E09000022"].conf_status) == (3.0, "A")
    assert (live["E09000028"].value, live["E09000028"].conf_status) == (41.0, "F")


def test_the_files_of_a_release(peelian, released, server, package, tmp_path):
    folder = released.export("first", tmp_path / "first")
    with (folder / "observations.csv").open(newline="", encoding="utf-8") as file:
        rows = {row["area"]: row for row in csv.DictReader(file)}
    assert (rows["E09000022"]["value"], rows["E09000022"]["marker"]) == ("", "[c]")
    assert float(rows["E09000028"]["value"]) == 40
    assert (folder / "manifest.sig").read_text()
    with pytest.raises(FileExistsError):
        released.export("first", tmp_path / "first")

    async def again():
        from peelian import aio

        async with await aio.connect(server.address) as exchange:
            (first,) = await exchange.releases()
            return await exchange.export(first.id, tmp_path / "again")

    written = asyncio.run(again())
    names = sorted(path.name for path in folder.iterdir())
    assert [(written / name).read_bytes() for name in names] == [(folder / name).read_bytes() for name in names]


def test_a_value_says_from_which_release_it_is(released):
    asked = {"areas": "borough", "periods": "2024-01"}
    assert {seen.release for seen in released.query(MEASURE, release="first", **asked)} == {"releases/first"}
    live = released.query(MEASURE, **asked)
    assert {seen.release for seen in live} == {""}
    assert live.to_pyarrow().schema.field("release").type == "string"


def test_an_edited_file_is_found(peelian, released, tmp_path):
    folder = released.export("first", tmp_path / "first")
    checked = peelian.verify_release(folder)
    assert (checked.release, len(checked.public_key)) == ("first", 64)
    assert checked.files + 2 == len(list(folder.iterdir()))
    assert peelian.verify_release(str(folder), checked.public_key.upper()) == checked
    with pytest.raises(peelian.VerificationError, match="is signed with the key"):
        peelian.verify_release(folder, "0" * 64)
    path = folder / "observations.csv"
    path.write_text(path.read_text().replace("40", "45", 1))
    (folder / "more.txt").write_text("more")
    with pytest.raises(peelian.VerificationError) as altered:
        peelian.verify_release(folder)
    assert [text.split()[0] for text in altered.value.differences] == ["observations.csv", "more.txt"]
    with pytest.raises(FileNotFoundError, match="nowhere"):
        peelian.verify_release(tmp_path / "nowhere")


def test_an_export_that_fails_leaves_no_folder(peelian, released, tmp_path):
    with pytest.raises(peelian.RefusedError, match="third"):
        released.export("third", tmp_path / "below" / "third")
    assert not (tmp_path / "below").exists()
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="cannot be written"):
        released.export("first", tmp_path / "file" / "folder")
    assert (tmp_path / "file").read_text() == ""


# The life of a release -----------------------------------------------------------------------------------------------

WHAT = {"measures": MEASURE, "areas": "borough", "periods": "2024-01"}


def submit(exchange, day, **counts):
    """Submits counts of boroughs, which take the place of those before."""
    lines = [f"{MEASURE},{area},2024-01,,{count},final,Made up\n" for area, count in (BOROUGHS | counts).items()]
    extracted = datetime.datetime(2026, 4, day, 9, 30, tzinfo=datetime.UTC)
    exchange.submit(
        "published_figure", (HEAD + "".join(lines)).encode(), agency="mps", period="2024-01", extracted=extracted
    )


@pytest.fixture
def own(peelian, binary, tmp_path):
    """An exchange that only this test uses, with figures."""
    server = Server(binary, tmp_path / "exchange").start()
    with peelian.connect(server.address) as exchange:
        submit(exchange, 2)
        yield exchange
    assert server.stop() == 0


def test_the_life_of_a_release(peelian, own):
    draft = own.create_release("a", title="January", **WHAT)
    assert (draft.id, draft.state, draft.title, draft.periods) == ("a", "draft", "January", ("2024-01",))
    assert draft == own.create_release("a", title="January", **WHAT)
    with pytest.raises(peelian.RefusedError):
        own.create_release("a", title="Another", **WHAT)

    review = own.review_release("a")
    assert review and review.release == draft and review.compared_with == "" and review.failed_checks == ()
    assert len(review.withheld) == draft.withheld == sum(review.withheld_by_reason.values())
    lambeth = {one.area: one for one in review.withheld}["E09000022"]
    assert (lambeth.area_name, lambeth.period, lambeth.breakdown) == ("Lambeth", "2024-01", "")
    assert lambeth.reason == "small_count" and review.withheld_by_reason["small_count"] >= 1
    assert review.sum == sum(BOROUGHS.values()) and review.suppressed_sum >= 3

    with pytest.raises(peelian.RefusedError) as early:
        own.publish_release("a")
    assert early.value.reason == "RELEASE_STATE"
    until = datetime.datetime(2100, 1, 1, tzinfo=datetime.UTC)
    assert own.approve_release("a", embargo=until).embargo_until == until
    with pytest.raises(peelian.RefusedError) as embargoed:
        own.publish_release("a")
    assert embargoed.value.reason == "EMBARGO"
    discarded = own.discard_release("a", "The embargo is wrong")
    assert discarded.state == "discarded" and discarded.events[-1].reason == "The embargo is wrong"

    own.create_release("b", title="January", **WHAT)
    own.approve_release("b")
    published = own.publish_release("b")
    assert [event.kind for event in published.events] == ["drafted", "approved", "published"]
    assert published.approval_by_unidentified and published.published_at == published.events[-1].at

    submit(own, 3, E09000012=80)
    own.create_release("c", title="January, again", supersedes="b", reason="Late returns", **WHAT)
    review = own.review_release("c")
    assert review.compared_with == "b" and review.differences == {"revised": 1}
    own.approve_release("c")
    assert own.publish_release("c").supersedes == "b" and own.release("b").superseded_by == "c"
    (revised,) = own.diff_releases("b", "c")
    assert (revised.kind, revised.area_name, revised.before, revised.after) == ("revised", "Hackney", 60.0, 80.0)
    assert own.diff_releases("b", "c").counts == {"revised": 1} and not own.diff_releases("b", "b")
    with pytest.raises(peelian.RefusedError):
        own.diff_releases("b", "z")
    assert own.restore_release("b", "The returns were wrong").state == "published"
    assert (own.releases()[0].id, own.releases()[0].state) == ("c", "superseded")


def test_arguments_of_a_release(own):
    with pytest.raises(TypeError, match="needs the argument 'periods'"):
        own.create_release("a", title="January", measures=MEASURE)
    with pytest.raises(TypeError, match="no argument 'breakdowns'"):
        own.create_release("a", title="January", breakdowns="sex", **WHAT)


def test_releases_are_watched(own):
    watch = own.watch_releases(wait=60)
    assert list(own.watch_releases(wait=0.2)) == []

    def make():
        for name in ("a", "b"):
            own.create_release(name, title=f"Of {name}", **WHAT)
            own.approve_release(name)
            own.publish_release(name)

    maker = threading.Thread(target=make)
    maker.start()
    assert [next(watch).id, next(watch).id] == ["a", "b"]
    maker.join()
    with pytest.raises(ValueError, match="seconds"):
        next(own.watch_releases(wait=-1))


def test_asyncio(peelian, own):
    from peelian import aio

    async def live():
        async with await aio.connect(own.target) as exchange:
            news = await exchange.watch_releases(wait=60)
            draft = await exchange.create_release("a", title="January", **WHAT)
            assert await exchange.review_release("a")
            await exchange.approve_release("a")
            await exchange.publish_release("a")
            first = await anext(news)
            assert (first.id, first.state, draft.state) == ("a", "published", "draft")
            await exchange.create_release("b", title="Again", supersedes="a", reason="A test", **WHAT)
            await exchange.approve_release("b")
            await exchange.publish_release("b")
            assert (await anext(news)).id == "b"
            assert len(await exchange.diff_releases("a", "b")) == 0
            await exchange.restore_release("a", "A test")
            assert (await anext(news)).id == "a"
            await exchange.create_release("c", title="Never", **WHAT)
            assert (await exchange.discard_release("c", "A test")).state == "discarded"
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(anext(news), 0.2)
            # A watch that nobody waits for ends with its connection.
            quick = await exchange.watch_releases(wait=0.1)
            return [release.id async for release in quick]

    assert asyncio.run(live()) == []


def test_a_watch_ends_with_the_exchange(peelian, binary, tmp_path):
    server = Server(binary, tmp_path / "data").start()
    with peelian.connect(server.address) as exchange:
        watch = exchange.watch_releases()
        stopping = threading.Thread(target=server.stop)
        stopping.start()
        assert list(watch) == []
        stopping.join()


def test_calls_about_releases_have_a_time_limit(peelian):
    with slow_server() as address, peelian.connect(address, timeout=0.5) as exchange:
        for call in (
            exchange.releases,
            lambda: exchange.create_release("a", title="January", **WHAT),
            lambda: exchange.export("a", "never"),
            exchange.watch_releases,
        ):
            with pytest.raises(peelian.UnreachableError, match=r"timeout of 0\.5 s"):
                call()
    assert not os.path.lexists("never")


# The command line ----------------------------------------------------------------------------------------------------

COMMANDS = "create list show review approve publish discard restore diff watch export verify".split()


@pytest.fixture
def run(package, binary, own, tmp_path):
    """Runs a command of releases, with the package or with the server, and returns what it prints."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PEELIAN_")}
    environment |= {"PEELIAN_SERVER": own.target, "PYTHONPATH": str(package), "COLUMNS": "100"}
    programs = {"peelian": [sys.executable, "-m", "peelian"], "peelian-server": [binary]}

    def run(*arguments, status=0, program="peelian"):
        command = [*programs[program], "release", *map(str, arguments)]
        done = subprocess.run(
            command, check=False, capture_output=True, text=True, timeout=120, env=environment, cwd=tmp_path
        )
        assert done.returncode == status, (arguments, done.returncode, done.stdout, done.stderr)
        return done.stdout if status == 0 else done.stdout + done.stderr

    run.environment, run.programs = environment, programs
    return run


def test_both_programs_have_the_same_commands(run):
    for command in COMMANDS:
        told = run(command, "--help")
        assert "--json" in told and len(told) > 300
        # Lines may end elsewhere where the name of the program is longer.
        other = run(command, "--help", program="peelian-server").replace("peelian-server", "peelian")
        assert told.split() == other.split()
    listed = run("--help")
    assert all(f"\n  {command} " in listed for command in COMMANDS) and "Exit codes: 0" in listed
    assert "peelian-server" not in listed and run("-h")


def test_the_commands_of_a_release(run, own, tmp_path):
    what = ["-m", MEASURE, "-a", "borough", "-p", "2024-01"]
    assert "no release that you may see" in run("list")
    made = json.loads(run("create", "a", "--title", "January", *what, "--json"))
    assert (made["name"], made["state"], made["plan"]["areas"]) == ("releases/a", "RELEASE_STATE_DRAFT", ["borough"])
    assert "There is no release in force to compare it with" in run("review", "a")
    assert json.loads(run("review", "a", "--json"))["failed_checks"] == []
    assert "is a draft and cannot be published" in run("publish", "a", status=3)
    assert "approved" in run("approve", "a")
    assert "NOT SHOWN THAT TWO PEOPLE" in run("publish", "a")
    submit(own, 3, E09000012=80)
    run("create", "b", "--title", "Again", *what, "--supersedes", "a", "--reason", "Late returns")
    run("approve", "b")
    run("publish", "b")
    differences = run("diff", "a", "b")
    assert "Differences: 1 revised." in differences and "Hackney" in differences
    (one,) = json.loads(run("diff", "a", "b", "--json"))["differences"]
    assert (one["kind"], one["before"]["value"], one["after"]["value"]) == ("DIFFERENCE_KIND_REVISED", 60.0, 80.0)
    run("restore", "a", "--reason", "The returns were wrong")
    for command in (["list"], ["list", "--json"], ["show", "a"], ["show", "b", "--json"], ["review", "b"]):
        assert run(*command) == run(*command, program="peelian-server"), command
    assert [one["name"] for one in json.loads(run("list", "--json"))] == ["releases/b", "releases/a"]
    assert "restored" in run("show", "a")
    run("create", "c", "--title", "Never", *what)
    assert "discarded" in run("discard", "c", "--reason", "Not needed")

    exported = json.loads(run("export", "a", tmp_path / "folder", "--json"))
    assert sorted(exported["files"]) == sorted(path.name for path in (tmp_path / "folder").iterdir())
    assert "is there already" in run("export", "a", tmp_path / "folder", status=3)
    checked = json.loads(run("verify", tmp_path / "folder", "--json"))
    assert (checked["release"], checked["differences"]) == ("a", [])
    key = tmp_path / "publisher.pub"
    key.write_text(checked["public_key"] + "\n")
    assert "with the key that was given" in run("verify", tmp_path / "folder", "--key", key)
    (tmp_path / "folder" / "README.txt").unlink()
    assert "README.txt is missing" in run("verify", tmp_path / "folder", status=3)
    told = run("verify", tmp_path / "folder", "--json", status=3)
    assert json.loads(told[: told.rindex("}") + 1])["differences"] == ["README.txt is missing"]


@pytest.mark.parametrize("program", ["peelian", "peelian-server"])
def test_exit_codes(run, program):
    assert "--title" in run("create", "a", status=2, program=program)
    assert "unrecognized" in run("nothing", status=2, program=program)
    assert "none" in run("show", "none", status=3, program=program)
    assert "no server answers" in run("list", "--server", "127.0.0.1:1", status=4, program=program)
    with slow_server() as address:
        told = run("list", "--server", address, "--timeout", "1", status=4, program=program)
    assert "timeout of 1 s" in told
    assert run("watch", "--wait", "1", program=program) == ""


def test_a_command_that_watches(run, own):
    names = (f"release-{number}" for number in itertools.count())

    def first_line(*arguments):
        """The command, and the first line that it prints. It tells nothing before it follows, so releases are published
        until it tells of one."""
        command = [*run.programs["peelian"], "release", "watch", *arguments]
        watching = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=run.environment)
        for name in itertools.islice(names, 100):
            own.create_release(name, title=f"Of {name}", **WHAT)
            own.approve_release(name)
            own.publish_release(name)
            if select.select([watching.stdout], [], [], 0.5)[0]:
                break
        return watching, watching.stdout.readline()

    watching, line = first_line("--limit", "1")
    assert "  releases/release-" in line and "  Of release-" in line
    assert watching.wait(20) == 0
    watching.stdout.close()
    watching, line = first_line("--json")
    assert json.loads(line)["state"] == "RELEASE_STATE_PUBLISHED"
    # Ctrl-C ends it at once.
    watching.send_signal(signal.SIGINT)
    assert watching.wait(20) == -signal.SIGINT
    watching.stdout.close()
