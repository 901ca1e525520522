"""Runs the `whittle` command and reads its figures, for Benchmarks/run and Benchmarks/gpu."""

import csv
import json
import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path

CONFIGS = Path(__file__).resolve().parent.parent / "configs"
CHALLENGE = CONFIGS / "pruning-challenge.json"
TIMEOUT = 300  # seconds for one measurement


class Failure(Exception):
    """Why a measurement did not work, in one line."""


class TooLong(Failure):
    """The time for a measurement was over before it was done."""

    def __init__(self, seconds):
        super().__init__(f"took longer than {seconds:.0f} s")


def execute(command, environment=None, timeout=TIMEOUT):
    """The standard output of a command."""
    command = [str(part) for part in command]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=timeout, env={**os.environ, **(environment or {})}
        )
    except subprocess.TimeoutExpired:
        raise TooLong(timeout) from None
    except OSError as error:
        raise Failure(f"cannot start {command[0]}: {error.strerror}") from None
    if done.returncode:
        said = done.stderr.strip().splitlines() or ["no message"]
        wrong = next((line for line in said if line.lower().startswith("error")), said[-1])
        raise Failure(f"exit code {done.returncode}: {wrong}")
    return done.stdout


def objects(text):
    """The JSON objects of a text that holds one, or one a line."""
    try:
        try:
            return [json.loads(text)]
        except json.JSONDecodeError:
            return [json.loads(line) for line in text.splitlines() if line.strip()]
    except json.JSONDecodeError:
        raise Failure(f"printed no JSON but {text[:60]!r}") from None


def rows(path):
    """The rows of a table with a header."""
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


class Whittle:
    """Runs `whittle` on one device."""

    def __init__(self, binary, device):
        self.binary = binary
        self.device = ["--device", device] if device else []
        self.device_name = None

    def bench(self, *arguments, environment=None, timeout=TIMEOUT, device=None):
        told = ["--device", device] if device else self.device
        result = objects(execute([self.binary, "bench", *arguments, "--json", *told], environment, timeout))[0]
        self.device_name = result.get("device", {}).get("name")
        return result

    def matmuls(self):
        return {("matmul", r["layer"], r["pass"]): r["gflops"] for r in self.bench("matmul")["results"]}

    def sparse_products(self):
        results = self.bench("sparse")["results"]
        return {("sparse product", r["outputs"], r["inputs"], r["pass"]): r["gflops"] for r in results}

    def step(self, name, *arguments):
        result = self.bench("step", *arguments)
        at_peak = result["seconds_per_step"] * result["share_of_peak"]
        return {name: result["seconds_per_step"], f"memory of {name}": result["device_bytes"], f"{name} at the peak": at_peak}

    def way(self, name, arguments, environment, device=None):
        """A step, or inference, in one of several ways to run Whittle."""
        result = self.bench(*arguments, environment=environment, device=device)
        return {name: result.get("seconds_per_step") or result["seconds"]}

    def tune(self, cache):
        """Tunes the challenge's steps into a cache folder of its own."""
        execute([self.binary, "tune", CHALLENGE, *self.device], {"XDG_CACHE_HOME": cache})
        return {}

    def models(self, count):
        return {("models", count): self.bench("step", "--models", count)["images_per_second"]}

    def inference(self, name, *arguments):
        return {name: self.bench("inference", "--images", "10000", *arguments)["seconds"]}

    def classify(self, network, count, *arguments):
        """Seconds of so many images, and of those what an empty launch and a read do not take, where Whittle says that."""
        # A few images take too little time for five rounds to tell.
        rounds = 5 if count >= 1000 else 50
        result = self.bench("inference", "--images", count, "--rounds", rounds, *arguments)
        seconds = {("whittle", network, count): result["seconds"]}
        if "empty_launch_seconds" in result:
            seconds["whittle over launch", network, count] = result["seconds"] - result["empty_launch_seconds"]
        return seconds

    def network_step(self, label, network, *pruning):
        """A step of a network with a name, and the most memory that the process held."""
        result = self.bench("step", "--network", network, "--rounds", "3", *pruning)
        return {label: result["seconds_per_step"], f"resident of {label}": result["resident_bytes"]}

    def network_forward(self, label, network, batch):
        """Seconds of a batch in inference: the images' conversion is part of it."""
        batches = 10
        result = self.bench("inference", "--network", network, "--rounds", "3", "--images", str(batches * batch))
        return {label: result["seconds"] / batches}

    def kernels_ready(self):
        """Twice with caches of its own, which start empty."""
        with tempfile.TemporaryDirectory() as caches:
            environment = dict.fromkeys(["POCL_CACHE_DIR", "XDG_CACHE_HOME", "CUDA_CACHE_PATH"], caches)
            first, later = [self.bench("step", environment=environment)["kernels_ready_seconds"] for _ in range(2)]
        return {"ready, first run": first, "ready, later runs": later}

    def quickstart(self):
        """Which part of the quickstart's time on the clock is neither training nor evaluation: start, choices, files and
        measuring. Two runs train beside each other, so an epoch counts half."""
        with tempfile.TemporaryDirectory() as folder:
            start = time.monotonic()
            execute([self.binary, "run", CONFIGS / "quickstart.json", "--output", f"{folder}/study", *self.device])
            seconds = time.monotonic() - start
            epochs = [row for path in Path(folder).glob("study/runs/*/metrics.csv") for row in rows(path)]
            measured = rows(f"{folder}/study/measurements.csv")
        tests = sum(float(row["inference_seconds"]) for row in measured) * len(epochs) / len(measured)
        return {"quickstart, the rest": 1 - (sum(float(row["seconds"]) for row in epochs) / 2 + tests) / seconds}

    def resident_bytes(self, mnist):
        """The most memory that a run of one epoch with two models held."""
        with tempfile.TemporaryDirectory() as folder:
            config = {
                "name": "memory",
                "dataset": {"name": "mnist", "directory": str(mnist)},
                "model": {"layers": [784, 1000, 1000, 500, 200, 10]},
                "training": {"epochs": 1, "batch_size": 256, "seeds": [1]},
                "pruning": {"strategies": ["weight", "neuron"], "sparsities": [0.5]},
                "execution": {"concurrent_models": 2},
                "output": f"{folder}/run",
            }
            path = Path(folder, "memory.json")
            path.write_text(json.dumps(config))
            with Path(folder, "said").open("w+") as said:
                command = [str(self.binary), "run", str(path), *self.device]
                process = subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT)
                _, status, usage = os.wait4(process.pid, 0)
                process.returncode = os.waitstatus_to_exitcode(status)
                if process.returncode:
                    said.seek(0)
                    raise Failure(f"exit code {process.returncode}: {(said.read().strip() or 'no message').splitlines()[-1]}")
        return {"resident bytes": usage.ru_maxrss * 1024}

    def study_epoch(self, mnist, form):
        """Seconds of training that the challenge's 19 runs spend on an epoch, two at a time, summed over the runs.

        The study is the real one with all its runs on MNIST, but on a quarter of the images and two epochs long, of
        which the second counts: the steps of all epochs are the same work, and the first one finds caches cold. As two
        runs train beside each other, the sum is about twice the time on the clock.
        """
        with tempfile.TemporaryDirectory() as folder:
            changes = [
                f"dataset.directory={json.dumps(str(mnist))}", "dataset.train=15000", "dataset.test=1000",
                "training.epochs=2", f"execution.format={form}",
            ]
            overrides = [argument for change in changes for argument in ("--set", change)]
            command = [self.binary, "run", CHALLENGE, "--output", f"{folder}/study", *overrides, *self.device]
            last = ""
            output = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
            with subprocess.Popen(list(map(str, command)), **output) as study:
                for line in study.stdout:
                    last = line.strip() or last
                    if line.startswith("measuring "):
                        # All is trained; what each network costs by itself is measured elsewhere.
                        study.send_signal(signal.SIGINT)
            epochs = [rows(path)[-1] for path in Path(folder).glob("study/runs/*/metrics.csv")]
        if len(epochs) != 19 or any(row["epoch"] != "2" for row in epochs):
            raise Failure(f"the study ended with {len(epochs)} of 19 runs: {last}")
        return {f"study, {form}": sum(float(row["seconds"]) for row in epochs)}

    def compressed(self, strategy, sparsity):
        """Bytes of a trained model on disk, dense and compressed; and of its weights, moments, masks and sparse
        structure on the device while it trains, beside the dense network's weights and moments."""
        label = f"{strategy} {sparsity:.0%}"
        with tempfile.TemporaryDirectory() as folder:
            pruning = ["--strategy", strategy, "--sparsity", sparsity]
            execute([self.binary, "train", *pruning, "--epochs", "1", "--output", f"{folder}/run", *self.device])
            dense = next(Path(folder).glob("run/runs/*/model.safetensors"))
            small = Path(folder, "small.safetensors")
            execute([self.binary, "compress", dense, "--output", small])
            measured = rows(Path(folder, "run/measurements.csv"))[0]
            return {
                f"disk, {label}": small.stat().st_size,
                f"dense disk, {label}": dense.stat().st_size,
                f"memory, {label}": int(measured["device_bytes"]),
                f"dense memory, {label}": int(measured["device_bytes_dense"]),
            }
