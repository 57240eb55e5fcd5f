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


class ChangesTest(unittest.TestCase):
    """A registry that is read every day is stored as what changed."""

    MODELS = 3000

    def registry(self, sizes):
        return "name,size,licence\n" + "".join(
            f"model-{i},{size},MIT\n" for i, size in sorted(sizes.items()))

    def test_a_day_with_few_changes_costs_little_and_answers_the_same(self):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            (folder / "mapping.yaml").write_text(
                "record: model\nstream: models\ncoverage: ALL\nfields:\n"
                "  name: name\n  parameters: size\n"
                "  licences[].licence: licence\n")
            (folder / "sources.yaml").write_text(
                "sources:\n  - {id: registry, plugin: table, publisher: Test, "
                "data_licence: none, config: {mapping: mapping.yaml}, "
                "documents: [{files: '*.csv', "
                "vintage_from_path: '(\\d{4}-\\d{2}-\\d{2})'}]}\n")
            sizes = {i: 1000 + i for i in range(self.MODELS)}
            days = [("2026-01-01", dict(sizes))]
            for i in range(0, self.MODELS, 100):  # one in a hundred
                sizes[i] += 1
            days.append(("2026-01-02", dict(sizes)))
            for i in range(5, 55):
                del sizes[i]
            sizes[self.MODELS] = 7
            days.append(("2026-01-03", dict(sizes)))
            days.append(("2026-01-04", dict(sizes)))  # nothing changed
            with Meridian(sources=[folder / "sources.yaml"]) as meridian:
                stored, outcomes = [0], []
                for day, content in days:
                    (folder / f"{day}.csv").write_text(self.registry(content))
                    run = meridian.load("registry")["registry"]
                    outcomes.append([s for s in run["snapshots"] if s["kind"]
                                     == "KIND_ADDED"])
                    stored.append(int(meridian.json("status")["ingest"]
                                      ["batchBytes"]))
                self.assertEqual([len(o) for o in outcomes], [1, 1, 1, 1])
                cost = [b - a for a, b in zip(stored, stored[1:])]
                # Batches are compressed, and small ones less well.
                self.assertLess(cost[1], cost[0] / 10)
                self.assertLess(cost[2], cost[0] / 10)
                self.assertEqual(cost[3], 0)
                snapshots = {s["vintage"]["date"]: s for s in meridian.json(
                    "snapshots", "list", "--limit", "0")["snapshots"]}
                self.assertEqual(
                    [(d, snapshots[d]["mode"], int(snapshots[d]["count"]))
                     for d, _ in days],
                    [("2026-01-01", "SNAPSHOT_MODE_REPLACES", 3000),
                     ("2026-01-02", "SNAPSHOT_MODE_ADDS", 3000),
                     ("2026-01-03", "SNAPSHOT_MODE_ADDS", 2951),
                     ("2026-01-04", "SNAPSHOT_MODE_ADDS", 2951)])
                # Every day is whole: what went is gone, what came is there,
                # and each opens the line that it was read at.
                def lists():
                    return [meridian.run("models", "list", "--at-seq", seq,
                                         "--limit", "0", format="json").stdout
                            for seq in range(1, len(days) + 1)]
                for seq, (_, content) in enumerate(days, 1):
                    self.check(meridian, seq, content)
                before = lists()
                # A model that left the registry is still known.
                self.assertEqual([json.loads(l)["total"] for l in before],
                                 ["3000", "3000", "3001", "3001"])
                port = meridian.ports["ingest"]
                meridian.kill("ingest")
                meridian.kill("analysis")
                meridian.start_ingest(port)
                meridian.start_analysis()
                meridian.catch_up()
                self.assertEqual(lists(), before)
                # The digest is that of the whole, however it is stored.
                with Meridian(sources=[folder / "sources.yaml"]) as other:
                    for day, _ in days[:-1]:
                        (folder / f"{day}.csv").unlink()
                    run = other.load("registry")["registry"]
                    self.assertEqual(run["snapshots"][0]["digest"],
                                     snapshots[days[-1][0]]["digest"])

    def check(self, meridian, seq, content):
        for i in (0, 3, 10, 100, 2999, 3000):
            if i not in content:
                continue
            answer = meridian.json("models", "show", f"model-{i}", "--at-seq",
                                   seq)
            facts = [f for f in answer["facts"]
                     if f["field"] == "model.parameters"]
            self.assertEqual(facts[0]["value"]["number"] if "number" in
                             facts[0]["value"] else
                             facts[0]["value"]["interval"]["low"],
                             content[i], (seq, i))
            evidence = answer["header"]["evidence"][facts[0]["evidence"][0]]
            opened = meridian.json("evidence", evidence["id"])
            line = int(opened["record"]["locator"]["line"])
            text = opened["lines"][line - int(opened["firstLine"])]
            self.assertEqual(text, f"model-{i},{content[i]},MIT")
            self.assertEqual(opened["document"]["sha256"],
                             evidence["document"]["sha256"])


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

    def test_bucket_rules_over_one_month(self):
        with Meridian() as meridian:
            meridian.load("reference", "lmarena-history")

            def points(rule):
                return meridian.json(
                    "gap", "lmarena/text", "--method", "raw", "--from",
                    "2025-02", "--to", "2025-02", "--bucket", rule)["points"]
            gaps = [p["gaps"][0]["points"] for p in points("all")]
            self.assertGreater(len(set(gaps)), 5)
            chosen = {rule: points(rule)[0]["gaps"][0]
                      for rule in ("first", "last", "max", "mean")}
            self.assertEqual(chosen["first"]["points"], gaps[0])
            self.assertEqual(chosen["last"]["points"], gaps[-1])
            self.assertEqual(chosen["max"]["points"], max(gaps, key=abs))
            mean = chosen["mean"]
            self.assertAlmostEqual(mean["points"], sum(gaps) / len(gaps))
            self.assertEqual(mean["meanOf"], len(gaps))
            self.assertEqual(mean["decision"], "DECISION_DECIDED")
            self.assertNotIn("winRate", mean)

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
