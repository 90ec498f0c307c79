"""The server before any submission: its services, its catalogue and its command line."""

import gzip
import re
import subprocess

import grpc
import httpx
import pytest
import zstandard
from grpc_reflection.v1alpha import reflection_pb2

from exchange import PROTO, access_pb2, catalogue_pb2, refused, release_pb2
from process import Server


def raw_call(address, path, headers, message):
    """The first message of an answer as its bytes, with its flag and its length. No message for a refusal."""
    headers |= {"content-type": "application/grpc", "te": "trailers"}
    with httpx.Client(http1=False, http2=True, timeout=10) as http:
        return http.post(f"http://{address}{path}", headers=headers, content=message).content


def test_it_serves(client):
    assert client.is_serving()


# Version 1 has the same messages as v1alpha, by whose name older tools ask.
@pytest.mark.parametrize("version", ["v1", "v1alpha"])
def test_reflection_lists_every_service_of_the_contract(client, version):
    reflect = client.channel.stream_stream(
        f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo",
        request_serializer=reflection_pb2.ServerReflectionRequest.SerializeToString,
        response_deserializer=reflection_pb2.ServerReflectionResponse.FromString,
    )
    (reply,) = reflect(iter([reflection_pb2.ServerReflectionRequest(list_services="")]), timeout=10)
    services = {service.name for service in reply.list_services_response.service}
    declared = set()
    for path in (PROTO / "peelian" / "v1").glob("*.proto"):
        declared |= {f"peelian.v1.{name}" for name in re.findall(r"^service (\w+)", path.read_text(), re.MULTILINE)}
    assert len(declared) == 6
    assert declared | {"grpc.health.v1.Health"} <= services


def test_messages_are_compressed_for_callers_that_compress(client, server):
    asked = catalogue_pb2.ListMeasuresRequest(page_size=1000)
    plain, call = client.catalogue.ListMeasures.with_call(asked, timeout=10)
    assert "grpc-encoding" not in dict(call.initial_metadata())
    small = client.catalogue.ListMeasures(asked, timeout=10, compression=grpc.Compression.Gzip)
    assert small == plain
    for encoding, compress, expand in (
        ("gzip", gzip.compress, gzip.decompress),
        ("zstd", zstandard.compress, lambda body: zstandard.ZstdDecompressor().decompressobj().decompress(body)),
    ):
        headers = {"grpc-encoding": encoding, "grpc-accept-encoding": encoding}
        body = compress(asked.SerializeToString())
        frame = raw_call(
            server.address,
            "/peelian.v1.CatalogueService/ListMeasures",
            headers,
            b"\x01" + len(body).to_bytes(4) + body,
        )
        assert frame[0] == 1, encoding
        answer = expand(frame[5:])
        assert catalogue_pb2.ListMeasuresResponse.FromString(answer) == plain
        assert len(frame) < len(answer) / 3


def test_a_compressed_message_expands_to_no_more_than_one_that_is_not(client, server):
    body = gzip.compress(b"\0" * (64 << 20))
    assert len(body) < 1 << 20
    headers = {"grpc-encoding": "gzip"}
    path = "/peelian.v1.CatalogueService/ListMeasures"
    assert raw_call(server.address, path, headers, b"\x01" + len(body).to_bytes(4) + body) == b""
    assert client.is_serving()


def test_what_is_not_there_says_so(client):
    refusal = refused(client.releases.GetRelease, release_pb2.GetReleaseRequest(name="releases/none"), timeout=10)
    assert refusal.code == grpc.StatusCode.NOT_FOUND
    assert len(refusal.message) > 20, refusal


def test_a_caller_that_nobody_identified_is_told_so(client):
    me = client.access.WhoAmI(access_pb2.WhoAmIRequest(), timeout=10)
    assert (me.agency, list(me.agreements), me.identified_by) == ("", [], "loopback")
    assert me.permissions[0].startswith("everything: nobody identified the caller")


def declared_datasets():
    """Datasets and their fields, read from the text of proto/."""
    found = {}
    for path in sorted((PROTO / "peelian" / "records" / "v1").glob("*.proto")):
        for body in re.findall(r"^message \w+ \{\n(.*?)^\}", path.read_text(), re.MULTILINE | re.DOTALL):
            name = re.search(r'^    id: "(\w+)"', body, re.MULTILINE)
            if name:
                fields = re.findall(r"^  (?:optional |repeated )?[\w.]+ (\w+) = \d+", body, re.MULTILINE)
                found[name[1]] = fields
    return found


def test_the_data_dictionary_is_the_contract(client):
    declared = declared_datasets()
    listed = client.catalogue.ListDatasets(catalogue_pb2.ListDatasetsRequest(), timeout=10).datasets
    assert sorted(dataset.name for dataset in listed) == sorted(f"datasets/{name}" for name in declared)
    for name, fields in declared.items():
        request = catalogue_pb2.GetDatasetRequest(name=f"datasets/{name}")
        dataset = client.catalogue.GetDataset(request, timeout=10).dataset
        shown = [field.name for field in dataset.fields]
        assert shown == [field for field in fields if field in shown], name
        assert all(field.description for field in dataset.fields), name


def test_every_measure_says_what_it_is(client):
    measures = client.catalogue.ListMeasures(catalogue_pb2.ListMeasuresRequest(page_size=1000), timeout=10).measures
    assert len(measures) > 10
    for measure in measures:
        assert measure.title and measure.question and measure.unit and measure.value_kind, measure.name
        assert measure.version >= 1
        assert measure.polarity != catalogue_pb2.POLARITY_UNSPECIFIED, measure.name
        again = client.catalogue.GetMeasure(catalogue_pb2.GetMeasureRequest(name=measure.name), timeout=10)
        assert again.measure == measure
        assert again.versions[0] == measure.version


def test_what_is_not_known_is_named(client):
    refusal = refused(
        client.catalogue.GetMeasure, catalogue_pb2.GetMeasureRequest(name="measures/happiness"), timeout=10
    )
    assert refusal.code == grpc.StatusCode.NOT_FOUND
    assert "happiness" in refusal.message and refusal.domain == "peelian" and refusal.reason


def test_boroughs_are_listed_once(client):
    request = catalogue_pb2.ListAreasRequest(level="borough", page_size=1000)
    areas = client.catalogue.ListAreas(request, timeout=10).areas
    codes = [area.name.removeprefix("areas/") for area in areas]
    assert len(codes) == len(set(codes)) == 33
    assert codes == sorted(codes) and {"E09000001", "E09000028"} <= set(codes)


def test_it_listens_on_loopback_only(binary, tmp_path):
    command = [binary, "serve", "--listen", "0.0.0.0:0", "--data-dir", tmp_path / "data"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode != 0
    assert "loopback" in done.stderr


@pytest.mark.parametrize("command", ["serve", "demo", "synthesise"])
def test_help_teaches(binary, command):
    done = subprocess.run([binary, command, "--help"], check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0
    assert "Usage:" in done.stdout and "--" in done.stdout and len(done.stdout) > 500


def test_one_server_at_a_time_uses_a_folder(binary, server):
    command = [binary, "serve", "--listen", "127.0.0.1:0", "--data-dir", server.data_dir]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode != 0
    assert str(server.data_dir) in done.stderr


def test_it_stops_when_told(binary, tmp_path):
    server = Server(binary, tmp_path / "data").start()
    assert server.client().is_serving()
    assert server.stop() == 0
