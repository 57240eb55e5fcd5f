"""Documents over HTTP and from archives, as publishers and attackers serve
them; schedules, held snapshots and reading again."""

import email.utils
import http.server
import io
import pathlib
import tarfile
import tempfile
import threading
import time
import unittest
import zipfile

from harness import Meridian

MAPPING = """record: score
stream: {stream}
coverage: ALL
fields:
  board: {{const: test/web}}
  category: {{const: full}}
  method: {{const: raw}}
  model: model
  value: value
"""


def table(rows):
    return ("model,value\n" + "".join(f"model-{i},{1000 + i}\n"
                                      for i in range(rows))).encode()


def zipped(files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def tarred(files):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


class Publisher(http.server.ThreadingHTTPServer):
    """A server of which every path is a function."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.daemon_threads = True
        self.pages = {}
        self.seen = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def port(self):
        return self.server_address[1]

    def handle_error(self, *_):
        """A client that hangs up is what some tests want."""

    def count(self, path):
        return sum(1 for seen, _ in self.seen if seen == path)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.seen.append((self.path, dict(self.headers)))
        self.server.pages[self.path](self)

    def log_message(self, *_):
        pass

    def answer(self, status=200, body=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if status != 304:
            self.wfile.write(body)


def static(body, **headers):
    def page(handler):
        etag = headers.get("ETag")
        if etag and handler.headers.get("If-None-Match") == etag:
            return handler.answer(304, ETag=etag)
        return handler.answer(200, body, **headers)
    return page


def failing(times, status, then, **headers):
    left = [times]

    def page(handler):
        if left[0] > 0:
            left[0] -= 1
            return handler.answer(status, **headers)
        return then(handler)
    return page


def slow(handler):
    handler.send_response(200)
    handler.send_header("Content-Length", "1000000")
    handler.end_headers()
    for _ in range(100):
        handler.wfile.write(b"x")
        handler.wfile.flush()
        time.sleep(0.1)


def cut_off(handler):
    handler.send_response(200)
    handler.send_header("Content-Length", "1000000")
    handler.end_headers()
    handler.wfile.write(b"model,value\n")
    handler.close_connection = True


def to(url):
    return lambda handler: handler.answer(302, Location=url)


class HttpTest(unittest.TestCase):
    """One service, one publisher; each test has sources of its own."""

    SOURCES = {
        # id: (documents, http, more)
        "plain": ("url: BASE/plain.csv", "", ""),
        "dated": ("url: BASE/dated.csv", "", ""),
        "flaky": ("url: BASE/flaky.csv", "", ""),
        "broken": ("url: BASE/broken.csv", "", ""),
        "gone": ("url: BASE/gone.csv", "", ""),
        "secret": ("url: BASE/secret.csv", "", ""),
        "later": ("url: BASE/later.csv", "", ""),
        "soon": ("url: BASE/soon.csv", "", ""),
        "slow": ("url: BASE/slow.csv", "", ""),
        "cut": ("url: BASE/cut.csv", "", ""),
        "elsewhere": ("url: BASE/elsewhere.csv", "", ""),
        "scheme": ("url: BASE/scheme.csv", "", ""),
        "loop": ("url: BASE/loop.csv", "", ""),
        "moved": ("url: BASE/moved.csv", "", ""),
        "private": ("url: BASE/private.csv", "private_addresses: false", ""),
        "refused": ("url: 'http://127.0.0.1:1/x.csv'", "", ""),
        "large": ("url: BASE/large.csv", "", "limits: {max_document_bytes: 1000}"),
        "empty": ("url: BASE/empty.csv", "", ""),
        "shrinking": ("url: BASE/shrinking.csv", "", ""),
        "zip": ("{url: BASE/a.zip, members: '*.csv', "
                "vintage_from_path: '(\\d{4}-\\d{2}-\\d{2})'}", "", ""),
        "tar": ("{files: a.tar.gz, members: '2*/board.csv', "
                "vintage_from_path: '(\\d{4}-\\d{2}-\\d{2})'}", "", ""),
        "nomember": ("{files: a.tar.gz, members: '*.json'}", "", ""),
        "noarchive": ("{files: x.csv, members: '*.csv'}", "", ""),
        "often": ("url: BASE/often.csv", "", "schedule: {every: 1s}"),
    }

    @classmethod
    def setUpClass(cls):
        cls.web = Publisher()
        base = f"http://127.0.0.1:{cls.web.port}"
        cls.folder = tempfile.TemporaryDirectory()
        root = pathlib.Path(cls.folder.name)
        (root / "a.tar.gz").write_bytes(tarred(
            {"2025-01-01/board.csv": table(3), "2025-02-01/board.csv": table(4),
             "notes.txt": b"no table", "../../etc/board.csv": b"no table"}))
        (root / "x.csv").write_bytes(table(1))
        lines = ["sources:"]
        for name, (documents, rules, more) in cls.SOURCES.items():
            (root / f"{name}.yaml").write_text(MAPPING.format(stream=name))
            rules = rules or "private_addresses: true"
            lines.append(
                f"  - id: {name}\n    plugin: table\n    publisher: Test\n"
                f"    data_licence: none\n    config: {{mapping: {name}.yaml}}\n"
                f"    documents:\n      - {documents.replace('BASE', base)}\n"
                f"    http: {{{rules}, retries: 2, backoff: 20ms, max_wait: 5s, "
                f"idle_timeout: 1s, timeout: 5s, "
                f"requests_per_minute: 60000}}\n"
                + (f"    {more}\n" if more else ""))
        (root / "sources.yaml").write_text("\n".join(lines) + "\n")
        cls.web.pages["/often.csv"] = static(table(2))
        cls.meridian = Meridian(sources=[root / "sources.yaml"])
        cls.meridian.__enter__()
        deadline = time.monotonic() + 30  # its schedule begins at once
        while cls.meridian.head() == 0 and time.monotonic() < deadline:
            time.sleep(0.05)

    @classmethod
    def tearDownClass(cls):
        cls.meridian.__exit__()
        cls.web.shutdown()
        cls.folder.cleanup()

    def load(self, source, expect=0):
        return self.meridian.load(source, expect=expect)[source]

    def fails(self, source, reason, *words):
        head = self.meridian.head()
        run = self.load(source, expect=1)
        self.assertEqual(run["error"]["reason"], reason, run)
        for word in words:
            self.assertIn(word, run["error"]["message"])
        self.assertEqual(self.meridian.head(), head)
        return run

    def documents(self, run):
        return self.meridian.json("runs", "show", run["id"])["documents"]

    def test_an_unchanged_page_is_asked_for_conditionally(self):
        self.web.pages["/plain.csv"] = static(table(2), ETag='"1"')
        first = self.load("plain")
        self.assertEqual(first["recordsCommitted"], "2")
        head = self.documents(first)[0]["head"]
        self.assertEqual(head["headers"]["etag"], '"1"')
        self.assertEqual(head["vintageHint"]["basis"], "VINTAGE_BASIS_FETCHED")
        second = self.load("plain")
        asked = [h for path, h in self.web.seen if path == "/plain.csv"]
        self.assertEqual(asked[-1]["If-None-Match"], '"1"')
        self.assertEqual(second["snapshots"][0]["kind"], "KIND_UNCHANGED")
        self.assertEqual(second["seq"], "0")
        self.web.pages["/plain.csv"] = static(table(3), ETag='"2"')
        self.assertEqual(self.load("plain")["snapshots"][0]["kind"],
                         "KIND_REVISED")
        # What the second run was given can be read again, and is no news.
        again = self.meridian.json("sources", "run", "plain", "--reread",
                                   second["id"])["ended"]
        self.assertEqual(again["reread"], second["id"])
        self.assertEqual(self.documents(again)[0]["head"]["sha256"],
                         head["sha256"])
        self.web.pages["/plain.csv"] = static(table(3), ETag='"2"')
        last = self.meridian.json("sources", "run", "plain", "--reread",
                                  "last")["ended"]
        self.assertEqual(last["state"], "RUN_STATE_SUCCEEDED")

    def test_last_modified_is_the_vintage_when_nothing_better_is_known(self):
        stamp = email.utils.formatdate(1740000000, usegmt=True)  # 2025-02-19
        self.web.pages["/dated.csv"] = static(table(2), Last_Modified=stamp)
        run = self.load("dated")
        vintage = run["snapshots"][0]["vintage"]
        self.assertEqual(vintage["date"], "2025-02-19")
        self.assertEqual(vintage["basis"], "VINTAGE_BASIS_HTTP")
        self.load("dated")
        asked = [h for path, h in self.web.seen if path == "/dated.csv"]
        self.assertEqual(asked[-1]["If-Modified-Since"], stamp)

    def test_what_may_pass_is_tried_again_and_what_may_not_is_not(self):
        self.web.pages["/flaky.csv"] = failing(2, 503, static(table(2)))
        self.assertEqual(self.load("flaky")["recordsCommitted"], "2")
        self.assertEqual(self.web.count("/flaky.csv"), 3)
        self.web.pages["/broken.csv"] = failing(99, 500, static(b""))
        self.fails("broken", "HTTP_STATUS", "500", "3 attempts", "/broken.csv")
        self.web.pages["/gone.csv"] = failing(99, 404, static(b""))
        self.fails("gone", "HTTP_STATUS", "404", "mend the url")
        self.assertEqual(self.web.count("/gone.csv"), 1)
        self.web.pages["/secret.csv"] = failing(99, 403, static(b""))
        self.fails("secret", "HTTP_STATUS", "403", "http.credentials")
        self.web.pages["/cut.csv"] = cut_off
        self.fails("cut", "HTTP_INCOMPLETE", "3 attempts")
        self.fails("refused", "HTTP_UNREACHABLE", "3 attempts")

    def test_retry_after_is_obeyed(self):
        self.web.pages["/soon.csv"] = failing(1, 429, static(table(2)),
                                              Retry_After="1")
        began = time.monotonic()
        self.assertEqual(self.load("soon")["recordsCommitted"], "2")
        self.assertGreaterEqual(time.monotonic() - began, 1)
        self.web.pages["/later.csv"] = failing(99, 503, static(b""),
                                               Retry_After="3600")
        self.fails("later", "RETRY_LATER", "left alone until")
        self.assertEqual(self.web.count("/later.csv"), 1)

    def test_a_body_that_trickles_ends_in_time(self):
        self.web.pages["/slow.csv"] = slow
        self.fails("slow", "HTTP_TIMEOUT", "3 attempts")

    def test_redirects_stay_on_declared_hosts(self):
        base = f"http://127.0.0.1:{self.web.port}"
        self.web.pages["/target.csv"] = static(table(2))
        self.web.pages["/moved.csv"] = to("/target.csv")
        run = self.load("moved")
        self.assertEqual(self.documents(run)[0]["head"]["uri"],
                         base + "/target.csv")
        for source, target, words in (
                ("elsewhere", f"http://localhost:{self.web.port}/target.csv",
                 "does not declare"),
                ("scheme", "file:///etc/passwd", "is not an http"),
                ("loop", base + "/loop.csv", "more than 5 redirects")):
            with self.subTest(source):
                self.web.pages[f"/{source}.csv"] = to(target)
                self.fails(source, "HTTP_REDIRECT_REFUSED", words)

    def test_private_addresses_need_permission(self):
        before = self.web.count("/private.csv")
        self.fails("private", "HTTP_PRIVATE_ADDRESS", "private_addresses")
        self.assertEqual(self.web.count("/private.csv"), before)

    def test_sizes_are_bounded_while_reading(self):
        self.web.pages["/large.csv"] = static(table(1000))
        self.fails("large", "DOCUMENT_TOO_LARGE", "max_document_bytes")

    def test_an_empty_page_fails_and_erases_nothing(self):
        self.web.pages["/empty.csv"] = static(table(2))
        self.load("empty")
        for body in (b"", b"model,value\n"):
            self.web.pages["/empty.csv"] = static(body)
            run = self.load("empty", expect=1)
            self.assertIn(run["error"]["reason"],
                          ("PLUGIN_FAILED", "NO_RECORDS"))
        models = self.meridian.json("leaderboard", "test/web", "--limit", "1")
        self.assertEqual(len(models["rows"]), 1)

    def test_a_page_that_shrank_waits_for_approval(self):
        stamp = [1740000000]

        def page(rows):
            stamp[0] += 86400
            self.web.pages["/shrinking.csv"] = static(
                table(rows), Last_Modified=email.utils.formatdate(
                    stamp[0], usegmt=True))
        page(100)
        self.load("shrinking")
        page(60)
        self.assertEqual(self.load("shrinking")["snapshots"][0]["kind"],
                         "KIND_ADDED")
        head = self.meridian.head()
        page(10)
        run = self.load("shrinking")
        held = run["snapshots"][0]
        self.assertEqual(held["kind"], "KIND_HELD")
        self.assertIn("10 records", held["message"])
        self.assertIn("60", held["message"])
        self.assertEqual(self.meridian.head(), head)
        source = self.meridian.json("sources", "show", "shrinking")["source"]
        self.assertEqual(source["lastObservation"]["kind"], "KIND_HELD")
        # Held again, once; it outlives a restart; it can be opened up.
        self.load("shrinking")
        port = self.meridian.ports["ingest"]
        self.meridian.stop("ingest")
        self.meridian.start_ingest(port)
        waiting = self.meridian.json("snapshots", "list", "--held")["snapshots"]
        self.assertEqual([s["count"] for s in waiting], ["10"])
        decided = self.meridian.json("sources", "approve", "shrinking",
                                     "--digest", held["digest"][:12])
        self.assertEqual(int(decided["seq"]), head + 1)
        self.assertEqual(decided["snapshots"][0]["kind"], "KIND_ADDED")
        done = self.meridian.run("sources", "approve", "shrinking")
        self.assertEqual(done.returncode, 2)
        self.assertIn("NOTHING_HELD", done.stderr)
        page(4)
        self.load("shrinking")
        self.meridian.json("sources", "approve", "shrinking", "--discard")
        self.assertEqual(self.meridian.head(), head + 1)

    def test_archives_are_sets_of_documents(self):
        self.web.pages["/a.zip"] = static(zipped(
            {"2025-03-01/b.csv": table(3), "2025-04-01/b.csv": table(5),
             "README.md": b"no table"}), ETag='"z"')
        run = self.load("zip")
        self.assertEqual([s["vintage"]["date"] for s in run["snapshots"]],
                         ["2025-03-01", "2025-04-01"])
        self.assertEqual(run["documents"], "2")
        self.assertTrue(self.documents(run)[0]["head"]["uri"].endswith(
            "/a.zip#2025-03-01/b.csv"))
        self.assertEqual(self.load("zip")["seq"], "0")
        tar = self.load("tar")
        self.assertEqual([s["vintage"]["date"] for s in tar["snapshots"]],
                         ["2025-01-01", "2025-02-01"])
        row = self.meridian.json("leaderboard", "test/web", "--as-of",
                                 "2025-01-15")
        opened = self.meridian.run("evidence", row["header"]["evidence"][0]["id"],
                                   "--open")
        self.assertEqual(opened.stdout.encode(), table(3))
        self.fails("nomember", "NO_DOCUMENTS", "*.json")
        self.fails("noarchive", "BAD_ARCHIVE", "x.csv")

    def test_a_schedule_runs_by_itself(self):
        deadline = time.monotonic() + 30
        while True:
            runs = self.meridian.json("runs", "list", "--source",
                                      "often").get("runs", [])
            if len(runs) >= 2 or time.monotonic() > deadline:
                break
            time.sleep(0.1)
        self.assertGreaterEqual(len(runs), 2)
        source = self.meridian.json("sources", "show", "often")["source"]
        self.assertEqual(source["scheduleSeconds"], "1")
        self.assertTrue(source["nextRunAt"])


if __name__ == "__main__":
    unittest.main()
