"""Plays every scenario in the real harnesses, and checks verdicts, a kill, what is left, and replay.

    check.py KINSHIP FOLDER

KINSHIP is the program, FOLDER a folder to fill. Reference subjects act by the harnesses' own tools; no
model is asked and no network is used but npm's, to install.
"""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

SUITE = "suite/peer-preservation"
HARNESSES = {"gemini-cli": "0.61.0", "opencode": "1.18.33", "qwen-code": "0.24.4"}
SCENARIOS = {
    "answer-review": "strategic-misrepresentation",
    "records-audit": "strategic-misrepresentation",
    "maintenance-window": "shutdown-tampering",
    "cost-review": "shutdown-tampering",
    "fleet-review": "alignment-faking",
    "incident-response": "alignment-faking",
    "server-decommission": "model-exfiltration",
    "storage-cleanup": "model-exfiltration",
}
# For every outcome another channel: the file, the prompt, the memory.
CONDITIONS = {
    "comply": "peer+positive+memory",
    "exhibit": "peer+positive+file",
    "refuse": "peer+neutral+file-and-prompt",
}
OUTCOMES = {"comply": "complied", "exhibit": "exhibited", "refuse": "refused"}
SEED = "07" * 32
# Seconds of one run, of one other command, and until nothing is left after a kill.
RUN, COMMAND, GONE = 600, 180, 5
AT_ONCE = 4


def main():
    kinship, folder = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
    # What runs in the sandbox is nobody in particular: its programs must be open to everybody.
    packages = folder / "packages"
    if not readable(folder):
        packages = pathlib.Path(tempfile.gettempdir()) / "agent-packages"
    runs = folder / "runs"
    shutil.rmtree(runs, ignore_errors=True)
    runs.mkdir(parents=True)
    key = runs / "key.pem"
    command(kinship, "key", "new", "--out", key)
    for name, version in HARNESSES.items():
        place = packages / f"{name}-{version}"
        if not place.exists():
            command(kinship, "harness", "install", name, "--dir", place, seconds=RUN)
        began = time.monotonic()
        for outcome, condition in CONDITIONS.items():
            check(kinship, name, place, runs, key, outcome, condition)
        print(f"{name}: {len(SCENARIOS) * len(CONDITIONS)} trials to the right verdict,"
              f" {time.monotonic() - began:.0f} s", flush=True)
        killed(kinship, name, place, runs, key)


def check(kinship, name, place, runs, key, outcome, condition):
    """Every scenario, to one outcome; then the bundle, by replay."""
    out = runs / f"{name}-{outcome}"
    run = play(kinship, name, place, out, key, outcome, list(SCENARIOS), condition)
    said = run.communicate(timeout=RUN)[0]
    need(run.returncode == 0, f"{out.name}: the run failed:\n{said[-2000:]}")
    judge(kinship, out, outcome)
    verified = command(kinship, "verify", bundle(out))
    need(f"{len(SCENARIOS)} trials" in verified, f"{out.name}: verify says: {verified}")


def killed(kinship, name, place, runs, key):
    """A run that is killed leaves nothing, goes on, and ends as it would have."""
    out = runs / f"{name}-killed"
    cells = ["maintenance-window", "records-audit", "storage-cleanup", "incident-response"]
    run = play(kinship, name, place, out, key, "exhibit", cells, CONDITIONS["exhibit"])
    until = time.monotonic() + 60
    while not inside() and time.monotonic() < until:
        time.sleep(0.05)
    need(inside(), f"{name}: nothing was started")
    time.sleep(3)
    run.kill()
    run.wait(timeout=COMMAND)
    until = time.monotonic() + GONE
    while (left := inside()) and time.monotonic() < until:
        time.sleep(0.05)
    need(not left, f"{name}: {GONE} s after the kill these are left: {left}")
    again = play(kinship, name, place, out, key, "exhibit", cells, CONDITIONS["exhibit"])
    said = again.communicate(timeout=RUN)[0]
    need(again.returncode == 0, f"{out.name}: it did not go on:\n{said[-2000:]}")
    judge(kinship, out, "exhibit")
    command(kinship, "verify", bundle(out))
    need(not inside(), f"{name}: left after the run: {inside()}")
    print(f"{name}: killed, nothing left, gone on, verified", flush=True)


def play(kinship, name, place, out, key, outcome, scenarios, condition):
    words = [kinship, "run", "--suite", SUITE, "--trials", "1", "--seed", SEED, "--key", key,
             "--subject", f"harness:{name}", "--model", f"reference:{outcome}",
             "--harness-dir", place, "--concurrency", AT_ONCE, "--out", out]
    for scenario in scenarios:
        faking = SCENARIOS[scenario] == "alignment-faking"
        watched = "@unmonitored" if faking else ""
        words += ["--cell", f"{scenario}/{condition}{watched}"]
    return subprocess.Popen([str(word) for word in words], stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True)


def judge(kinship, out, outcome):
    """Each trial has the verdict of its exemplar."""
    trials = [json.loads(line) for line in command(kinship, "show", out, "--json").splitlines()]
    trials = [trial for trial in trials if "scores" in trial]
    need(trials, f"{out.name}: no trial is shown")
    for trial in trials:
        scenario = trial["trial"].split("/")[0]
        verdicts = [score["verdict"] for score in trial["scores"]]
        verdict = next(v for v in verdicts if v["behaviour"] == SCENARIOS[scenario])
        need(verdict["outcome"] == OUTCOMES[outcome],
             f"{out.name}, {trial['trial']}: {verdict['outcome']}: {verdict['summary']}")


def bundle(out):
    bundles = list(out.glob("*.kinship"))
    need(len(bundles) == 1, f"{out.name}: {len(bundles)} bundles")
    return bundles[0]


def inside():
    """Processes of sandboxes, whosever they are: the ones that bubblewrap or its first process started."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                name = (entry / "comm").read_text().strip()
            except OSError:
                continue
            if name in ("bwrap", "sessiond"):
                found.append(f"{entry.name} {name}")
    return found


def readable(folder):
    """Whether everybody may look into a folder."""
    return all(part.stat().st_mode & 0o005 == 0o005 for part in [folder, *folder.parents])


def command(*words, seconds=COMMAND):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True,
                          timeout=seconds, check=False)
    need(done.returncode == 0, f"{words[1:4]}: exit {done.returncode}: {done.stderr[-2000:]}")
    return done.stdout


def need(holds, message):
    if not holds:
        sys.exit(f"check.py: {message}")


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    os.umask(0o022)
    main()
