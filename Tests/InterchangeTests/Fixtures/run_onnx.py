"""Checks an ONNX file, and compares what ONNX Runtime makes of images with what Whittle made of them.

usage: run_onnx.py MODEL EXPECTED, a safetensors file with `images`, float32 or bytes in the model's shape, and `logits`.
Prints the largest difference, the operations, and the file's metadata as JSON.
"""

import json
import sys

import numpy as np
import onnx
import onnxruntime
from safetensors.numpy import load_file

model = onnx.load(sys.argv[1])
# Shapes are not inferred from sparse initializers.
onnx.checker.check_model(model, full_check=not model.graph.sparse_initializer)
expected = load_file(sys.argv[2])
session = onnxruntime.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
(source,) = session.get_inputs()
images = expected["images"].reshape(len(expected["images"]), *source.shape[1:])
(logits,) = session.run(None, {source.name: images})
print(json.dumps({
    "difference": float(np.abs(logits - expected["logits"]).max()),
    "operations": sorted({node.op_type for node in model.graph.node}),
    "sparse": [tensor.values.name for tensor in model.graph.sparse_initializer],
    "metadata": {entry.key: entry.value for entry in model.metadata_props},
    "type": source.type,
}))
