"""Asks who leads, and what the answer rests on, with Debian's own Python gRPC
(python3-grpcio, python3-protobuf).

Generate the stubs once (protobuf-compiler-grpc has the plugin), then run:

    protoc -I proto --python_out=stubs --grpc_python_out=stubs \
        --plugin=protoc-gen-grpc_python=/usr/bin/grpc_python_plugin \
        proto/meridian/v1/record.proto proto/meridian/v1/analysis.proto
    PYTHONPATH=stubs /usr/bin/python3 docs/examples/gap.py 127.0.0.1:7402 2025-02-14
"""

import sys

import grpc

from meridian.v1 import analysis_pb2, analysis_pb2_grpc


def main(address, as_of):
    with grpc.insecure_channel(address) as channel:
        service = analysis_pb2_grpc.AnalysisServiceStub(channel)
        request = analysis_pb2.CompareGroupsRequest(
            context=analysis_pb2.QueryContext(as_of=as_of),
            board="lmarena/text",
            method="raw",
            groups=[
                # A named group of the catalog, and one of our own.
                analysis_pb2.NamedGroup(name="US"),
                analysis_pb2.NamedGroup(
                    name="China", expression='model.country == "CN"'),
            ],
        )
        try:
            answer = service.CompareGroups(request, timeout=10)
        except grpc.RpcError as error:
            sys.exit(f"{error.code().name}: {error.details()}")

    point = answer.points[0]
    gap = point.gaps[0]
    if not gap.HasField("points"):
        sys.exit("no group leads: " + analysis_pb2.Decision.Name(gap.decision))
    print(f"{gap.a} minus {gap.b}: {gap.points:.2f} {answer.board.unit}, "
          f"{gap.as_published_percent:.2f} %")
    for standing in point.standings:
        evidence = answer.header.evidence[standing.leader.evidence]
        print(f"{standing.group}: {standing.leader.model} "
              f"{standing.leader.value:.2f}, {evidence.publisher} "
              f"{evidence.vintage.date}, evidence {evidence.id}")
    # What the reader must know comes with the numbers.
    for warning in answer.header.warnings:
        print("warning:", warning.message)


if __name__ == "__main__":
    main(*sys.argv[1:3])
