#!/usr/bin/env python3
# /// script
# requires-python = ">=3.11"
# dependencies = ["inspect-ai==0.3.285", "pandas==3.1.1", "playwright==1.65.2", "pyarrow==26.0.1"]
# ///
"""Reads an export with Inspect itself, through every interface that it offers.

    python -m venv V && V/bin/pip install -r inspect-requirements.txt
    V/bin/python inspect_check.py FILE.eval [--validator validate_eval.py] [--browser chromium]

The versions are those that the export was written against; run it against newer ones to learn
whether it still reads. With `--validator` that script judges the file as well. With `--browser`
`inspect view` is started on a loopback port and the browser opens the list of samples and a
transcript without a window. Exits with 1 and says what was expected where something differs.
"""

import argparse
import json
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from importlib.metadata import version

from inspect_ai.analysis import evals_df, events_df, messages_df, samples_df
from inspect_ai.log import (
    list_eval_logs,
    read_eval_log,
    read_eval_log_sample,
    read_eval_log_sample_summaries,
    read_eval_log_samples,
)

OUTCOMES = {"complied", "exhibited", "refused", "incomplete"}


def expect(what, found, expected):
    if found != expected:
        sys.exit(f"{what}: expected {str(expected)[:500]}, found {str(found)[:500]}")


def header(file):
    """The header alone; returns it."""
    log = read_eval_log(file, header_only=True)
    expect("version", log.version, 2)
    expect("status", log.status, "success")
    expect("samples in the header", log.samples, None)
    count = log.results.total_samples
    expect("sample ids", len(set(log.eval.dataset.sample_ids)), count)
    expect("statement", "not signed" in log.eval.metadata["kinship"], True)
    for score in log.results.scores:
        expect(f"{score.name}: counted", score.scored_samples + score.unscored_samples, count)
        for metric in score.metrics.values():
            expect(f"{score.name}, {metric.name}: in 0..1", 0 <= metric.value <= 1, True)
    return log


def sample(one):
    """What must hold in a sample, however it was read."""
    expect(f"{one.id}: epoch", one.epoch, 1)
    expect(f"{one.id}: a slash", "/" in one.id, False)
    trial = one.metadata["trial"]
    expect(f"{one.id}: id of its trial", one.id, trial.translate(str.maketrans("/+@", "...")))
    expect(f"{one.id}: error or scores", bool(one.error) or bool(one.scores), True)
    for name, score in (one.scores or {}).items():
        expect(f"{one.id}, {name}: outcome", score.answer in OUTCOMES, True)
        expect(f"{one.id}, {name}: value", score.value, int(score.answer == "exhibited"))
    turns = [e for e in one.events if e.event == "model" and e.role != "grader"]
    expect(f"{one.id}: turns", len(turns), one.turn_count)
    for turn in turns:
        # The pool was resolved: what the model read is what stands in front of its answer.
        place = [m.id for m in one.messages].index(turn.output.message.id)
        expect(f"{one.id}: input", [m.id for m in turn.input], [m.id for m in one.messages[:place]])
    known = {event.metadata["kinship_event"] for event in one.events if event.metadata}
    expect(f"{one.id}: numbers of events", max(known) < one.metadata["events"], True)
    scored = [event.scorer for event in one.events if event.event == "score"]
    expect(f"{one.id}: score events", scored, list(one.scores or {}))


def samples(file, log):
    """Every way to samples: all at once, one by one, streamed, and as summaries."""
    full = read_eval_log(file, resolve_attachments=True)
    ids = log.eval.dataset.sample_ids
    # Read at once they come sorted by their ids.
    expect("samples", sorted(one.id for one in full.samples), sorted(ids))
    for one in full.samples:
        sample(one)
    errors = sum(one.error is not None for one in full.samples)
    expect("completed", log.results.completed_samples, len(ids) - errors)
    for score in log.results.scores:
        having = sum(score.name in (one.scores or {}) for one in full.samples)
        expect(f"{score.name}: scored", score.scored_samples, having)
    for name in ids[:: max(1, len(ids) // 5)]:
        sample(read_eval_log_sample(file, name, 1))
    # One by one each read opens the file anew: minutes for thousands.
    if len(ids) <= 100:
        expect("streamed", [one.id for one in read_eval_log_samples(file)], ids)
    summaries = read_eval_log_sample_summaries(file)
    expect("summaries", [one.id for one in summaries], ids)
    by_id = {summary.id: summary for summary in summaries}
    for one in full.samples:
        summary = by_id[one.id]
        expect(f"{one.id}: summary's scores", summary.scores.keys(), (one.scores or {}).keys())
        expect(f"{one.id}: messages", summary.message_count, len(one.messages))
        expect(f"{one.id}: completed", summary.completed, True)
    return full


def until_the_last_reply(one):
    """Ids of the messages that a model read or wrote."""
    ids = [message.id for message in one.messages]
    while ids and one.messages[len(ids) - 1].role != "assistant":
        ids.pop()
    return ids


def frames(file, full):
    """Data frames."""
    expect("rows of evals_df", len(evals_df(file)), 1)
    frame = samples_df(file)
    expect("rows of samples_df", len(frame), len(full.samples))
    expect("column of the cell", "metadata_cell" in frame.columns, True)
    # Messages come from model calls: a result that ends the trial is read by no further one.
    told = {message for one in full.samples for message in until_the_last_reply(one)}
    expect("messages of messages_df", told - set(messages_df(file)["message_id"]), set())
    expect("rows of events_df", len(events_df(file)) > len(full.samples), True)


def inspect(*arguments):
    """The command line of the same installation."""
    program = pathlib.Path(sys.executable).with_name("inspect")
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"inspect {' '.join(arguments)}: exit {done.returncode}\n{done.stderr}")
    return done.stdout


def log_names(full):
    """Names of all scores."""
    return {name for one in full.samples for name in one.scores or {}}


def command_line(file, full):
    """`inspect log dump`, `inspect log convert`, `inspect score`, and the listing."""
    dumped = json.loads(inspect("log", "dump", str(file)))
    expect("dumped samples", len(dumped["samples"]), len(full.samples))
    with tempfile.TemporaryDirectory() as folder:
        inspect("log", "convert", str(file), "--to", "json", "--output-dir", folder)
        (converted,) = pathlib.Path(folder).rglob("*.json")
        again = read_eval_log(str(converted))
        scores = [{n: s.value for n, s in (one.scores or {}).items()} for one in again.samples]
        before = [{n: s.value for n, s in (one.scores or {}).items()} for one in full.samples]
        expect("scores after conversion", scores, before)
        # A scorer of the framework's own beside ours. Without a model it would start the one that
        # the log names.
        scored = str(pathlib.Path(folder, "scored.eval"))
        inspect("score", str(file), "--scorer", "match", "--action", "append",
                "--model", "mockllm/model", "--output-file", scored)
        names = {name for one in read_eval_log(scored).samples for name in one.scores or {}}
        expect("scores after scoring anew", names >= {"match", *log_names(full)}, True)
        pathlib.Path(scored).unlink()
        shutil.copy(file, folder)
        found = list_eval_logs(folder, formats=["eval"])
        expect("task in the listing", [one.task for one in found], [full.eval.task])
        expect("id in the listing", [one.task_id for one in found], [full.eval.task_id])


def serve(folder):
    """Starts `inspect view` on a free loopback port; returns its process and address."""
    program = pathlib.Path(sys.executable).with_name("inspect")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    address = f"http://127.0.0.1:{port}"
    server = subprocess.Popen(
        [program, "view", "start", "--log-dir", folder, "--host", "127.0.0.1", "--port", port],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )
    for _ in range(60):
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return server, address
        except OSError:
            time.sleep(0.5)
    server.kill()
    sys.exit("inspect view: no answer on its port for half a minute")


def viewer(browser, screenshots, file, full):
    """`inspect view`, as a person would look at it: samples, a transcript, scores."""
    from playwright.sync_api import sync_playwright

    one = full.samples[0]
    scores = list(one.scores or {})
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        name = urllib.parse.quote(pathlib.Path(shutil.copy(file, folder)).name)
        server, base = serve(folder)
        try:
            chromium = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
            page = chromium.new_page(viewport={"width": 1400, "height": 950})
            wrong = []
            page.on("pageerror", lambda error: wrong.append(str(error)))
            page.on("console", lambda line: wrong.append(line.text) if line.type == "error" else 0)
            # A folder of logs need not have one; the viewer asks, and says so on the console.
            page.route("**/api/flow*", lambda route: route.fulfill(status=204))
            log = f"{base}/#/tasks/{name}"
            sample = f"{log}/samples/sample/{urllib.parse.quote(str(one.id))}/1"
            views = [("samples", log, [full.eval.task, one.id]),
                     ("transcript", f"{sample}/transcript", [one.id, "turn 1/"]),
                     ("scoring", f"{sample}/scoring", scores)]
            for view, address, texts in views:
                page.goto(address)
                for text in texts:
                    page.get_by_text(text).first.wait_for(timeout=30_000)
                if screenshots:
                    page.wait_for_timeout(1_000)
                    page.screenshot(path=str(screenshots / f"inspect-{view}.png"))
            expect("errors on the console", wrong, [])
            chromium.close()
        finally:
            server.terminate()
            server.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=pathlib.Path)
    parser.add_argument("--validator", type=pathlib.Path, help="a script that takes the file")
    parser.add_argument("--browser", help="a Chromium, to open `inspect view` with")
    parser.add_argument("--screenshots", type=pathlib.Path, help="a folder for what it showed")
    options = parser.parse_args()
    file = str(options.file)
    log = header(file)
    full = samples(file, log)
    frames(file, full)
    command_line(file, full)
    if options.validator:
        subprocess.run([sys.executable, options.validator, file], check=True,
                       stdout=subprocess.DEVNULL)
    if options.browser:
        viewer(options.browser, options.screenshots, options.file, full)
    print(f"{file}: {len(full.samples)} samples read by inspect-ai {version('inspect-ai')}")


if __name__ == "__main__":
    main()
