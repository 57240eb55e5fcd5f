"""A foreign gRPC client (`buf curl`, through server reflection) gets the gap;
`buf lint` passes on the protocol. Skipped, visibly, where buf is not there:
deploy/test.sh installs it with npm when npm is at hand."""

import base64
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

from harness import ROOT, Meridian

BUF = (os.environ.get("MERIDIAN_BUF") or shutil.which("buf")
       or str(ROOT / "build/tools/node_modules/.bin/buf"))

HEALTH = """
syntax = "proto3";
package grpc.health.v1;
message HealthCheckRequest { string service = 1; }
message HealthCheckResponse {
  enum ServingStatus { UNKNOWN = 0; SERVING = 1; NOT_SERVING = 2; }
  ServingStatus status = 1;
}
service Health {
  rpc Check(HealthCheckRequest) returns (HealthCheckResponse);
}
"""


class ReflectionTest(unittest.TestCase):
    def test_protocol_is_linted(self):
        done = subprocess.run([BUF, "lint"], cwd=ROOT, capture_output=True,
                              text=True, timeout=120)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_buf_curl_gets_the_gap(self):
        with Meridian() as meridian:
            meridian.load()
            request = {"board": "lmarena/text", "method": "raw",
                       "context": {"asOf": "2025-02-14"},
                       "groups": [{"name": "US"},
                                  {"name": "CN",
                                   "expression": 'model.country == "CN"'}]}
            method = "meridian.v1.AnalysisService/CompareGroups"
            port = meridian.ports["analysis"]
            gap = self.call(port, method, request)["points"][0]["gaps"][0]
            self.assertAlmostEqual(gap["points"], 23.18, delta=0.005)

            request["method"] = "rwa"
            error = self.call(port, method, request)
            self.assertEqual(error["code"], "not_found")
            # buf shows details in base64, without padding.
            detail = base64.b64decode(error["details"][0]["value"] + "==")
            self.assertIn(b"UNKNOWN_METHOD", detail)

    def call(self, port, method, request, *options):
        done = subprocess.run(
            [BUF, "curl", "--protocol", "grpc", "--http2-prior-knowledge",
             *options, "--data", json.dumps(request),
             f"http://127.0.0.1:{port}/{method}"],
            capture_output=True, text=True, timeout=60)
        self.assertTrue(done.stdout or done.stderr)
        return json.loads(done.stdout or done.stderr)

    def health(self, port, service=""):
        """gRPC's own health service does not describe itself."""
        with tempfile.TemporaryDirectory() as folder:
            (pathlib.Path(folder) / "health.proto").write_text(HEALTH)
            return self.call(port, "grpc.health.v1.Health/Check",
                             {"service": service}, "--schema", folder)["status"]

    def test_not_serving_until_caught_up(self):
        with Meridian(analysis=False) as meridian:
            ingest = meridian.ports["ingest"]
            self.assertEqual(self.health(ingest), "SERVING")
            meridian.kill("ingest")
            # Follows an ingest service that is not there.
            meridian.start_analysis()
            analysis = meridian.ports["analysis"]
            self.assertEqual(self.health(analysis),
                             "NOT_SERVING")
            self.assertEqual(
                self.health(analysis, "liveness"), "SERVING")
            error = self.call(analysis,
                              "meridian.v1.AnalysisService/ListBoards", {})
            self.assertEqual(error["code"], "unavailable")
            meridian.start_ingest(ingest)
            meridian.load("reference")
            self.assertEqual(self.health(analysis),
                             "SERVING")


if __name__ == "__main__":
    if not os.path.exists(BUF):
        print("skipped: buf is not installed (npm install @bufbuild/buf)")
        sys.exit(77)
    unittest.main()
