"""The clients of the package, synchronous, for asyncio and the command line, with an exchange that knows its callers."""

import asyncio
import datetime
import os
import subprocess
import sys

import pytest

from identities import Keys, World

# It has the form of a token.
MADE_UP = "plt_3f0c5e9ab1d2_" + 64 * "0"


@pytest.fixture(scope="module")
def world(binary, tmp_path_factory):
    world = World(binary, tmp_path_factory.mktemp("identity"))
    world.certificate, world.key = world.keys.agency("mps")
    world.token_path = world.folder / "mps.token"
    world.token_file("mps", world.token_path)
    yield world
    assert world.server.stop() == 0


def test_a_certificate(peelian, world):
    with peelian.connect(
        world.url, ca=world.keys.authority, certificate=world.certificate, key=world.key
    ) as exchange:
        assert exchange.agencies()
    # An authority alone makes the connection encrypted.
    with peelian.connect(world.address, ca=str(world.keys.authority), token_file=world.token_path) as exchange:
        assert exchange.agencies()
    with peelian.connect(world.url, ca=world.keys.authority, token=world.token_path.read_text()) as exchange:
        assert exchange.agencies()


def test_asyncio(peelian, world):
    from peelian import aio

    async def ask(**access):
        async with await aio.connect(world.url, ca=world.keys.authority, **access) as exchange:
            return await exchange.agencies()

    assert asyncio.run(ask(certificate=world.certificate, key=world.key))
    assert asyncio.run(ask(token_file=world.token_path))
    with pytest.raises(peelian.RefusedError) as refused:
        asyncio.run(ask())
    assert refused.value.reason == "CREDENTIALS_MISSING"


def test_what_is_refused_has_its_reason(peelian, world):
    identifier, token = world.token("mps")
    with peelian.connect(world.url, ca=world.keys.authority, token=token) as exchange:
        assert exchange.agencies()
        world.revoke(identifier)
        with pytest.raises(peelian.RefusedError, match="was revoked") as refused:
            exchange.agencies()
        assert refused.value.reason == "TOKEN_REVOKED"


def test_what_is_wrong_with_the_connection_is_said(peelian, world, binary, tmp_path):
    other = Keys(binary, tmp_path / "other")
    with pytest.raises(peelian.UnreachableError, match="does not trust the authority"):
        peelian.connect(world.url, ca=other.authority)
    with pytest.raises(peelian.UnreachableError, match="connect to https://"):
        peelian.connect(world.address)
    certificate, key = other.agency("mps")
    with pytest.raises(peelian.UnreachableError, match="an authority that the exchange does not trust"):
        peelian.connect(world.url, ca=world.keys.authority, certificate=certificate, key=key).agencies()


def test_tls_to_an_exchange_without_it(peelian, server, world):
    with pytest.raises(peelian.UnreachableError, match="does not speak TLS"):
        peelian.connect(server.address, ca=world.keys.authority)


def test_files_that_cannot_be_used(peelian, world, tmp_path):
    def refused(match, **access):
        with pytest.raises(peelian.errors.CredentialsError, match=match) as failed:
            peelian.connect(world.url, **access)
        assert isinstance(failed.value, ValueError)

    refused("nothing-here", ca=tmp_path / "nothing-here")
    refused("come together", ca=world.keys.authority, certificate=world.certificate)
    refused("two tokens", ca=world.keys.authority, token=MADE_UP, token_file=world.token_path)
    open_file = tmp_path / "open.token"
    open_file.write_text(world.token_path.read_text())
    open_file.chmod(0o644)
    refused("chmod 600", ca=world.keys.authority, token_file=open_file)
    refused("does not go with", ca=world.keys.authority, certificate=world.certificate, key=_other_key(world))
    with pytest.raises(peelian.errors.CredentialsError, match="over TLS alone"):
        peelian.connect("192.0.2.1:50829", token=MADE_UP)
    with pytest.raises(TypeError, match="no argument"):
        peelian.connect(world.url, user="x")


def _other_key(world):
    path = world.keys.folder / "cps.key"
    return path if path.exists() else world.keys.agency("cps")[1]


def command(package, *arguments, **environment):
    command = [sys.executable, "-m", "peelian", *map(str, arguments)]
    environment = {
        **os.environ,
        "PYTHONPATH": str(package),
        **{name: str(value) for name, value in environment.items()},
    }
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=60, env=environment)


# A keyring in a file: a backend as any other, by the rules of the package keyring.
BACKEND = """
import json, keyring.backend, keyring.errors, pathlib

FILE = pathlib.Path(__file__).with_suffix(".json")

class Keyring(keyring.backend.KeyringBackend):
    priority = 1
    def get_password(self, service, name):
        if name == "locked":
            raise keyring.errors.KeyringLocked("it is locked")
        return json.loads(FILE.read_text()).get(f"{service}/{name}")
    def set_password(self, service, name, secret):
        FILE.write_text(json.dumps({f"{service}/{name}": secret}))
"""


@pytest.fixture
def in_keyring(world, tmp_path, monkeypatch):
    """The folder with a keyring that has the token `mps`. This process uses it."""
    (tmp_path / "backend_of_test.py").write_text(BACKEND)
    monkeypatch.syspath_prepend(tmp_path)
    import backend_of_test
    import keyring

    before = keyring.get_keyring()
    keyring.set_keyring(backend_of_test.Keyring())
    keyring.set_password("peelian", "mps", world.token_path.read_text().strip())
    yield tmp_path
    keyring.set_keyring(before)


def test_a_token_in_a_keyring(peelian, world, package, in_keyring, monkeypatch):
    in_own = {"ca": world.keys.authority, "token_keyring": "mps"}
    with peelian.connect(world.url, **in_own) as exchange:
        assert exchange.whoami().agency == "mps"
    for match, access in {
        "no token cps: store it with `keyring set peelian cps`": {"token_keyring": "cps"},
        "cannot be read: it is locked": {"token_keyring": "locked"},
        "two tokens": {"token_keyring": "mps", "token_file": world.token_path},
    }.items():
        with pytest.raises(peelian.errors.CredentialsError, match=match):
            peelian.connect(world.url, ca=world.keys.authority, **access)
    asked = ["whoami", "--server", world.url, "--ca", world.keys.authority]
    backend = {"PYTHON_KEYRING_BACKEND": "backend_of_test.Keyring", "PEELIAN_TOKEN_KEYRING": "mps"}
    done = command(f"{package}{os.pathsep}{in_keyring}", *asked, **backend)
    assert done.returncode == 0 and "mps" in done.stdout, done.stderr
    # Without the package, the message says what to install.
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(peelian.errors.CredentialsError, match=r"pip install 'peelian\[keyring\]'"):
        peelian.connect(world.url, **in_own)


def test_the_command_line(package, world):
    asked = ["coverage", "--server", world.url, "--ca", world.keys.authority]
    done = command(package, *asked, "--certificate", world.certificate, "--key", world.key)
    assert done.returncode == 0, done.stderr
    done = command(package, *asked, "--token-file", world.token_path)
    assert done.returncode == 0, done.stderr
    without = command(package, *asked)
    assert without.returncode == 3 and "does not answer callers" in without.stderr
    plain = command(package, "coverage", "--server", world.address)
    assert plain.returncode == 4 and "https://" in plain.stderr


def test_a_caller_is_told_what_its_token_is_for(peelian, world, package, tmp_path):
    path, access = tmp_path / "narrow.token", "peelian.v1.AccessService"
    world.token_file("mps", path, "--role", "submitter", "--dataset", "crime", "--method", access, "--days", "2")
    now = datetime.datetime.now(datetime.UTC)
    with peelian.connect(world.url, ca=world.keys.authority, token_file=path) as exchange:
        me = exchange.whoami()
    assert (me.agency, me.roles, me.identified_by) == ("mps", ("submitter",), f"token {me.token.id}")
    assert (me.token.datasets, me.token.methods) == (("crime",), (access,))
    assert datetime.timedelta(days=1) < me.token.expires_at - now <= datetime.timedelta(days=2)
    assert me.agreements == tuple(term.id for term in me.terms) == ("mps", "public")
    assert all(term.title and term.start < now.date() < term.expiry for term in me.terms)
    with peelian.connect(
        world.url, ca=world.keys.authority, certificate=world.certificate, key=world.key
    ) as exchange:
        assert exchange.whoami().token is None
    done = command(package, "whoami", "--server", world.url, "--ca", world.keys.authority, "--token-file", path)
    assert done.returncode == 0, done.stderr
    assert f"for {access}, submits crime alone" in done.stdout and f"{me.token.expires_at:%Y-%m-%d}" in done.stdout
    assert f"mps (until {me.terms[0].expiry})" in done.stdout


def test_the_environment(package, world):
    authority = {"PEELIAN_SERVER": world.url, "PEELIAN_CA": world.keys.authority}
    for own in (
        {"PEELIAN_CERTIFICATE": world.certificate, "PEELIAN_KEY": world.key},
        {"PEELIAN_TOKEN_FILE": world.token_path},
        {"PEELIAN_TOKEN": world.token_path.read_text().strip()},
    ):
        done = command(package, "coverage", **authority, **own)
        assert done.returncode == 0, done.stderr


def test_no_flag_takes_a_token(package, world):
    done = command(package, "coverage", "--token", "plt_a_b")
    assert done.returncode == 2 and "--token" in done.stderr
