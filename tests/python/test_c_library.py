"""The C library, used by C programs that are compiled against its header: with the flags of a partner, under valgrind,
and with the sanitizers of both compilers."""

import itertools
import os
import re
import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from c_programs import C99, COMPILERS, CPP, INCLUDE, ROOT, SANITIZERS, VALGRIND, build, compile_only, run
from conftest import RELEASE
from exchange import crime, csv_bytes, csv_parts, figure, victim
from identities import Keys, World
from identities import run as run_command
from process import Server, silent_port, slow_server
from test_fixtures import COPIES, REPEAT

HEADER = (INCLUDE / "peelian.h").read_text()
TESTS, EXAMPLES = ROOT / "ffi" / "tests", ROOT / "ffi" / "examples"
if missing := {"gcc", "clang"} - set(COMPILERS):
    print(f"test_c_library: {', '.join(missing)} is not installed: tested without", file=sys.stderr)

# How a program is built and run: its compiler and flags, and the command that runs it.
CHECKED = {
    "valgrind": {"under": VALGRIND},
    **{f"sanitizers of {compiler}": {"compiler": compiler, "flags": SANITIZERS} for compiler in COMPILERS},
}


@pytest.fixture(params=CHECKED)
def checked(request, release, tmp_path):
    """Builds a program and runs it under a memory checker."""
    how = dict(CHECKED[request.param])
    under = how.pop("under", ())
    if under and not shutil.which("valgrind"):
        pytest.skip("valgrind is not installed")

    def run_checked(source, *arguments, encrypts=False, **named):
        # Valgrind does not follow the assembly code of ring: it takes what that has encrypted for uninitialised.
        more = ["--undef-value-errors=no"] if under and encrypts else []
        return run(build(release, tmp_path, source, **how), *arguments, under=[*under, *more], **named)

    return run_checked


# The header ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("compiler", COMPILERS)
@pytest.mark.parametrize("flags", [C99, CPP, ["-x", "c++", "-std=c++20", *CPP[3:]]], ids=["c99", "c++11", "c++20"])
def test_the_header_is_clean(compiler, flags, tmp_path):
    source = tmp_path / "program.c"
    # A program may include the header twice.
    source.write_text('#include "peelian.h"\n#include "peelian.h"\nint main(void) { return 0; }\n')
    done = compile_only(compiler, flags, source, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


def functions():
    """The names of the functions that the header declares."""
    code = re.sub(r"/\*.*?\*/", "", HEADER, flags=re.DOTALL)
    return set(re.findall(r"\b(peelian_\w+)\(", re.sub(r"//.*", "", code)))


def test_the_library_exports_what_the_header_declares_and_nothing_else(release):
    command = ["nm", "--dynamic", "--defined-only", release / "libpeelian.so"]
    listing = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    exported = {line.split()[-1] for line in listing.splitlines()}
    assert exported == functions()
    assert len(exported) > 70


def test_every_declaration_is_documented():
    """Functions, types, members and constants have a comment directly before them."""
    lines = HEADER[HEADER.index("#endif /* ARROW_C_STREAM_INTERFACE */") :].splitlines()
    declared = re.compile(
        r"typedef |enum peelian_status peelian|(const )?(struct )?\w+ \**peelian_\w+\(|  \w.*[;,]$|#define "
    )
    undocumented = [
        line
        for before, line in itertools.pairwise(lines)
        if declared.match(line) and not before.lstrip().startswith("//") and not line.startswith("   ")
    ]
    assert undocumented == []


# A file of linkage keys: the worked example of docs/pseudonyms.md.
KEYS = """format = 1

[[key]]
name = "victims-2017"
domain = "police-victim"
identity = "name-birth-v1"
created_on = "2017-04-01"
check = "6b918702"
secret = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
"""


@pytest.fixture
def keys(tmp_path):
    path = tmp_path / "keys.toml"
    path.write_text(KEYS)
    return path


# The interface ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("compiler", COMPILERS)
def test_the_interface(compiler, release, tmp_path, keys):
    assert run(build(release, tmp_path, TESTS / "interface.c", compiler=compiler), keys) == ""


def test_the_static_library(release, tmp_path, keys):
    assert run(build(release, tmp_path, TESTS / "interface.c", static=True), keys) == ""


def test_the_interface_leaves_memory_in_order(checked, keys):
    assert checked(TESTS / "interface.c", keys) == ""


def test_arrow_leaves_memory_in_order(checked):
    assert checked(TESTS / "arrow.c") == ""


@pytest.fixture
def empty(binary, tmp_path):
    """An exchange that only this test uses."""
    server = Server(binary, tmp_path / "data").start()
    yield server
    assert server.stop() == 0


def test_an_exchange_through_the_interface(empty, checked):
    assert checked(TESTS / "exchange.c", empty.address) == ""


def test_an_exchange_that_knows_its_callers(binary, checked, tmp_path):
    world = World(binary, tmp_path)
    token = tmp_path / "mps.token"
    world.token_file("mps", token)
    other = Keys(binary, tmp_path / "other")
    arguments = world.address, world.keys.authority, other.authority, *world.keys.agency("mps"), token
    assert checked(TESTS / "identity.c", *arguments, encrypts=True) == ""
    assert world.server.stop() == 0


@pytest.fixture(scope="module")
def released(binary, tmp_path_factory):
    """An exchange with a release and the one that supersedes it: see ffi/tests/releases.c."""
    server = Server(binary, tmp_path_factory.mktemp("released") / "data").start()
    client = server.client()
    access = "--server", server.address
    what = "-m", "hate-crime-reports", "-a", "borough", "-p", "2024-01"
    for day, hackney, name, *more in (
        (2, 60, "first"),
        (3, 80, "second", "--supersedes", "first", "--reason", "Late returns are in"),
    ):
        counts = {"E09000028": 41, "E09000022": 3, "E09000012": hackney}
        rows = [figure("hate-crime-reports", area, "2024-01", str(count)) for area, count in counts.items()]
        extract = datetime(2026, 4, day, 9, 30, tzinfo=UTC)
        client.submit("published_figure", "2024-01-01", "2024-01-31", *csv_parts(rows), extract=extract)
        for step in (["create", name, "--title", f"The {name}", *what, *more], ["approve", name], ["publish", name]):
            run_command(binary, "release", *step, *access)
    client.close()
    yield server
    assert server.stop() == 0


def test_releases_through_the_interface(released, checked, tmp_path):
    assert checked(TESTS / "releases.c", released.address, tmp_path / "first") == ""


def test_a_caller_asks_what_it_may_do(binary, checked, tmp_path):
    world = World(binary, tmp_path)
    token = tmp_path / "mps.token"
    scope = [flag for name in ("Access", "Submission") for flag in ("--method", f"peelian.v1.{name}Service")]
    world.token_file("mps", token, "--role", "submitter", "--dataset", "crime", *scope)
    arguments = world.address, world.keys.authority, *world.keys.agency("mps", "analyst"), token
    assert checked(TESTS / "access.c", *arguments, encrypts=True) == ""
    assert world.server.stop() == 0


def test_a_call_to_a_port_that_never_answers_ends(release, tmp_path):
    program = build(release, tmp_path, TESTS / "deadline.c")
    with silent_port() as silent, slow_server() as slow:
        began = time.monotonic()
        assert run(program, silent, slow, timeout=40) == ""
    assert time.monotonic() - began < 20


# The examples ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def crimes_and_victims(tmp_path_factory):
    """The worked example of repeat victimisation, as two files."""
    folder = tmp_path_factory.mktemp("repeat")
    rows = [(f"{ref}/{copy}", f"{name}/{copy}", day) for copy in range(COPIES) for ref, name, day in REPEAT]
    (folder / "crimes.csv").write_bytes(csv_bytes([crime(ref, day) for ref, _, day in rows]))
    (folder / "victims.csv").write_bytes(csv_bytes([victim(ref, name) for ref, name, _ in rows]))
    return folder / "crimes.csv", folder / "victims.csv"


def test_example_repeat_victimisation(checked, crimes_and_victims, tmp_path):
    printed = checked(EXAMPLES / "repeat_victimisation.c", *crimes_and_victims, "2017-02")
    # 2 of 5 victims, ten times each, with Wilson limits.
    assert "20 of 50, 40.0% (27.6% to 53.8%, wilson)" in printed
    assert "crime: 90 rows, 0 with errors left out" in printed
    wrong = tmp_path / "wrong.csv"
    wrong.write_bytes(csv_bytes([crime("c1", "2017-02-03", victim_based="maybe", knife_use="maybe")]))
    said = checked(EXAMPLES / "repeat_victimisation.c", wrong, crimes_and_victims[1], "2017-02", expected=1)
    # The share does not read the field knife_use.
    assert "PEEL-" in said and "row 1 victim_based" in said and "knife_use" not in said


def test_examples_submit_and_query(checked, empty):
    printed = checked(EXAMPLES / "submit_records.c", empty.address)
    assert "sent: 1 of 1" in printed
    assert re.search(r"agencies/mps/submissions/\w+: 3 received, 3 created, 0 rejected", printed)
    printed = checked(EXAMPLES / "query_table.c", empty.address, "recorded-crime-volume", "borough", "2017-02")
    assert printed.count(" 2017-02 ") == 33
    assert re.search(r"Southwark +2017-02 +2\.0000 .*SYNTHETIC", printed)
    assert re.search(r"Barnet +2017-02 +0\.0000 ", printed)
    assert re.search(r"City of London +2017-02 +- +not_submitted +\[x\]", printed)
    said = checked(EXAMPLES / "query_table.c", empty.address, "knife-crimes", "borough", "2017-02", expected=1)
    assert "knife-crime-offences" in said


def test_example_read_release(checked, released, tmp_path):
    arguments = released.address, "first", "hate-crime-reports", "borough", "2024-01", tmp_path / "folder"
    printed = checked(EXAMPLES / "read_release.c", *arguments)
    assert re.search(r"second +published +The second: 33 observations, \d+ of them withheld", printed)
    assert re.search(r"Southwark +2024-01 +40 \(releases/first\)", printed)
    assert re.search(r"Lambeth +2024-01 +\[c\] suppressed \(releases/first\)", printed)
    assert re.search(
        r"\d+ files are in .*folder\nThey are as they were published, signed with [0-9a-f]{64}\n", printed
    )
    said = checked(EXAMPLES / "read_release.c", *arguments, expected=1)
    assert "is there already" in said


# Installing --------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The folder into which `cargo cinstall` has installed the library."""
    found = shutil.which("cargo-cinstall", path=f"{RELEASE.parent / 'tools' / 'bin'}:{os.environ['PATH']}")
    # An older version cannot read a manifest of this edition.
    version = (
        subprocess.run([found, "--version"], check=False, capture_output=True, text=True).stdout if found else ""
    )
    if not re.search(r"\b0\.1\d\.", version):
        pytest.skip("cargo-c 0.10 is not installed (cargo install cargo-c --version 0.10.24 --locked)")
    prefix = tmp_path_factory.mktemp("prefix")
    # Through cargo, as a user does: rustup then chooses the toolchain that compiles the dependencies.
    command = [
        shutil.which("cargo"),
        "cinstall",
        "--release",
        "--offline",
        f"--prefix={prefix}",
        f"--libdir={prefix}/lib",
    ]
    environment = os.environ | {"PATH": f"{Path(found).parent}:{os.environ['PATH']}"}
    done = subprocess.run(command, check=False, cwd=ROOT / "ffi", capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr[-4000:]
    return prefix


def test_it_installs_for_pkg_config(installed, tmp_path, crimes_and_victims):
    environment = {**os.environ, "PKG_CONFIG_PATH": str(installed / "lib" / "pkgconfig")}
    flags = subprocess.run(
        ["pkg-config", "--cflags", "--libs", "peelian"], capture_output=True, text=True, check=True, env=environment
    ).stdout.split()
    program = tmp_path / "program"
    command = ["cc", EXAMPLES / "repeat_victimisation.c", *flags, f"-Wl,-rpath,{installed}/lib", "-o", program]
    subprocess.run(command, check=True)
    assert "20 of 50" in run(program, *crimes_and_victims, "2017-02")
    headers = subprocess.run(["readelf", "-d", program], capture_output=True, text=True, check=True).stdout
    # The name of the library has the minor version: until 1.0 each minor version may break programs compiled before.
    series = ".".join(re.search(r'PEELIAN_VERSION "(.*)"', HEADER)[1].split(".")[:2])
    assert f"[libpeelian.so.{series}]" in headers


@pytest.mark.parametrize("target", ["peelian::peelian", "peelian::peelian_static"])
def test_it_installs_for_cmake(installed, target, tmp_path, crimes_and_victims):
    if not shutil.which("cmake"):
        pytest.skip("cmake is not installed")
    (tmp_path / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.21)\nproject(example C)\nfind_package(peelian 0.1 REQUIRED)\n"
        f"add_executable(example {EXAMPLES}/repeat_victimisation.c)\ntarget_link_libraries(example PRIVATE {target})\n"
    )
    build_folder = tmp_path / "build"
    for command in (
        ["cmake", "-S", tmp_path, "-B", build_folder, f"-DCMAKE_PREFIX_PATH={installed}"],
        ["cmake", "--build", build_folder],
    ):
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
    assert "20 of 50" in run(build_folder / "example", *crimes_and_victims, "2017-02")
