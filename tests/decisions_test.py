"""Decisions as an auditor meets them: recorded over the real services, kept
through kill -9, exported, repeated to the byte, and asked again when the facts
have changed."""

import json
import pathlib
import re
import tempfile
import unittest

from harness import ROOT, Meridian

POLICY = ROOT / "samples/policies/eu-or-open.yaml"
MODEL = "deepseek-r1"
DAY = "2026-03-31"

# Own evidence that turns the verdict: the weights are not to be had.
LETTER = """author: Purchasing
date: 2026-03-01
models:
  - name: deepseek-r1
    weights: API_ONLY
"""


class DecisionsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.meridian = Meridian()
        cls.meridian.__enter__()
        cls.meridian.load()

    @classmethod
    def tearDownClass(cls):
        cls.meridian.__exit__()

    def decide(self, *more, expect=0, reason="pilot"):
        return self.meridian.json(
            "policy", "decide", POLICY, MODEL, "--as-of", DAY, "--approver",
            "CISO", "--reason", reason, *more, expect=expect)

    def test_a_decision_is_kept_once_and_through_a_crash(self):
        first = self.decide()
        self.assertTrue(first["created"])
        decision = first["decision"]
        self.assertEqual(decision["ruling"], "RULING_APPROVED")
        again = self.decide()
        self.assertFalse(again["created"])
        self.assertEqual(again["decision"], decision)

        port = self.meridian.ports["ingest"]
        self.meridian.kill("ingest")
        self.meridian.start_ingest(port)

        listed = self.meridian.json("policy", "decisions")["decisions"]
        self.assertIn(decision, listed)
        kept = self.meridian.json("policy", "dossier", decision["id"][:8])
        self.assertEqual(kept["decision"]["decidedAt"], decision["decidedAt"])
        self.assertEqual(kept["decision"]["question"]["source"]["text"],
                         POLICY.read_text())

    def test_the_dossier_says_how_to_repeat_the_answer(self):
        decision = self.decide(reason="for the dossier")["decision"]
        dossier = self.meridian.run("policy", "dossier", decision["id"],
                                    format="md").stdout
        record = self.meridian.json("policy", "dossier",
                                    decision["id"])["decision"]
        for evidence in record["proof"]["header"]["evidence"]:
            self.assertIn(evidence["document"]["sha256"], dossier)
            self.assertIn(evidence["id"], dossier)
        command = re.search(r"^meridian (policy explain .*)$", dossier,
                            re.M).group(1)
        with tempfile.TemporaryDirectory() as folder:
            # The policy as the dossier prints it.
            text = re.search(r"As it was given .*?\n\n```\n(.*?)```\n", dossier,
                             re.S).group(1)
            file = pathlib.Path(folder) / "policy.yaml"
            file.write_text(text)
            words = command.replace("policy.yaml", str(file)).replace(
                "'", "").split()
            repeated = self.meridian.json(*words)
        # The command says in words what was a default.
        for answer in (repeated, record["proof"]):
            for choice in answer["header"]["choices"]:
                del choice["defaulted"]
        self.assertEqual(json.dumps(repeated, sort_keys=True),
                         json.dumps(record["proof"], sort_keys=True))

    def test_what_own_evidence_turned_is_rechecked_with_it(self):
        with tempfile.TemporaryDirectory() as folder:
            letter = pathlib.Path(folder) / "letter.yaml"
            letter.write_text(LETTER)
            refused = self.meridian.run(
                "policy", "decide", POLICY, MODEL, "--as-of", DAY, "--approver",
                "CISO", "--reason", "letter", "--evidence", letter, "--approve")
            self.assertEqual(refused.returncode, 2)
            self.assertIn("NEEDS_OVERRIDE", refused.stderr)
            decision = self.decide("--evidence", letter, "--approve",
                                   "--override", reason="letter")["decision"]
        self.assertTrue(decision["againstVerdict"])
        self.assertEqual(decision["verdict"], "VERDICT_EXCLUDED")
        # The file is gone; the decision holds what it said.
        done = self.meridian.run("policy", "recheck", "--as-of", DAY, "--model", MODEL,
                                 format="table")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn(" 0 would differ, 0 cannot be asked again", done.stdout)

    def test_recheck_finds_what_the_facts_have_changed(self):
        # The developer was put on the list in between.
        decision = self.meridian.json(
            "policy", "decide",
            ROOT / "samples/policies/p07-entity-list-dated.yaml", "glm-4-plus",
            "--as-of", "2025-01-10", "--approver", "CISO", "--reason",
            "before the listing")["decision"]
        self.assertEqual(decision["verdict"], "VERDICT_ADMISSIBLE")
        done = self.meridian.run("policy", "recheck", "--as-of", "2025-02-01",
                                 "--model", decision["model"], format="json")
        results = [json.loads(line) for line in done.stdout.splitlines()]
        mine = [r for r in results if r["decision"]["id"] == decision["id"]]
        self.assertEqual(len(mine), 1, done.stderr)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertTrue(mine[0]["differs"], mine)
        self.assertIn("not-listed", done.stdout)


if __name__ == "__main__":
    unittest.main()
