"""Golden answers on real published data. Skipped, visibly, where the data is
not there (it is not part of the repository)."""

import pathlib
import shutil
import sys
import tempfile
import unittest

from harness import DATA, SAMPLES, Meridian, gap_points, leader

# (arguments, points, percent, US leader, CN leader); None: not checked.
GAPS = [
    ("raw", "2025-02-14", 23.18, 1.70, "gemini-2.0-flash-thinking-exp-01-21",
     "deepseek-r1"),
    ("raw", "2025-02-09", None, (1.70, 1.71), None, "deepseek-r1"),
    ("raw", "2025-02-17", None, (2.99, 2.99), "early-grok-3", None),
    ("raw", "2025-02-12", 22.6, None, None, None),
    ("raw", "2025-05-27", 78.2, None, None, None),
    ("style_control", "2025-05-27", 64.0, None, None, None),
    ("raw", "2025-11-05", 37.2, None, None, None),
    ("style_control", "2025-11-05", 31.0, None, None, None),
    ("raw", "2025-01-28", 24.3, None, None, None),
    ("style_control", "2025-01-28", 6.7, None, None, None),
    ("style_control", "2026-03-18", 41, 2.81, None, None),
]


@unittest.skipUnless((DATA / "arena_catalog").is_dir(),
                     f"no real data at {DATA} (set MERIDIAN_DATA)")
class SharedDataTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.meridian = Meridian(sources=[SAMPLES / "full/sources.yaml"],
                                roots={"data": DATA})
        cls.meridian.__enter__()
        cls.runs = cls.meridian.load()

    @classmethod
    def tearDownClass(cls):
        cls.meridian.__exit__()

    def gap(self, method, day, *arguments, expect=0):
        return self.meridian.json("gap", "lmarena/text", "--method", method,
                                  "--as-of", day, *arguments, expect=expect)

    def test_golden_gaps(self):
        for method, day, points, percent, us, cn in GAPS:
            with self.subTest(method=method, day=day):
                answer = self.gap(method, day)
                gap = gap_points(answer)
                self.assertEqual(gap["decision"], "DECISION_DECIDED")
                if points is not None:
                    self.assertAlmostEqual(gap["points"], points, delta=0.05)
                if isinstance(percent, tuple):
                    self.assertGreaterEqual(
                        round(gap["asPublishedPercent"], 2), percent[0])
                    self.assertLessEqual(
                        round(gap["asPublishedPercent"], 2), percent[1])
                elif percent is not None:
                    self.assertAlmostEqual(gap["asPublishedPercent"], percent,
                                           delta=0.005)
                if us:
                    self.assertEqual(leader(answer, "US")["model"], us)
                if cn:
                    self.assertEqual(leader(answer, "CN")["model"], cn)

    def test_win_rate_and_no_interval(self):
        answer = self.gap("raw", "2025-02-14")
        self.assertAlmostEqual(gap_points(answer)["winRate"], 0.533, delta=5e-4)
        self.assertNotIn("standardError", gap_points(answer))
        self.assertIn("WARNING_KIND_NO_INTERVALS",
                      {w["kind"] for w in answer["header"]["warnings"]})

    def test_standard_error_and_z(self):
        gap = gap_points(self.gap("raw", "2025-02-12"))
        self.assertAlmostEqual(gap["standardError"], 5.17, delta=0.005)
        self.assertAlmostEqual(gap["z"], 4.4, delta=0.05)
        gap = gap_points(self.gap("style_control", "2026-03-18"))
        self.assertAlmostEqual(gap["z"], 9.5, delta=0.05)

    def test_the_method_of_2025_01_28_is_corrected_and_says_so(self):
        answer = self.gap("style_control", "2025-01-28")
        self.assertIn("WARNING_KIND_METHOD_OVERRIDDEN",
                      {w["kind"] for w in answer["header"]["warnings"]})
        raw = self.gap("raw", "2025-01-28")
        self.assertEqual(raw["points"][0]["snapshot"]["source"],
                         "lmarena-history")

    def test_revised_february(self):
        """The same month, looked back at from November 2025."""
        for method, points, us in (("raw", -7.3, "o1-2024-12-17"),
                                   ("style_control", 4.6, "o1-2024-12-17")):
            answer = self.gap(method, "2025-11-05", "--history", "revised",
                              "--on", "2025-02-14")
            self.assertAlmostEqual(gap_points(answer)["points"], points,
                                   delta=0.06)
            self.assertEqual(leader(answer, "US")["model"], us)
            self.assertEqual(leader(answer, "CN")["model"], "deepseek-r1")
        missing = [w["subjects"] for w in
                   self.gap("raw", "2025-11-05", "--history", "revised", "--on",
                            "2025-02-14")["header"]["warnings"]
                   if w["kind"] == "WARNING_KIND_LEADER_MISSING"]
        self.assertEqual(missing, [["gemini-2.0-flash-thinking-exp-01-21"]])
        answer = self.gap("raw", "2025-11-05", "--history", "revised",
                          "--entrants", "released", "--on", "2025-02-28")
        self.assertAlmostEqual(gap_points(answer)["points"], 49.9, delta=0.05)
        self.assertEqual(leader(answer, "US")["model"], "grok-3-preview-02-24")

    def test_simulated_maximum(self):
        answer = self.gap("style_control", "2026-03-19")
        simulated = gap_points(answer)["simulated"]
        self.assertAlmostEqual(simulated["points"], 41.5, delta=0.3)
        self.assertAlmostEqual(simulated["interval"]["low"], 34, delta=0.6)
        self.assertAlmostEqual(simulated["interval"]["high"], 49, delta=0.6)
        china = answer["points"][0]["standings"][1]["candidates"][0]
        self.assertEqual(china["model"]["model"], "dola-seed-2.0-preview")
        self.assertAlmostEqual(china["probability"], 0.8, delta=0.03)

    def test_absent_from_a_short_page_is_a_bound_not_none(self):
        answer = self.gap("style_control", "2026-04-10", "--a", "US", "--b",
                          "FR", expect=4)
        france = answer["points"][0]["standings"][1]
        self.assertNotIn("leader", france)
        self.assertEqual(france["bound"], 1462)
        self.assertEqual(gap_points(answer, "US", "FR")["pointsBound"], 42)
        self.assertEqual(france["lastSeen"]["value"], 1416)
        self.assertEqual(france["lastSeenSnapshot"]["vintage"]["date"],
                         "2026-03-31")

    def test_code_page_is_a_tie(self):
        answer = self.meridian.json("gap", "lmarena/code", "--as-of",
                                    "2026-04-10")
        gap = gap_points(answer)
        self.assertAlmostEqual(gap["points"], 18, delta=0.5)
        self.assertAlmostEqual(1.96 * gap["standardError"], 23, delta=0.5)
        self.assertEqual(int(leader(answer, "CN")["votes"]), 1046)
        self.assertTrue(gap["statisticalTie"])
        march = self.meridian.json("gap", "lmarena/code", "--as-of",
                                   "2026-03-19")
        self.assertAlmostEqual(gap_points(march)["points"], 95, delta=0.5)
        self.assertFalse(gap_points(march)["statisticalTie"])
        text = gap_points(self.gap("style_control", "2026-04-10"))
        self.assertAlmostEqual(text["points"], 33, delta=0.5)
        self.assertAlmostEqual(1.96 * text["standardError"], 9, delta=0.5)

    def test_open_weights(self):
        """GATED counts as open only where the group says so."""
        answer = self.gap("raw", "2024-07-30", "--a", "CLOSED", "--b", "OPEN")
        self.assertAlmostEqual(gap_points(answer, "CLOSED", "OPEN")["points"], 23.8, delta=0.1)
        answer = self.gap("raw", "2024-07-30", "--a", "CLOSED", "--b",
                          "OPEN_FREE")
        self.assertAlmostEqual(gap_points(answer, "CLOSED", "OPEN_FREE")["points"], 40.6, delta=0.1)
        answer = self.gap("raw", "2025-04-07", "--a", "CLOSED", "--b", "OPEN")
        self.assertAlmostEqual(gap_points(answer, "CLOSED", "OPEN")["points"], 69.8, delta=0.1)

    def test_epoch_index_by_both_country_rules(self):
        for rule, points in (("controller_hq", 8.71), ("hq", 6.75)):
            answer = self.meridian.json("gap", "epoch/eci", "--country-rule",
                                        rule)
            self.assertAlmostEqual(gap_points(answer)["points"], points,
                                   delta=0.005)
            named = [w["message"] for w in answer["header"]["warnings"]
                     if w["kind"] == "WARNING_KIND_COUNTRY_RULE"]
            if rule == "controller_hq":
                self.assertEqual(named, [])
            else:
                self.assertIn("Gemini 3 Pro", named[0])
                self.assertIn("would be 8.71", named[0])

    def test_an_unreleased_leader_is_flagged_with_the_answer_without_it(self):
        answer = self.gap("raw", "2025-02-17")
        self.assertEqual(leader(answer, "US")["prerelease"],
                         "PRERELEASE_NEVER_RELEASED")
        without = answer["points"][0]["withoutPrerelease"]
        self.assertEqual([m["model"] for m in without["excluded"]],
                         ["early-grok-3"])
        self.assertAlmostEqual(without["gaps"][0]["asPublishedPercent"], 1.71,
                               delta=0.005)
        self.assertIn("WARNING_KIND_PRERELEASE",
                      {w["kind"] for w in answer["header"]["warnings"]})

    def test_an_experiment_does_not_inherit_open_weights(self):
        """With llama-4-maverick-03-26-experimental as open it would be 22.6."""
        answer = self.gap("raw", "2025-04-07", "--a", "CLOSED", "--b", "OPEN")
        self.assertEqual(leader(answer, "OPEN")["model"], "deepseek-v3-0324")
        board = self.meridian.json("leaderboard", "lmarena/text", "--method",
                                   "raw", "--as-of", "2025-04-07")
        row = [r for r in board["rows"] if r["model"] ==
               "llama-4-maverick-03-26-experimental"][0]
        self.assertAlmostEqual(board["rows"][0]["value"] - row["value"], 22.6,
                               delta=0.05)
        self.assertEqual(row["weights"], "API_ONLY")
        self.assertEqual(row["prerelease"], "PRERELEASE_NEVER_RELEASED")

    def test_rank_bounds(self):
        board = self.meridian.json("leaderboard", "lmarena/text", "--method",
                                   "style_control", "--as-of", "2026-03-19",
                                   "--limit", "1000")
        rows = board["rows"]
        for row in rows:
            self.assertEqual(row["rankBest"], 1 + sum(
                other["lower"] > row["upper"] for other in rows))
            self.assertEqual(row["rankWorst"], sum(
                other["upper"] >= row["lower"] for other in rows))
        dola = [r for r in rows if r["model"] == "dola-seed-2.0-preview"][0]
        self.assertLessEqual(dola["rankBest"], dola["rank"])

    def test_lag_by_both_rules(self):
        for records, months, count in (("every", 5.71, 12), ("best", 5.59, 11)):
            answer = self.meridian.json("lag", "epoch/eci", "--ahead", "US",
                                        "--behind", "CN", "--records", records)
            self.assertAlmostEqual(answer["summary"]["meanMonths"], months,
                                   delta=0.005)
            self.assertEqual(answer["summary"]["records"], count)
            self.assertAlmostEqual(answer["summary"]["months"]["low"], 1.12,
                                   delta=0.005)
            self.assertAlmostEqual(answer["summary"]["months"]["high"], 13.80,
                                   delta=0.005)
            self.assertNotEqual(answer["other"]["rule"],
                                answer["summary"]["rule"])
            self.assertIn("records", {c["name"] for c in
                                      answer["header"]["choices"]})
        beaten = [r["model"]["nameInSource"] for r in answer["rows"]
                  if r["beatenSameDay"]]
        self.assertEqual(beaten, ["Qwen-7B"])

    def test_a_flow_is_not_divided_by_a_stock(self):
        done = self.meridian.run(
            "ratio", "--of", "private_ai_investment:US:2025", "--over",
            "private_ai_investment:CN:2025", "--over",
            "gov_guidance_funds_ai:CN")
        self.assertEqual(done.returncode, 4)
        self.assertIn("NOT_COMPARABLE", done.stderr)
        self.assertIn("a stock", done.stderr)
        answer = self.meridian.json(
            "ratio", "--of", "private_ai_investment:US:2025", "--over",
            "private_ai_investment:CN:2025")
        self.assertAlmostEqual(answer["ratio"], 23.04, delta=0.005)

    def test_bucket_rules(self):
        def points(rule):
            answer = self.meridian.json(
                "gap", "lmarena/text", "--method", "raw", "--from", "2025-02",
                "--to", "2025-02", "--bucket", rule)
            return answer["points"]
        every = points("all")
        self.assertEqual(len(every), 10)
        gaps = [p["gaps"][0]["points"] for p in every]
        mean = points("mean")[0]["gaps"][0]
        self.assertAlmostEqual(mean["points"], sum(gaps) / len(gaps), places=6)
        self.assertEqual(mean["meanOf"], 10)
        self.assertNotIn("winRate", mean)
        self.assertAlmostEqual(points("first")[0]["gaps"][0]["points"], gaps[0])
        self.assertAlmostEqual(points("last")[0]["gaps"][0]["points"], gaps[-1])
        self.assertAlmostEqual(points("max")[0]["gaps"][0]["points"],
                               max(gaps, key=abs))
        for rule in ("first", "last", "max", "mean"):
            span = points(rule)[0]["ranges"][0]["asPublishedPercent"]
            self.assertAlmostEqual(span["low"], 1.59, delta=0.005)
            self.assertAlmostEqual(span["high"], 3.03, delta=0.005)

    def test_contemporary_february(self):
        answer = self.meridian.json(
            "gap", "lmarena/text", "--method", "raw", "--from", "2025-02",
            "--to", "2025-02")
        percent = answer["points"][0]["ranges"][0]["asPublishedPercent"]
        self.assertAlmostEqual(percent["low"], 1.59, delta=0.005)
        self.assertAlmostEqual(percent["high"], 3.03, delta=0.005)

    def test_everything_loads_and_every_rejection_has_a_reason(self):
        for source, run in self.runs.items():
            self.assertEqual(run["state"], "RUN_STATE_SUCCEEDED", run)
            rejected = self.meridian.json("rejected", "list", "--source",
                                          source, "--limit", "0")
            for row in rejected.get("rejected", []):
                self.assertTrue(row["rejected"]["why"])
        history = self.runs["lmarena-history"]
        self.assertEqual(history["recordsRejected"], "0")
        self.assertEqual(history["duplicatesDropped"], "96")
        vintages = {s["vintage"]["date"] for s in history["snapshots"]
                    if s["stream"] == "text/raw"}
        self.assertEqual(len(vintages), 105)
        scores = sum(int(s["records"]) for s in history["snapshots"]
                     if s["stream"] == "text/raw")
        self.assertEqual(scores, 13434 - 96)

    def test_boards_that_a_mapping_alone_reads(self):
        def best(board, *arguments):
            return self.meridian.json("leaderboard", board, "--limit", "1",
                                      *arguments)["rows"][0]
        # An adversarial null model has the highest figure and leads nothing.
        for method in ("length_controlled", "raw"):
            self.assertNotIn("NullModel", best("alpaca-eval/v2", "--method",
                                               method)["nameInSource"])
        row = best("vectara/hallucination")  # less is better
        self.assertEqual((row["nameInSource"], row["value"]),
                         ("AntGroup Finix-S1-32B", 0.6))
        row = best("comparia/text")
        self.assertEqual(row["nameInSource"], "mistral-medium-3.1")
        self.assertAlmostEqual(row["lower"], 1124.199, places=3)
        self.assertEqual(int(row["votes"]), 2194)
        row = best("swebench/Verified")
        self.assertAlmostEqual(row["value"], 76.8)
        self.assertTrue(row["configuration"])
        row = best("livebench", "--category", "math_comp", "--method",
                   "release_2025_11_25")
        self.assertAlmostEqual(row["value"], 97.059)
        self.assertEqual(int(self.runs["arena-votes"]["recordsCommitted"]),
                         25938)
        self.assertGreater(int(self.runs["litellm"]["recordsCommitted"]), 3700)

    def test_an_artefact_is_not_the_model_of_its_name(self):
        # deepseek-r1:latest is the distillation of 8 billion parameters.
        done = self.meridian.run("expr", 'model.country == "CN"', "--model",
                                 "deepseek-r1:latest", format="json")
        self.assertEqual(done.returncode, 4, done.stdout + done.stderr)
        self.assertIn("~ollama/deepseek-r1:latest", done.stdout)

    def test_lineage_names_the_base_and_the_document_that_says_so(self):
        for model, base, source in (
                ("Claire-7B-FR-Instruct-0.1", "Falcon-7B", "osai"),
                ("~epoch-models/nekomata-14b", "Qwen-14B", "epoch-models")):
            answer = self.meridian.json("models", "show", model)
            fact = [f for f in answer["facts"]
                    if f["field"] == "model.base_models"][0]
            self.assertEqual(len(fact["value"]["list"]["items"]), 1)
            self.assertIn(base.lower(),
                          fact["value"]["list"]["items"][0].lower())
            evidence = answer["header"]["evidence"][fact["evidence"][0]]
            self.assertEqual(evidence["source"], source)

    def test_every_catalogue_and_history_name_is_resolved(self):
        status = self.meridian.json("status")["analysis"]
        for method, day in (("raw", "2025-02-14"), ("raw", "2025-11-05"),
                            ("style_control", "2025-11-05")):
            answer = self.meridian.json("leaderboard", "lmarena/text",
                                        "--method", method, "--as-of", day,
                                        "--limit", "1000")
            self.assertEqual([r["nameInSource"] for r in answer["rows"]
                              if not r["resolved"]], [])
        self.assertGreater(int(status["models"]), 304)


@unittest.skipUnless((DATA / "arena_catalog").is_dir(),
                     f"no real data at {DATA} (set MERIDIAN_DATA)")
class MethodBreakTest(unittest.TestCase):
    def test_a_mislabelled_file_shows_as_a_break(self):
        """Without the correction of 2025-01-28 the raw line would cross from
        style-controlled to raw figures; the figures themselves say so."""
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            shutil.copytree(SAMPLES / "reference", folder / "reference")
            (folder / "reference/method_overrides.yaml").unlink()
            (folder / "sources.yaml").write_text(
                "sources:\n"
                "  - {id: lmarena-catalog, plugin: arena, publisher: LMArena, "
                "data_licence: none stated, documents: [{files: "
                "'${data}/arena_catalog/*/leaderboard-*.json', "
                "vintage_from_path: '(\\d{4}-\\d{2}-\\d{2})'}]}\n"
                "  - {id: reference, plugin: reference, publisher: Test, "
                "data_licence: none, documents: [{files: reference/*.yaml}]}\n")
            with Meridian(sources=[folder / "sources.yaml"],
                          roots={"data": DATA}) as meridian:
                meridian.load()
                answer = meridian.json("gap", "lmarena/text", "--method", "raw",
                                       "--from", "2025-01", "--to", "2025-02")
                found = answer["detectedBreaks"]
                self.assertEqual([(b["before"], b["after"]) for b in found],
                                 [("2025-01-28", "2025-02-12")])
                self.assertAlmostEqual(found[0]["medianShift"], 9.1, delta=0.05)
                self.assertAlmostEqual(found[0]["spread"], 25.1, delta=0.05)
                self.assertIn("WARNING_KIND_METHOD_BREAK",
                              {w["kind"] for w in answer["header"]["warnings"]})


if __name__ == "__main__":
    if not (DATA / "arena_catalog").is_dir():
        print(f"skipped: no real data at {DATA} (set MERIDIAN_DATA)")
        sys.exit(77)
    unittest.main()
