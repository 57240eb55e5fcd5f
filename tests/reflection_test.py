"""A foreign gRPC client (`buf curl`, through server reflection) gets the gap;
`buf lint` passes on the protocol. Skipped, visibly, where buf is not there:
deploy/test.sh installs it with npm when npm is at hand."""

import base64
import json
import os
import shutil
import subprocess
import sys
import unittest

from harness import ROOT, Meridian

BUF = (os.environ.get("MERIDIAN_BUF") or shutil.which("buf")
       or str(ROOT / "build/tools/node_modules/.bin/buf"))


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
            done = subprocess.run(
                [BUF, "curl", "--protocol", "grpc", "--http2-prior-knowledge",
                 "--data", json.dumps(request),
                 f"http://127.0.0.1:{meridian.ports['analysis']}"
                 "/meridian.v1.AnalysisService/CompareGroups"],
                capture_output=True, text=True, timeout=60)
            self.assertEqual(done.returncode, 0, done.stderr)
            gap = json.loads(done.stdout)["points"][0]["gaps"][0]
            self.assertAlmostEqual(gap["points"], 23.18, delta=0.005)

            request["method"] = "rwa"
            done = subprocess.run(
                [BUF, "curl", "--protocol", "grpc", "--http2-prior-knowledge",
                 "--data", json.dumps(request),
                 f"http://127.0.0.1:{meridian.ports['analysis']}"
                 "/meridian.v1.AnalysisService/CompareGroups"],
                capture_output=True, text=True, timeout=60)
            self.assertNotEqual(done.returncode, 0)
            error = json.loads(done.stderr or done.stdout)
            self.assertEqual(error["code"], "not_found")
            # buf shows details in base64, without padding.
            detail = base64.b64decode(error["details"][0]["value"] + "==")
            self.assertIn(b"UNKNOWN_METHOD", detail)


if __name__ == "__main__":
    if not os.path.exists(BUF):
        print("skipped: buf is not installed (npm install @bufbuild/buf)")
        sys.exit(77)
    unittest.main()
