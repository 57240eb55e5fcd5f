"""The example clients of docs/examples against the real services: Python with
Debian's gRPC, Node with @grpc/grpc-js. Each is skipped, visibly, where its
language has no gRPC."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

from harness import ROOT, Meridian

EXAMPLES = ROOT / "docs/examples"
POLICY = ROOT / "samples/policies/eu-or-open.yaml"
ADMITTED, REFUSED = ["deepseek-r1"], ["gpt-4o-2024-05-13"]
# Debian's packages belong to Debian's Python.
PYTHON = "/usr/bin/python3"
MODULES = pathlib.Path(os.environ.get("MERIDIAN_NODE_MODULES",
                                      ROOT / "build/tools/node_modules"))


def python_has_grpc():
    return shutil.which(PYTHON) is not None and subprocess.run(
        [PYTHON, "-c", "import grpc, google.protobuf"],
        capture_output=True).returncode == 0


class ClientsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.meridian = Meridian()
        cls.meridian.__enter__()
        cls.meridian.load()

    @classmethod
    def tearDownClass(cls):
        cls.meridian.__exit__()

    @unittest.skipUnless(python_has_grpc(), "no python3-grpcio")
    @unittest.skipUnless(shutil.which("grpc_python_plugin"),
                         "no grpc_python_plugin")
    def test_python(self):
        with tempfile.TemporaryDirectory() as stubs:
            # The command of the example's docstring.
            subprocess.run(
                ["protoc", "-I", ROOT / "proto", f"--python_out={stubs}",
                 f"--grpc_python_out={stubs}",
                 "--plugin=protoc-gen-grpc_python="
                 + shutil.which("grpc_python_plugin"),
                 ROOT / "proto/meridian/v1/record.proto",
                 ROOT / "proto/meridian/v1/analysis.proto",
                 ROOT / "proto/meridian/v1/policy.proto"], check=True)

            def gap(as_of):
                return subprocess.run(
                    [PYTHON, EXAMPLES / "gap.py",
                     f"127.0.0.1:{self.meridian.ports['analysis']}", as_of],
                    env={**os.environ, "PYTHONPATH": stubs},
                    capture_output=True, text=True, timeout=60)
            done = gap("2025-02-14")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("US minus China: 23.18 Arena points, 1.70 %",
                          done.stdout)
            self.assertIn("China: deepseek-r1 1361.45, LMArena 2025-02-14, "
                          "evidence ", done.stdout)
            self.assertIn("warning: ", done.stdout)
            done = gap("2020-01-01")
            self.assertEqual(done.returncode, 1)
            self.assertIn("FAILED_PRECONDITION: ", done.stderr)

            def admit(*models):
                return subprocess.run(
                    [PYTHON, EXAMPLES / "admit.py",
                     f"127.0.0.1:{self.meridian.ports['analysis']}",
                     POLICY, *models],
                    env={**os.environ, "PYTHONPATH": stubs},
                    capture_output=True, text=True, timeout=60)
            self.check_gateway(admit)
            self.assertIn("NOT_FOUND: ", admit("no-such-model").stderr)

    def check_gateway(self, admit):
        """The two models of the example: one forwarded, one refused."""
        done = admit(*ADMITTED)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertRegex(done.stdout,
                         rf"^forward {ADMITTED[0]}: ADMISSIBLE, decision "
                         r"[0-9a-f]{32}: ")
        done = admit(*ADMITTED, *REFUSED)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertRegex(done.stdout,
                         rf"(?m)^refuse {REFUSED[0]}: EXCLUDED, decision "
                         r"[0-9a-f]{32}: .*origin-or-weights")

    @unittest.skipUnless(shutil.which("node"), "no node")
    @unittest.skipUnless((MODULES / "@grpc/grpc-js").is_dir(),
                         "no @grpc/grpc-js (deploy/test.sh installs it where "
                         "npm is at hand)")
    def test_node(self):
        done = subprocess.run(
            ["node", EXAMPLES / "gap.js", ROOT / "proto",
             f"127.0.0.1:{self.meridian.ports['analysis']}",
             f"127.0.0.1:{self.meridian.ports['ingest']}"],
            env={**os.environ, "NODE_PATH": str(MODULES)},
            capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("2025-02 2025-02-27 40.80 2.99 %\n", done.stdout)
        self.assertIn("lmarena-history RUN_STATE_SUCCEEDED 21 snapshots\n",
                      done.stdout)

        def admit(*models):
            return subprocess.run(
                ["node", EXAMPLES / "admit.js", ROOT / "proto",
                 f"127.0.0.1:{self.meridian.ports['analysis']}",
                 POLICY, *models],
                env={**os.environ, "NODE_PATH": str(MODULES)},
                capture_output=True, text=True, timeout=60)
        self.check_gateway(admit)


if __name__ == "__main__":
    done = unittest.main(exit=False).result
    if not done.wasSuccessful():
        sys.exit(1)
    sys.exit(77 if len(done.skipped) == done.testsRun else 0)
