"""Times the matmuls of a training step with PyTorch's `torch.mm`, as peers/sgemm.c does with a BLAS.

They are those of layers 1 to 4 of 784-1000-1000-500-200-10 at batch 256: weights [inputs, outputs], activations
[features, batch]. Prints one JSON object a line. Each operand and the result are tried row-major and transposed in
memory, and the fastest of the eight layouts counts. The operands stay in place.
"""

import itertools
import json
import os

import torch

from torch_step import BATCH, WIDTHS, median_seconds

SECONDS = 0.1  # to measure a layout for


def matmuls(batch=BATCH):
    """Layer, pass, and the rows, depth and columns of each product."""
    for layer, (inputs, outputs) in enumerate(zip(WIDTHS[:4], WIDTHS[1:]), start=1):
        yield layer, "forward", outputs, inputs, batch
        yield layer, "input_gradient", inputs, outputs, batch
        yield layer, "weight_gradient", inputs, batch, outputs


def matrix(rows, columns, transposed, device):
    return torch.rand(columns, rows, device=device).T if transposed else torch.rand(rows, columns, device=device)


def fastest(rows, depth, columns, seconds_of=lambda action: median_seconds(action, SECONDS, warmup=3), device="cpu"):
    """Seconds of the product in the fastest layout, and which that is: a letter for each of a, b and the result."""
    found = {}
    for layout in itertools.product((False, True), repeat=3):
        shapes = [(rows, depth), (depth, columns), (rows, columns)]
        a, b, result = [matrix(*shape, transposed, device) for shape, transposed in zip(shapes, layout)]
        name = "".join("NT"[transposed] for transposed in layout)
        found[name] = seconds_of(lambda: torch.mm(a, b, out=result))
    best = min(found, key=found.get)
    return found[best], best


def main():
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    for layer, name, rows, depth, columns in matmuls():
        seconds, layout = fastest(rows, depth, columns)
        gflops = 2e-9 * rows * depth * columns / seconds
        result = {"layer": layer, "pass": name, "gflops": round(gflops, 2), "seconds": seconds, "layout": layout}
        print(json.dumps({"peer": "torch", "version": torch.__version__, **result}), flush=True)


if __name__ == "__main__":
    with torch.inference_mode():
        main()
