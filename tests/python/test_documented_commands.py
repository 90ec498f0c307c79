"""Every command that a page shows exists, with the options that the page shows."""

import functools
import os
import re
import shlex
import subprocess
import sys

import pytest

# Options that stand before a command, and the words that a command line can begin with.
STARTS = {
    "peelian": "peelian",
    "peelian-server": "peelian-server",
    "cargo run --release --": "peelian-server",
}
# Texts that begin like a command: they are hashed.
NO_COMMANDS = {"pseudonym", "key check"}
# Pages of measures have no commands.
LEFT_OUT = ("docs/handbook/", "docs/adr/")


def pages(root):
    found = [root / "README.md", root / "CONTRIBUTING.md", *root.glob("docs/**/*.md"), *root.glob("python/**/*.md")]
    found += [root / "ffi" / "README.md", root / "python" / "docs" / "tutorial.ipynb"]
    names = {path.relative_to(root).as_posix(): path for path in found}
    return {name: path for name, path in names.items() if not name.startswith(LEFT_OUT)}


def commands(text):
    """The command lines of a page: those of its blocks, and those between backquotes."""
    blocks = re.findall(r"```(?:sh)?\n(.*?)```", text, re.DOTALL)
    lines = [line for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    for shown in [*lines, *re.findall(r"`([^`\n]+)`", text)]:
        # Each part of a pipe is a command.
        for part in re.split(r"\s[|&]+\s|;\s", shown):
            command = part.strip().removeprefix("sudo ").strip()
            for start, program in STARTS.items():
                line = command.removeprefix(start).strip()
                if command.startswith(f"{start} ") and line not in NO_COMMANDS:
                    yield program, line


@pytest.fixture(scope="module")
def help_of(binary, package):
    programs = {"peelian": [sys.executable, "-m", "peelian"], "peelian-server": [binary]}
    # A wide terminal, so that no option is cut.
    environment = os.environ | {"PYTHONPATH": str(package), "NO_COLOR": "1", "COLUMNS": "300", "TERM": "dumb"}

    @functools.cache
    def help_of(program, *words):
        done = subprocess.run(
            [*programs[program], *words, "--help"],
            check=False,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
        return done.stdout if done.returncode == 0 else None

    return help_of


def test_the_commands_of_every_page_exist(root, help_of):
    wrong, seen = [], 0
    for name, path in pages(root).items():
        for program, line in commands(path.read_text()):
            try:
                words = shlex.split(line, comments=True)
            except ValueError:
                continue  # The rest of a text that goes on in the next line.
            named = [word for word in words[:2] if re.fullmatch(r"[a-z-]+", word) and not word.startswith("-")]
            told = help_of(program, *named[:2]) or help_of(program, *named[:1])
            if told is None:
                wrong.append(f"{name}: {program} {line}")
                continue
            options = [word.split("=")[0] for word in words if re.match(r"--[a-z]", word)]
            wrong += [f"{name}: {program} {line}: {one}" for one in options if one != "--help" and one not in told]
            seen += 1
    assert not wrong, "\n".join(wrong)
    assert seen > 80
