"""Builds and runs C programs with the C library: with every available compiler, and under memory checkers."""

import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
INCLUDE = ROOT / "ffi" / "include"
# Compilers run as a partner would run them, with all warnings as errors.
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]
C99, CPP = ["-std=c99", *WARNINGS], ["-x", "c++", "-std=c++11", *WARNINGS]
SANITIZERS = ["-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
# Only leaks without any pointer to them. The library keeps what it loads once until the process ends.
VALGRIND = ["valgrind", "--quiet", "--leak-check=full", "--show-leak-kinds=definite,indirect"]
VALGRIND += ["--errors-for-leak-kinds=definite,indirect", "--error-exitcode=99"]
COMPILERS = [name for name in ("gcc", "clang") if shutil.which(name)]
# Libraries that a program needs in addition to the static library on Linux.
STATIC_LIBS = ["-lpthread", "-ldl", "-lm"]


def compile_only(compiler, flags, source, folder):
    command = [compiler, *flags, f"-I{INCLUDE}", "-c", source, "-o", folder / "out.o"]
    return subprocess.run(command, check=False, capture_output=True, text=True)


def build(release, folder, source, *, compiler="cc", flags=(), static=False):
    """Builds the program of a C99 file."""
    program = folder / f"{source.stem}-{compiler}{'-static' if static else ''}{'-checked' if flags else ''}"
    if static:
        library = [release / "libpeelian.a", *STATIC_LIBS]
    else:
        library = [f"-L{release}", "-lpeelian", f"-Wl,-rpath,{release}", "-lm"]
    command = [compiler, *C99, "-pthread", *flags, f"-I{INCLUDE}", source, "-o", program, *library]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return program


def run(program, *arguments, under=(), timeout=300, expected=0):
    """Runs a program to its end and returns its output."""
    # A sanitizer or the library may write more to standard error. A Rust backtrace would only make it longer.
    environment = {**os.environ, "RUST_BACKTRACE": "0"}
    command = [*under, program, *map(str, arguments)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=timeout, env=environment)
    assert done.returncode == expected, f"{done.returncode}\n{done.stdout[-4000:]}\n{done.stderr[-8000:]}"
    return done.stdout if expected == 0 else done.stderr
