"""What the docs say is true: links lead somewhere, error reasons are listed,
the examples of README.md and docs/ run."""

import os
import pathlib
import re
import shlex
import subprocess
import unittest

from harness import BUILD, ROOT, Meridian

PAGES = sorted(p for p in ROOT.rglob("*.md")
               if not {"build", "node_modules"} & set(p.relative_to(ROOT).parts))
BLOCK = re.compile(r"^```console\n(.*?)^```", re.M | re.S)


def commands():
    """(page, command, output shown) of every `$ meridian ...` example."""
    for page in PAGES:
        for block in BLOCK.findall(page.read_text()):
            command, shown = None, []
            for line in [*block.replace("\\\n", " ").splitlines(), "$ "]:
                if line.startswith("$ "):
                    if command and command.startswith("meridian "):
                        yield (page.relative_to(ROOT).as_posix(), command,
                               shown)
                    command, shown = line[2:], []
                elif line.strip():
                    shown.append(line.rstrip())


def lasting(line):
    """A line without what differs from run to run."""
    line = re.sub(r"\bseq=?\s?\d+", "seq N", line)
    line = re.sub(r"as_of=[\d-]+", "as_of=DAY", line)
    line = re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "TIME", line)
    line = re.sub(r"\d+\.\d s\b", "N s", line)
    # Ids of decisions hold the id of the log.
    line = re.sub(r"(decision\s+)[0-9a-f]{32}", r"\1ID", line)
    line = re.sub(r"^[0-9a-f]{12}(\s+TIME)", r"ID\1", line)
    return re.sub(r"\s+", " ", line)


class DocsTest(unittest.TestCase):
    def test_links_lead_somewhere(self):
        broken = []
        for page in PAGES:
            for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text()):
                if "://" not in target and not (page.parent / target).exists():
                    broken.append(f"{page.relative_to(ROOT)}: {target}")
        self.assertEqual(broken, [])

    def test_every_reason_is_listed(self):
        used, words = set(), set()
        for folder in ("common", "plugins", "ingest_service",
                       "analysis_service", "cli", "plugin_kit"):
            for path in (ROOT / folder).rglob("*"):
                if path.suffix not in (".cc", ".h"):
                    continue
                if (path.name.endswith(("_test.cc", "_fixture.cc"))
                        or path.parent.name == "testing_plugins"
                        or "templates" in path.parts):
                    continue
                text = path.read_text()
                words |= set(re.findall(r'"([A-Z][A-Z0-9_]+)"', text))
                used |= set(re.findall(
                    r'MakeError\(\s*(?:absl::StatusCode::)?\w+,\s*"([A-Z0-9_]+)"',
                    text))
        listed = set(re.findall(r"^\| `([A-Z0-9_]+)`",
                                (ROOT / "docs/errors.md").read_text(), re.M))
        self.assertGreater(len(used), 50)
        self.assertEqual(sorted(used - listed), [],
                         "reasons missing in docs/errors.md")
        self.assertEqual(sorted(listed - words), [],
                         "docs/errors.md lists what no code says")

    def test_examples_run(self):
        examples = list(commands())
        self.assertGreater(len(examples), 5)
        os.chdir(ROOT)  # Paths in examples begin there.
        with Meridian() as meridian:
            meridian.load()
            for page, command, shown in examples:
                with self.subTest(page=page, command=command):
                    words = shlex.split(command, comments=True)[1:]
                    done = meridian.run(*words, format=None)
                    self.assertIn(done.returncode, (0, 1, 4),
                                  done.stdout + done.stderr)
                    # A refusal is told on the standard error.
                    output = done.stdout or done.stderr
                    self.assertTrue(output)
                    real = {lasting(l) for l in output.splitlines()}
                    if "--wait" in words:
                        continue  # Loaded already: nothing is new.
                    for line in shown:
                        self.assertIn(lasting(line), real)

    def test_help_of_every_program(self):
        for name in ("meridian", "meridian-ingest", "meridian-analysis"):
            done = subprocess.run([BUILD / "bin" / name, "--help"],
                                  capture_output=True, text=True)
            self.assertEqual(done.returncode, 0)
            self.assertIn("--", done.stdout)


if __name__ == "__main__":
    unittest.main()
