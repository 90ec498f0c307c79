"""A running exchange and a client of it.

This module shares nothing with the project's own code: protoc makes the stubs from proto/, the rows are written by hand,
and the tests compute the expected answers.
"""

import csv
import io
import os
import sys
import tempfile
import uuid
from datetime import UTC, date, datetime
from pathlib import Path

import grpc
from google.protobuf.timestamp_pb2 import Timestamp
from google.rpc import error_details_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_status import rpc_status
from grpc_tools import protoc

import told

PROTO = Path(__file__).resolve().parents[2] / "proto"
STUBS = tempfile.TemporaryDirectory(prefix="peelian-stubs-")


def _generate(out):
    files = [str(path) for path in sorted(PROTO.rglob("*.proto"))]
    include = Path(protoc.__file__).parent / "_proto"
    status = protoc.main(
        ["protoc", f"-I{PROTO}", f"-I{include}", f"--python_out={out}", f"--grpc_python_out={out}", *files]
    )
    assert status == 0, "protoc refused proto/"


_generate(STUBS.name)
sys.path.insert(0, STUBS.name)

from peelian.records.v1 import crime_pb2, figure_pb2  # noqa: E402, F401
from peelian.v1 import (  # noqa: E402, F401
    access_pb2,
    access_pb2_grpc,
    catalogue_pb2,
    catalogue_pb2_grpc,
    coverage_pb2,
    coverage_pb2_grpc,
    observation_pb2,
    observation_pb2_grpc,
    release_pb2,
    release_pb2_grpc,
    submission_pb2,
    submission_pb2_grpc,
)

MODES = {
    "replace": submission_pb2.SUBMISSION_MODE_REPLACE_PERIOD,
    "merge": submission_pb2.SUBMISSION_MODE_MERGE,
    "delete": submission_pb2.SUBMISSION_MODE_DELETE,
}
SUBMITTED = observation_pb2.BASIS_SUBMITTED_FIGURE
COMPUTED = observation_pb2.BASIS_COMPUTED_FROM_RECORDS
# Size of a chunk, well below the limit of a message.
CHUNK = 1 << 20
# The instant of extraction, unless a submission states another.
EXTRACT = datetime(2026, 4, 2, 9, 30, tzinfo=UTC)


class Bearer(grpc.UnaryUnaryClientInterceptor, grpc.StreamUnaryClientInterceptor, grpc.UnaryStreamClientInterceptor):
    """Sends a token with every call."""

    def __init__(self, token):
        self.token = token

    def _call(self, continuation, details, request):
        metadata = [*(details.metadata or ()), ("authorization", f"Bearer {self.token}")]
        return continuation(details._replace(metadata=metadata), request)

    intercept_unary_unary = intercept_stream_unary = intercept_unary_stream = _call


class Client:
    """A partner's client, with the credentials of TLS. On a loopback address, a token may be sent without TLS."""

    def __init__(self, address, token=None, tls=None, options=()):
        # The tests send messages that are too large on purpose, so the client must not refuse them.
        options = [("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1), *options]
        if tls:
            self.channel = grpc.secure_channel(address, tls, options)
        else:
            self.channel = grpc.insecure_channel(address, options)
        if token:
            self.channel = grpc.intercept_channel(self.channel, Bearer(token))
        self.access = access_pb2_grpc.AccessServiceStub(self.channel)
        self.submissions = submission_pb2_grpc.SubmissionServiceStub(self.channel)
        self.observations = observation_pb2_grpc.ObservationServiceStub(self.channel)
        self.catalogue = catalogue_pb2_grpc.CatalogueServiceStub(self.channel)
        self.coverage = coverage_pb2_grpc.CoverageServiceStub(self.channel)
        self.releases = release_pb2_grpc.ReleaseServiceStub(self.channel)
        self.health = health_pb2_grpc.HealthStub(self.channel)

    def close(self):
        self.channel.close()

    def is_serving(self, service=""):
        reply = self.health.Check(health_pb2.HealthCheckRequest(service=service), timeout=10)
        return reply.status == health_pb2.HealthCheckResponse.SERVING

    def submit(self, dataset, start, end, *parts, timeout=300, **header):
        """Submits parts (see `csv_parts`, `arrow_parts`, `records`) and returns the receipt."""
        return self.send([header_part(dataset, start, end, **header), *parts], timeout=timeout)

    def send(self, messages, timeout=300):
        receipt = self.submissions.Submit(iter(messages), timeout=timeout).receipt
        told.gets(str(receipt))
        return receipt

    def findings(self, submission):
        found, token = [], ""
        while True:
            request = submission_pb2.ListFindingsRequest(parent=submission, page_size=1000, page_token=token)
            page = self.submissions.ListFindings(request, timeout=60)
            found += page.findings
            told.gets(str(page))
            token = page.next_page_token
            if not token:
                return found

    def list_submissions(self, agency="-", dataset=""):
        found, token = [], ""
        while True:
            request = submission_pb2.ListSubmissionsRequest(
                parent=f"agencies/{agency}", dataset=dataset, page_size=1000, page_token=token
            )
            page = self.submissions.ListSubmissions(request, timeout=60)
            found += page.submissions
            token = page.next_page_token
            if not token:
                return found

    def reports(self, **selection):
        """The reports that are expected, with what was received (one page)."""
        return list(self.coverage.ListReports(coverage_pb2.ListReportsRequest(**selection), timeout=60).reports)

    def query(self, measures, areas, periods, *, page_size=0, timeout=120, as_of=None, **query):
        """All observations of a query, page by page."""
        as_list = lambda value: [value] if isinstance(value, str) else list(value)
        query = observation_pb2.Query(
            measures=as_list(measures), areas=as_list(areas), periods=as_list(periods), as_of=as_of, **query
        )
        found, token = [], ""
        while True:
            request = observation_pb2.QueryObservationsRequest(query=query, page_size=page_size, page_token=token)
            page = self.observations.QueryObservations(request, timeout=timeout)
            found += page.observations
            token = page.next_page_token
            if not token:
                assert len(found) == page.total_size
                return found

    def value(self, measure, area, period, **query):
        """The value of a query that must give exactly one."""
        found = self.query(measure, area, period, **query)
        assert len(found) == 1, found
        assert found[0].WhichOneof("result") == "value", found[0]
        return found[0].value

    def total_rows(self, measure, area, period, **query):
        """Sum of the values of a count. Missing values count as 0."""
        return sum(seen.value for seen in self.query(measure, area, period, **query))


# Messages ------------------------------------------------------------------------------------------------------------


def timestamp(instant):
    stamp = Timestamp()
    stamp.FromDatetime(instant.astimezone(UTC).replace(tzinfo=None))
    return stamp


def header_part(dataset, start, end, *, mode="replace", agency="mps", request_id=None, extract=EXTRACT, **more):
    header = submission_pb2.SubmissionHeader(
        request_id=request_id or str(uuid.uuid4()),
        dataset=dataset,
        period_start_inclusive=start,
        period_end_inclusive=end,
        mode=MODES[mode],
        extract_instant=timestamp(extract),
        agency=agency,
        **more,
    )
    return submission_pb2.SubmitRequest(header=header)


def cut(content, size=CHUNK):
    return [content[at : at + size] for at in range(0, len(content), size)]


def csv_parts(rows, size=CHUNK):
    """Chunks of a CSV file. The rows are dictionaries, which may have different keys, or the bytes of a file."""
    content = rows if isinstance(rows, bytes) else csv_bytes(rows)
    told.sends_csv(content)
    return [submission_pb2.SubmitRequest(csv=chunk) for chunk in cut(content, size)]


def csv_bytes(rows):
    out = io.StringIO()
    names = dict.fromkeys(name for row in rows for name in row)
    writer = csv.DictWriter(out, fieldnames=list(names), restval="", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def arrow_bytes(table, **options):
    import pyarrow as pa

    told.sends(table.slice(0, told.ROWS).to_pylist())
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(**options)) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


def arrow_parts(table, size=CHUNK, **options):
    return [submission_pb2.SubmitRequest(arrow_ipc=chunk) for chunk in cut(arrow_bytes(table, **options), size)]


def records(kind, rows):
    """A chunk of typed records: `kind` is the name of the part, `crimes`."""
    part = submission_pb2.SubmitRequest()
    getattr(part, kind).rows.extend(rows)
    told.sends({field.name: value for field, value in row.ListFields()} for row in rows)
    return part


# Rows ----------------------------------------------------------------------------------------------------------------


def crime(ref, recorded, **fields):
    """A row of the dataset `crime`. It is theft from the person in Southwark without flags, unless `fields` differ."""
    return {
        "crime_ref": ref,
        "incident_ref": f"incident-{ref}",
        "record_status": "active",
        "recorded_at": recorded,
        "committed_from": recorded,
        "ho_class": "39",
        "victim_based": "true",
        "offence_borough": "E09000028",
        "flag_da": "no",
        "flag_hate": "",
        "flag_cse": "no",
        "flag_csa": "no",
        "flag_hba": "no",
        "flag_fm": "no",
        "flag_fgm": "no",
        "knife_use": "none",
        "gun_use": "none",
        **fields,
    }


def typed_crime(row):
    """The typed record of a row of texts of the dataset `crime`."""
    record = crime_pb2.Crime()
    for name, text in row.items():
        field = record.DESCRIPTOR.fields_by_name[name]
        if field.enum_type:
            numbers = {value.name: value.number for value in field.enum_type.values}
            prefix = next(name for name, number in numbers.items() if number == 0).removesuffix("UNSPECIFIED")
            found = [numbers[prefix + code.upper()] for code in text.split(";") if code]
            if field.is_repeated:
                getattr(record, name).extend(found)
            else:
                setattr(record, name, found[0])
        elif field.type == field.TYPE_BOOL:
            setattr(record, name, text == "true")
        else:
            setattr(record, name, text)
    return record


def pseudonym(name):
    """A pseudonym as an agency's key service would give it: 64 hexadecimal digits."""
    import hashlib

    return hashlib.sha256(f"test key/{name}".encode()).hexdigest()


def victim(ref, name, **fields):
    """A row of the dataset `crime_victim`."""
    return {
        "crime_ref": ref,
        "victim_seq": "1",
        "victim_type": "person",
        "victim_pid": pseudonym(name),
        "linkage_key_id": "key-1",
        "injury": "none",
        **fields,
    }


def figure(measure, area, period, numerator, **fields):
    """A row of the dataset `published_figure`."""
    return {
        "measure": measure,
        "area": area,
        "period": period,
        "breakdown": "",
        "numerator": numerator,
        "denominator": "",
        "status": "final",
        "source": "Test of the exchange",
        **fields,
    }


def months(first, last):
    """Months from `first` to `last` ("2017-02"), both included."""
    year, month = map(int, first.split("-"))
    found = []
    while (text := f"{year:04}-{month:02}") <= last:
        found.append(text)
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return found


def last_day(month):
    year, number = map(int, month.split("-"))
    following = date(year + number // 12, number % 12 + 1, 1)
    return date.fromordinal(following.toordinal() - 1).isoformat()


# Errors --------------------------------------------------------------------------------------------------------------


class Refusal:
    """A failed call: its code, its message and the details of google.rpc."""

    def __init__(self, error):
        self.code, self.message = error.code(), error.details()
        told.gets(f"{self.message} {rpc_status.from_call(error)}")
        self.reason, self.fields, self.metadata = "", [], {}
        status = rpc_status.from_call(error)
        for detail in status.details if status else []:
            info, request = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
            if detail.Unpack(info):
                self.reason, self.domain, self.metadata = info.reason, info.domain, dict(info.metadata)
            elif detail.Unpack(request):
                self.fields = [violation.field for violation in request.field_violations]

    def __repr__(self):
        return f"{self.code.name} {self.reason} {self.metadata} {self.fields}: {self.message}"


def refused(call, *arguments, **named):
    """Makes a call that must fail, and returns the refusal."""
    try:
        answer = call(*arguments, **named)
    except grpc.RpcError as error:
        return Refusal(error)
    raise AssertionError(f"not refused: {answer}")


def is_same(first, second):
    """Whether two lists of observations are the same bit for bit, without their ledger positions."""
    return [_bits(seen) for seen in first] == [_bits(seen) for seen in second]


def _bits(seen):
    copy = observation_pb2.Observation()
    copy.CopyFrom(seen)
    copy.ledger_position = 0
    return copy.SerializeToString(deterministic=True)


def cpu_count():
    return len(os.sched_getaffinity(0))
