"""The include rules of ARCHITECTURE.md, checked on the source tree."""

import fnmatch
import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDERS = ["common", "plugins", "ingest_service", "analysis_service", "cli",
           "plugin_kit", "bench", "tests"]
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^">]+)[">]', re.M)

# (files, includes they must not have, except in these files, why)
GRPC = ["grpcpp/*", "grpc/*", "*.grpc.pb.h"]
GRPC_PLACES = ["*_service.h", "*_service.cc", "analysis_service/feed_follower.*",
               "ingest_service/plugin_host/*", "plugins/sdk/*",
               "plugins/testing_plugins/*", "common/rpc/*", "cli/*", "*main.cc",
               "*_test.cc", "bench/*", "tests/*"]
PURE = ["analysis_service/identity*", "analysis_service/compare*",
        "analysis_service/simulation*", "analysis_service/lag.*",
        "analysis_service/concentration.*", "analysis_service/cutoff.*",
        "analysis_service/shapley.*",
        "analysis_service/expression*", "analysis_service/policy.*",
        "analysis_service/policy_*", "analysis_service/facts*",
        "analysis_service/field.*", "analysis_service/fact_*",
        "analysis_service/completion.*", "analysis_service/rule_shape.*",
        "analysis_service/policy_relation.*", "analysis_service/policy_days.*"]
RULES = [
    (["*"], GRPC, GRPC_PLACES,
     "gRPC only where ARCHITECTURE.md allows it: it costs build time and "
     "keeps logic from being tested without a server"),
    (["*"], ["z3*"], ["analysis_service/fact_solver_z3.cc"],
     "Z3 is optional: the service answers without it"),
    (["plugins/*"], ["analysis_service/*", "ingest_service/*", "cli/*"], [],
     "a plugin knows the protocol and nothing of the services"),
    (["analysis_service/*"], ["plugins/*", "ingest_service/*", "cli/*"],
     [], "the analysis service meets the rest in proto/ only"),
    (["ingest_service/*"], ["analysis_service/*", "plugins/*", "cli/*"],
     [], "the ingest service meets plugins over the wire only"),
    (["plugin_kit/*"], ["analysis_service/*"], [],
     "the kit runs plugins and knows nothing of answers"),
    (["cli/*"], ["analysis_service/*", "plugin_kit/*", "ingest_service/*", "plugins/*"], [],
     "the CLI is a plain client"),
    (["common/*"], ["analysis_service/*", "ingest_service/*", "plugins/*",
                    "cli/*"], [], "common/ includes nothing above it"),
    (["common/base/*", "common/records/*"], GRPC + ["common/rpc/*"], [],
     "common/base and common/records are free of gRPC"),
    (PURE, ["thread", "mutex", "future", "fstream", "filesystem",
            "absl/time/clock.h", "absl/synchronization/*", "common/base/log.h",
            "unistd.h"], ["*_test.cc", "analysis_service/policy_service.*"],
     "what computes an answer has no threads, clocks or files"),
]


def matches(name, patterns):
    return any(fnmatch.fnmatch(name, pattern) for pattern in patterns)


def sources():
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in (".h", ".cc"):
                yield path.relative_to(ROOT).as_posix(), path.read_text()


class IncludeRulesTest(unittest.TestCase):
    def test_rules_hold(self):
        broken = []
        for name, text in sources():
            for included in INCLUDE.findall(text):
                for files, forbidden, exempt, why in RULES:
                    if (matches(name, files) and matches(included, forbidden)
                            and not matches(name, exempt)):
                        broken.append(f"{name} includes {included}: {why}")
        self.assertEqual(broken, [])

    def test_the_check_sees_includes(self):
        names = [name for name, text in sources()
                 if matches(name, ["common/rpc/*"]) and
                 any(matches(i, GRPC) for i in INCLUDE.findall(text))]
        self.assertIn("common/rpc/server.cc", names)

    def test_threads_are_started_in_few_places(self):
        allowed = ["common/rpc/server.cc", "ingest_service/runner*",
                   "ingest_service/plugin_host/*",
                   "analysis_service/feed_follower.*", "plugins/sdk/*",
                   "plugins/testing_plugins/*", "*_test.cc", "bench/*"]
        broken = [name for name, text in sources()
                  if re.search(r"std::j?thread\b", text)
                  and not matches(name, allowed)]
        self.assertEqual(broken, [], "see ARCHITECTURE.md, threads")

    def test_headers_are_guarded(self):
        broken = []
        for name, text in sources():
            if name.endswith(".h"):
                guard = name.upper().replace("/", "_").replace(".", "_") + "_"
                if f"#ifndef {guard}" not in text:
                    broken.append(f"{name}: guard {guard} expected")
        self.assertEqual(broken, [])


if __name__ == "__main__":
    unittest.main()
