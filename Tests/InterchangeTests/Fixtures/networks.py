"""Writes small ONNX networks in the ways in which exporters write them, and what ONNX Runtime makes of random images.

usage: networks.py FOLDER
For each network there are NAME.onnx and NAME.safetensors with `images`, bytes [n, channels, height, width], and `logits`.
"""

import sys

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import save_file

random = np.random.default_rng(7)
FLOAT = TensorProto.FLOAT


def constant(name, *shape, low=-0.5, high=0.5):
    return numpy_helper.from_array(random.uniform(low, high, shape).astype(np.float32), name)


def integers(name, values):
    return numpy_helper.from_array(np.array(values, np.int64), name)


def norm(name, channels):
    return [constant(f"{name}.weight", channels, low=0.5, high=1.5), constant(f"{name}.bias", channels),
            constant(f"{name}.running_mean", channels), constant(f"{name}.running_var", channels, low=0.5, high=2)]


def names(tensors):
    return [tensor.name for tensor in tensors]


def write(folder, name, shape, nodes, initializers, output, opset=17, sparse=(), batch="batch", channels_last=False):
    graph = helper.make_graph(
        nodes, name, [helper.make_tensor_value_info("x", FLOAT, [batch, *shape])],
        [helper.make_tensor_value_info(output, FLOAT, [batch, 5])], initializers, sparse_initializer=list(sparse))
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    onnx.checker.check_model(model, full_check=not sparse)  # shapes are not inferred from sparse ones
    onnx.save(model, f"{folder}/{name}.onnx")
    count = 1 if batch == 1 else 16
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    images = random.integers(0, 256, (count, *shape), dtype=np.uint8)
    logits = session.run(None, {"x": images.astype(np.float32) / 255})[0]
    if channels_last:
        images = images.transpose(0, 3, 1, 2)
    save_file({"images": np.ascontiguousarray(images.reshape(count, -1)), "logits": logits},
              f"{folder}/{name}.safetensors")


def products(folder):
    """Linear layers as MatMul and Add, as Gemm with and without a transposed weight, a constant Reshape of plain images."""
    parts = [integers("shape", [-1, 36]), constant("a.weight", 36, 9), constant("a.bias", 9),
             constant("b.weight", 7, 9), constant("b.bias", 1, 7), constant("c.weight", 7, 5), constant("c.bias", 5)]
    nodes = [helper.make_node("Reshape", ["x", "shape"], ["flat"]),
             helper.make_node("MatMul", ["flat", "a.weight"], ["m"]), helper.make_node("Add", ["a.bias", "m"], ["a"]),
             helper.make_node("Relu", ["a"], ["r"]),
             helper.make_node("Gemm", ["r", "b.weight", "b.bias"], ["b"], transB=1, alpha=0.5, beta=2.0),
             helper.make_node("Dropout", ["b"], ["d"]), helper.make_node("Identity", ["d"], ["i"]),
             helper.make_node("Gemm", ["i", "c.weight", "c.bias"], ["c"])]
    write(folder, "products", (6, 6), nodes, parts, "c", opset=13)


def residual(folder):
    """A residual block with batch norm, a convolution that pads two sides only, windows that overlap, and sparse filters."""
    first = [constant("conv1.weight", 4, 2, 3, 3)] + norm("bn1", 4)
    second = [constant("conv2.weight", 4, 4, 3, 3), constant("conv2.bias", 4)]
    last = [constant("fc.weight", 5, 6), constant("fc.bias", 5)]
    values = numpy_helper.from_array(random.uniform(-1, 1, 9).astype(np.float32), "conv3.weight")
    filters = helper.make_sparse_tensor(values, integers("", [0, 5, 7, 30, 31, 60, 70, 90, 95]), [6, 4, 2, 2])
    nodes = [helper.make_node("Conv", ["x", "conv1.weight"], ["c1"], kernel_shape=[3, 3], pads=[0, 0, 1, 1], strides=[2, 2]),
             helper.make_node("BatchNormalization", ["c1"] + names(first[1:]), ["n1"], epsilon=1e-3, momentum=0.99),
             helper.make_node("Relu", ["n1"], ["r1"]),
             helper.make_node("Conv", ["r1", "conv2.weight", "conv2.bias"], ["c2"], auto_pad="SAME_UPPER"),
             helper.make_node("Add", ["c2", "r1"], ["s"]),
             helper.make_node("MaxPool", ["s"], ["p"], kernel_shape=[3, 3], strides=[1, 1], pads=[1, 1, 1, 1]),
             helper.make_node("AveragePool", ["p"], ["q"], kernel_shape=[2, 2], strides=[1, 1], pads=[1, 1, 1, 1],
                              count_include_pad=1),
             helper.make_node("Conv", ["q", "conv3.weight"], ["c3"], kernel_shape=[2, 2]),
             helper.make_node("GlobalAveragePool", ["c3"], ["g"]), helper.make_node("Flatten", ["g"], ["f"]),
             helper.make_node("Gemm", ["f", "fc.weight", "fc.bias"], ["y"], transB=1)]
    write(folder, "residual", (2, 8, 8), nodes, first + second + last, "y", sparse=[filters])


def channels_last(folder):
    """Images whose channels come last, transposed for each convolution and back, and a batch norm written as what it computes,
    as Keras's exporter has them."""
    parts = [constant("k1", 4, 3, 3, 3), constant("b1", 4), constant("k2", 3, 4, 3, 3),
             constant("d1", 2 * 2 * 3, 8), constant("d1b", 8), constant("d2", 8, 5), constant("d2b", 5),
             constant("mean", 1, 1, 1, 3), constant("factor", 1, 1, 1, 3), constant("shift", 3), constant("root", 3, low=1, high=2),
             integers("start", [0]), integers("end", [1]), integers("rest", [-1])]
    there, back = [0, 3, 1, 2], [0, 2, 3, 1]
    nodes = [helper.make_node("Transpose", ["x"], ["t1"], perm=there),
             helper.make_node("Conv", ["t1", "k1", "b1"], ["c1"], kernel_shape=[3, 3]),
             helper.make_node("Transpose", ["c1"], ["t2"], perm=back), helper.make_node("Relu", ["t2"], ["r1"]),
             helper.make_node("Transpose", ["r1"], ["t3"], perm=there),
             helper.make_node("MaxPool", ["t3"], ["p1"], kernel_shape=[2, 2], strides=[2, 2]),
             helper.make_node("Conv", ["p1", "k2"], ["c2"], kernel_shape=[3, 3], pads=[1, 1, 0, 0]),
             helper.make_node("Transpose", ["c2"], ["t4"], perm=back),
             helper.make_node("Sub", ["t4", "mean"], ["n1"]), helper.make_node("Mul", ["factor", "n1"], ["n2"]),
             helper.make_node("Div", ["n2", "root"], ["n3"]), helper.make_node("Add", ["n3", "shift"], ["n4"]),
             helper.make_node("Shape", ["n4"], ["all"]), helper.make_node("Slice", ["all", "start", "end"], ["n"]),
             helper.make_node("Concat", ["n", "rest"], ["target"], axis=0),
             helper.make_node("Reshape", ["n4", "target"], ["flat"]),
             helper.make_node("MatMul", ["flat", "d1"], ["m1"]), helper.make_node("Add", ["m1", "d1b"], ["a1"]),
             helper.make_node("Relu", ["a1"], ["r2"]),
             helper.make_node("MatMul", ["r2", "d2"], ["m2"]), helper.make_node("Add", ["m2", "d2b"], ["a2"])]
    write(folder, "channels_last", (8, 8, 3), nodes, parts, "a2", channels_last=True)


def mean(folder):
    """A fixed batch of one, weights that are transposed and shared by other names, and the mean over space."""
    parts = [constant("w", 6, 1, 5, 5), constant("bias", 6, 1, 1), constant("fc", 5, 6), integers("axes", [-1, -2])]
    nodes = [helper.make_node("Identity", ["w"], ["other"]),
             helper.make_node("Conv", ["x", "other"], ["c"], name="/features/0/Conv", kernel_shape=[5, 5], strides=[2, 2]),
             helper.make_node("Add", ["c", "bias"], ["a"]), helper.make_node("Relu", ["a"], ["r"]),
             helper.make_node("ReduceMean", ["r", "axes"], ["g"], keepdims=0),
             helper.make_node("Transpose", ["fc"], ["turned"], perm=[1, 0]),
             helper.make_node("MatMul", ["g", "turned"], ["y"], name="/head/MatMul")]
    write(folder, "mean", (1, 9, 9), nodes, parts, "y", opset=18, batch=1)


def padded(folder):
    """A "same" padding of Keras with stride 2, which its exporter for PyTorch's backend has the graph compute from the image's extents: the
    last rows and columns first, as PyTorch's pad takes them, then turned to ONNX's order."""
    parts = [constant("k1", 4, 3, 3, 3), constant("k2", 6, 4, 3, 3), constant("d", 6, 5)]
    nodes, count = [], 0

    def number(*values, scalar=False):
        nonlocal count
        count += 1
        parts.append(numpy_helper.from_array(np.array(values[0] if scalar else values, np.int64), f"n{count}"))
        return f"n{count}"

    def node(operation, *inputs, **attributes):
        nonlocal count
        count += 1
        nodes.append(helper.make_node(operation, list(inputs), [f"v{count}"], **attributes))
        return f"v{count}"

    def scalar(value):
        return number(value, scalar=True)

    def pads(image):
        first, last = [], []
        for axis in (2, 3):
            extent = node("Gather", node("Shape", image), scalar(axis), axis=0)
            windows = node("Cast", node("Div", node("Sub", node("Add", extent, scalar(2)), scalar(1)), scalar(2)), to=TensorProto.INT64)
            covered = node("Add", node("Mul", node("Sub", windows, scalar(1)), scalar(2)), scalar(3))
            total = node("Sub", covered, extent)
            half = node("Cast", node("Div", total, scalar(2)), to=TensorProto.INT64)
            first.append(half)
            last.append(node("Sub", total, half))
        ends = node("Concat", *[node("Unsqueeze", end, number(0)) for axis in (1, 0) for end in (first[axis], last[axis])], axis=0)
        zeros = node("ConstantOfShape", node("Sub", scalar(8), node("Gather", node("Shape", ends), number(0), axis=0)),
                     value=helper.make_tensor("zero", TensorProto.INT64, [1], [0]))
        pairs = node("Reshape", node("Concat", node("Cast", ends, to=TensorProto.INT64), zeros, axis=0), number(-1, 2))
        turned = node("Slice", pairs, number(-1), number(-(1 << 63) + 1), number(0), number(-1))
        return node("Cast", node("Reshape", node("Transpose", turned, perm=[1, 0]), number(-1)), to=TensorProto.INT64)

    there, back = [0, 3, 1, 2], [0, 2, 3, 1]
    image = node("Transpose", "x", perm=there)
    first = node("Relu", node("Transpose", node("Conv", node("Pad", image, pads(image)), "k1", strides=[2, 2]), perm=back))
    # As ZeroPadding2D is: the channels come last, and the windows that follow have a padding of their own.
    border = node("Pad", first, number(0, 1, 1, 0, 0, 0, 0, 0))
    second = node("Conv", node("Transpose", border, perm=there), "k2", pads=[1, 1, 1, 1])
    nodes.append(helper.make_node("MatMul", [node("ReduceMean", node("Relu", second), number(2, 3), keepdims=0), "d"], ["y"]))
    write(folder, "padded", (8, 8, 3), nodes, parts, "y", opset=20, channels_last=True)


for network in (products, residual, channels_last, mean, padded):
    network(sys.argv[1])
