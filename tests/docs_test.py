"""What the docs say is true: links lead somewhere, error reasons are listed,
the examples of README.md and docs/ run."""

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
    """(page, command) of every `$ meridian ...` example."""
    for page in PAGES:
        for block in BLOCK.findall(page.read_text()):
            text = block.replace("\\\n", " ")
            for line in text.splitlines():
                if line.startswith("$ meridian "):
                    yield page.relative_to(ROOT).as_posix(), line[2:]


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
                       "analysis_service", "cli"):
            for path in (ROOT / folder).rglob("*.cc"):
                if (path.name.endswith(("_test.cc", "_fixture.cc"))
                        or path.parent.name == "testing_plugins"):
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
        with Meridian() as meridian:
            meridian.load()
            evidence = meridian.json(
                "gap", "lmarena/text", "--method", "raw", "--as-of",
                "2025-02-14")["header"]["evidence"][0]["id"]
            for page, command in examples:
                with self.subTest(page=page, command=command):
                    words = shlex.split(command, comments=True)[1:]
                    words = [evidence if re.fullmatch(r"[0-9a-f]{16}/[0-9a-f]{16}", w)
                             else w for w in words]
                    words = [str(ROOT / w) if w.startswith("samples/") else w
                             for w in words]
                    done = meridian.run(*words)
                    self.assertIn(done.returncode, (0, 1, 4),
                                  done.stdout + done.stderr)
                    self.assertTrue(done.stdout)

    def test_help_of_every_program(self):
        for name in ("meridian", "meridian-ingest", "meridian-analysis"):
            done = subprocess.run([BUILD / "bin" / name, "--help"],
                                  capture_output=True, text=True)
            self.assertEqual(done.returncode, 0)
            self.assertIn("--", done.stdout)


if __name__ == "__main__":
    unittest.main()
