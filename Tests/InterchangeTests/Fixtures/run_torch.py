"""Builds a network from the Python file that Whittle wrote, and compares what it makes of images with Whittle's.

usage: run_torch.py NETWORK.py EXPECTED, a safetensors file with `images`, float32 in the network's shape, and `logits`.
Runs on PyTorch, or where there is none on a stand-in for the calls that the file makes.
"""

import importlib.util
import sys

import numpy as np
from safetensors.numpy import load_file

try:
    import torch
except ImportError:
    import torch_stand_in

    torch_stand_in.install()
    import torch

specification = importlib.util.spec_from_file_location("exported", sys.argv[1])
module = importlib.util.module_from_spec(specification)
specification.loader.exec_module(module)
expected = load_file(sys.argv[2])
logits = module.load()(torch.from_numpy(expected["images"]))
logits = logits.detach().numpy() if hasattr(logits, "detach") else np.asarray(logits)
print(np.abs(logits - expected["logits"]).max())
