"""Asks whether a model may be used, as a gateway does before it forwards a
request, with Debian's own Python gRPC (python3-grpcio, python3-protobuf).

Generate the stubs once (protobuf-compiler-grpc has the plugin), then run:

    protoc -I proto --python_out=stubs --grpc_python_out=stubs \
        --plugin=protoc-gen-grpc_python=/usr/bin/grpc_python_plugin \
        proto/meridian/v1/record.proto proto/meridian/v1/analysis.proto \
        proto/meridian/v1/policy.proto
    PYTHONPATH=stubs /usr/bin/python3 docs/examples/admit.py 127.0.0.1:7402 \
        samples/policies/eu-or-open.yaml deepseek-r1 gpt-4o-2024-05-13
"""

import pathlib
import sys
import time

import grpc

from meridian.v1 import policy_pb2, policy_pb2_grpc


class Gate:
    """Answers from a cache for as long as the service allows."""

    def __init__(self, channel, policy_file):
        self.service = policy_pb2_grpc.PolicyServiceStub(channel)
        self.question = policy_pb2.PolicyQuestion(
            source=policy_pb2.PolicySource(
                text=pathlib.Path(policy_file).read_text(),
                file_name=policy_file))
        self.known = {}  # model -> (answer, until when)

    def check(self, model):
        answer, until = self.known.get(model, (None, 0))
        if answer is None or time.monotonic() >= until:
            answer = self.service.CheckAdmission(
                policy_pb2.CheckAdmissionRequest(question=self.question,
                                                 model=model), timeout=5)
            until = time.monotonic() + answer.time_to_live_seconds
            self.known[model] = answer, until
        return answer

    def admits(self, model):
        # What is undetermined is not admitted: that is this gateway's choice.
        return self.check(model).verdict == policy_pb2.VERDICT_ADMISSIBLE


def main(address, policy_file, *models):
    refused = 0
    with grpc.insecure_channel(address) as channel:
        gate = Gate(channel, policy_file)
        for model in models:
            try:
                admitted = gate.admits(model)
            except grpc.RpcError as error:
                sys.exit(f"{error.code().name}: {error.details()}")
            answer = gate.check(model)
            verdict = policy_pb2.Verdict.Name(answer.verdict)
            print(f"{'forward' if admitted else 'refuse'} {answer.model}: "
                  f"{verdict.removeprefix('VERDICT_')}, decision "
                  f"{answer.decision_id}: {answer.reason}")
            for obligation in answer.obligations:
                print("  must:", obligation)
            refused += not admitted
    sys.exit(1 if refused else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
