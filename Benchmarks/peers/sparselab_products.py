"""Times SparseLab's products of a weight that is stored sparse, in the shapes that it publishes: forward and weight gradient.

Prints a JSON object for each, in GFLOP/s over the entries that are there.
"""

import argparse
import json

import numpy
import sparselab
import torch
from sparselab import _core

from torch_step import median_seconds

SHAPES = [(384, 1536, 2048), (640, 2560, 1024), (768, 3072, 902)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sparsity", type=float, default=0.9)
    parser.add_argument("--seconds", type=float, default=0.5, help="how long to measure each")
    options = parser.parse_args()

    torch.manual_seed(1)
    for outputs, inputs, columns in SHAPES:
        weight = sparselab.PaddedCSR.random(outputs, inputs, sparsity=options.sparsity, padding_ratio=0.0, seed=1)
        x = numpy.random.default_rng(1).random((inputs, columns), dtype=numpy.float32)
        dy = numpy.random.default_rng(2).random((outputs, columns), dtype=numpy.float32)
        products = {
            "forward": lambda: _core.spmm_simd(weight, x),
            "weight_gradient": lambda: _core.spmm_grad_w_simd(weight, dy, x),
        }
        for name, product in products.items():
            seconds = median_seconds(product, options.seconds, warmup=2)
            print(json.dumps({
                "pass": name, "inputs": inputs, "outputs": outputs, "batch": columns, "seconds": seconds,
                "gflops": 2 * weight.nnz * columns / seconds / 1e9,
            }))


if __name__ == "__main__":
    main()
