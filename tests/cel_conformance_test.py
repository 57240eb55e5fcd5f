"""Expressions against the public conformance cases of CEL, the way a user
evaluates them: `meridian expr EXPR --format json`. Skipped, visibly, where the
cases are not there (they are not part of the repository)."""

import collections
import concurrent.futures
import json
import re
import subprocess
import sys
import unittest

from harness import DATA, Meridian

CASES = DATA / "cel_conformance/cases.jsonl"

# Why a case is refused, by the message; the first that fits.
REASONS = [
    ("protobuf messages cannot be made", r"messages cannot be made"),
    ("no such name or function (case without type check)",
     r"there is no (field, constant or list|function)"),
    ("types do not fit (case without type check)",
     r"cannot compare|no order between|CEL has no ==|no operator for|"
     r"needs a number|of one type|true or false is needed|need true or false|"
     r"keys of a map"),
]


def exact(value):
    """The value with doubles as numbers, maps and all."""
    if isinstance(value, dict):
        return {key: float(inner) if key == "double" else exact(inner)
                for key, inner in value.items()}
    return [exact(v) for v in value] if isinstance(value, list) else value


def unescaped(value):
    """The file spells some code points beyond Latin-1 as escapes."""
    if isinstance(value, str):
        return re.sub(r"\\U([0-9a-f]{8})|\\u([0-9a-f]{4})",
                      lambda m: chr(int(m[1] or m[2], 16)), value)
    if isinstance(value, dict):
        return {key: unescaped(inner) for key, inner in value.items()}
    return [unescaped(v) for v in value] if isinstance(value, list) else value


def same(found, wanted):
    return (repr(exact(found)) == repr(exact(wanted))
            or repr(exact(found)) == repr(exact(unescaped(wanted))))


def is_plain(case):
    """Without dyn, protobuf messages, null or disabled checking."""
    return not case["disable_check"] and not re.search(
        r"\bdyn\b|google\.protobuf\.|TestAllTypes|\bnull", case["expr"])


def reason_of(message):
    for reason, pattern in REASONS:
        if re.search(pattern, message):
            return reason
    return f"other: {message.splitlines()[0]}"


@unittest.skipUnless(CASES.is_file(), f"no cases at {CASES}")
class CelConformanceTest(unittest.TestCase):
    def test_cases(self):
        cases = [json.loads(line) for line in CASES.read_text().splitlines()]
        with Meridian() as meridian:
            meridian.load()
            with concurrent.futures.ThreadPoolExecutor(4) as pool:
                results = list(pool.map(
                    lambda case: self.judge(meridian, case), cases))
        counts = collections.Counter(
            (is_plain(case), kind)
            for case, (kind, _) in zip(cases, results))
        refused = collections.Counter(
            why for kind, why in results if kind == "refused")
        plain = sum(n for (p, _), n in counts.items() if p)
        supported_plain = counts[(True, "supported")]
        supported = supported_plain + counts[(False, "supported")]
        print(f"\n{supported} of {len(cases)} cases supported, "
              f"{supported_plain} of {plain} without dyn, messages, null or "
              "disabled checking; refused:", file=sys.stderr)
        for why, number in refused.most_common():
            print(f"  {number:4}  {why}", file=sys.stderr)
        wrong = [f"{case['expr']!r}: {why}"
                 for case, (kind, why) in zip(cases, results)
                 if kind == "wrong"]
        self.assertEqual(wrong, [])
        self.assertGreaterEqual(supported_plain, 0.95 * plain)
        self.assertGreaterEqual(supported, 0.70 * len(cases))

    @staticmethod
    def judge(meridian, case):
        # By the standard input: an argument cannot hold the byte 0.
        done = subprocess.run(meridian.command("expr", "-"), text=True,
                              input=case["expr"], capture_output=True,
                              timeout=120)
        error = re.search(r"^reason: (\w+)", done.stderr, re.M)
        if error and error[1] == "BAD_EXPRESSION":
            return "refused", reason_of(done.stderr)
        if error and error[1] == "EXPRESSION_ERROR":
            if done.returncode == 2 and "error" in case:
                return "supported", ""
            return "wrong", f"error instead of a value: {done.stderr}"
        if done.returncode not in (0, 1):
            return "wrong", f"exit {done.returncode}: {done.stderr}"
        if "error" in case:
            return "wrong", f"a value instead of an error: {done.stdout}"
        found = json.loads(done.stdout)["value"]
        if not same(found, case["value"]):
            return "wrong", f"{found} is not {case['value']}"
        return "supported", ""


if __name__ == "__main__":
    if not CASES.is_file():
        print(f"skipped: no cases at {CASES} (set MERIDIAN_DATA)")
        sys.exit(77)
    unittest.main()
