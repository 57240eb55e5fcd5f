"""Every plugin keeps the rules over the cases in its folder and gives what
their golden files say."""

import json
import subprocess
import sys
import unittest

from harness import BUILD, ROOT

# Plugins whose cases are tested elsewhere: the reference files of samples/ are
# its cases (reference_test.cc).
WITHOUT = {"reference"}


class GoldenTest(unittest.TestCase):
    def test_every_plugin_has_cases_that_it_passes(self):
        programs = {p.name for p in (BUILD / "plugins").iterdir()
                    if p.is_file() and (ROOT / "plugins" / p.name).is_dir()}
        self.assertGreaterEqual(len(programs), 10)
        for name in sorted(programs - WITHOUT):
            with self.subTest(name):
                folder = ROOT / "plugins" / name
                self.assertTrue(list(folder.glob("cases/*/expected.jsonl")))
                done = subprocess.run(
                    [BUILD / "bin/meridian", "plugin", "test", folder,
                     "--program", BUILD / "plugins" / name,
                     "--format", "json"],
                    capture_output=True, text=True, timeout=300)
                self.assertEqual(done.returncode, 0,
                                 done.stdout + done.stderr)
                report = json.loads(done.stdout)
                self.assertEqual(report["broken"], 0, report)
                self.assertGreater(report["records"], 0, report)


if __name__ == "__main__":
    done = unittest.main(exit=False).result
    sys.exit(0 if done.wasSuccessful() else 1)
