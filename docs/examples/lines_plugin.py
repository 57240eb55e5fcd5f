#!/usr/bin/python3
"""A source plugin in Python: each line of a document, "MODEL VALUE", is a score.

The protocol is at the top of proto/meridian/v1/source.proto. A plugin does no
I/O of its own and runs in a sandbox (docs/sandbox.md) that lets it read /usr and
its own folder, so the stubs stand beside it:

    protoc -I proto --python_out=FOLDER --grpc_python_out=FOLDER \
        --plugin=protoc-gen-grpc_python=/usr/bin/grpc_python_plugin \
        proto/meridian/v1/record.proto proto/meridian/v1/source.proto
    cp docs/examples/lines_plugin.py FOLDER/lines && chmod +x FOLDER/lines
    meridian-ingest --plugins FOLDER ...
"""

import concurrent.futures
import json
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import grpc  # noqa: E402
from meridian.v1 import record_pb2, source_pb2, source_pb2_grpc  # noqa: E402

ID, VERSION = "lines", "1.0.0"


class Lines(source_pb2_grpc.SourcePluginServicer):
    def Describe(self, request, context):
        return source_pb2.DescribeResponse(
            id=ID, version=VERSION, protocols=[1],
            summary="Scores, one a line: MODEL VALUE", streams=["lines"])

    def Check(self, request, context):
        return source_pb2.CheckResponse()  # there is nothing to configure

    def Read(self, messages, context):
        heads, texts = {}, {}
        for message in messages:
            if message.HasField("document"):
                heads[message.document.request] = message.document
                texts[message.document.request] = b""
            elif message.HasField("chunk"):
                texts[message.chunk.request] += message.chunk.data
            elif message.HasField("documents_done"):
                break
        for snapshot, (request, text) in enumerate(texts.items()):
            yield from self.snapshot(snapshot, heads[request], text.decode())
        yield source_pb2.FromPlugin(done=source_pb2.Done())

    def snapshot(self, number, head, text):
        yield source_pb2.FromPlugin(begin_snapshot=source_pb2.BeginSnapshot(
            snapshot=number, stream="lines", vintage=head.vintage_hint,
            coverage=record_pb2.Coverage(extent=record_pb2.Coverage.EXTENT_ALL),
            mode=record_pb2.SNAPSHOT_MODE_REPLACES))
        batch = source_pb2.RecordBatch(snapshot=number)
        for line, content in enumerate(text.splitlines(), 1):
            locator = record_pb2.Locator(document=head.request, line=line)
            try:
                model, value = content.split()
                score = record_pb2.Score(board="example/lines", category="full",
                                         method="raw", model=model,
                                         value=float(value))
            except ValueError:
                # Nothing is dropped silently: the host keeps place and reason.
                yield source_pb2.FromPlugin(rejected=source_pb2.Rejected(
                    locator=locator, why="expected MODEL VALUE",
                    excerpt=content[:512], stream="lines"))
                continue
            batch.rows.records.add(locator=locator, score=score)
        count = len(batch.rows.records)
        if count:
            yield source_pb2.FromPlugin(batch=batch)
        yield source_pb2.FromPlugin(end_snapshot=source_pb2.EndSnapshot(
            snapshot=number, count=count))


def main():
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(4))
    source_pb2_grpc.add_SourcePluginServicer_to_server(Lines(), server)
    server.add_insecure_port("unix:" + os.environ["MERIDIAN_PLUGIN_SOCKET"])
    server.start()
    hello = {"handshake": 1, "protocols": [1], "id": ID, "version": VERSION}
    os.write(3, json.dumps(hello).encode() + b"\n")
    os.close(3)
    sys.stdin.buffer.read()  # ends when the host is gone
    os._exit(0)


if __name__ == "__main__":
    main()
