"""Files that nobody has mapped before: what 'mapping draft' makes of them, and
what a mapping by hand does, through the ingest service; and that nothing is
erased by a registry that answers with nothing."""

import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

from harness import BUILD, ROOT, Meridian

# --- Registries ------------------------------------------------------------

# Prices as text, per token; ids that are null.
ROUTER = json.dumps({"object": "list", "data": [
    {"id": "acme/one", "pricing": {"prompt": "0.0000025",
                                   "completion": "0.00001"},
     "context_length": 131072, "owned_by": None},
    {"id": None, "pricing": {"prompt": "0.000001", "completion": "0.000002"},
     "context_length": None},
    {"id": "acme/two", "pricing": {"prompt": "0", "completion": None},
     "context_length": 4096}]}, indent=1)

# Hosts as keys, prices as people write them.
HOSTS = json.dumps({
    host: {"models": [
        {"name": "One", "input price": "$1.25/M", "output price": "$5.00 / M",
         "window": "128K", "license": "MIT"},
        {"name": "Two", "input price": free, "output price": "-",
         "window": "n/a", "license": None}]}
    for host, free in (("north", "free"), ("south", "$1,000.00/M"),
                       ("west", "Free"))}, indent=1)
HOSTS_MAPPING = """
format: json
rows: /*/models
missing: ["", "-", "n/a"]
record: offering
stream: offerings
coverage: ALL
fields:
  operator: "@key1"
  route: {column: name, required: true}
  model: name
  prices[0].what: {const: input}
  prices[0].currency: {const: USD}
  prices[0].per_million_tokens: {column: input price,
      match: '((?i:free)|[0-9][0-9.,]*)', thousands: ",",
      value_map: {free: 0, Free: 0}, unmapped: keep}
  prices[1].what: {const: output}
  prices[1].currency: {const: USD}
  prices[1].per_million_tokens: {column: output price, match: '([0-9.]+)'}
  context_tokens: {column: window, magnitude: true}
columns_ignored: [license]
"""

# --- Pages -----------------------------------------------------------------

PAGE = """# Standings

| # | Model | Organisation | Score (95 % CI) | Games | Added | Safety |
|--:|-------|--------------|----------------:|------:|-------|--------|
| 1 | **[Alpha 2](https://example.org/a)** | [Acme](https://acme.example) | 1,340 ± 12 | 12,345 | new | 85.2% |
| 2 | *Beta-7B*[^1] | Beta Labs | ~1,299 ± 9.5 [^2] | 980 | | 77% |
| 3 | `gamma` | — | — | 3 | | n/a |

[^1]: fine-tuned
"""
PAGE_MAPPING = """
format: markdown
missing: ["", "-", "—", "n/a"]
records:
  - record: score
    stream: page/elo
    coverage: ALL
    fields:
      board: {const: page}
      category: {const: elo}
      model: Model
      value: {column: "Score (95 % CI)", match: '([0-9][0-9.,]*)',
              thousands: ",", skip_if_missing: true}
      half_width: {column: "Score (95 % CI)", match: '± ([0-9.]+)'}
      votes: {column: Games, thousands: ","}
      rank: "#"
  - record: score
    stream: page/safety
    coverage: ALL
    fields:
      board: {const: page}
      category: {const: safety}
      model: Model
      value: {column: Safety, strip_suffix: "%", skip_if_missing: true}
columns_ignored: [Organisation, Added]
"""

PAGES = """# Results

Text | that is | no table.

## Mathematics

| System | Result |
|---|---|
| one | 91.5<sup>1</sup> |
| two | 88.25 % |

## Law

| System | Result |
|---|---|
| one | 1.234<br>(provisional) |
| three | |

## Costs

| System | Dollars |
|---|---|
| one | 3 |
"""
PAGES_MAPPING = """
format: markdown
tables: all
record: score
stream: pages
coverage: ALL
fields:
  board: {const: pages}
  category: "@heading"
  model: System
  value: {column: Result, match: '^([0-9.]+)', skip_if_missing: true}
"""

# --- Items -----------------------------------------------------------------

ITEMS = "".join(
    json.dumps({"model": model, "question_id": number, "subject": subject,
                "correct": number % of != 0}) + "\n"
    for model, of in (("one", 2), ("two", 4))
    for subject in ("algebra", "logic")
    for number in range(8)) + '{"model": "one", "question_id": 9, "corr'
ITEMS_MAPPING = """
format: jsonl
record: score
stream: items
aggregate: mean
fields:
  board: {const: items}
  category: subject
  model: model
  value: {column: correct, value_map: {"true": 1, "false": 0}}
columns_ignored: [question_id]
"""

RESULTS = json.dumps({"run": {"date": "2026-02-01"}, "results": [
    {"config": {"model": "one", "shots": 5},
     "scores": {"q1": {"acc": 1.0, "ms": 3}, "q2": {"acc": 0.5, "ms": 4},
                "q3": {"acc": None, "ms": 9}}},
    {"config": {"model": "two", "shots": 5},
     "scores": {"q1": {"acc": 0.25, "ms": 3}, "q2": {"acc": 0.5, "ms": 4},
                "q3": {"acc": 0.0, "ms": 9}}}]}, indent=1)
RESULTS_MAPPING = """
format: json
rows: /results/*/scores/*
record: score
stream: results
aggregate: mean
fields:
  board: {const: results}
  category: {const: full}
  model: ../../config/model
  configuration: {column: ../../config/shots, suffix: " shots"}
  value: {column: acc, skip_if_missing: true}
columns_ignored: [ms]
"""

LINES = "".join(json.dumps({"model": model, "scores": scores}) + "\n"
                for model, scores in (("one", {"a": 0.5, "b": 1.0, "c": None}),
                                      ("two", {"a": 0.25, "b": 0.75, "c": 0})))
LINES_MAPPING = """
format: jsonl
rows: /scores/*
record: score
stream: lines
aggregate: mean
fields:
  board: {const: lines}
  category: {const: full}
  model: ../../model
  value: {column: "@value", skip_if_missing: true}
"""

# --- Wide tables -----------------------------------------------------------

WIDE = """model,date,coding,math,law,art
one,2026-01-05,61.5,0.0,N/A,40
two,2026-01-05,-,70.25,33,0.0
three,2026-01-05,55,,12,1
"""
WIDE_MAPPING = """
format: csv
unpivot: true
missing: ["", "-", "N/A", "0.0"]
vintage: {column: date}
record: score
stream: wide
coverage: ALL
fields:
  board: {const: wide}
  category: "@column"
  model: model
  value: {column: "@cell", skip_if_missing: true}
"""

ACROSS = """Benchmark\talpha-70b\tbeta-2.5\tgamma3
MMLU\t70.1%\t0.0%\t65%
GSM8K\t\t88%\t0.0%
"""
ACROSS_MAPPING = """
format: tsv
unpivot: true
missing: ["", "0.0%"]
record: score
stream: across
coverage: ALL
fields:
  board: {const: across}
  category: Benchmark
  model: "@column"
  value: {column: "@cell", strip_suffix: "%", skip_if_missing: true}
"""

# Name of the file: its bytes, records and rejected rows of the draft, the
# mapping by hand, records and rejected rows of that.
FILES = {
    "router.json": (ROUTER, 2, 1, None, 0, 0),
    "hosts.json": (HOSTS, 6, 0, HOSTS_MAPPING, 6, 0),
    "page.md": (PAGE, 2, 0, PAGE_MAPPING, 4, 0),
    "pages.md": (PAGES, 2, 0, PAGES_MAPPING, 3, 0),
    "items.jsonl": (ITEMS, 4, 1, ITEMS_MAPPING, 4, 1),
    "results.json": (RESULTS, None, None, RESULTS_MAPPING, 2, 0),
    "lines.jsonl": (LINES, 5, 0, LINES_MAPPING, 2, 0),
    "wide.csv": (WIDE, 7, 0, WIDE_MAPPING, 7, 0),
    "across.tsv": (ACROSS, 3, 0, ACROSS_MAPPING, 3, 0),
}


def draft(path):
    done = subprocess.run([BUILD / "bin/meridian", "mapping", "draft", path],
                          capture_output=True, text=True, timeout=60)
    if done.returncode != 0:
        raise AssertionError(f"{path}: {done.stdout}{done.stderr}")
    return done.stdout


def source(name, plugin, files, config=None, vintage="2026-02-03"):
    text = (f"  - id: {name}\n    plugin: {plugin}\n    publisher: Test\n"
            "    data_licence: none stated\n"
            "    documents:\n")
    for file in files.split():
        text += f"      - {{files: {file}, vintage: {vintage}}}\n"
    return text + (f"    config: {config}\n" if config else "")


class Folder(unittest.TestCase):
    """A class whose services read sources of one folder."""

    @classmethod
    def setUpClass(cls):
        cls.dir = pathlib.Path(tempfile.mkdtemp(prefix="meridian-unseen-"))
        cls.addClassCleanup(shutil.rmtree, cls.dir, ignore_errors=True)
        text = "sources:\n" + "".join(cls.sources())
        cls.write("sources.yaml", text)
        cls.services = Meridian(sources=[cls.dir / "sources.yaml"],
                                analysis=False)
        cls.services.__enter__()
        cls.addClassCleanup(cls.services.__exit__)

    def run_source(self, name):
        """The run, whatever became of it. Without an analysis service the CLI
        cannot name what is newly unresolved; that is not asked here."""
        done = self.services.run("sources", "run", name, "--wait",
                                 format="json")
        for line in done.stdout.splitlines():
            if line.startswith('{"ended":'):
                return json.loads(line)["ended"]
        raise AssertionError(done.stdout + done.stderr)

    @classmethod
    def write(cls, name, text):
        path = cls.dir / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path


class UnseenTest(Folder):
    @classmethod
    def sources(cls):
        for name, (text, records, _, mapping, _, _) in FILES.items():
            document = cls.write(name, text)
            stem = name.replace(".", "-")
            if records is not None:
                cls.write(f"{stem}-draft.yaml", draft(document))
                yield source(f"{stem}-draft", "table", name,
                             f"{{mapping: {stem}-draft.yaml}}")
            if mapping is not None:
                cls.write(f"{stem}.yaml", mapping)
                yield source(stem, "table", name, f"{{mapping: {stem}.yaml}}")

    def load(self, name, records, rejected):
        checks = self.services.json("sources", "check", name)["checks"]
        self.assertEqual({c["outcome"] for c in checks}, {"OUTCOME_PASSED"},
                         checks)
        planned = self.services.run("sources", "plan", name)
        self.assertIn(f"{records} records read" + (
            f", {rejected} rejected" if rejected else ""), planned.stdout)
        self.assertEqual(
            self.services.run("sources", "preview", name).returncode, 0)
        run = self.run_source(name)
        self.assertEqual(run["state"], "RUN_STATE_SUCCEEDED", run)
        self.assertEqual((run["recordsCommitted"], run["recordsRejected"]),
                         (str(records), str(rejected)))

    def test_drafts_load_as_they_are(self):
        for name, (_, records, rejected, _, _, _) in FILES.items():
            if records is None:
                continue
            with self.subTest(name):
                self.load(name.replace(".", "-") + "-draft", records, rejected)

    def test_mappings_by_hand_load(self):
        for name, (_, _, _, mapping, records, rejected) in FILES.items():
            if mapping is None:
                continue
            with self.subTest(name):
                self.load(name.replace(".", "-"), records, rejected)


# What a registry answers on a bad day: as its whole content.
NOTHING = {
    "empty list": "[]", "empty object": "{}", "empty file": "",
    "no rows": '{"object": "list", "data": []}',
    "null": '{"object": "list", "data": null}',
    "error": '{"error": {"code": 429, "message": "slow down"}}',
    "page": "<!doctype html>\n<html><body>Service unavailable</body></html>\n",
    "only a newline": "\n",
}
REGISTRY_MAPPING = """
format: json
rows: [/data, /models, ""]
record: offering
stream: offerings
coverage: ALL
fields:
  operator: {const: host}
  route: {column: id, required: true}
  model: id
  context_tokens: {column: context_length, optional: true}
columns_ignored: [pricing, owned_by]
"""
TABLE_MAPPING = """
record: score
stream: table
coverage: ALL
fields:
  board: {const: table}
  category: {const: full}
  model: model
  value: score
"""
# Plugin: the case whose documents it reads first, the document that changes
# then, and more that it might be.
PLUGINS = {
    "huggingface": ("listing", "models.json", ['{"models": []}']),
    "ollama": ("library", "models.json",
               ['{"models": []}', '{"lastUpdated": "2026-04-01T00:00:00Z", '
                '"models": []}']),
    "openclaw": ("manifest", "openclaw.plugin.json",
                 ['{"id": "p", "modelCatalog": {"providers": {"prov": '
                  '{"models": []}}}}',
                  '{"id": "p", "modelCatalog": {"providers": {}}}',
                  '{"id": "p"}']),
    "models_dev": ("inherits", "providers/host/models/dangling.toml",
                   ["# nothing\n"]),
    "epoch": ("table", "models.csv", []),
    "osai": ("cards", "One.yaml", ["# nothing\n", "system:\n"]),
}


class EmptyTest(Folder):
    """An empty snapshot is held or refused, and erases nothing."""

    @classmethod
    def sources(cls):
        cls.write("registry.json", ROUTER)
        cls.write("registry.yaml", REGISTRY_MAPPING)
        yield source("registry", "table", "registry.json",
                     "{mapping: registry.yaml}")
        cls.write("table.csv", "model,score\na,1\nb,2\n")
        cls.write("table.yaml", TABLE_MAPPING)
        yield source("table", "table", "table.csv", "{mapping: table.yaml}")
        for name, (case, document, _) in PLUGINS.items():
            shutil.copytree(ROOT / "plugins" / name / "cases" / case,
                            cls.dir / name)
            config = None
            if (cls.dir / name / "countries.yaml").exists():
                config = f"{{countries_file: {name}/countries.yaml}}"
            files = f"{name}/{document}"
            if name == "models_dev":
                files = ("models_dev/models/*/*.toml "
                         "models_dev/providers/*/models/*.toml "
                         "models_dev/providers/*/models/*/*.toml")
            if name == "huggingface":
                config = "{complete: true}"
            yield source(name.replace("_", "-"), name, files, config)

    def seq(self):
        return [(s["snapshot"] if "snapshot" in s else s)
                for s in self.services.json("snapshots", "list", "--limit",
                                            "0")["snapshots"]]

    def stays(self, name, path, text):
        """Reads `text` as the source's document; what was there stays."""
        before = path.read_text()
        head = self.seq()
        path.write_text(text)
        try:
            run = self.run_source(name)
            self.assertEqual(self.seq(), head, text)
            told = json.dumps(run)
            self.assertTrue(run["state"] == "RUN_STATE_FAILED"
                            or "KIND_HELD" in told, told)
            # It says which document, or what happened to what was there.
            self.assertTrue(path.name in told or "what was there stays" in told
                            or "which stay" in told, told)
        finally:
            path.write_text(before)

    def test_a_registry_and_a_table_through_a_mapping(self):
        for name in ("registry", "table"):
            self.assertEqual(self.run_source(name)["recordsCommitted"], "2")
        for what, text in NOTHING.items():
            with self.subTest(what):
                self.stays("registry", self.dir / "registry.json", text)
                self.stays("table", self.dir / "table.csv", text)
        self.stays("table", self.dir / "table.csv", "model,score\n")

    def test_every_plugin_for_registries(self):
        for name, (_, document, more) in PLUGINS.items():
            path = self.dir / name / document
            name = name.replace("_", "-")
            run = self.run_source(name)
            self.assertGreater(int(run["recordsCommitted"]), 0, run)
            texts = list(NOTHING.values()) + more
            if name == "models-dev":
                # One file of many: the others are still there.
                others = [p for p in (self.dir / "models_dev").rglob("*.toml")
                          if p != path]
                saved = {p: p.read_text() for p in others}
                for other in others:
                    other.write_text("")
                texts = ["", "# nothing\n"]
            for text in texts:
                with self.subTest(f"{name}: {text[:40]}"):
                    self.stays(name, path, text)
            if name == "models-dev":
                for other, text in saved.items():
                    other.write_text(text)


if __name__ == "__main__":
    done = unittest.main(exit=False).result
    sys.exit(0 if done.wasSuccessful() else 1)
