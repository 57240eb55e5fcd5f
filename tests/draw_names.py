"""Draws the names that tests/identity_labels.csv labels: from every source of
samples/full/sources.yaml the same number, by a seed, so that the draw can be
made again on the same documents.

usage: python3 tests/draw_names.py INGEST ANALYSIS [--each 18] [--seed 20261124]

Asks two running services that have loaded all sources. Prints source and name,
tab separated.
"""

import argparse
import json
import random
import subprocess

from harness import BUILD


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("ingest")
    arguments.add_argument("analysis")
    arguments.add_argument("--each", type=int, default=18)
    arguments.add_argument("--seed", type=int, default=20261124)
    flags = arguments.parse_args()

    def ask(*words):
        done = subprocess.run(
            [BUILD / "bin/meridian", "--ingest", flags.ingest, "--analysis",
             flags.analysis, "--format", "json", *words],
            capture_output=True, text=True, check=True)
        return json.loads(done.stdout)

    names = {}
    for model in ask("models", "list", "--limit", "0")["models"]:
        entity = model["model"]
        if entity.startswith("~"):
            source, name = entity[1:].split("/", 1)
            names.setdefault(source, set()).add(name)
            continue
        for one in ask("models", "show", entity).get("names", []):
            names.setdefault(one["source"], set()).add(one["name"])
    rng = random.Random(flags.seed)
    for source in sorted(names):
        if source == "reference":
            continue
        known = sorted(names[source])
        for name in sorted(rng.sample(known, min(flags.each, len(known)))):
            print(f"{source}\t{name}")


if __name__ == "__main__":
    main()
