"""Published file -> plugin -> log -> feed -> catalog -> answer, over real
sockets, on the bundled samples."""

import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

from harness import BUILD, ROOT, SAMPLES, Meridian, gap_points, leader


class SamplesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.meridian = Meridian()
        cls.meridian.__enter__()
        cls.runs = cls.meridian.load()

    @classmethod
    def tearDownClass(cls):
        cls.meridian.__exit__()

    def gap(self, *arguments, expect=0):
        return self.meridian.json("gap", "lmarena/text", *arguments,
                                  expect=expect)

    def test_every_source_loads_without_rejections(self):
        for source, run in self.runs.items():
            self.assertEqual(run["state"], "RUN_STATE_SUCCEEDED", run)
            self.assertEqual(run["recordsRejected"], "0", source)
            self.assertNotEqual(run["recordsCommitted"], "0", source)

    def test_loading_again_changes_nothing(self):
        head = self.meridian.head()
        run = self.meridian.load("lmarena-history")["lmarena-history"]
        self.assertEqual(run["seq"], "0")
        self.assertEqual({s["kind"] for s in run["snapshots"]},
                         {"KIND_UNCHANGED"})
        self.assertEqual(self.meridian.head(), head)

    def test_february_2025_as_computed(self):
        answer = self.gap("--method", "raw", "--as-of", "2025-02-14")
        self.assertEqual(leader(answer, "US")["model"],
                         "gemini-2.0-flash-thinking-exp-01-21")
        self.assertEqual(leader(answer, "CN")["model"], "deepseek-r1")
        gap = gap_points(answer)
        self.assertAlmostEqual(gap["points"], 23.18, delta=0.005)
        self.assertAlmostEqual(gap["asPublishedPercent"], 1.70, delta=0.005)
        self.assertAlmostEqual(gap["winRate"], 0.533, delta=0.0005)
        self.assertNotIn("standardError", gap)
        kinds = {w["kind"] for w in answer["header"]["warnings"]}
        self.assertIn("WARNING_KIND_NO_INTERVALS", kinds)

    def test_every_number_has_evidence(self):
        answer = self.gap("--method", "raw", "--as-of", "2025-02-14")
        for standing in answer["points"][0]["standings"]:
            evidence = answer["header"]["evidence"][standing["leader"]["evidence"]]
            self.assertRegex(evidence["id"], r"^[0-9a-f]{16}/[0-9a-f]{16}$")
            opened = self.meridian.json("evidence", evidence["id"])
            self.assertEqual(opened["record"]["score"]["value"],
                             standing["leader"]["value"])
            line = (opened["record"]["locator"]["line"] - opened["firstLine"])
            self.assertIn(standing["leader"]["nameInSource"],
                          opened["lines"][line])
            self.assertEqual(opened["document"]["sha256"],
                             evidence["document"]["sha256"])

    def test_methods_are_never_mixed(self):
        done = self.meridian.run("gap", "lmarena/text", "--as-of", "2026-04-10")
        self.assertEqual(done.returncode, 2)
        self.assertIn("AMBIGUOUS_METHOD", done.stderr)
        self.assertIn("style_control", done.stderr)
        raw = self.gap("--method", "raw", "--as-of", "2025-01-28")
        style = self.gap("--method", "style_control", "--as-of", "2025-01-28")
        self.assertAlmostEqual(gap_points(raw)["points"], 24.3, delta=0.05)
        self.assertAlmostEqual(gap_points(style)["points"], 6.7, delta=0.05)
        kinds = {w["kind"] for w in style["header"]["warnings"]}
        self.assertIn("WARNING_KIND_METHOD_OVERRIDDEN", kinds)

    def test_history_has_one_point_a_month_and_empty_months_stay_empty(self):
        answer = self.gap("--method", "raw", "--from", "2025-01", "--to",
                          "2025-06")
        buckets = [p["bucket"] for p in answer["points"]]
        self.assertEqual(buckets, [f"2025-0{m}" for m in range(1, 7)])
        february = answer["points"][1]
        self.assertAlmostEqual(
            february["ranges"][0]["asPublishedPercent"]["low"], 1.59,
            delta=0.005)
        self.assertAlmostEqual(
            february["ranges"][0]["asPublishedPercent"]["high"], 3.03,
            delta=0.005)
        self.assertNotIn("snapshot", answer["points"][5])

    def test_swapping_groups_mirrors(self):
        one = self.gap("--method", "raw", "--as-of", "2025-02-14", "--a", "US",
                       "--b", "CN")
        two = self.gap("--method", "raw", "--as-of", "2025-02-14", "--a", "CN",
                       "--b", "US")
        first, second = one["points"][0]["gaps"][0], two["points"][0]["gaps"][0]
        self.assertEqual(first["points"], -second["points"])

    def test_same_question_same_bytes(self):
        command = ["gap", "lmarena/text", "--method", "raw", "--as-of",
                   "2025-02-14"]
        first = self.meridian.run(*command, format="json").stdout
        self.assertEqual(self.meridian.run(*command, format="json").stdout,
                         first)
        self.meridian.kill("analysis")
        self.meridian.start_analysis()
        self.meridian.catch_up()
        self.assertEqual(self.meridian.run(*command, format="json").stdout,
                         first)

    def test_contradicting_reports_stand_side_by_side(self):
        answer = self.meridian.json("indicators", "perf_gap_us_cn_rel",
                                    "--period", "2025-02")
        values = {(r["indicator"]["edition"], r["indicator"]["value"])
                  for r in answer["rows"] if r["indicator"]["unit"] == "%"}
        self.assertEqual(values, {("2025", 1.7), ("2026", 0.4)})
        self.assertTrue(any(r["disputed"] for r in answer["rows"]))

    def test_policy_partitions_the_board(self):
        answer = self.meridian.json(
            "policy", "evaluate", SAMPLES / "policies/open-not-adversary.yaml",
            "--board", "lmarena/text", "--method", "style_control", "--as-of",
            "2026-03-31")
        counts = {k: int(v) for k, v in answer["counts"].items()}
        self.assertEqual(sum(counts.values()), answer["snapshot"]["rows"])
        self.assertGreater(counts["admissible"], 0)
        self.assertGreater(counts["excluded"], 0)
        best = answer["bestAdmissible"]
        for rule in best["rules"]:
            self.assertEqual(rule["satisfied"], "TRUTH_TRUE")
            self.assertTrue(rule["facts"])
            for fact in rule["facts"]:
                self.assertTrue(fact["evidence"], fact)

    def test_mistakes_in_a_policy_have_line_and_column(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "bad.yaml"
            path.write_text("id: p\nversion: '1'\nrules:\n"
                            "  - id: r\n    require: model.wieghts == OPEN\n")
            done = self.meridian.run("policy", "evaluate", path)
        self.assertEqual(done.returncode, 2)
        self.assertIn("bad.yaml:5:", done.stderr)
        self.assertIn("model.weights", done.stderr)

    def test_unknown_names_are_errors_with_suggestions(self):
        done = self.meridian.run("leaderboard", "lmarena/txt")
        self.assertEqual(done.returncode, 2)
        self.assertIn("lmarena/text", done.stderr)
        done = self.meridian.run("gap", "lmarena/text", "--method", "raw",
                                 "--a", 'model.country = "US"', "--b", "CN")
        self.assertEqual(done.returncode, 2)
        self.assertIn("==", done.stderr)

    def test_waiting_for_a_seq(self):
        head = self.meridian.head()
        self.gap("--method", "raw", "--as-of", "2025-02-14", "--at-least-seq",
                 head)
        done = self.meridian.run("--timeout", "1", "gap", "lmarena/text",
                                 "--method", "raw", "--at-least-seq", head + 5)
        self.assertEqual(done.returncode, 3)

    def test_an_older_state_of_the_log_can_be_asked(self):
        done = self.meridian.run("--at-seq", "1", "gap", "lmarena/text",
                                 "--method", "raw")
        first = next(iter(self.runs))
        if first != "lmarena-history":
            self.assertEqual(done.returncode, 2, done.stdout)
        newest = self.gap("--method", "raw", "--as-of", "2025-02-14",
                          "--at-seq", self.meridian.head())
        plain = self.gap("--method", "raw", "--as-of", "2025-02-14")
        self.assertEqual(newest, plain)


class NoToyInsideTest(unittest.TestCase):
    """Answers change when, and only when, the data does."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.samples = pathlib.Path(self.folder.name) / "samples"
        shutil.copytree(SAMPLES, self.samples)

    def tearDown(self):
        self.folder.cleanup()

    def screen(self):
        with Meridian(sources=[self.samples / "sources.yaml"]) as meridian:
            meridian.load()
            done = subprocess.run(
                [sys.executable, ROOT / "deploy/screen.py",
                 BUILD / "bin/meridian", self.samples],
                capture_output=True, text=True, timeout=120,
                env={"MERIDIAN_INGEST": f"127.0.0.1:{meridian.ports['ingest']}",
                     "MERIDIAN_ANALYSIS":
                         f"127.0.0.1:{meridian.ports['analysis']}"})
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def replace(self, file, old, new):
        path = self.samples / file
        text = path.read_text()
        self.assertEqual(text.count(old), 1, f"{old!r} in {file}")
        path.write_text(text.replace(old, new))

    def test_one_digit_in_a_sample_changes_the_screen(self):
        before = self.screen()
        self.assertIn("1.7 %", before)
        self.assertIn("0.4 %", before)
        rows = [line for line in
                (self.samples / "lmarena/alltime.csv").read_text().splitlines()
                if line.startswith("deepseek-r1,") and "20250217" in line
                or line.startswith("deepseek-r1,") and "202502" in line]
        changed = rows[-1].replace("136", "137", 1)
        self.replace("lmarena/alltime.csv", rows[-1], changed)
        after = self.screen()
        self.assertNotEqual(before, after)

    def test_a_missing_country_is_never_guessed(self):
        """Deleting one row of reference data makes the leader a possible
        leader, or the answer undecided."""
        path = self.samples / "reference/organizations.yaml"
        lines = path.read_text().splitlines(keepends=True)
        start = next(i for i, line in enumerate(lines)
                     if line.strip() == "- name: DeepSeek")
        end = next(i for i in range(start + 1, len(lines))
                   if lines[i].strip().startswith("- name:"))
        path.write_text("".join(lines[:start] + lines[end:]))
        with Meridian(sources=[self.samples / "sources.yaml"]) as meridian:
            meridian.load()
            done = meridian.run("gap", "lmarena/text", "--method", "raw",
                                "--as-of", "2025-02-14", format="json")
            answer = __import__("json").loads(done.stdout)
            china = answer["points"][0]["standings"][1]
            possible = [p["model"]["model"] for p in china["possibleLeaders"]]
            self.assertIn("deepseek-r1", possible)
            gap = gap_points(answer)
            self.assertIn("deepseek-r1",
                          [p["model"] for p in gap["possible"]])
            reason = china["possibleLeaders"][0]
            self.assertIn("model.country", reason["unknownFields"])


if __name__ == "__main__":
    unittest.main()
