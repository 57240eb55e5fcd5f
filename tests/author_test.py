"""The way of a plugin author and of somebody with an unseen file, as
docs/write-a-source.md tells it: new, run, test, install, pin; draft, check,
preview, plan, run, mend, retry."""

import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

from clients_test import python_has_grpc
from harness import BUILD, ROOT, SANITIZED, Meridian


def meridian(*words, expect=0, cwd=None):
    done = subprocess.run([BUILD / "bin/meridian", *map(str, words)], cwd=cwd,
                          capture_output=True, text=True, timeout=300)
    if done.returncode != expect:
        raise AssertionError(f"{words}: exit {done.returncode}\n{done.stdout}"
                             f"\n{done.stderr}")
    return done.stdout + done.stderr


class AuthorTest(unittest.TestCase):
    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="meridian-author-"))
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)

    def write(self, name, text):
        path = self.dir / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def source(self, plugin, documents, config):
        return self.write("sources.yaml", f"""sources:
  - id: mine
    plugin: {plugin}
    publisher: Test
    data_licence: none stated
    documents: [{{files: {documents}, vintage: 2026-02-03}}]
    config: {config}
""")

    def check_plugin(self, folder):
        """Tests, installs and runs the plugin of a folder, then changes it."""
        report = json.loads(meridian("plugin", "test", folder,
                                     "--format", "json"))
        self.assertEqual(report["broken"], 0, report)
        self.assertGreaterEqual(report["passed"], 25)
        golden = folder / "cases/basic/expected.jsonl"
        text = golden.read_text()
        golden.write_text(text.replace("71.5", "71.6"))
        self.assertIn("broken golden", meridian("plugin", "test", folder,
                                                expect=1))
        golden.write_text(text)
        shown = meridian("plugin", "run", folder,
                         folder / "cases/basic/scores.csv", "--config",
                         folder / "cases/basic/case.yaml")
        self.assertIn("    | alpha,71.5\n", shown)
        self.assertIn("rejected line 4", shown)
        plugins = self.dir / "plugins"
        out = meridian("plugin", "install", folder, "--plugins", plugins,
                       "--pin")
        self.assertIn("pinned in", out)
        subprocess.run(["sha256sum", "--quiet", "-c", "plugins.lock"],
                       cwd=plugins, check=True)
        self.write("d.csv", "model,score\na,1\nb,2\nc,?\n")
        sources = self.source(folder.name, "d.csv", "{board: example/mine}")
        with Meridian(sources=[sources], plugins=plugins) as services:
            run = services.load("mine")["mine"]
            self.assertEqual(run["recordsCommitted"], "2")
            rows = services.json("leaderboard", "example/mine")["rows"]
            self.assertEqual([r["value"] for r in rows], [2, 1])
            program = plugins / folder.name
            if program.is_dir():
                program = program / "meridian_sdk.py"
            with open(program, "ab") as file:
                file.write(b"\n# changed\n")
            run = services.json("sources", "run", "mine", expect=1)["ended"]
            self.assertEqual(run["error"]["reason"], "PLUGIN_CHANGED")

    @unittest.skipIf(SANITIZED, "the SDK is not installed with sanitizers")
    def test_a_plugin_in_cpp_is_built_outside_of_the_tree(self):
        cache = (BUILD / "CMakeCache.txt").read_text()
        compiler = re.search(r"^CMAKE_CXX_COMPILER:\w+=(.*)$", cache,
                             re.M).group(1)
        sdk = self.dir / "sdk"
        subprocess.run(["cmake", "--install", BUILD, "--component", "sdk",
                        "--prefix", sdk], check=True, capture_output=True)
        meridian("plugin", "new", "my_board", "--dir", self.dir)
        folder = self.dir / "my_board"
        for command in (["cmake", "-S", folder, "-B", folder / "build",
                         f"-DCMAKE_PREFIX_PATH={sdk}",
                         f"-DCMAKE_CXX_COMPILER={compiler}"],
                        ["cmake", "--build", folder / "build"]):
            done = subprocess.run(command, capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.check_plugin(folder)

    @unittest.skipUnless(python_has_grpc(), "no python3-grpcio")
    def test_a_plugin_in_python_needs_nothing_from_the_network(self):
        meridian("plugin", "new", "py_board", "--lang", "python", "--dir",
                 self.dir)
        self.check_plugin(self.dir / "py_board")

    def test_the_draft_in_the_docs_is_what_is_drafted(self):
        text = (ROOT / "docs/write-a-source.md").read_text()
        block = re.search(r"   \$ meridian mapping draft board.csv > board.yaml\n"
                          r"(.*?)   ```", text, re.S).group(1)
        self.write("board.csv", "Model,Score,Notes\nalpha-70b,71.5,new\n"
                                "beta-8b,68.25,\ngamma,61,\n")
        self.assertEqual(re.sub(r"^   ", "", block, flags=re.M),
                         meridian("mapping", "draft", self.dir / "board.csv"))

    def test_new_refuses_what_it_cannot_make(self):
        for words, reason in ((["new", "My-Board"], "BAD_PLUGIN_ID"),
                              (["new", "a", "--lang", "cobol"],
                               "UNKNOWN_LANGUAGE"),
                              (["test", self.dir / "none"], "NO_SUCH_FILE")):
            self.assertIn(reason, meridian("plugin", *words, expect=2,
                                           cwd=self.dir))
        meridian("plugin", "new", "a", "--dir", self.dir)
        self.assertIn("FOLDER_EXISTS", meridian("plugin", "new", "a", "--dir",
                                                self.dir, expect=2))

    def test_an_unseen_registry_loads_with_a_mapping_alone(self):
        registry = {"object": "list", "data": [
            {"id": "acme/one", "provider": "acme", "pricing":
                {"prompt": "0.0000025", "completion": "0.00001"},
             "context_length": 131072},
            {"id": None, "provider": "acme", "pricing": {"prompt": "0.000001"},
             "context_length": None},
            {"id": "acme/two", "provider": "acme", "pricing":
                {"prompt": "0", "completion": None}, "context_length": 4096}]}
        document = self.write("registry.json", json.dumps(registry, indent=1))
        self.write("m.yaml", meridian("mapping", "draft", document))
        sources = self.source("table", "registry.json", "{mapping: m.yaml}")
        with Meridian(sources=[sources]) as services:
            checks = services.json("sources", "check", "mine")["checks"]
            self.assertEqual({c["outcome"] for c in checks},
                             {"OUTCOME_PASSED"})
            run = services.load("mine")["mine"]
            self.assertEqual((run["recordsCommitted"], run["recordsRejected"]),
                             ("2", "1"))
            rows = services.json("offerings", "list")["offerings"]
            prices = {r["offering"]["route"]: [
                p["perMillionTokens"] for p in r["offering"].get("prices", [])]
                for r in rows}
            self.assertEqual(prices, {"acme/one": [2.5, 10], "acme/two": []})
            # An empty page must not erase anything.
            document.write_text('{"object": "list", "data": []}')
            run = services.json("sources", "run", "mine", expect=1)["ended"]
            self.assertEqual(run["state"], "RUN_STATE_FAILED")
            rows = services.json("offerings", "list")["offerings"]
            self.assertEqual(len(rows), 2)

    def test_a_mapping_is_mended_and_what_was_rejected_is_read(self):
        self.write("t.csv", "model,score\na,1\nb,2 %\nc,3\n")
        mapping = ("record: score\nstream: s\nfields:\n"
                   "  board: {const: b/c}\n  category: {const: full}\n"
                   "  model: model\n  value: ")
        self.write("m.yaml", mapping + "score\n")
        sources = self.source("table", "t.csv", "{mapping: m.yaml}")
        with Meridian(sources=[sources]) as services:
            preview = services.run("sources", "preview", "mine", "--limit", 1)
            self.assertIn("s, line 2\n    | a,1\n    score {", preview.stdout)
            plan = services.run("sources", "plan", "mine")
            self.assertIn("1 snapshots would be added, 2 records read, 1 "
                          "rejected", plan.stdout)
            self.assertIn("rejected line 3", plan.stdout)
            self.assertEqual(services.json("runs", "list")["runs"], [])
            services.load("mine")
            self.assertEqual(services.head(), 1)
            # The configuration is read at the start.
            self.write("m.yaml", mapping +
                       '{column: score, strip_suffix: "%"}\n')
            services.stop("ingest")
            services.start_ingest(services.ports["ingest"])
            done = services.run("rejected", "retry", "mine")
            self.assertEqual(done.returncode, 0, done.stdout)
            self.assertIn("1 are read now, 0 are rejected", done.stdout)
            # The revision says what the mended mapping made of the bytes.
            self.assertRegex(done.stdout, r"REVISED +s +2026-02-03 \(config\)"
                                          r" +2 +3 +1 +0 +0 ")


if __name__ == "__main__":
    done = unittest.main(exit=False).result
    sys.exit(0 if done.wasSuccessful() else 1)
