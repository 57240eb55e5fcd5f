"""A whole listing of the Hugging Face Hub, twice: how fast it loads, in how much
memory, and what the second day costs.

usage: python3 bench/hub_listing.py [--models 2500000] [--changed 0.01]
                                    [--build build/release]

Serves generated pages of the real shape (1,000 models a page, Link headers to
the next one) from this process and loads them with the real ingest service and
the plugin `huggingface`. On the second day --changed of the models have other
downloads, and one in ten thousand went or came. Prints JSON: for each day
seconds, records/s, peak resident memory of service and plugin, bytes added to
the log, and what was added, changed and gone; beside it the time that the
server's bytes take to be read and parsed by Python's json module (--peer pages
of them). Nothing is asserted.
"""

import argparse
import http.server
import json
import os
import pathlib
import re
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))
PAGE = 1000
DATES = {1: "Mon, 02 Nov 2026 00:00:00 GMT", 2: "Tue, 03 Nov 2026 00:00:00 GMT"}


def entry(i, day, every):
    """The model `i` as the listing has it on a day; None: it is not there."""
    mixed = (i * 2654435761) & 0xffffffff
    if mixed % 10000 == 7 and day == 2:
        return None  # went
    if mixed % 10000 == 8 and day == 1:
        return None  # comes on the second day
    downloads = mixed % 100000
    if day == 2 and mixed % every == 0:
        downloads += 1
    base = "" if i % 3 else (f', "base_model:lab-{i % 97}/base-{i % 499}", '
                             f'"base_model:finetune:lab-{i % 97}/base-{i % 499}"')
    return (f'{{"_id": "{mixed:024x}", "id": "user-{i % 65537}/model-{i}", '
            f'"likes": {mixed % 50}, "private": false, "gated": '
            f'{chr(34) + "auto" + chr(34) if i % 8 == 1 else "false"}, '
            f'"downloads": {downloads}, "tags": ["transformers", "safetensors", '
            f'"llama", "text-generation", "conversational", "en", '
            f'"license:{"apache-2.0" if i % 2 else "other"}"{base}, '
            f'"endpoints_compatible", "region:us"], "pipeline_tag": '
            f'"text-generation", "library_name": "transformers", "createdAt": '
            f'"2025-03-02T23:29:04.000Z", "modelId": "user-{i % 65537}/model-{i}"}}')


class Hub(http.server.ThreadingHTTPServer):
    def __init__(self, models, every):
        super().__init__(("127.0.0.1", 0), Page)
        self.models, self.every, self.day, self.sent = models, every, 1, 0
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def page(self, number):
        first = number * PAGE
        rows = (entry(i, self.day, self.every)
                for i in range(first, min(first + PAGE, self.models)))
        return ("[" + ",\n".join(r for r in rows if r) + "]").encode()


class Page(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        hub = self.server
        found = re.search(r"cursor=(\d+)", self.path)
        number = int(found.group(1)) if found else 0
        body = hub.page(number)
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Last-Modified", DATES[hub.day])
        if (number + 1) * PAGE < hub.models:
            self.send_header("Link", f"<http://127.0.0.1:{hub.server_port}"
                             f"/api/models?cursor={number + 1}>; rel=\"next\"")
        self.end_headers()
        self.wfile.write(body)
        hub.sent += len(body)

    def log_message(self, *_):
        pass


def resident(pid):
    """MB of a process now."""
    try:
        with open(f"/proc/{pid}/statm") as f:
            return int(f.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
    except OSError:
        return 0


def anonymous(pid):
    """MB of a process that are no files in memory."""
    try:
        with open(f"/proc/{pid}/status") as f:
            return int(re.search(r"RssAnon:\s+(\d+)", f.read()).group(1)) / 1e3
    except (OSError, AttributeError):
        return 0


class Watch(threading.Thread):
    """Peak memory of the service and its plugin."""

    def __init__(self, service):
        super().__init__(daemon=True)
        self.service, self.peak, self.done = service, {}, False
        self.start()

    def run(self):
        while not self.done:
            pids = {"ingest": self.service}
            children = pathlib.Path(
                f"/proc/{self.service}/task").glob("*/children")
            for path in children:
                try:
                    for pid in path.read_text().split():
                        pids["plugin"] = int(pid)
                except OSError:
                    pass
            for name, pid in pids.items():
                self.peak[name] = max(self.peak.get(name, 0), resident(pid))
                key = name + "_anonymous"
                self.peak[key] = max(self.peak.get(key, 0), anonymous(pid))
            time.sleep(0.1)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--models", type=int, default=2_500_000)
    arguments.add_argument("--changed", type=float, default=0.01)
    arguments.add_argument("--build", default="build/release")
    arguments.add_argument("--peer", type=int, default=100)
    flags = arguments.parse_args()
    os.environ["MERIDIAN_BINARY_DIR"] = str((ROOT / flags.build).resolve())
    from harness import Meridian  # noqa: E402: reads the variable above

    hub = Hub(flags.models, round(1 / flags.changed))
    with tempfile.TemporaryDirectory() as name:
        sources = pathlib.Path(name) / "sources.yaml"
        sources.write_text(f"""sources:
  - id: hub
    plugin: huggingface
    publisher: Hugging Face
    data_licence: generated
    documents: [{{url: "http://127.0.0.1:{hub.server_port}/api/models"}}]
    http: {{private_addresses: true, requests_per_minute: 100000}}
    config: {{complete: true}}
""")
        result = {"models": flags.models, "days": []}
        with Meridian(sources=[sources], analysis=False) as services:
            database = services.dir / "data/meridian.db"
            pid = services.processes["ingest"].pid
            stored = 0
            for day in (1, 2):
                hub.day, hub.sent = day, 0
                watch = Watch(pid)
                began = time.monotonic()
                run = services.json("sources", "run", "hub",
                                    timeout=7200)["ended"]
                seconds = time.monotonic() - began
                watch.done = True
                if run["state"] != "RUN_STATE_SUCCEEDED":
                    raise RuntimeError(run)
                with sqlite3.connect(f"file:{database}?mode=ro",
                                     uri=True) as log:
                    total = log.execute(
                        "SELECT SUM(LENGTH(data)) FROM batches").fetchone()[0]
                result["days"].append({
                    "seconds": round(seconds, 1),
                    "records": int(run["recordsRead"]),
                    "records_per_second": round(int(run["recordsRead"])
                                                / seconds),
                    "megabytes_read": round(hub.sent / 1e6),
                    "megabytes_stored": round((total - stored) / 1e6, 1),
                    "peak_megabytes": {k: round(v) for k, v
                                       in watch.peak.items()},
                    "snapshots": [{
                        "stream": s["stream"], "records": s["records"],
                        **{k: v for k, v in s.get("difference", {}).items()
                           if k in ("added", "changed", "gone")}}
                        for s in run["snapshots"]]})
                stored = total
        began = time.monotonic()
        for number in range(min(flags.peer, flags.models // PAGE)):
            with urllib.request.urlopen(
                    f"http://127.0.0.1:{hub.server_port}/api/models"
                    f"?cursor={number}") as page:
                json.load(page)
        per_page = (time.monotonic() - began) / max(1, min(
            flags.peer, flags.models // PAGE))
        result["python_json_seconds_for_as_many_pages"] = round(
            per_page * flags.models / PAGE, 1)
        print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
