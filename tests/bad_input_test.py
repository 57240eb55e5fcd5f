"""Documents, configurations and expressions as they should not be: each gets
an error that says what, where and what to do, nothing of it becomes visible,
and everything else goes on."""

import re
import shutil
import subprocess
import tempfile
import pathlib
import threading
import unittest

from harness import BUILD, SAMPLES, SANITIZED, Meridian

HISTORY = "key,Model,rating,License,Organization,date\n"

# id: (plugin, file name, bytes, config, reason, words of the message)
BROKEN = {
    "broken-json": ("arena", "leaderboard-text.json",
                    b'{"full": {"a": {"rating": 1}', "{}", "BAD_JSON",
                    ["line 1"]),
    "empty-file": ("arena", "leaderboard-text.json", b"", "{}",
                   "EMPTY_DOCUMENT", ["empty"]),
    "no-rows": ("arena", "alltime.csv", HISTORY.encode(), "{}",
                "EMPTY_DOCUMENT", []),
    "truncated-quote": ("arena", "alltime.csv",
                        (HISTORY + 'a,"A,1200,MIT,L,20250101\n').encode(),
                        "{}", "CSV_UNTERMINATED_QUOTE", ["line 2"]),
    "missing-columns": ("arena", "alltime.csv", b"key,Model\na,b\n", "{}",
                        "MISSING_COLUMN", ["'rating'", "expected the columns"]),
    "missing-table-columns": ("table", "eci_scores.csv", b"Model,eci\nA,1\n",
                              f"{{mapping: {SAMPLES}/mappings/epoch_eci.yaml}}",
                              "TABLE_COLUMNS", ["Display name"]),
    "unknown-field": ("reference", "organizations.yaml",
                      b"vintage: 2026-01-01\norganizations:\n"
                      b"  - {name: A, headquater: [{country: US}]}\n",
                      "{}", "BAD_YAML",
                      ["organizations.yaml:3:", "did you mean 'headquarters'"]),
    "not-utf8": ("arena", "leaderboard-text.json",
                 b'{"full": {"\xff\xfe": {"rating": 1}}}', "{}", "BAD_JSON",
                 []),
}
# id: (plugin, file name, bytes, rows kept, words of the rejections)
REJECTED = {
    "nan": ("arena", "leaderboard-text.json",
            b'{"full": {"a": {"rating": 1}, "b": {"rating": NaN}}}', 1,
            ["NaN"]),
    "cut-off": ("arena", "alltime.csv",
                (HISTORY + "a,A,1200,MIT,L,20250101\nb,B,11").encode(), 1,
                ["3 fields, the header has 6"]),
    "contradiction": ("arena", "alltime.csv",
                      (HISTORY + "a,A,1200,MIT,L,20250101\n"
                       "a,A,1300,MIT,L,20250101\n").encode(), 1,
                      ["other content"]),
}


class BadInputTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        root = pathlib.Path(cls.folder.name)
        lines = ["sources:"]
        for name, case in {**BROKEN, **REJECTED}.items():
            (root / name).mkdir()
            (root / name / case[1]).write_bytes(case[2])
            config = case[3] if name in BROKEN else "{}"
            lines.append(
                f"  - {{id: {name}, plugin: {case[0]}, publisher: Test, "
                f"data_licence: none, config: {config}, documents: "
                f"[{{files: {name}/{case[1]}, vintage: 2025-01-01}}]}}")
        (root / "sources.yaml").write_text("\n".join(lines) + "\n")
        cls.meridian = Meridian(sources=[root / "sources.yaml",
                                         SAMPLES / "sources.yaml"])
        cls.meridian.__enter__()
        cls.meridian.load("reference", "lmarena-history")

    @classmethod
    def tearDownClass(cls):
        cls.meridian.__exit__()
        cls.folder.cleanup()

    def test_broken_documents_fail_their_run_and_nothing_else(self):
        for name, case in BROKEN.items():
            with self.subTest(name):
                head = self.meridian.head()
                run = self.meridian.load(name, expect=1)[name]
                self.assertEqual(run["state"], "RUN_STATE_FAILED")
                self.assertEqual(run["error"]["reason"], "PLUGIN_FAILED")
                self.assertEqual(run["error"]["pluginReason"], case[4], run)
                for word in case[5]:
                    self.assertIn(word, run["error"]["message"])
                self.assertEqual(self.meridian.head(), head)

    def test_bad_rows_are_rejected_and_the_rest_is_kept(self):
        for name, case in REJECTED.items():
            with self.subTest(name):
                run = self.meridian.load(name)[name]
                self.assertEqual(run["state"], "RUN_STATE_SUCCEEDED")
                kept = sum(int(s["records"]) for s in run["snapshots"]
                           if not s["stream"].startswith("models"))
                self.assertEqual(kept, case[3])
                rows = self.meridian.json("rejected", "list", "--source",
                                          name)["rejected"]
                self.assertEqual(len(rows), 1)
                self.assertIn("line", rows[0]["rejected"]["locator"])
                for word in case[4]:
                    self.assertIn(word, rows[0]["rejected"]["why"])

    def test_expressions_name_line_column_and_the_nearest(self):
        for expression, words in {
                "model.wieghts == OPEN": ["1:1", "did you mean",
                                          "model.weights"],
                'model.country == "US" &&': ["1:25"],
                "model.parameters > true": ["1:18", "double"],
                "model.weights == OPNE": ["OPEN"],
                'model.country in "US"': ["1:"]}.items():
            with self.subTest(expression):
                done = self.meridian.run("expr", expression, "--model",
                                         "deepseek-r1")
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertIn("BAD_EXPRESSION", done.stderr)
                for word in words:
                    self.assertIn(word, done.stderr)

    def test_hostile_policies_are_refused_with_a_place(self):
        def rule(body):
            return f"id: x\nversion: '1'\nrules:\n  - id: a\n    require: {body}\n"

        names = ", ".join(f'"m{i}"' for i in range(5000))
        loop = "true"
        for name in "hgfedcba":
            loop = f"[1, 2, 3, 4, 5, 6, 7, 8].all({name}, {loop} && {name} > 0)"
        hostile = {
            "10 MB": rule("'model.name == \"" + "a" * 10_000_000 + "\"'"),
            "parentheses": rule("'" + "(" * 5000 + "true" + ")" * 5000 + "'"),
            "signs": rule("'" + "!" * 20000 + "true'"),
            "a list": rule(f"'model.name in [{names}]'"),
            "nested quantifiers": rule(f"'{loop}'"),
            "defines": "id: x\nversion: '1'\ndefines: {a: b, b: a}\n"
                       "rules:\n  - {id: r, require: a}\n",
            "NaN": rule("model.training_compute <= NaN"),
            "infinite": rule("model.training_compute <= 1e999"),
            "a string": rule("'model.name == \"abc'"),
            "brackets": "id: " + "[" * 3000 + "\n",
            "anchors": "a: &a [x, x]\nb: [*a, *a]\n",
        }
        for name, text in hostile.items():
            with self.subTest(name), tempfile.TemporaryDirectory() as folder:
                policy = pathlib.Path(folder) / "hostile.yaml"
                policy.write_text(text)
                done = self.meridian.run("policy", "check", policy)
                self.assertEqual(done.returncode, 2, done.stderr[:500])
                self.assertIn("BAD_POLICY", done.stderr)
                self.assertRegex(done.stderr, r"hostile\.yaml:\d+:\d+: ")

    def test_a_bad_source_file_stops_the_start_with_every_mistake(self):
        with tempfile.TemporaryDirectory() as folder:
            sources = pathlib.Path(folder) / "sources.yaml"
            sources.write_text("sources:\n  - id: A\n    plugn: arena\n")
            done = subprocess.run(
                [BUILD / "bin/meridian-ingest", "--data", folder + "/data",
                 "--sources", sources, "--listen", "127.0.0.1:0"],
                capture_output=True, text=True, timeout=60)
            self.assertEqual(done.returncode, 1)
            self.assertRegex(done.stderr, re.compile(
                r"sources\.yaml:3:5: 'plugn' .*did you mean 'plugin'"))
            self.assertIn("'publisher' is missing", done.stderr)


@unittest.skipIf(SANITIZED, "a sanitizer needs memory of its own")
class LargeLoadTest(unittest.TestCase):
    ROWS, MODELS = 1_000_000, 5000

    def test_a_million_scores_load_in_bounded_memory(self):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            with open(folder / "scores.csv", "w") as out:
                out.write("model,category,value\n")
                for i in range(self.ROWS):
                    out.write(f"model-{i % self.MODELS},c{i // self.MODELS},"
                              f"{1000 + i % 997}\n")
            (folder / "mapping.yaml").write_text(
                "record: score\nstream: generated\ncoverage: ALL\nfields:\n"
                "  board: {const: test/large}\n  category: category\n"
                "  method: {const: raw}\n  model: model\n  value: value\n")
            (folder / "sources.yaml").write_text(
                "sources:\n  - {id: large, plugin: table, publisher: Test, "
                "data_licence: none, config: {mapping: mapping.yaml}, "
                "documents: [{files: scores.csv, vintage: 2026-01-01}]}\n")
            with Meridian(sources=[folder / "sources.yaml"]) as meridian:
                run = meridian.load("large")["large"]
                self.assertEqual(int(run["recordsCommitted"]), self.ROWS)
                # The log has about 57 MB of batches; hashes of one snapshot's
                # records are 60 bytes each.
                for process, limit in (("ingest", 400), ("analysis", 300)):
                    status = pathlib.Path(
                        f"/proc/{meridian.processes[process].pid}/status")
                    peak = int(re.search(r"VmHWM:\s+(\d+)",
                                         status.read_text())[1]) / 1024
                    self.assertLess(peak, limit, process)


class PeakOfChildren(threading.Thread):
    """The largest peak memory of a process's children, in MiB."""

    def __init__(self, parent):
        super().__init__(daemon=True)
        self.parent, self.peak, self.done = parent, 0, threading.Event()
        self.start()

    def run(self):
        while not self.done.wait(0.05):
            for status in pathlib.Path("/proc").glob("[0-9]*/status"):
                try:
                    text = status.read_text()
                except OSError:
                    continue  # ended meanwhile
                peak = re.search(r"VmHWM:\s+(\d+)", text)
                if peak and re.search(rf"PPid:\t{self.parent}\n", text):
                    self.peak = max(self.peak, int(peak[1]) / 1024)

    def stop(self):
        self.done.set()
        self.join()
        return self.peak


@unittest.skipIf(SANITIZED, "a sanitizer needs memory and time of its own")
@unittest.skipIf(shutil.disk_usage(tempfile.gettempdir()).free < 6 << 30,
                 "less than 6 GiB free")
class LargeDocumentTest(unittest.TestCase):
    ROWS, PADDING = 16_400, 65_536  # a little more than 1 GiB

    def test_a_gibibyte_is_refused_and_loads_when_the_limit_is_raised(self):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            with open(folder / "large.csv", "w") as out:
                out.write("model,value,comment\n")
                padding = "x" * self.PADDING
                for i in range(self.ROWS):
                    out.write(f"model-{i},{1000 + i % 997},{padding}\n")
            size = (folder / "large.csv").stat().st_size
            self.assertGreater(size, 1 << 30)
            (folder / "mapping.yaml").write_text(
                "record: score\nstream: generated\ncoverage: ALL\n"
                "columns_ignored: [comment]\nfields:\n"
                "  board: {const: test/large}\n  category: {const: full}\n"
                "  method: {const: raw}\n  model: model\n  value: value\n")
            source = ("  - {{id: {0}, plugin: table, publisher: Test, "
                      "data_licence: none, config: {{mapping: mapping.yaml}}, "
                      "documents: [{{files: large.csv, vintage: 2026-01-01}}]"
                      "{1}}}\n")
            (folder / "sources.yaml").write_text(
                "sources:\n" + source.format("refused", "") + source.format(
                    "raised", f", limits: {{max_document_bytes: {2 << 30}}}"))
            with Meridian(sources=[folder / "sources.yaml"]) as meridian:
                run = meridian.load("refused", expect=1)["refused"]
                self.assertEqual(run["error"]["reason"], "DOCUMENT_TOO_LARGE")
                self.assertIn("max_document_bytes", run["error"]["message"])
                self.assertIn("large.csv", run["error"]["message"])
                pid = meridian.processes["ingest"].pid
                plugin = PeakOfChildren(pid)
                run = meridian.load("raised")["raised"]
                self.assertEqual(int(run["recordsCommitted"]), self.ROWS)
                peak = int(re.search(
                    r"VmHWM:\s+(\d+)", pathlib.Path(
                        f"/proc/{pid}/status").read_text())[1]) / 1024
                self.assertLess(peak, 200)
                self.assertLess(plugin.stop(), 200)


if __name__ == "__main__":
    unittest.main()
