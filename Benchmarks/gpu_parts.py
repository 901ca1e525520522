"""What Benchmarks/gpu measures: parts that yield rows until their time is over."""

import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from gpu_table import Row
from whittle_tool import CHALLENGE, Failure, TooLong, execute, objects, rows

PEER = Path(__file__).resolve().parent / "peers/torch_sweep.py"
BATCHES = [256, 512, 1024, 2048, 4096, 8192]
IMAGES = 16_384  # as peers/torch_sweep.py classifies
MODELS = [1, 2, 4, 8, 16]
STUDY = {"epochs": 3, "sparsities": [0, 0.5, 0.9, 0.99]}
GRACE = 5  # seconds in which a study that is stopped keeps what it has


def last_line(text):
    return (text.strip().splitlines() or ["nothing was said"])[-1].strip()


class Parts:
    """The parts, on one device of one machine."""

    def __init__(self, whittle, family, python, data):
        self.whittle, self.family, self.python, self.data = whittle, family, python, data
        self.peer = None  # what PyTorch runs on
        self.all = [
            ("verify", 4, self.verify), ("tune", 3, self.tune), ("matmul", 4, self.matmul), ("step", 5, self.step),
            ("inference", 4, self.inference), ("models", 3, self.models), ("challenge", 4, self.challenge),
        ]

    def command(self, *arguments):
        return [self.whittle.binary, *arguments, *self.whittle.device]

    def verify(self, deadline):
        for what, more in [("few shapes", ["--quick"]), ("all shapes", [])]:
            command = self.command("verify", "--family", self.family, *more)
            yield attempt(what, deadline, lambda seconds: Row(what, note=last_line(execute(command, timeout=seconds))))

    def tune(self, deadline):
        def search(seconds):
            # An older whittle prints the help of all its commands.
            if "whittle tune" not in execute([self.whittle.binary, "tune", "--help"], timeout=seconds):
                return Row("tiles", note="cut: this whittle has no command 'tune'")
            # Some time goes to what comes before and after the search.
            command = self.command("tune", CHALLENGE, "--time", f"{max(1, int(deadline.left * 0.7))}s")
            return Row("tiles", note=last_line(execute(command, timeout=seconds)))

        yield attempt("tiles", deadline, search)

    def matmul(self, deadline):
        def ours(batch, seconds):
            told = self.whittle.bench("matmul", "--batch-size", batch, "--rounds", 3, timeout=seconds)
            needed = [r for r in told["results"] if r["layer"] < 5]
            total = sum(r["seconds"] for r in needed)
            share = sum(r["seconds"] * r["share_of_peak"] for r in needed) / total
            flops = sum(r["seconds"] * r["gflops"] for r in needed)
            return {"whittle": total, "note": f"{flops / total / 1e3:.2f} TFLOP/s, {share:.0%} of the peak", "told": told}

        yield from self.against_torch("matmul", ours, deadline)

    def step(self, deadline):
        def ours(batch, seconds):
            told = self.whittle.bench("step", "--batch-size", batch, "--rounds", 3, timeout=seconds)
            return {"whittle": told["seconds_per_step"], "note": f"{told['images_per_second']:,.0f} images/s", **worked(told)}

        yield from self.against_torch("step", ours, deadline)

    def inference(self, deadline):
        def ours(batch, seconds):
            told = self.whittle.bench(
                "inference", "--batch-size", batch, "--images", IMAGES, "--rounds", 3, timeout=seconds)
            return {"whittle": told["seconds"], "note": f"{told['images_per_second']:,.0f} images/s", **worked(told)}

        yield from self.against_torch("inference", ours, deadline)

    def against_torch(self, what, ours, deadline):
        """A row for each size of batch. PyTorch first, for half of the time: it is one process for all of them."""
        told, why = self.sweep(what, deadline.part(0.5))
        for batch in BATCHES:
            row = attempt(f"batch {batch}", deadline, lambda seconds: Row(f"batch {batch}", **ours(batch, seconds)))
            row.torch = [line for line in told if line["batch"] == batch]
            failed = [f"PyTorch{' in TF32' * line['tf32']}: {line['failed']}" for line in row.torch if "failed" in line]
            missing = [] if row.torch else [f"PyTorch: {why}"]
            row.note = "; ".join(filter(None, [row.note, *failed, *missing]))
            yield row

    def sweep(self, what, deadline):
        """What PyTorch's times are, as far as it came, and why no further."""
        if not self.python:
            return [], "not installed"
        batches = [str(batch) for batch in BATCHES]
        told, why = lines_until([self.python, PEER, what, "--batch-size", *batches], deadline)
        if told:
            device = told[0]["device"]
            self.peer = f"PyTorch {told[0]['version']} on {'the CPU, since it sees no GPU' if device == 'CPU' else device}"
        return told, why

    def models(self, deadline):
        alone = None
        for count in MODELS:
            what = "1 model" if count == 1 else f"{count} models at once"

            def ours(seconds):
                told = self.whittle.bench("step", "--models", count, "--rounds", 3, timeout=seconds)
                return Row(what, told["seconds_per_step"] / count, note=f"{told['images_per_second']:,.0f} images/s",
                           **worked(told))

            row = attempt(what, deadline, ours)
            alone = alone or row.whittle
            if row.whittle and count > 1:
                row.note += f", {alone / row.whittle:.2f} times those of one"
            yield row

    def challenge(self, deadline):
        """A few runs and epochs of the study; each run's row has the step of its network."""
        with tempfile.TemporaryDirectory() as folder:
            if self.data:
                images = {"dataset.directory": str(self.data)}
            else:
                images = {"dataset": {"name": "synthetic-digits", "train": 12000, "test": 2000}}
            changes = {**images, "pruning.sparsities": STUDY["sparsities"], "training.epochs": STUDY["epochs"]}
            overrides = [part for key, value in changes.items() for part in ("--set", f"{key}={json.dumps(value)}")]
            command = self.command("run", CHALLENGE, "--output", f"{folder}/study", *overrides)
            if deadline.is_over:
                yield cut("study")
                return
            seconds, share, why = stoppable(command, deadline)
            runs = list(Path(folder).glob("study/runs/*/metrics.csv"))
            epochs = sum(len(rows(path)) for path in runs)
            said = f"{epochs} epochs of {len(runs)} runs" + (f"; {why}" if why else "")
            yield Row("study", seconds, processor=share, note=said, failed=bool(why) and not why.startswith("cut"))
            measured = read_rows(f"{folder}/study/measurements.csv")
            for run in read_rows(f"{folder}/study/summary.csv"):
                key = [run[name] for name in ("strategy", "sparsity", "seed")]
                speed = next((m for m in measured if [m[name] for name in ("strategy", "sparsity", "seed")] == key), None)
                note = f"{float(run['test_accuracy']):.2%} of the test images right"
                if speed:
                    note += f"; step {float(speed['train_speedup']):.2f} times as fast as dense, {speed['formats']}"
                step = float(speed["train_step_seconds"]) if speed else None
                yield Row(f"{run['strategy']} {float(run['sparsity']):.0%}", step, note=note, told=run)


def worked(told):
    return {"processor": told["processor_seconds"] / told["seconds"], "told": told}


def read_rows(path):
    return rows(path) if os.path.exists(path) else []


def cut(what):
    return Row(what, note="cut: its part's time was over")


def attempt(what, deadline, measure):
    """The row that the function returns, which is told its seconds; or one that says why there is none."""
    if deadline.is_over:
        return cut(what)
    if sys.stderr.isatty():
        print(f"\r\033[K{what}", end="", file=sys.stderr, flush=True)
    seconds = deadline.left
    try:
        return measure(seconds)
    except TooLong:
        return Row(what, note=f"cut: not done after {seconds:.0f} s")
    except Failure as failure:
        return Row(what, note=f"failed: {failure}", failed=True)
    except (KeyError, TypeError) as error:
        return Row(what, note=f"failed: its JSON lacks {error}", failed=True)


def lines_until(command, deadline):
    """The JSON objects that a command prints until the deadline, and why it ended before all were there."""
    if deadline.is_over:
        return [], "cut: its part's time was over"
    with tempfile.TemporaryFile("w+") as said, tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen([str(part) for part in command], stdout=said, stderr=errors)
        why = None
        try:
            if process.wait(deadline.left):
                errors.seek(0)
                why = f"exit code {process.returncode}: {last_line(errors.read())}"
        except subprocess.TimeoutExpired:
            why = f"cut after {deadline.seconds:.0f} s"
        finally:
            process.kill()
            process.wait()
        said.seek(0)
        # A line that is not whole was being printed when the time was over.
        text = said.read()
        text = text[: text.rfind("\n") + 1]
        return objects(text) if text else [], why


def stoppable(command, deadline):
    """Runs a study, and stops it before the deadline so that it keeps what it has: its seconds, the share of them that its
    threads worked, and why it did not end by itself."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen([str(part) for part in command], stdout=said, stderr=subprocess.STDOUT)
        why = None
        try:
            if process.wait(max(0.1, deadline.left - GRACE)):
                said.seek(0)
                why = f"failed: {last_line(said.read())}"
        except subprocess.TimeoutExpired:
            why = f"cut after {deadline.seconds - GRACE:.0f} s"
            process.send_signal(signal.SIGINT)
            try:
                process.wait(GRACE)
            except subprocess.TimeoutExpired:
                pass
        finally:
            process.kill()
            process.wait()
    seconds, after = time.monotonic() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    worked = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return seconds, worked / seconds, why
