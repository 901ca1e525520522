"""What Benchmarks/run shows: ratios between medians, and what each must reach."""

from __future__ import annotations  # for Python 3.9

import statistics
from typing import NamedTuple

from limits import (
    COMPARED, COMPRESSED, DENSE, DYNAMIC, INFERENCE, INTEL_STEP, MATMULS, MEMORY, NETWORK_INFERENCE, NETWORKS, PEAK_SHARE,
    PRUNED, PRUNED_PEER, SMALL, SMALL_IMAGE, SPARSE_INFERENCE, SPARSE_SHAPES, SPARSELAB, SPARSELAB_PRODUCTS, STEP_AT_PEAK,
    TUNED,
)
from measurements import GROWTH, RUNTIMES, is_inference


class Row(NamedTuple):
    what: str
    ours: str
    theirs: str
    ratio: float | None  # or the value itself, where there is nothing to compare it with; None: not measured
    limit: float | None  # None: only for information
    kind: str  # whether the limit is the least or the most

    @property
    def met(self):
        if self.limit is None:
            return True
        return self.ratio is not None and (self.ratio >= self.limit if self.kind == "least" else self.ratio <= self.limit)


def milliseconds(seconds):
    return f"{seconds * 1e3:.2f} ms" if seconds >= 1e-3 else f"{seconds * 1e6:.1f} us"


def megabytes(count):
    return f"{count / 1e6:.2f} MB"


def images_of(count):
    return "one image" if count == 1 else f"{count:,} images"


class Table:
    """The rows of the parts that were measured."""

    def __init__(self, medians, parts):
        self.medians, self.rows = medians, []
        for part in ("matmul", "step", "start", "pruned", "sparse", "networks", "inference", "drivers", "tuned"):
            if part in parts:
                getattr(self, f"add_{part}")()

    def ratio(self, what, ours, theirs, limit, kind="most", show=milliseconds):
        a, b = self.medians.get(ours), self.medians.get(theirs)
        measured = a is not None and b is not None
        texts = [show(value) if value is not None else "-" for value in (a, b)]
        self.rows.append(Row(what, *texts, a / b if measured else None, limit, kind))

    def value(self, what, name, limit, show, unit=1):
        """A row of a value by itself; the limit counts in `unit`."""
        found = self.medians.get(name)
        text, found = ("-", None) if found is None else (show(found), found / unit)
        self.rows.append(Row(what, text, "", found, limit, "most"))

    def add_matmul(self):
        for peer, title, limit in [("best", "the best of OpenBLAS and PyTorch", 1.0), ("clblast", "CLBlast", 8)]:
            pairs = [(self.medians.get(("matmul", *key)), self.medians.get((peer, *key))) for key in MATMULS]
            means = [statistics.geometric_mean(column) if all(column) else None for column in zip(*pairs)]
            texts = [f"{mean:.1f} GFLOP/s" if mean else "-" for mean in means]
            quotient = means[0] / means[1] if all(means) else None
            self.rows.append(Row(f"matmuls against {title}", *texts, quotient, limit, "least"))
        rates, peak = [self.medians.get(("matmul", *key)) for key in MATMULS], self.medians.get("peak")
        share = statistics.geometric_mean(rates) / peak if all(rates) and peak else None
        self.rows.append(Row("matmuls, share of the peak", "", "", share, PEAK_SHARE, "least"))

    def add_step(self):
        self.ratio("dense step against PyTorch", "step", "torch", 0.70)
        self.ratio("dense step against JAX", "step", "jax", 0.85)
        self.ratio("dense step against its arithmetic at the peak", "step", "step at the peak", STEP_AT_PEAK)
        self.ratio("weight pruning every step against none", "masked step", "step", 1.03)
        self.ratio("trained to a loss under 1e-6 against fresh", "trained step", "step", 1.05)
        self.ratio("two models at once against one", ("models", "2"), ("models", "1"), 0.97, "least",
                   lambda rate: f"{rate:.0f} img/s")

    def add_start(self):
        seconds, size = lambda value: f"{value:.2f} s", lambda value: f"{value / 1e6:.0f} MB"
        self.value("kernels ready, first run (s)", "ready, first run", 5, seconds)
        self.value("kernels ready, later runs (s)", "ready, later runs", 1, seconds)
        self.value("quickstart, neither training nor evaluation", "quickstart, the rest", 0.15, lambda part: f"{part:.0%}")
        self.value("resident memory, MNIST, two models (MB)", "resident bytes", 400, size, unit=1e6)

    def add_pruned(self):
        for place, what in enumerate(("step", "inference")):
            for (strategy, sparsity), limits in PRUNED.items():
                label = f"{strategy} {sparsity:.0%}"
                self.ratio(f"{what}, {label}, against dense", f"{what}, {label}", what, limits[place])
        for (strategy, sparsity), times in PRUNED_PEER.items():
            for what in ("step", "inference"):
                label = f"{strategy} {sparsity:.0%}"
                self.ratio(f"{what}, {label}, against PyTorch", f"{what}, {label}", f"torch {what}, {label}", 1 / times)
        self.ratio("study of 19 runs, an epoch, against dense", "study, auto", "study, dense", 0.33,
                   show=lambda seconds: f"{seconds:.1f} s")
        for (strategy, sparsity), limit in COMPRESSED.items():
            label = f"{strategy} {sparsity:.0%}"
            self.ratio(f"disk, {label}, against dense", f"disk, {label}", f"dense disk, {label}", limit, show=megabytes)
        for (strategy, sparsity), limit in MEMORY.items():
            label = f"{strategy} {sparsity:.0%}"
            self.ratio(f"weights and moments, {label}, against dense", f"memory, {label}", f"dense memory, {label}", limit,
                       show=megabytes)
            # What does not get smaller counts here, too: the activations of a batch, and the images.
            self.ratio(f"all device memory, {label}, against dense", f"memory of step, {label}", "memory of step", None,
                       show=megabytes)

    def add_sparse(self):
        for sparsity, limit in DYNAMIC.items():
            label = f"sparse step, {sparsity:.0%}"
            for places, name in GROWTH.items():
                self.ratio(f"step of {name}, weight {sparsity:.0%}, against a static mask", f"{label}, {places}", label, limit)
        for sparsity, times in SPARSELAB.items():
            self.ratio(f"step, weight {sparsity:.0%}, against SparseLab", f"sparse step, {sparsity:.0%}",
                       f"sparselab step, {sparsity:.0%}", 1 / times)
        for outputs, inputs in SPARSE_SHAPES:
            for name in ("forward", "weight_gradient"):
                self.ratio(f"{outputs}x{inputs} at 90%, {name.replace('_', ' ')}, GFLOP/s against SparseLab",
                           ("sparse product", outputs, inputs, name), ("sparselab product", outputs, inputs, name),
                           SPARSELAB_PRODUCTS, "least", show=lambda rate: f"{rate:.1f}")

    def add_networks(self):
        for name, (_, step_limit, forward_limit, pruned) in NETWORKS.items():
            self.ratio(f"{name}, step against PyTorch", name, f"torch {name}", step_limit)
            self.ratio(f"{name}, forward pass against PyTorch", f"{name}, forward", f"torch {name}, forward", forward_limit)
            for (strategy, sparsity), limit in pruned.items():
                label = f"{name}, {strategy} {sparsity:.0%}"
                self.ratio(f"{label}, step against dense", label, name, limit)
        self.value("resident memory, resnet-20, one model (MB)", "resident of resnet-20", 700,
                   lambda size: f"{size / 1e6:.0f} MB", unit=1e6)

    def add_inference(self):
        for network, counts in INFERENCE.items():
            title = "dense" if network == DENSE else "neuron 90%"
            for count, limit in counts.items():
                self.ratio(f"{title}, {images_of(count)}, against runtimes",
                           ("whittle", network, count), ("best runtime", network, count), limit)
        self.value("neuron 90%, one image, less an empty launch (us)", ("whittle over launch", SMALL, 1), SMALL_IMAGE * 1e6,
                   milliseconds, unit=1e-6)
        for sparsity, counts in SPARSE_INFERENCE.items():
            for count, limit in counts.items():
                self.ratio(f"weight {sparsity:.0%}, {images_of(count)}, against dense ORT",
                           ("whittle", f"weight {sparsity:.0%}", count), ("onnxruntime", DENSE, count), limit)
        for name, counts in NETWORK_INFERENCE.items():
            for count, limit in counts.items():
                self.ratio(f"{name}, {images_of(count)}, against ORT", ("whittle", name, count),
                           ("onnxruntime", name, count), limit)


    def add_drivers(self):
        pruned = [(f"{strategy} {sparsity:.0%} step", None) for strategy, sparsity in COMPARED]
        inference = [(f"inference, {images_of(count)}", None) for count in (10_000, 1)]
        for what, limit in [("dense step", INTEL_STEP), *pruned, *inference]:
            self.ratio(f"{what}, Intel's runtime against PoCL", f"{what}, intel", f"{what}, pocl", limit)

    def add_tuned(self):
        for what in ["dense step", *(f"{strategy} {sparsity:.0%} step" for strategy, sparsity in COMPARED)]:
            self.ratio(f"{what}, tuned against untuned", f"{what}, tuned", f"{what}, untuned", TUNED)


def print_matrix(corner, columns, lines, show):
    """A table of values by line and column, without the lines that have none."""
    lines = [(title, values) for title, values in lines if any(value is not None for value in values)]
    if not lines:
        return
    print(f"{corner:<38}" + "".join(f"{column:>14}" for column in columns))
    for title, values in lines:
        print(f"{title:<38}" + "".join(f"{show(value) if value is not None else '-':>14}" for value in values))
    print()


def print_matmuls(medians):
    peers = {"matmul": "Whittle", "openblas": "OpenBLAS", "torch matmul": "PyTorch", "clblast": "CLBlast"}
    lines = [(f"layer {layer} {name}", [medians.get((peer, layer, name)) for peer in peers]) for layer, name in MATMULS]
    lines.append(("peak of the cores", [medians.get("peak"), None, None, None]))
    print_matrix("GFLOP/s", peers.values(), lines, lambda rate: f"{rate:.1f}")


def print_inference(medians):
    peers = {"whittle": "Whittle", **RUNTIMES}
    asked = {(network, count) for _, network, count in filter(is_inference, medians)}
    lines = [
        (f"{network}, {images_of(count)}", [medians.get((peer, network, count)) for peer in peers])
        for network, count in sorted(asked, key=lambda pair: (pair[0], -pair[1]))
    ]
    print_matrix("inference", peers.values(), lines, milliseconds)


def print_rows(rows):
    print(f"{'what':<52}{'Whittle':>16}{'other':>16}{'ratio':>9}  limit")
    for row in rows:
        shown = "-" if row.ratio is None else f"{row.ratio:.3f}" if row.ratio < 100 else f"{row.ratio:.0f}"
        mark = "not measured" if row.ratio is None else "" if row.limit is None else "pass" if row.met else "MISS"
        bound = "" if row.limit is None else f"{'>=' if row.kind == 'least' else '<='} {row.limit:.3g}"
        print(f"{row.what:<52}{row.ours:>16}{row.theirs:>16}{shown:>9}  {bound:<8}{mark}")
