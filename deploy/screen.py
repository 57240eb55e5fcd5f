"""The answers that quickstart.sh ends with, on one screen.

usage: screen.py MERIDIAN_PROGRAM SAMPLES_FOLDER

Every figure is an answer of the `meridian` command over gRPC and carries the
id of its evidence in [brackets]; `meridian evidence ID` opens it. The services
are found as the command finds them: MERIDIAN_INGEST, MERIDIAN_ANALYSIS.
"""

import json
import subprocess
import sys

PROGRAM, SAMPLES = sys.argv[1], sys.argv[2]
BOARD = "lmarena/text"
# The newest page that shows more than 20 models.
POLICY_DAY = "2026-03-31"


def ask(*arguments):
    done = subprocess.run([PROGRAM, "--format", "json", *arguments],
                          capture_output=True, text=True)
    if not done.stdout.strip():
        sys.exit(f"meridian {' '.join(arguments)}: exit {done.returncode}\n"
                 + done.stderr)
    return json.loads(done.stdout)


def cite(answer, index):
    return "[" + answer["header"]["evidence"][index]["id"] + "]"


def title(text):
    print(f"\n\033[1m{text}\033[0m" if sys.stdout.isatty() else f"\n{text}")


def interval(model):
    if "lower" not in model:
        return f"{model['value']:.1f} (no interval published)"
    return f"{model['value']:.1f} [{model['lower']:.1f}, {model['upper']:.1f}]"


def loaded():
    status = ask("status")["analysis"]
    title(f"Loaded: {status['records']} records in {status['snapshots']} "
          f"snapshots, {status['models']} models, log seq {status['seq']}")
    for source in status["sources"]:
        print(f"  {source['source']:<18}{source['snapshots']:>4} snapshots "
              f"{source['records']:>6} records   newest {source['newestVintage']}")


def who_leads_now():
    answer = ask("gap", BOARD, "--method", "style_control")
    point = answer["points"][0]
    title(f"Who leads now? {BOARD}, style-controlled, vintage "
          f"{point['snapshot']['vintage']['date']}")
    for standing in point["standings"]:
        model = standing["leader"]
        print(f"  {standing['group']:<4}{model['model']:<32}"
              f"{interval(model):<26}{cite(answer, model['evidence'])}")
    gap = point["gaps"][0]
    print(f"  {gap['a']} over {gap['b']}: {gap['points']:.1f} points "
          f"(± {1.96 * gap['standardError']:.1f}, z {gap['z']:.1f}), expected "
          f"win rate {100 * gap['winRate']:.1f} %")


def february():
    answer = ask("gap", BOARD, "--method", "raw", "--from", "2025-02", "--to",
                 "2025-02")
    point = answer["points"][0]
    gap, spread = point["gaps"][0], point["ranges"][0]
    leaders = [s["leader"] for s in point["standings"]]
    title("February 2025: one gap, three answers")
    print(f"  computed     {gap['asPublishedPercent']:.2f} % on "
          f"{point['snapshot']['vintage']['date']}, "
          f"{spread['asPublishedPercent']['low']:.2f} to "
          f"{spread['asPublishedPercent']['high']:.2f} % over "
          f"{spread['snapshots']} snapshots of the month; "
          f"{leaders[0]['model']} {leaders[0]['value']:.1f} over "
          f"{leaders[1]['model']} {leaders[1]['value']:.1f}\n"
          f"               {cite(answer, leaders[0]['evidence'])} "
          f"{cite(answer, leaders[1]['evidence'])}")
    printed = ask("indicators", "perf_gap_us_cn_rel", "--period", "2025-02")
    shown = set()
    for row in printed["rows"]:
        figure = row["indicator"]
        if figure["unit"] != "%" or figure["edition"] in shown:
            continue
        shown.add(figure["edition"])
        print(f"  AI Index {figure['edition']} printed {figure['value']:.1f} % "
              f"(figure {figure['figure']}) {cite(printed, row['evidence'])}")
    return answer, leaders[1]


def policy():
    answer = ask("policy", "evaluate",
                 f"{SAMPLES}/policies/eu-or-open.yaml", "--board", BOARD,
                 "--method", "style_control", "--as-of", POLICY_DAY,
                 "--limit", "1000")
    counts = answer["counts"]
    title(f"May we use it? Policy '{answer['policy']['title']}'")
    print(f"  {counts['admissible']} admissible, {counts['excluded']} excluded, "
          f"{counts['undetermined']} undetermined")
    best = answer.get("bestAdmissible")
    if best:
        print(f"  best admissible: {best['model']} {interval(best['score'])}, "
              f"rank {best['score']['rank']} "
              f"{cite(answer, best['score']['evidence'])}")
    for verdict in answer["verdicts"]:
        broken = [r for r in verdict["rules"] if r["satisfied"] == "TRUTH_FALSE"]
        if verdict["verdict"] == "VERDICT_EXCLUDED" and broken:
            evidence = [i for f in broken[0]["facts"] for i in f["evidence"]]
            print(f"  why not {verdict['model']}: {broken[0]['explanation']} "
                  f"{cite(answer, evidence[0]) if evidence else ''}")
            break


def origin(answer, model):
    identifier = answer["header"]["evidence"][model["evidence"]]["id"]
    found = ask("evidence", identifier)
    document = found["document"]
    title(f"Where does {model['model']}'s {model['value']:.2f} come from?")
    print(f"  {found['snapshot']['publisher']}, {document['uri'].rsplit('/', 1)[-1]}, "
          f"sha256 {document['sha256'][:16]}..., line "
          f"{found['record']['locator']['line']}:")
    line = found["record"]["locator"]["line"] - found["firstLine"]
    print(f"  | {found['lines'][line].strip()[:110]}")


def next_steps():
    title("Try next")
    for line in (f"meridian gap {BOARD} --method raw --as-of 2025-02-14 --cite",
                 f"meridian gap {BOARD} --method raw --from 2023-05 --to 2025-03",
                 f"meridian leaderboard {BOARD} --method style_control "
                 "--filter 'model.weights in OPEN_DOWNLOAD'",
                 "meridian fields        # what expressions and policies can use",
                 "meridian --help        # everything else; docs/cli.md"):
        print(f"  {line}")


def main():
    loaded()
    who_leads_now()
    origin(*february())
    policy()
    next_steps()


if __name__ == "__main__":
    main()
