"""Which measurements Benchmarks/run makes, and their medians over its rounds.

A measurement's function returns values by name; the tables ask for them by the same names.
"""

import math
import os
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

from limits import (
    COMPARED, COMPRESSED, DENSE, DYNAMIC, INFERENCE, NETWORK_INFERENCE, NETWORKS, PRUNED, PRUNED_PEER, SMALL, SPARSE_INFERENCE, SPARSELAB,
)
from whittle_tool import TIMEOUT, Failure, execute, objects

HERE = Path(__file__).resolve().parent
PEERS = HERE / "peers"
BUILD = HERE / ".build"
NO_MNIST = "no MNIST in ../shared/data/mnist or $WHITTLE_TEST_DATA/mnist"
# How entries come back when a sparse weight changes them, and whose way that is.
GROWTH = {"random": "SET", "gradient": "RigL"}
RUNTIMES = {"onnxruntime": "ONNX Runtime", "openvino": "OpenVINO"}
# The cores of OpenBLAS worth telling it to take, and what the processor must have for them.
CORES = {"SapphireRapids": "avx512_fp16", "Cooperlake": "avx512_bf16", "SkylakeX": "avx512dq", "Haswell": "avx2"}


def point_of(strategy, sparsity):
    return ["--strategy", strategy, "--sparsity", str(sparsity)]


def matmuls(command, *peer, environment=None):
    return {(*peer, r["layer"], r["pass"]): r["gflops"] for r in objects(execute(command, environment))}


def sparse_products(command, name):
    """GFLOP/s of each product in CSR."""
    return {(name, r["outputs"], r["inputs"], r["pass"]): r["gflops"] for r in objects(execute(command))}


def openblas_cores(openblas):
    """The cores whose kernels OpenBLAS can run here, and how it is told: its own choice first. An older release does not
    know a newer processor and takes lesser kernels than that has, so the best of all is what counts."""
    try:
        flags = set(Path("/proc/cpuinfo").read_text().split())
    except OSError:
        flags = set()
    told = [name for name, needed in CORES.items() if needed in flags]
    cores = {}
    for environment in [None] + [{"OPENBLAS_CORETYPE": name} for name in told]:
        cores.setdefault(execute([openblas, "core"], environment).strip(), environment)
    return cores


def python_peer(python, script, name, key, *arguments):
    return {name: objects(execute([python, PEERS / script, *arguments]))[0][key]}


def torch_network(python, name):
    result = objects(execute([python, PEERS / "torch_networks.py", name]))[0]
    return {f"torch {name}": result["step_seconds"], f"torch {name}, forward": result["forward_seconds"]}


def runtime(python, peer, network, counts):
    """Seconds of each number of images."""
    images = [argument for count in counts for argument in ("--images", count)]
    results = objects(execute([python, PEERS / "runtime_inference.py", peer, network, *images]))
    return {(peer, network, r["images"]): r["seconds"] for r in results}


def compile_peers(notes):
    """Builds the C peers; returns those that could be built."""
    built = {}
    compiler = shutil.which("cc")
    if not compiler:
        notes.append("skipped OpenBLAS, CLBlast and the machine's peak: no C compiler (cc)")
        return built
    BUILD.mkdir(exist_ok=True)
    for name, source, flags in [
        ("peak", "peak.c", ["-march=native", "-pthread"]),
        ("openblas", "sgemm.c", ["-lopenblas"]),
        ("clblast", "sgemm.c", ["-DUSE_CLBLAST", "-lclblast", "-lOpenCL"]),
    ]:
        try:
            execute([compiler, "-O2", PEERS / source, "-o", BUILD / name, *flags])
            built[name] = BUILD / name
        except Failure:
            notes.append(f"skipped {name}: it does not compile here (Benchmarks/setup-peers installs what it needs)")
    return built


class Plan:
    """The measurements of a round: `tasks` has a label, a function, and in how many rounds it is called."""

    def __init__(self, whittle, parts, mnist):
        self.whittle, self.mnist = whittle, mnist
        self.tasks, self.notes, self.pythons, self.temporary = [], [], {}, None
        if "matmul" in parts:
            self.add_matmuls()
        if {"step", "pruned"} & parts:
            self.add("Whittle step", whittle.step, "step")
        for part in ("step", "start", "pruned", "sparse", "networks", "inference", "drivers", "tuned"):
            if part in parts:
                getattr(self, f"add_{part}")()

    def add(self, label, function, *arguments, rounds=math.inf, **named):
        self.tasks.append((label, lambda: function(*arguments, **named), rounds))

    @staticmethod
    def peers():
        """The folder in which setup-peers installs."""
        return Path(os.environ.get("WHITTLE_PEERS", HERE / ".venv"))

    def python_with(self, *modules):
        """The Python that has the modules: that of setup-peers, or else the one on the PATH. None where none has them, of
        which a note is made once."""
        if modules not in self.pythons:
            own = self.peers() / "bin/python"
            self.pythons[modules] = next(
                (python for python in [own, shutil.which("python3")] if imports(python, modules)), None)
            if not self.pythons[modules]:
                self.notes.append(f"skipped {modules[0]}: not installed (Benchmarks/setup-peers installs it)")
        return self.pythons[modules]

    def add_matmuls(self):
        built = compile_peers(self.notes)
        if "peak" in built:
            self.add("peak", lambda: {"peak": objects(execute([built["peak"]]))[0]["gflops"]})
        self.add("Whittle matmuls", self.whittle.matmuls)
        if "openblas" in built:
            for core, told in openblas_cores(built["openblas"]).items():
                self.add(f"OpenBLAS, {core}", matmuls, [built["openblas"]], "openblas core", core, environment=told)
        if torch := self.python_with("torch"):
            self.add("PyTorch matmuls", matmuls, [torch, PEERS / "torch_matmuls.py"], "torch matmul")
        if "clblast" in built:
            # On the device that Whittle chose, which it has said by then.
            self.add("CLBlast", lambda: matmuls([built["clblast"], *filter(None, [self.whittle.device_name])], "clblast"))

    def add_step(self):
        if torch := self.python_with("torch"):
            self.add("PyTorch step", python_peer, torch, "torch_step.py", "torch", "seconds_per_step")
        if jax := self.python_with("jax"):
            self.add("JAX step", python_peer, jax, "jax_step.py", "jax", "seconds_per_step")
        pruning = ["--format", "dense", *point_of("weight", 0.9)]
        self.add("Whittle step, weight pruning", self.whittle.step, "masked step", *pruning)
        # It is trained first, which takes some tens of seconds.
        self.add("Whittle step, trained", self.whittle.step, "trained step", "--trained", rounds=3)
        self.add("Whittle, one model", self.whittle.models, "1")
        self.add("Whittle, two models", self.whittle.models, "2")

    def add_start(self):
        self.add("Whittle, empty caches", self.whittle.kernels_ready)
        self.add("Whittle, quickstart", self.whittle.quickstart)
        if self.mnist:
            self.add("Whittle, memory", self.whittle.resident_bytes, self.mnist)
        else:
            self.notes.append(f"skipped memory: {NO_MNIST}")

    def add_pruned(self):
        torch = self.python_with("torch")
        self.add("Whittle inference", self.whittle.inference, "inference", "--format", "dense")
        for strategy, sparsity in PRUNED:
            label = f"{strategy} {sparsity:.0%}"
            point = point_of(strategy, sparsity)
            for what in ("step", "inference"):
                self.add(f"Whittle {what}, {label}", getattr(self.whittle, what), f"{what}, {label}",
                         "--format", "auto", *point)
            if torch and (strategy, sparsity) in PRUNED_PEER:
                self.add(f"PyTorch step, {label}", python_peer, torch, "torch_step.py", f"torch step, {label}",
                         "seconds_per_step", *point)
                self.add(f"PyTorch inference, {label}", python_peer, torch, "torch_step.py", f"torch inference, {label}",
                         "seconds", "--inference", "csr", *point)
        for strategy, sparsity in COMPRESSED:
            # Bytes are the same in every round.
            self.add(f"Whittle compress, {strategy} {sparsity:.0%}", self.whittle.compressed, strategy, sparsity, rounds=1)
        if self.mnist:
            # Most of a minute each time.
            for form in ["dense", "auto"]:
                self.add(f"Whittle study, {form}", self.whittle.study_epoch, self.mnist, form, rounds=3)
        else:
            self.notes.append(f"skipped the study: {NO_MNIST}")

    def add_sparse(self):
        for sparsity in sorted({*DYNAMIC, *SPARSELAB}):
            point, label = point_of("weight", sparsity), f"sparse step, {sparsity:.0%}"
            self.add(f"Whittle step in CSR, {sparsity:.0%}", self.whittle.step, label, "--format", "sparse", *point)
            if sparsity in DYNAMIC:
                for places in GROWTH:
                    self.add(f"Whittle step, {sparsity:.0%}, {places} growth", self.whittle.step, f"{label}, {places}",
                             "--format", "sparse", "--regrow", places, *point)
        self.add("Whittle products in CSR", self.whittle.sparse_products)
        if sparselab := self.python_with("sparselab"):
            for sparsity in SPARSELAB:
                self.add(f"SparseLab, {sparsity:.0%}", python_peer, sparselab, "sparselab_step.py",
                         f"sparselab step, {sparsity:.0%}", "seconds_per_step", "--sparsity", sparsity)
            self.add("SparseLab products", sparse_products, [sparselab, PEERS / "sparselab_products.py"], "sparselab product")

    def add_networks(self):
        torch = self.python_with("torch")
        for name, (batch, _, _, pruned) in NETWORKS.items():
            self.add(f"Whittle {name}", self.whittle.network_step, name, name)
            self.add(f"Whittle {name}, forward", self.whittle.network_forward, f"{name}, forward", name, batch)
            if torch:
                self.add(f"PyTorch {name}", torch_network, torch, name)
            for strategy, sparsity in pruned:
                label = f"{name}, {strategy} {sparsity:.0%}"
                self.add(f"Whittle {label}", self.whittle.network_step, label, name, *point_of(strategy, sparsity))

    def add_inference(self):
        """Whittle's time and each runtime's, a network after another."""
        found = {peer: python for peer in RUNTIMES if (python := self.python_with(peer, "onnx"))}

        def whittle(network, counts, *arguments):
            for count in counts:
                self.add(f"Whittle {network}, {count}", self.whittle.classify, network, count, *arguments)

        def runtimes(network, counts):
            for peer, python in found.items():
                self.add(f"{RUNTIMES[peer]} {network}", runtime, python, peer, network, counts)

        whittle(DENSE, INFERENCE[DENSE], "--format", "dense")
        runtimes(DENSE, INFERENCE[DENSE])
        for sparsity, counts in SPARSE_INFERENCE.items():
            whittle(f"weight {sparsity:.0%}", counts, *point_of("weight", sparsity))
        whittle(SMALL, [*INFERENCE[SMALL], 1], *point_of("neuron", 0.9))
        runtimes(SMALL, [*INFERENCE[SMALL], 1])
        for name, counts in NETWORK_INFERENCE.items():
            whittle(name, counts, "--network", name)
            runtimes(name, counts)


    def add_drivers(self):
        """The same with PoCL, or whatever driver there is, and with Intel's runtime, which announces no other."""
        library = self.peers().resolve() / "lib/libintelocl.so"
        if not library.is_file():
            self.notes.append("skipped Intel's runtime: not installed (Benchmarks/setup-peers installs it)")
            return
        vendors = self.folder("vendors")
        (vendors / "intel.icd").write_text(f"{library}\n")
        intel = {"OCL_ICD_VENDORS": str(vendors), "LD_LIBRARY_PATH": str(library.parent)}
        self.add_ways({"pocl": (None, None), "intel": (intel, "opencl")})

    def add_tuned(self):
        """The same with the tiles of the rule, or of a device that is known, and with those that a search finds here."""
        caches = {way: self.folder(way) for way in ("untuned", "tuned")}
        self.add("Whittle, tuning", self.whittle.tune, str(caches["tuned"]), rounds=1)
        self.add_ways({way: ({"XDG_CACHE_HOME": str(cache)}, None) for way, cache in caches.items()}, inference=False)

    def add_ways(self, ways, inference=True):
        """A dense step, pruned ones, and inference, each in every way, which is an environment and a device."""
        benches = {"dense step": ["step"]}
        for strategy, sparsity in COMPARED:
            benches[f"{strategy} {sparsity:.0%} step"] = ["step", *point_of(strategy, sparsity)]
        if inference:
            benches["inference, 10,000 images"] = ["inference", "--images", "10000", "--format", "dense"]
            benches["inference, one image"] = ["inference", "--images", "1", "--format", "dense", "--rounds", "50"]
        for what, arguments in benches.items():
            for way, (environment, device) in ways.items():
                self.add(f"Whittle {what}, {way}", self.whittle.way, f"{what}, {way}", arguments, environment, device)

    def folder(self, name):
        """A folder that goes when the measuring ends."""
        if not self.temporary:
            self.temporary = tempfile.TemporaryDirectory()
        path = Path(self.temporary.name) / name
        path.mkdir()
        return path


def imports(python, modules, timeout=TIMEOUT):
    try:
        execute([python, "-c", f"import {', '.join(modules)}"], timeout=timeout)
        return True
    except Failure:
        return False


def measure(tasks, rounds):
    """The median of each value over the rounds, and what failed. What fails once is not tried again."""
    samples, failures = {}, {}
    for turn in range(rounds):
        for label, function, most in tasks:
            if label in failures or turn >= most:
                continue
            if sys.stderr.isatty():
                print(f"\rround {turn + 1}/{rounds}: {label:<40}", end="", file=sys.stderr, flush=True)
            try:
                for name, value in function().items():
                    samples.setdefault(name, []).append(value)
            except Failure as failure:
                failures[label] = str(failure)
            except (KeyError, TypeError) as error:
                failures[label] = f"its JSON lacks {error}"
    if sys.stderr.isatty():
        print("\r" + " " * 64, end="\r", file=sys.stderr)
    return {name: statistics.median(values) for name, values in samples.items()}, failures


def keep_best_matmuls(medians, notes):
    """Gives the name `openblas` to what the fastest of its cores reached in the mean, and `best` to the most that any of
    its cores or PyTorch reached, matmul by matmul."""
    reached = {}
    for name, value in medians.items():
        if name[0] in ("openblas core", "torch matmul"):
            reached.setdefault(name[:-2], {})[name[-2:]] = value
    if not reached:
        return
    for key in {key for values in reached.values() for key in values}:
        medians["best", *key] = max(values[key] for values in reached.values() if key in values)
    means = {who: statistics.geometric_mean(values.values()) for who, values in reached.items()}
    cores = [who for who in reached if who[0] == "openblas core"]
    if cores:
        best = max(cores, key=means.get)
        medians.update({("openblas", *key): value for key, value in reached[best].items()})
        notes.append(f"OpenBLAS with its {best[1]} kernels; by itself it takes {cores[0][1]}")
    listed = ", ".join(f"{who[1] if who in cores else 'PyTorch'} {mean:.1f}" for who, mean in means.items())
    notes.append(f"GFLOP/s in the mean: {listed}")


def is_inference(name):
    return isinstance(name, tuple) and name[0] in {"whittle", *RUNTIMES}


def keep_best_runtime(medians):
    """Gives the name `best runtime` to the least seconds that any of the runtimes took."""
    for name in list(medians):
        if is_inference(name) and name[0] != "whittle":
            best = ("best runtime", *name[1:])
            medians[best] = min(medians[name], medians.get(best, math.inf))
