"""Whittle's networks as ONNX models with random weights (He et al. 2015), for the runtimes that read them.

A network is a list of widths, as 784-1000-1000-500-200-10 (ReLU between the products, no biases), or one of Whittle's
presets: `lenet-5` and `resnet-20`, the latter with its batch norms in the form of inference.
"""

import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper

OPSET, IR_VERSION = 17, 8  # old enough for every runtime of today


class Graph:
    """An ONNX graph that grows by one operation after another; each gives the name of what it computes."""

    def __init__(self, shape):
        self.shape = shape
        self.nodes, self.constants = [], []
        self.random = np.random.default_rng(1)

    def constant(self, values):
        name = f"constant{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(values, np.float32), name))
        return name

    def node(self, kind, *inputs, **attributes):
        output = f"value{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def weights(self, *shape, inputs):
        return self.constant(self.random.normal(0, (2 / inputs) ** 0.5, shape))

    def linear(self, x, inputs, outputs, bias=True):
        weights = self.weights(inputs, outputs, inputs=inputs)
        if not bias:
            return self.node("MatMul", x, weights)
        return self.node("Gemm", x, weights, self.constant(self.random.normal(0, 0.1, outputs)))

    def convolution(self, x, inputs, outputs, kernel, stride=1, padding=0, bias=False):
        operands = [self.weights(outputs, inputs, kernel, kernel, inputs=inputs * kernel**2)]
        if bias:
            operands.append(self.constant(self.random.normal(0, 0.1, outputs)))
        return self.node("Conv", x, *operands, strides=[stride] * 2, pads=[padding] * 4, kernel_shape=[kernel] * 2)

    def batch_norm(self, x, channels):
        scale, variance = self.random.uniform(0.5, 1.5, (2, channels))
        shift, mean = self.random.normal(0, 0.1, (2, channels))
        return self.node("BatchNormalization", x, *map(self.constant, (scale, shift, mean, variance)))

    def model(self, output, batch):
        """The model for calls with `batch` images; None leaves it open."""
        count = "images" if batch is None else batch
        # The operation that gives the output gets its name.
        self.nodes[-1].output[0] = "logits"
        assert output == f"value{len(self.nodes) - 1}"
        images = helper.make_tensor_value_info("input", TensorProto.FLOAT, [count, *self.shape])
        logits = helper.make_tensor_value_info("logits", TensorProto.FLOAT, [count, 10])
        graph = helper.make_graph(self.nodes, "network", [images], [logits], self.constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
        checker.check_model(model)
        return model


def perceptron(graph, widths):
    x = "input"
    for index, (inputs, outputs) in enumerate(zip(widths, widths[1:])):
        if index:
            x = graph.node("Relu", x)
        x = graph.linear(x, inputs, outputs, bias=False)
    return x


def lenet5(graph):
    pool = lambda x: graph.node("Relu", graph.node("MaxPool", x, kernel_shape=[2, 2], strides=[2, 2]))
    x = pool(graph.convolution("input", 1, 20, 5, bias=True))
    x = pool(graph.convolution(x, 20, 50, 5, bias=True))
    x = graph.node("Relu", graph.linear(graph.node("Flatten", x), 800, 500))
    return graph.linear(x, 500, 10)


def residual_block(graph, x, inputs, outputs, stride):
    """Two convolutions and the way around them: a 1x1 convolution where the shape changes."""
    y = graph.batch_norm(graph.convolution(x, inputs, outputs, 3, stride, 1), outputs)
    y = graph.batch_norm(graph.convolution(graph.node("Relu", y), outputs, outputs, 3, 1, 1), outputs)
    if stride != 1:
        x = graph.batch_norm(graph.convolution(x, inputs, outputs, 1, stride), outputs)
    return graph.node("Relu", graph.node("Add", y, x))


def resnet20(graph):
    x = graph.node("Relu", graph.batch_norm(graph.convolution("input", 3, 16, 3, 1, 1), 16))
    width = 16
    for outputs in (16, 32, 64):
        for block in range(3):
            x = residual_block(graph, x, width, outputs, 2 if block == 0 and outputs != 16 else 1)
            width = outputs
    return graph.linear(graph.node("Flatten", graph.node("GlobalAveragePool", x)), 64, 10)


PRESETS = {"lenet-5": (lenet5, (1, 28, 28)), "resnet-20": (resnet20, (3, 32, 32))}


def image_shape(network):
    """The shape of an image; `ValueError` where there is no such network."""
    if network in PRESETS:
        return PRESETS[network][1]
    widths = [int(width) for width in network.split("-")]
    if len(widths) < 2 or min(widths) < 1 or widths[-1] != 10:
        raise ValueError
    return (widths[0],)


def build(network, batch=None):
    """The ONNX model of a network for calls with `batch` images, or with any number."""
    graph = Graph(image_shape(network))
    if network in PRESETS:
        return graph.model(PRESETS[network][0](graph), batch)
    return graph.model(perceptron(graph, [int(width) for width in network.split("-")]), batch)
