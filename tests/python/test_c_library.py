"""The C library, used by a C program that is compiled against its header."""

import subprocess

import pytest

PROGRAM = r"""
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "peelian.h"

#define CHECK(condition) \
  do { if (!(condition)) { printf("line %d: %s\n", __LINE__, #condition); return 1; } } while (0)

int main(void) {
  peelian_interval interval = {7, 7};
  CHECK(strcmp(peelian_version(), VERSION) == 0);
  CHECK(peelian_abi_version() == PEELIAN_ABI_VERSION);

  /* 272 of 400: published example, see the vectors of the Wilson method. */
  CHECK(peelian_wilson(272, 400, 0.95, &interval) == PEELIAN_STATUS_OK);
  CHECK(fabs(interval.lower - 0.63275970) < 1e-6 && fabs(interval.upper - 0.72381588) < 1e-6);

  /* What is refused is not written. */
  interval.lower = 7;
  CHECK(peelian_wilson(5, 4, 0.95, &interval) == PEELIAN_STATUS_INVALID_ARGUMENT);
  CHECK(peelian_wilson(1, 4, 95, &interval) == PEELIAN_STATUS_INVALID_ARGUMENT);
  CHECK(peelian_wilson(NAN, 4, 0.95, &interval) == PEELIAN_STATUS_INVALID_ARGUMENT);
  CHECK(peelian_wilson(1, 4, 0.95, NULL) == PEELIAN_STATUS_INVALID_ARGUMENT);
  CHECK(interval.lower == 7);
  return 0;
}
"""


@pytest.fixture(scope="module", params=["dynamic", "static"])
def program(request, root, release, tmp_path_factory):
    folder = tmp_path_factory.mktemp("c")
    source = folder / "program.c"
    source.write_text(PROGRAM)
    library = {
        "dynamic": [f"-L{release}", "-lpeelian", f"-Wl,-rpath,{release}"],
        "static": [str(release / "libpeelian.a"), "-lpthread", "-ldl"],
    }[request.param]
    version = next(line.split('"')[1] for line in (root / "Cargo.toml").open() if line.startswith("version = "))
    command = ["cc", "-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic", f'-DVERSION="{version}"']
    command += [f"-I{root}/ffi/include", str(source), "-o", str(folder / "program"), *library, "-lm"]
    subprocess.run(command, check=True)
    return folder / "program"


def test_a_c_program_gets_what_the_header_says(program):
    done = subprocess.run([program], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_library_exports_its_functions_and_nothing_else_of_its_own(release):
    listing = subprocess.run(
        ["nm", "--dynamic", "--defined-only", release / "libpeelian.so"], capture_output=True, text=True, check=True
    ).stdout
    exported = {line.split()[-1] for line in listing.splitlines()}
    assert {name for name in exported if name.startswith("peelian_")} == {
        "peelian_abi_version",
        "peelian_measure",
        "peelian_version",
        "peelian_wilson",
    }
