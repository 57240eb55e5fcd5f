"""Loads every source of samples/full and prints what came of it as a Markdown
table: documents, records, rejected rows, names that identity could not resolve,
seconds and records per second.

    bench/load_table.py DATA    DATA: the folder that ${data} stands for
"""

import datetime
import os
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from harness import SAMPLES, Meridian  # noqa: E402


def seconds(run):
    began, ended = (datetime.datetime.fromisoformat(run[key].replace("Z", "+00:00"))
                    for key in ("startedAt", "endedAt"))
    return (ended - began).total_seconds()


def main(data):
    with Meridian(sources=[SAMPLES / "full/sources.yaml"],
                  roots={"data": data}) as meridian:
        runs = meridian.load()
        print("| source | documents | records | rejected | unresolved names | "
              "seconds | records/s |")
        print("|---|---:|---:|---:|---:|---:|---:|")
        for source, run in sorted(runs.items()):
            unresolved = meridian.json("names", "unresolved", "--source",
                                       source, "--limit", "1")["total"]
            took, records = seconds(run), int(run["recordsRead"])
            print(f"| {source} | {int(run['documents']):,} | {records:,} | "
                  f"{int(run['recordsRejected']):,} | {int(unresolved):,} | "
                  f"{took:.2f} | {records / max(took, 1e-3):,.0f} |")
        print(f"\n{len(runs)} sources, {os.cpu_count()} cores, "
              f"{datetime.datetime.now(datetime.timezone.utc).date()}")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve())
