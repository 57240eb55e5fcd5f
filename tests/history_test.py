"""What was answered stays answered: the same state of the log gives the same
bytes whatever comes later, and the order in which snapshots arrive changes no
answer."""

import json
import pathlib
import random
import shutil
import tempfile
import unittest

from harness import SAMPLES, Meridian, gap_points

QUESTIONS = [
    ("gap", "lmarena/text", "--method", "raw", "--as-of", "2025-03-07"),
    ("gap", "lmarena/text", "--method", "style_control", "--as-of",
     "2025-06-01"),
    ("gap", "lmarena/text", "--method", "raw", "--from", "2025-01", "--to",
     "2025-12", "--as-of", "2025-12-31"),
    ("gap", "lmarena/text", "--method", "raw", "--history", "revised",
     "--as-of", "2025-12-31", "--on", "2025-02-14"),
    ("leaderboard", "lmarena/text", "--method", "style_control", "--as-of",
     "2025-12-31", "--limit", "1000"),
    ("models", "list", "--as-of", "2025-12-31", "--limit", "0"),
]


def without_seq(value):
    """An answer without what depends on when and where it was loaded."""
    if isinstance(value, dict):
        return {k: without_seq(v) for k, v in value.items()
                if k not in ("seq", "logId", "retrievedAt", "uri")}
    if isinstance(value, list):
        return [without_seq(v) for v in value]
    return value


class ReplayTest(unittest.TestCase):
    def test_an_old_seq_gives_the_same_bytes_for_ever(self):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            shutil.copytree(SAMPLES, folder / "samples")
            sources = folder / "samples/sources.yaml"
            with Meridian(sources=[sources]) as meridian:
                meridian.load("reference", "lmarena-catalog")
                seq = str(meridian.head())

                def answers():
                    return [meridian.run("--at-seq", seq, *question,
                                         format="json").stdout
                            for question in QUESTIONS]

                before = answers()
                for answer in before:
                    self.assertIn('"header"', answer)
                # Further figures, and another meaning of a name.
                meridian.load("lmarena-history", "lmarena-daily", "epoch-eci")
                self.assertEqual(answers(), before)
                aliases = folder / "samples/reference/aliases.yaml"
                aliases.write_text(
                    aliases.read_text() +
                    "  - {name: deepseek-r1, model: gpt-4-0314}\n")
                meridian.load("reference")
                self.assertEqual(answers(), before)
                newest = meridian.run(*QUESTIONS[0], format="json").stdout
                self.assertNotEqual(newest, before[0])
                # A source that fails from now on.
                (folder / "samples/lmarena/catalog/2025-02-12/"
                 "leaderboard-data.json").write_text("{")
                meridian.load("lmarena-catalog", expect=1)
                self.assertIn("WARNING_KIND_SOURCE_FAILED",
                              meridian.run(*QUESTIONS[0], format="json").stdout)
                self.assertEqual(answers(), before)
                port = meridian.ports["ingest"]
                meridian.kill("analysis")
                meridian.kill("ingest")
                meridian.start_ingest(port)
                meridian.start_analysis()
                meridian.catch_up()
                self.assertEqual(answers(), before)


class OrderTest(unittest.TestCase):
    def answers(self, order):
        """Snapshots arrive one run at a time, in this order."""
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            shutil.copytree(SAMPLES / "reference", folder / "reference")
            (folder / "sources.yaml").write_text(
                "sources:\n"
                "  - {id: lmarena-catalog, plugin: arena, publisher: LMArena, "
                "data_licence: none stated, documents: [{files: "
                "'catalog/*/leaderboard-*.json', "
                "vintage_from_path: '(\\d{4}-\\d{2}-\\d{2})'}]}\n"
                "  - {id: reference, plugin: reference, publisher: Test, "
                "data_licence: none, documents: [{files: reference/*.yaml}]}\n")
            with Meridian(sources=[folder / "sources.yaml"]) as meridian:
                for step in order:
                    if step == "reference":
                        meridian.load("reference")
                        continue
                    shutil.copytree(SAMPLES / "lmarena/catalog" / step,
                                    folder / "catalog" / step)
                    run = meridian.load("lmarena-catalog")["lmarena-catalog"]
                    self.assertEqual(
                        {s["vintage"]["date"] for s in run["snapshots"]
                         if s["kind"] == "KIND_ADDED"}, {step})
                return [without_seq(meridian.json(*q)) for q in QUESTIONS]

    def test_newest_first_gives_the_answers_of_oldest_first(self):
        dates = sorted(p.name for p in (SAMPLES / "lmarena/catalog").iterdir())
        oldest = self.answers(["reference", *dates])
        self.assertEqual(self.answers([*reversed(dates), "reference"]), oldest)
        mixed = ["reference", *dates]
        random.Random(7).shuffle(mixed)
        self.assertEqual(self.answers(mixed), oldest, mixed)

    def test_swapping_groups_mirrors_and_their_order_changes_nothing_else(self):
        with Meridian() as meridian:
            meridian.load()

            def gap(*groups):
                arguments = []
                for group in groups:
                    arguments += ["--group", group]
                return meridian.json("gap", "lmarena/text", "--method",
                                     "style_control", "--as-of", "2026-03-31",
                                     *arguments)
            one, two = gap("US", "CN", "FR"), gap("FR", "CN", "US")
            for a, b in (("US", "CN"), ("US", "FR"), ("CN", "FR")):
                x, y = gap_points(one, a, b), gap_points(two, b, a)
                self.assertEqual(x["points"], -y["points"])
                self.assertEqual(x["asPublishedPercent"],
                                 -y["asPublishedPercent"])
                self.assertEqual(x["z"], -y["z"])
                self.assertEqual(x["standardError"], y["standardError"])
                self.assertAlmostEqual(x["winRate"], 1 - y["winRate"])
                self.assertEqual(x["decision"], y["decision"])

    def test_a_retired_model_stays_in_its_own_month(self):
        """What led in February 2025 had left the board by November; asked
        from there, February has it and November has not."""
        with Meridian() as meridian:
            meridian.load()
            answer = meridian.json("gap", "lmarena/text", "--method", "raw",
                                   "--from", "2025-02", "--to", "2025-11",
                                   "--as-of", "2025-11-30")
            by_month = {p["bucket"]: p for p in answer["points"]}
            then = by_month["2025-02"]["standings"][0]["leader"]["model"]
            self.assertEqual(then, "early-grok-3")
            november = meridian.json("leaderboard", "lmarena/text", "--method",
                                     "raw", "--as-of", "2025-11-30", "--limit",
                                     "1000")
            self.assertNotIn(then, [r["model"] for r in november["rows"]])
            asked_then = meridian.json("gap", "lmarena/text", "--method", "raw",
                                       "--from", "2025-02", "--to", "2025-02",
                                       "--as-of", "2025-02-28")
            self.assertEqual(
                json.dumps(asked_then["points"][0]["gaps"]),
                json.dumps(by_month["2025-02"]["gaps"]))


if __name__ == "__main__":
    unittest.main()
