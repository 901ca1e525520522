"""Times a training step of SparseLab, which trains weights that are stored sparse, on Whittle's network at batch 256.

Prints one JSON object. The network is 784-1000-1000-500-200-10, bias-free, ReLU, cross-entropy, fused Adam, as in
torch_step.py; each layer but the last one is a `SparseLinear` with random places and no room for more (nothing grows
here), the last one is PyTorch's. The batch stays in memory.
"""

import argparse
import json
import os

import sparselab
import torch
from torch import nn

from torch_step import BATCH, WIDTHS, build_network, median_seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sparsity", type=float, required=True)
    parser.add_argument("--seconds", type=float, default=2, help="how long to measure")
    options = parser.parse_args()

    torch.set_num_threads(len(os.sched_getaffinity(0)))
    torch.manual_seed(1)
    layers = [
        sparselab.SparseLinear(inputs, outputs, bias=False, sparsity=options.sparsity, padding_ratio=0.0)
        for inputs, outputs in zip(WIDTHS[:-2], WIDTHS[1:-1])
    ]
    network = build_network([*layers, nn.Linear(*WIDTHS[-2:], bias=False)])
    optimizer = torch.optim.Adam(network.parameters(), lr=0.001, fused=True)
    images = torch.rand(BATCH, WIDTHS[0])
    labels = torch.randint(0, WIDTHS[-1], (BATCH,))

    def step():
        optimizer.zero_grad(set_to_none=True)
        nn.functional.cross_entropy(network(images), labels).backward()
        optimizer.step()

    seconds = median_seconds(step, options.seconds, warmup=5)
    result = {"sparsity": options.sparsity, "seconds_per_step": seconds, "images_per_second": BATCH / seconds}
    print(json.dumps({"peer": "sparselab", "version": sparselab.__version__, **result}))


if __name__ == "__main__":
    main()
