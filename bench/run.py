"""First measurements: loading, feed replay and query latency, each beside a
limit in the same run.

usage: python3 bench/run.py [--rows 1000000] [--rounds 400] [--build build/release]

Loads generated scores through the table plugin (document -> plugin -> log ->
feed -> catalog) and the bundled samples, then compares
  load        records/s until visible, beside reading the same CSV with Python's
              csv module and beside `sqlite3` inserts of the same rows
  feed        replay from seq 0, beside a raw gRPC stream of 1 MiB messages
  query       CompareGroups, beside an empty unary call, 1 and 16 clients
Prints JSON; nothing is asserted.
"""

import argparse
import csv
import json
import os
import pathlib
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent

MAPPING = """\
record: score
stream: generated/raw
coverage: ALL
fields:
  board: {const: bench/generated}
  category: {column: category, required: true}
  method: {const: raw}
  model: {column: model, required: true}
  value: {column: value, required: true}
  lower: {column: lower}
  upper: {column: upper}
  votes: {column: votes}
"""


# Of each generated category.
MODELS = 5000


def generate(folder, rows):
    rng = random.Random(1)
    with open(folder / "scores.csv", "w") as out:
        out.write("model,category,value,lower,upper,votes\n")
        for i in range(rows):
            value = 1000 + 400 * rng.random()
            out.write(f"model-{i % MODELS:07d},c{i // MODELS},{value:.6f},{value - 5:.6f},"
                      f"{value + 5:.6f},{rng.randrange(100, 90000)}\n")
    (folder / "mapping.yaml").write_text(MAPPING)
    (folder / "sources.yaml").write_text(
        "sources:\n  - id: generated\n    title: Generated scores\n"
        "    plugin: table\n    publisher: none\n    data_licence: none\n"
        "    documents:\n      - files: scores.csv\n        vintage: 2026-01-01\n"
        "    config: {mapping: mapping.yaml}\n")


def peak_rss_mib(pid):
    for line in open(f"/proc/{pid}/status"):
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024


def csv_seconds(folder):
    start = time.monotonic()
    with open(folder / "scores.csv", newline="") as file:
        for row in csv.DictReader(file):
            float(row["value"])
    return time.monotonic() - start


def sqlite_seconds(folder):
    start = time.monotonic()
    connection = sqlite3.connect(folder / "peer.db")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE s(model TEXT, category TEXT, value REAL, "
                       "lower REAL, upper REAL, votes INT, "
                       "PRIMARY KEY(model, category))")
    with open(folder / "scores.csv", newline="") as file:
        reader = csv.reader(file)
        next(reader)
        connection.executemany("INSERT INTO s VALUES(?,?,?,?,?,?)", reader)
    connection.commit()
    return time.monotonic() - start


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=400)
    parser.add_argument("--build", default=str(ROOT / "build/release"))
    arguments = parser.parse_args()
    os.environ["MERIDIAN_BINARY_DIR"] = arguments.build
    sys.path.insert(0, str(ROOT / "tests"))
    from harness import SAMPLES, Meridian

    bench = [str(pathlib.Path(arguments.build) / "bin/rpc_bench")]
    result = {"rows": arguments.rows, "date": time.strftime("%Y-%m-%d")}
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        generate(folder, arguments.rows)
        limit_port = folder / "limit.port"
        limit = subprocess.Popen([*bench, "--serve", str(limit_port)])
        while not (limit_port.exists() and limit_port.read_text().strip()):
            time.sleep(0.01)
        limit_address = f"127.0.0.1:{limit_port.read_text().strip()}"
        try:
            with Meridian(sources=[folder / "sources.yaml",
                                   SAMPLES / "sources.yaml"]) as meridian:
                start = time.monotonic()
                run = meridian.load("generated")["generated"]
                seconds = time.monotonic() - start
                assert int(run["recordsCommitted"]) == arguments.rows, run
                result["load"] = {
                    "seconds_until_visible": round(seconds, 2),
                    "records_per_second": round(arguments.rows / seconds),
                    "ingest_peak_rss_mib": peak_rss_mib(
                        meridian.processes["ingest"].pid),
                    "analysis_peak_rss_mib": peak_rss_mib(
                        meridian.processes["analysis"].pid),
                    "peer_python_csv_seconds": round(csv_seconds(folder), 2),
                    "peer_sqlite_seconds": round(sqlite_seconds(folder), 2),
                }
                ingest = f"127.0.0.1:{meridian.ports['ingest']}"
                result["feed"] = json.loads(subprocess.check_output(
                    [*bench, "feed", limit_address, ingest]))
                start = time.monotonic()
                meridian.stop("analysis")
                meridian.start_analysis()
                meridian.catch_up()
                result["feed"]["restart_to_caught_up_seconds"] = round(
                    time.monotonic() - start, 2)
                meridian.load()
                for clients in (1, 16):
                    result[f"query_{clients}_clients"] = json.loads(
                        subprocess.check_output(
                            [*bench, "query", limit_address,
                             f"127.0.0.1:{meridian.ports['analysis']}",
                             "lmarena/text", "raw", "2025-02-14",
                             str(arguments.rounds), str(clients)]))
        finally:
            limit.send_signal(signal.SIGTERM)
            limit.wait()
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
