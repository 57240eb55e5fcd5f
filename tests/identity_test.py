"""Precision and recall of identity on labelled names: tests/identity_labels.csv
(drawn by tests/draw_names.py, labelled by hand from what the documents show)
and tests/identity_groups.csv (models that go by many names). Skipped, visibly,
where the published data are missing."""

import csv
import sys
import unittest

from harness import DATA, ROOT, SAMPLES, Meridian


def read(name):
    with open(ROOT / "tests" / name, newline="") as file:
        return list(csv.DictReader(file))


class Meanings:
    """What every name in use means: (source, name) -> (model, configuration).
    What identity cannot resolve is not in it."""

    def __init__(self, meridian):
        self.known, self.used = {}, set()
        answer = meridian.json("models", "list", "--limit", "0")
        for model in answer["models"]:
            entity = model["model"]
            if entity.startswith("~"):
                self.used.add(tuple(entity[1:].split("/", 1)))
                continue
            shown = meridian.json("models", "show", entity)
            for name in shown.get("names", []):
                key = (name["source"], name["name"])
                self.used.add(key)
                if name["resolvedBy"] != "unresolved":
                    self.known[key] = (entity, name.get("configuration", ""))


def score(rows, meanings):
    """Right, wrong and missing of labelled rows."""
    right, wrong, missing = 0, [], []
    for row in rows:
        key = (row["source"], row["name"])
        found = meanings.known.get(key)
        has_model = row["model"] not in ("-", "?")
        if found is None:
            if has_model:
                missing.append(key)
        elif has_model and found == (row["model"], row["configuration"]):
            right += 1
        else:
            wrong.append((key, found, row["model"], row["configuration"]))
    return right, wrong, missing


@unittest.skipUnless((DATA / "arena_catalog").is_dir(), "no published data here")
class IdentityTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.meridian = Meridian(sources=[SAMPLES / "full/sources.yaml"],
                                roots={"data": DATA})
        cls.meridian.__enter__()
        cls.meridian.load()
        cls.meanings = Meanings(cls.meridian)

    @classmethod
    def tearDownClass(cls):
        cls.meridian.__exit__()

    def measure(self, title, rows, recall):
        right, wrong, missing = score(rows, self.meanings)
        precision = right / max(1, right + len(wrong))
        found = right / max(1, right + len(missing))
        print(f"{title}: {len(rows)} names, {right} right, {len(wrong)} wrong, "
              f"{len(missing)} of a known model not resolved; precision "
              f"{precision:.3f}, recall {found:.3f}")
        # A wrong identity is a wrong number; a missing one is said.
        self.assertEqual(wrong, [], title)
        self.assertGreaterEqual(found, recall, missing)

    def test_labelled_names(self):
        rows = read("identity_labels.csv")
        self.assertGreaterEqual(len(rows), 500)
        lost = [r for r in rows
                if (r["source"], r["name"]) not in self.meanings.used]
        self.assertEqual(lost, [], "labelled names that nothing uses")
        self.measure("labels", rows, 0.90)
        self.measure("labels, half A", [r for r in rows if r["half"] == "A"],
                     0.90)
        self.measure("labels, half B", [r for r in rows if r["half"] == "B"],
                     0.80)

    def test_groups(self):
        rows = read("identity_groups.csv")
        self.assertEqual(len({r["group"] for r in rows}), 40)
        used = [r for r in rows
                if (r["source"], r["name"]) in self.meanings.used]
        self.assertEqual(len(used), len(rows),
                         [r for r in rows if r not in used])
        self.measure("groups", rows, 0.95)

    def test_a_host_is_no_developer(self):
        offerings = self.meridian.json("offerings", "list", "--limit",
                                       "0")["offerings"]
        hosts = {o["offering"]["operator"] for o in offerings
                 if o["model"] == "kimi-k2.6"}
        self.assertTrue({"moonshot", "together", "nvidia",
                         "huggingface"} <= hosts, hosts)
        shown = self.meridian.json("models", "show", "kimi-k2.6")
        self.assertEqual(shown["summary"]["developers"], ["Moonshot AI"])

    def test_a_tag_is_not_the_model_of_its_family(self):
        known = self.meanings.known
        self.assertNotIn(("ollama", "deepseek-r1:latest"), known)
        self.assertEqual(known[("ollama", "deepseek-r1:671b")][0],
                         "deepseek-r1")

    def test_effort_is_a_configuration(self):
        for source, name in (("vectara", "OpenAI GPT-5-high"),
                             ("lmarena-daily", "gpt-5-high"),
                             ("epoch-benchmarks", "gpt-5-2025-08-07_high")):
            self.assertEqual(self.meanings.known[(source, name)],
                             ("gpt-5", "high"))
        shown = self.meridian.json("models", "show", "gpt-5 (high)")
        self.assertEqual(shown["summary"]["model"], "gpt-5")
        rows = self.meridian.json("leaderboard", "lmarena/text", "--method",
                                  "raw", "--as-of", "2025-11-05", "--limit",
                                  "100")["rows"]
        self.assertIn(("gpt-5", "high"), [(r["model"], r["configuration"])
                                          for r in rows])

    def test_a_null_model_never_leads(self):
        for board in ("alpaca-eval/v2",):
            rows = self.meridian.json("leaderboard", board, "--method",
                                      "length_controlled")["rows"]
            self.assertNotIn("NullModel", [r["model"] for r in rows])

    def test_lineage_shows_the_countries_of_both(self):
        shown = self.meridian.json("models", "show",
                                   "chocolatine-2-14b-instruct-v2.0.3")
        step = shown["lineage"][0]
        self.assertEqual(shown["summary"]["countries"], ["FR"])
        self.assertEqual(step["countries"], ["CN"])
        self.assertTrue(shown["header"]["evidence"][step["evidence"]]["id"])


if __name__ == "__main__":
    done = unittest.main(exit=False).result
    if not done.wasSuccessful():
        sys.exit(1)
    sys.exit(77 if len(done.skipped) == done.testsRun else 0)
