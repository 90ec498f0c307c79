"""Who calls, as a client sees it that shares no code with the exchange: gRPC for Python, and TLS of OpenSSL."""

import csv
import io
import json
import socket
import ssl
import time

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from exchange import access_pb2, access_pb2_grpc, catalogue_pb2, catalogue_pb2_grpc, refused
from identities import EXCHANGE, Keys, World


@pytest.fixture(scope="module")
def world(binary, tmp_path_factory):
    world = World(binary, tmp_path_factory.mktemp("identity"))
    yield world
    assert world.server.stop() == 0
    log, audit = world.server.log(), str(world.server.audit())
    assert world.secrets
    for secret in ("PRIVATE KEY", *world.secrets):
        assert secret not in log and secret not in audit
    # Every refusal is in the audit log with its reason, those in the handshake too.
    for reason in (
        "CREDENTIALS_MISSING",
        "TOKEN_EXPIRED",
        "TOKEN_REVOKED",
        "TOKEN_SCOPE",
        "TOKEN_UNKNOWN",
        "UnknownIssuer",
        # A client that speaks older versions of TLS alone, and one that speaks none.
        "peer is incompatible",
        "received corrupt message",
    ):
        assert reason in audit, reason
    assert world.server.run("audit", "verify").returncode == 0


def ask(world, authority=None, pair=(None, None), token=None, address=None):
    """Asks for the agencies."""
    certificate, key = (path and path.read_bytes() for path in pair)
    authority = (authority or world.keys.authority).read_bytes()
    credentials = grpc.ssl_channel_credentials(authority, key, certificate)
    if token:
        credentials = grpc.composite_channel_credentials(credentials, grpc.access_token_call_credentials(token))
    with grpc.secure_channel(address or world.address, credentials) as channel:
        catalogue = catalogue_pb2_grpc.CatalogueServiceStub(channel)
        return catalogue.ListAgencies(catalogue_pb2.ListAgenciesRequest(), timeout=20)


def test_an_agency_is_known_by_its_certificate_or_its_token(world):
    assert ask(world, pair=world.keys.agency("mps")).agencies
    assert ask(world, pair=world.keys.agency("mopac", "statistician")).agencies
    assert ask(world, token=world.token("mps")[1]).agencies


def test_a_caller_without_an_identity_is_refused(world):
    refusal = refused(ask, world)
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.UNAUTHENTICATED, "CREDENTIALS_MISSING")
    assert refusal.domain == "peelian" and "docs/identity.md" in refusal.message


def test_health_is_told_to_everybody(world):
    credentials = grpc.ssl_channel_credentials(world.keys.authority.read_bytes())
    with grpc.secure_channel(world.address, credentials) as channel:
        health = health_pb2_grpc.HealthStub(channel)
        reply = health.Check(health_pb2.HealthCheckRequest(), timeout=20)
        assert reply.status == health_pb2.HealthCheckResponse.SERVING
        access = access_pb2_grpc.AccessServiceStub(channel)
        assert refused(access.WhoAmI, access_pb2.WhoAmIRequest(), timeout=20).reason == "CREDENTIALS_MISSING"


def test_a_certificate_of_another_authority_ends_the_connection(world, binary, tmp_path):
    other = Keys(binary, tmp_path / "other", EXCHANGE)
    refusal = refused(ask, world, pair=other.agency("mps"))
    assert refusal.code == grpc.StatusCode.UNAVAILABLE
    assert world.logged("refused in its TLS handshake") and world.logged("UnknownIssuer")


def test_a_client_does_not_believe_another_authority(world, binary, tmp_path):
    other = Keys(binary, tmp_path / "other", EXCHANGE)
    refusal = refused(ask, world, authority=other.authority)
    assert refusal.code == grpc.StatusCode.UNAVAILABLE and "CERTIFICATE_VERIFY_FAILED" in refusal.message


def test_a_certificate_of_another_exchange_names_nobody(binary, tmp_path):
    (tmp_path / "other").mkdir()
    other = Keys(binary, tmp_path / "other" / "keys", "other.test")
    world = World(binary, tmp_path)
    trusted = tmp_path / "keys" / "authority.pem"
    trusted.write_text(trusted.read_text() + other.authority.read_text())
    pair, reason = other.agency("mps"), ""
    # The server looks at its files once a second.
    for _ in range(100):
        if reason := refused(ask, world, pair=pair).reason:
            break
        time.sleep(0.1)
    assert reason == "CERTIFICATE_OF_ANOTHER_EXCHANGE"
    assert world.server.stop() == 0


@pytest.mark.parametrize(
    ("flags", "reason"),
    [
        (["--not-before", "2090-01-01T00:00:00Z"], "TOKEN_NOT_YET_VALID"),
        (["--not-before", "2020-01-01T00:00:00Z"], "TOKEN_EXPIRED"),
        (["--method", "peelian.v1.SubmissionService/Submit"], "TOKEN_SCOPE"),
    ],
)
def test_a_token_that_does_not_hold_is_refused(world, flags, reason):
    assert refused(ask, world, token=world.token("mps", *flags)[1]).reason == reason
    assert world.logged(reason)


def test_a_token_that_nobody_made_is_refused(world):
    identifier, token = world.token("mps")
    assert refused(ask, world, token=f"plt_{identifier}_{'0' * 64}").reason == "TOKEN_UNKNOWN"
    assert refused(ask, world, token=token[:-1]).reason == "CREDENTIALS_UNREADABLE"


def test_a_token_is_revoked_while_its_connection_is_open(world):
    identifier, token = world.token("mps")
    credentials = grpc.ssl_channel_credentials(world.keys.authority.read_bytes())
    with grpc.secure_channel(world.address, credentials) as channel:
        catalogue = catalogue_pb2_grpc.CatalogueServiceStub(channel)
        call = {"metadata": [("authorization", f"Bearer {token}")], "timeout": 20}
        catalogue.ListAgencies(catalogue_pb2.ListAgenciesRequest(), **call)
        world.revoke(identifier)
        refusal = refused(catalogue.ListAgencies, catalogue_pb2.ListAgenciesRequest(), **call)
        assert refusal.reason == "TOKEN_REVOKED"


def test_tokens_and_calls_are_listed_for_a_program(world):
    """Lists of the operator's commands are JSON and CSV, as those of the client's commands are, and tell no secret."""

    def listed(*command):
        told = world.server.run(*command, "--format", "json")
        assert told.returncode == 0 and not any(secret in told.stdout for secret in world.secrets)
        titles, *lines = csv.reader(io.StringIO(world.server.run(*command, "--format", "csv").stdout))
        return json.loads(told.stdout), [dict(zip(titles, line, strict=True)) for line in lines]

    identifier, token = world.token("mps", "--dataset", "crime")
    ask(world, token=token)
    world.revoke(identifier)
    objects, rows = listed("token", "list")
    assert [one["id"] for one in objects] == [row["id"] for row in rows]
    mine, row = objects[-1], rows[-1]
    assert (mine["id"], mine["agency"], mine["datasets"]) == (identifier, "mps", ["crime"])
    assert (mine["standing"], mine["roles"]) == ("revoked", ["submitter", "analyst"])
    assert "secret_sha256" not in mine and "rotated_with" not in mine
    assert (row["scope"], row["standing"], row["rotated_with"]) == ("crime", "revoked", "")

    ask(world, token=world.token("mps")[1])
    time.sleep(1)  # A call is recorded within half a second.
    objects, rows = listed("audit", "list", "--agency", "mps", "--limit", "1000000000000")
    assert [str(one["n"]) for one in objects] == [row["n"] for row in rows]
    assert {one["event"]["agency"] for one in objects} == {row["agency"] for row in rows} == {"mps"}
    assert rows[0]["method"] == "ListAgencies" and len(rows) > 1
    assert len(listed("audit", "list", "--agency", "mps", "--limit", "1")[1]) == 1

    # Who was refused is told with the token, although its holder is nobody any more.
    assert refused(ask, world, token=token).reason == "TOKEN_REVOKED"
    time.sleep(1)
    _, rows = listed("audit", "list", "--denied")
    assert (rows[-1]["agency"], rows[-1]["outcome"]) == (f"token {identifier}", "TOKEN_REVOKED")


def test_a_client_without_tls_is_not_served(world):
    with grpc.insecure_channel(world.address) as channel:
        catalogue = catalogue_pb2_grpc.CatalogueServiceStub(channel)
        refusal = refused(catalogue.ListAgencies, catalogue_pb2.ListAgenciesRequest(), timeout=20)
    assert refusal.code == grpc.StatusCode.UNAVAILABLE


@pytest.mark.parametrize(("newest", "accepted"), [("TLSv1_1", False), ("TLSv1_2", True), ("TLSv1_3", True)])
def test_only_tls_1_2_and_later_are_spoken(world, newest, accepted):
    context = ssl.create_default_context(cafile=world.keys.authority)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.maximum_version = getattr(ssl.TLSVersion, newest)
    host, port = world.address.rsplit(":", 1)

    def shake_hands():
        plain = socket.create_connection((host, int(port)), timeout=20)
        with plain, context.wrap_socket(plain, server_hostname=host) as stream:
            return stream.version()

    if accepted:
        assert shake_hands().replace(".", "_") == newest
    else:
        with pytest.raises(ssl.SSLError):
            shake_hands()


def test_an_answer_to_nobody_says_so(client):
    call = client.catalogue.ListAgencies.with_call(catalogue_pb2.ListAgenciesRequest(), timeout=20)[1]
    assert ("peelian-identity", "none (loopback only)") in [(key, value) for key, value in call.initial_metadata()]
