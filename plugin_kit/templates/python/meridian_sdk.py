"""What a source plugin in Python is written with. The protocol is at the top of
meridian/v1/source.proto; docs/write-a-source.md tells the story.

    class TheSource(Source): id, version, ...; check(); read()
    run(TheSource())
"""

import concurrent.futures
import json
import os
import queue
import sys
import threading

import grpc
from meridian.v1 import record_pb2, source_pb2

# The kinds of records.
Alias = record_pb2.Alias
Indicator = record_pb2.Indicator
Licence = record_pb2.Licence
Model = record_pb2.Model
Offering = record_pb2.Offering
Organization = record_pb2.Organization
Price = record_pb2.Price
Score = record_pb2.Score
Usage = record_pb2.Usage
Vote = record_pb2.Vote

_PROTOCOL = 1


class BadDocument(Exception):
    """The document cannot be read at all: what, where, what was expected."""


class FetchFailed(Exception):
    """A document that was asked for could not be had."""


class Document:
    """A document as the host hands it over."""

    def __init__(self, head, data):
        self.head = head
        self.request = head.request
        self.path = head.path
        self.uri = head.uri
        self.headers = dict(head.headers)
        self.vintage_hint = head.vintage_hint
        self.data = data

    def text(self, encoding="utf-8-sig"):
        """The bytes as text. BadDocument when they are not."""
        try:
            return self.data.decode(encoding)
        except UnicodeDecodeError as error:
            raise BadDocument(f"'{self.path}': byte {error.start} is not "
                              f"{encoding}") from None


class Source:
    """A source plugin. Override the fields and the two methods."""

    id = ""
    version = ""
    summary = ""
    streams = []
    document_kinds = []
    config_schema = {"type": "object", "additionalProperties": False}
    data_licence = ""

    def check(self, config):
        """Yields (path, message, fix) for each problem of a configuration."""
        for key in config:
            yield key, "not known", "leave it out"

    def read(self, config, documents, out):
        """Reads `documents`, an iterator of Document, into `out`."""
        raise NotImplementedError


class Snapshot:
    """What one publication replaces as a whole, being written."""

    def __init__(self, out, number):
        self._out = out
        self._number = number
        self._count = 0
        self._batch = source_pb2.RecordBatch(snapshot=number)
        self._bytes = 0

    def emit(self, document, *, line=0, line_end=0, pointer="", column="",
             notes=(), **kind):
        """One record and where it stands; kind: score=..., model=..., ..."""
        record = record_pb2.Record(notes=notes, **kind)
        record.locator.CopyFrom(_locator(document, line, line_end, pointer,
                                         column))
        self._batch.rows.records.append(record)
        self._count += 1
        self._bytes += record.ByteSize()
        if self._bytes >= self._out.batch_bytes:
            self._flush()

    def end(self):
        self._flush()
        self._out.send(end_snapshot=source_pb2.EndSnapshot(
            snapshot=self._number, count=self._count))

    def _flush(self):
        if self._batch.rows.records:
            self._out.send(batch=self._batch)
        self._batch = source_pb2.RecordBatch(snapshot=self._number)
        self._bytes = 0


class Out:
    """Where what was read goes."""

    def __init__(self, batch_bytes):
        self.batch_bytes = batch_bytes
        self._messages = queue.Queue(maxsize=8)
        self._snapshots = 0

    def begin(self, *, stream, vintage, coverage, top=0):
        """A snapshot. `vintage` as the document states it (vintage("2026-05",
        stated=True)), else document.vintage_hint; coverage ALL, TOP or SOME."""
        extent = record_pb2.Coverage.Extent.Value("EXTENT_" + coverage)
        begin = source_pb2.BeginSnapshot(
            snapshot=self._snapshots, stream=stream, vintage=vintage,
            coverage=record_pb2.Coverage(extent=extent),
            mode=record_pb2.SNAPSHOT_MODE_REPLACES)
        if top:
            begin.coverage.top = top
        self._snapshots += 1
        self.send(begin_snapshot=begin)
        return Snapshot(self, begin.snapshot)

    def reject(self, document, why, excerpt, *, line=0, pointer="", stream=""):
        """A row that cannot be read: why, and what was expected."""
        self.send(rejected=source_pb2.Rejected(
            locator=_locator(document, line, 0, pointer, ""), why=why,
            excerpt=excerpt[:500], stream=stream))

    def diagnose(self, message, severity="WARNING"):
        """Something to tell the operator: INFO or WARNING."""
        self.send(diagnostic=source_pb2.Diagnostic(
            severity="SEVERITY_" + severity, message=message))

    def send(self, **message):
        self._messages.put(source_pb2.FromPlugin(**message))

    def close(self, error=None):
        self._messages.put(error)

    def messages(self):
        while True:
            message = self._messages.get()
            if message is None:
                return
            if isinstance(message, BaseException):
                raise message
            yield message


def vintage(date, stated):
    """A date YYYY, YYYY-MM or YYYY-MM-DD as a vintage."""
    precision = {4: "YEAR", 7: "MONTH", 10: "DAY"}[len(date)]
    return record_pb2.Vintage(
        date=date, precision="PRECISION_" + precision,
        basis="VINTAGE_BASIS_STATED" if stated else "VINTAGE_BASIS_CONFIG")


def _locator(document, line, line_end, pointer, column):
    locator = record_pb2.Locator(document=document.request)
    if line:
        locator.line = line
    if line_end:
        locator.line_end = line_end
    if pointer:
        locator.pointer = pointer
    if column:
        locator.column = column
    return locator


class _Documents:
    """The documents of a read, one at a time; those asked for come after."""

    def __init__(self, messages, out):
        self._messages = messages
        self._out = out
        self._asked = set()
        self._next_request = 1 << 20
        self._done = False

    def fetch(self, uri):
        """Asks the host for another document; it comes out of the iterator."""
        self._asked.add(self._next_request)
        self._out.send(fetch=source_pb2.Fetch(request=self._next_request,
                                              uri=uri))
        self._next_request += 1

    def __iter__(self):
        head, data = None, []
        while not (self._done and not self._asked):
            message = next(self._messages, None)
            if message is None:
                return
            what = message.WhichOneof("message")
            if what == "document":
                head, data = message.document, []
            elif what == "chunk":
                data.append(message.chunk.data)
                if message.chunk.last:
                    self._asked.discard(head.request)
                    yield Document(head, b"".join(data))
            elif what == "fetch_failed":
                raise FetchFailed(message.fetch_failed.why)
            elif what == "documents_done":
                self._done = True
            elif what == "drain":
                return


class _Service:
    def __init__(self, source):
        self.source = source

    def describe(self, request, context):
        source = self.source
        return source_pb2.DescribeResponse(
            id=source.id, version=source.version, protocols=[_PROTOCOL],
            summary=source.summary, streams=source.streams,
            config_json_schema=json.dumps(source.config_schema),
            document_kinds=source.document_kinds,
            data_licence=source.data_licence)

    def check(self, request, context):
        return source_pb2.CheckResponse(problems=[
            source_pb2.Problem(path=path, message=message, fix=fix)
            for path, message, fix in
            self.source.check(json.loads(request.config_json))])

    def read(self, messages, context):
        begin = next(messages).open
        out = Out(begin.limits.target_batch_bytes or 1 << 20)

        def work():
            try:
                self.source.read(json.loads(begin.config_json),
                                 _Documents(messages, out), out)
                out.send(done=source_pb2.Done())
                out.close()
            except BaseException as error:  # Told to the host below.
                out.close(error)

        threading.Thread(target=work, daemon=True).start()
        try:
            yield from out.messages()
        except (BadDocument, FetchFailed) as error:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))


def run(source):
    """Serves `source` to the host that started this process."""
    if os.environ.get("MERIDIAN_PLUGIN") != "1":
        sys.exit(f"{source.id} {source.version}: a source plugin of Meridian; "
                 "the ingest service starts it (see 'meridian plugin run')")
    service = _Service(source)
    methods = {
        "Describe": grpc.unary_unary_rpc_method_handler(
            service.describe, source_pb2.DescribeRequest.FromString,
            source_pb2.DescribeResponse.SerializeToString),
        "Check": grpc.unary_unary_rpc_method_handler(
            service.check, source_pb2.CheckRequest.FromString,
            source_pb2.CheckResponse.SerializeToString),
        "Read": grpc.stream_stream_rpc_method_handler(
            service.read, source_pb2.FromHost.FromString,
            source_pb2.FromPlugin.SerializeToString),
    }
    server = grpc.server(
        concurrent.futures.ThreadPoolExecutor(2),
        options=[("grpc.max_receive_message_length", 16 << 20)])
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(
        "meridian.v1.SourcePlugin", methods),))
    server.add_insecure_port("unix:" + os.environ["MERIDIAN_PLUGIN_SOCKET"])
    server.start()
    hello = {"handshake": 1, "protocols": [_PROTOCOL], "id": source.id,
             "version": source.version}
    os.write(3, json.dumps(hello).encode() + b"\n")
    os.close(3)
    sys.stdin.buffer.read()  # Ends when the host is gone.
    os._exit(0)
