"""Runs the two services as an operator would and asks them with the CLI."""

import json
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = pathlib.Path(os.environ.get("MERIDIAN_BINARY_DIR", ROOT / "build/dev"))
SAMPLES = ROOT / "samples"
SANITIZED = ((BUILD / "CMakeCache.txt").exists() and
             "-fsanitize=" in (BUILD / "CMakeCache.txt").read_text())
# Real published data, when it is there; never part of the repository.
DATA = pathlib.Path(os.environ.get("MERIDIAN_DATA", ROOT.parent / "shared/data"))


def free_port():
    """A port that is free now, below those that the kernel gives out: a
    service that is restarted on it does not find it taken meanwhile."""
    with open("/proc/sys/net/ipv4/ip_local_port_range") as ports:
        first = int(ports.read().split()[0])
    while True:
        port = random.randrange(max(1024, first // 2), first)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


class CliError(Exception):
    """A CLI call that ended with another exit code than expected."""


class Meridian:
    """Both services on free ports over one data directory."""

    def __init__(self, sources=None, roots=None, analysis=True, plugins=None):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="meridian-test-"))
        self.sources = [str(s) for s in (sources or [SAMPLES / "sources.yaml"])]
        self.roots = roots or {}
        self.with_analysis = analysis
        self.plugins = plugins or BUILD / "plugins"
        self.processes = {}
        self.ports = {}

    def __enter__(self):
        try:
            self.start_ingest()
            if self.with_analysis:
                self.start_analysis()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for name in list(self.processes):
            self.stop(name)
        shutil.rmtree(self.dir, ignore_errors=True)

    def _start(self, name, arguments):
        port_file = self.dir / f"{name}.port"
        port_file.unlink(missing_ok=True)
        with open(self.dir / f"{name}.log", "ab") as log:
            process = subprocess.Popen(
                [str(BUILD / "bin" / f"meridian-{name}"), *arguments,
                 "--port-file", str(port_file)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.processes[name] = process
        deadline = time.monotonic() + 60
        while not (port_file.exists() and port_file.read_text().strip()):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"meridian-{name} did not start:\n"
                                   + self.log(name)[-4000:])
            time.sleep(0.01)
        self.ports[name] = int(port_file.read_text())

    def start_ingest(self, port=0):
        arguments = ["--listen", f"127.0.0.1:{port or free_port()}",
                     "--data", str(self.dir / "data"),
                     "--plugins", str(self.plugins)]
        for source in self.sources:
            arguments += ["--sources", source]
        for name, path in self.roots.items():
            arguments += ["--root", f"{name}={path}"]
        self._start("ingest", arguments)

    def start_analysis(self, port=0):
        self._start("analysis", ["--listen",
                                 f"127.0.0.1:{port or free_port()}", "--ingest",
                                 f"127.0.0.1:{self.ports['ingest']}"])

    def kill(self, name):
        """kill -9."""
        process = self.processes.pop(name)
        process.kill()
        process.wait()

    def stop(self, name):
        process = self.processes.pop(name, None)
        if process is None:
            return None
        process.send_signal(signal.SIGTERM)
        try:
            return process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()

    def log(self, name):
        return (self.dir / f"{name}.log").read_text(errors="replace")

    def command(self, *arguments, format="json"):
        line = [str(BUILD / "bin/meridian"),
                "--ingest", f"127.0.0.1:{self.ports.get('ingest', 1)}",
                "--analysis", f"127.0.0.1:{self.ports.get('analysis', 1)}"]
        if format:
            line += ["--format", format]
        return line + [str(a) for a in arguments]

    def run(self, *arguments, format="table", timeout=120):
        """The finished process, whatever its exit code."""
        return subprocess.run(self.command(*arguments, format=format),
                              capture_output=True, text=True, timeout=timeout)

    def json(self, *arguments, expect=0, timeout=120):
        """The answer as a dict (the last one of a stream)."""
        done = self.run(*arguments, format="json", timeout=timeout)
        if done.returncode != expect:
            raise CliError(f"{arguments}: exit {done.returncode}, expected "
                           f"{expect}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
        decoder, text, answer = json.JSONDecoder(), done.stdout.strip(), {}
        while text:
            answer, end = decoder.raw_decode(text)
            text = text[end:].lstrip()
        return answer

    def load(self, *source_ids, expect=0):
        """Runs sources (all when none are named) and waits until the analysis
        service has what they committed. Returns the runs by source."""
        ids = source_ids or [s["id"] for s in
                             self.json("sources", "list")["sources"]]
        runs = {}
        for source in ids:
            event = self.json("sources", "run", source, "--wait",
                              expect=expect, timeout=600)
            runs[source] = event["ended"]
        if self.with_analysis:
            self.catch_up()
        return runs

    def head(self):
        return int(self.json("status")["ingest"]["headSeq"])

    def catch_up(self):
        deadline = time.monotonic() + 120
        while True:
            status = self.json("status")
            if (int(status["analysis"]["seq"]) >=
                    int(status["ingest"]["headSeq"])):
                return
            if time.monotonic() > deadline:
                raise RuntimeError("the analysis service does not catch up:\n"
                                   + self.log("analysis")[-4000:])
            time.sleep(0.02)


def gap_points(answer, a="US", b="CN", point=0):
    """The gap of a pair in an answer of `meridian gap`."""
    for gap in answer["points"][point]["gaps"]:
        if (gap["a"], gap["b"]) == (a, b):
            return gap
    raise KeyError((a, b))


def leader(answer, group, point=0):
    for standing in answer["points"][point]["standings"]:
        if standing["group"] == group:
            return standing["leader"]
    raise KeyError(group)
