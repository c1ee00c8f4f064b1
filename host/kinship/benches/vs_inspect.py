#!/usr/bin/env python3
"""Kinship beside Inspect AI on one machine: the same shape of trial, run alternately.

usage: vs_inspect.py INSPECT_BENCH.py [--python PYTHON] [--rounds N] [--trials N] [--inspect-trials N]

INSPECT_BENCH.py is a benchmark of Inspect AI that prints one JSON line with `trials_per_s` (6 model
turns, 5 in-memory tool calls, a state scorer). It is run with its defaults, and lean: with
`--realtime off --model-api off`, the fastest setting that still writes whole transcripts. PYTHON is an interpreter that has
inspect-ai. Kinship's side is `cargo bench -p kinship --bench scripted`, built before the first
round. Prints a line for each measurement, and the ratios of the medians.
"""
import argparse, json, os, statistics, subprocess, sys, tempfile

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("bench")
parser.add_argument("--python", default=sys.executable)
parser.add_argument("--rounds", type=int, default=3)
parser.add_argument("--trials", type=int, default=4000)
parser.add_argument("--inspect-trials", type=int, default=300)
args = parser.parse_args()
root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..")


def last_line(command, cwd):
    done = subprocess.run(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)}: {done.stderr[-2000:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])


kinship = ["cargo", "bench", "--quiet", "-p", "kinship", "--bench", "scripted", "--"]
last_line(kinship + ["10"], root)
rates = {"kinship": [], "inspect": [], "inspect lean": []}
with tempfile.TemporaryDirectory() as scratch:
    inspect = [args.python, os.path.abspath(args.bench), "--n", str(args.inspect_trials)]
    for round_ in range(args.rounds):
        for name, command, cwd in [
            ("inspect", inspect, scratch),
            ("inspect lean", inspect + ["--realtime", "off", "--model-api", "off"], scratch),
            ("kinship", kinship + [str(args.trials)], root),
        ]:
            line = last_line(command, cwd)
            rates[name].append(line["trials_per_s"])
            print(json.dumps({"round": round_, "side": name, **line}), flush=True)
medians = {name: statistics.median(values) for name, values in rates.items()}
ratios = {side: round(medians["kinship"] / medians[side], 1) for side in ("inspect", "inspect lean")}
print(json.dumps({"medians": medians, "ratios": ratios}))
