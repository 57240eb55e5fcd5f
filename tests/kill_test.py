"""kill -9 of ingest, analysis or a plugin at random moments during load: after
a restart nothing acknowledged is lost, nothing is half visible, the feed has
no gap or repeat, and answers are those of an undisturbed run once log id, seq,
run ids and fetch times are cleared.

MERIDIAN_KILLS: rounds (default 6). MERIDIAN_SEED: seed of the kill points."""

import json
import os
import random
import signal
import threading
import time
import unittest

from harness import Meridian

ROUNDS = int(os.environ.get("MERIDIAN_KILLS", "6"))
SEED = int(os.environ.get("MERIDIAN_SEED", "20261123"))
# Volatile parts of an answer: what differs between two logs of one content.
VOLATILE = {"logId", "seq", "run", "retrievedAt", "at", "observedAt",
            "headSeq", "message"}
QUESTIONS = [
    ("gap", "lmarena/text", "--method", "raw", "--as-of", "2025-02-14"),
    ("gap", "lmarena/text", "--method", "raw", "--from", "2024-01", "--to",
     "2025-03", "--as-of", "2026-11-01"),
    ("leaderboard", "lmarena/text", "--method", "style_control", "--as-of",
     "2026-11-01"),
    ("indicators", "--as-of", "2026-11-01"),
    ("models", "show", "deepseek-r1", "--as-of", "2026-11-01"),
]


def cleared(value):
    if isinstance(value, dict):
        return {k: cleared(v) for k, v in value.items() if k not in VOLATILE}
    if isinstance(value, list):
        return [cleared(v) for v in value]
    return value


def answers(meridian):
    return [json.dumps(cleared(meridian.json(*q)), sort_keys=True)
            for q in QUESTIONS]


def sources(meridian):
    return [s["id"] for s in meridian.json("sources", "list")["sources"]]


def plugin_pids(ingest_pid):
    """Children of the ingest service."""
    pids = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat") as stat:
                    parent = int(stat.read().rsplit(")", 1)[1].split()[1])
            except (OSError, IndexError):
                continue
            if parent == ingest_pid:
                pids.append(int(entry))
    return pids


class KillTest(unittest.TestCase):
    def check_log(self, meridian, acknowledged):
        """What the log holds, read behind the service's back."""
        snapshots, token = [], None
        listed = meridian.json("snapshots", "list", "--limit", "0")
        snapshots = listed.get("snapshots", [])
        seqs = sorted({int(s["seq"]) for s in snapshots})
        self.assertEqual(seqs, list(range(1, len(seqs) + 1)),
                         "seqs have a gap")
        keys = [(s["source"], s["stream"], s["vintage"]["date"], s["revision"])
                for s in snapshots]
        self.assertEqual(len(keys), len(set(keys)), "a snapshot is there twice")
        self.assertTrue(set(acknowledged) <= set(seqs),
                        "an acknowledged commit is lost")
        for run in meridian.json("runs", "list", "--limit", "0").get("runs", []):
            self.assertNotEqual(run["state"], "RUN_STATE_RUNNING", run)
        status = meridian.json("status")
        self.assertEqual(int(status["analysis"]["records"]),
                         sum(int(s["count"]) for s in snapshots))

    def run_all(self, meridian, acknowledged):
        """Runs every source once; False when something was killed under it."""
        whole = True
        for source in self.sources:
            done = meridian.run("sources", "run", source, "--wait",
                                format="json")
            for line in done.stdout.splitlines():
                ended = json.loads(line).get("ended") if line.startswith("{") else None
                if ended and ended["state"] == "RUN_STATE_SUCCEEDED" and int(ended["seq"]):
                    acknowledged.append(int(ended["seq"]))
            whole = whole and done.returncode == 0
        return whole

    def disturb(self, meridian, what, delay, done):
        done.wait(delay)
        if what == "plugin":
            pids = plugin_pids(meridian.processes["ingest"].pid)
            for pid in pids[:1]:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
        else:
            meridian.kill(what)

    def test_random_kills(self):
        rng = random.Random(SEED)
        with Meridian() as undisturbed:
            self.sources = sources(undisturbed)
            started = time.monotonic()
            undisturbed.load()
            seconds = time.monotonic() - started
            expected = answers(undisturbed)
        for number in range(ROUNDS):
            what = ["ingest", "plugin", "analysis"][number % 3]
            delay = rng.uniform(0.05, seconds)
            with self.subTest(round=number, kills=what, after=round(delay, 3)):
                self.one_round(what, delay, expected)

    def one_round(self, what, delay, expected):
        with Meridian() as meridian:
            acknowledged, done = [], threading.Event()
            killer = threading.Thread(target=self.disturb,
                                      args=(meridian, what, delay, done))
            killer.start()
            self.run_all(meridian, acknowledged)
            done.set()
            killer.join()
            if what != "plugin":
                port = meridian.ports[what]
                if what == "ingest":
                    meridian.start_ingest(port)
                else:
                    meridian.start_analysis(port)
            meridian.catch_up()
            self.check_log(meridian, acknowledged)
            # The same again, undisturbed: completes what was cut off.
            self.assertTrue(self.run_all(meridian, acknowledged))
            meridian.catch_up()
            self.check_log(meridian, acknowledged)
            self.assertEqual(answers(meridian), expected)


if __name__ == "__main__":
    unittest.main()
