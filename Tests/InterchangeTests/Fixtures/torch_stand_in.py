"""The few calls of PyTorch that an exported network makes, on NumPy: for machines without PyTorch."""

import sys
import types

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from safetensors.numpy import load_file


class Tensor(np.ndarray):
    def unflatten(self, axis, extents):
        return self.reshape(self.shape[:axis] + tuple(extents) + self.shape[axis + 1:])


def tensor(values):
    return np.asarray(values, np.float32).view(Tensor)


def windows(x, kernel, stride, padding, value):
    around = ((0, 0), (0, 0), (padding, padding), (padding, padding))
    padded = np.pad(x, around, constant_values=value)
    return sliding_window_view(padded, (kernel, kernel), axis=(2, 3))[:, :, ::stride, ::stride]


class Module:
    def __init__(self):
        pass

    def load_state_dict(self, state):
        own = {f"{name}.{key}" for name, module in vars(self).items() for key in module.shapes}
        assert own == set(state), own ^ set(state)
        for name, module in vars(self).items():
            for key, shape in module.shapes.items():
                assert state[f"{name}.{key}"].shape == shape, (name, key)
            module.state = {key: state[f"{name}.{key}"] for key in module.shapes}

    def eval(self):
        return self

    def __call__(self, *inputs):
        return self.forward(*inputs)


class Linear(Module):
    def __init__(self, inputs, outputs, bias=True):
        self.shapes = {"weight": (outputs, inputs)} | ({"bias": (outputs,)} if bias else {})

    def forward(self, x):
        return tensor(x @ self.state["weight"].T + self.state.get("bias", 0))


class Conv2d(Module):
    def __init__(self, inputs, outputs, kernel, stride=1, padding=0, bias=True):
        self.shapes = {"weight": (outputs, inputs, kernel, kernel)} | ({"bias": (outputs,)} if bias else {})
        self.window = (kernel, stride, padding)

    def forward(self, x):
        bias = self.state["bias"][:, None, None] if "bias" in self.state else 0
        return tensor(np.einsum("nchwyx,ocyx->nohw", windows(x, *self.window, 0), self.state["weight"]) + bias)


class BatchNorm(Module):
    def __init__(self, channels, eps, momentum):
        self.shapes = dict.fromkeys(["weight", "bias", "running_mean", "running_var"], (channels,))
        self.eps = eps

    def forward(self, x):
        own = {key: value.reshape(1, -1, *[1] * (x.ndim - 2)) for key, value in self.state.items()}
        return tensor((x - own["running_mean"]) / np.sqrt(own["running_var"] + self.eps) * own["weight"] + own["bias"])


def max_pool2d(x, kernel, stride, padding):
    return tensor(windows(x, kernel, stride, padding, -np.inf).max((4, 5)))


def avg_pool2d(x, kernel, stride, padding):
    return tensor(windows(x, kernel, stride, padding, 0).mean((4, 5)))


def install():
    functional = types.SimpleNamespace(max_pool2d=max_pool2d, avg_pool2d=avg_pool2d)
    torch = types.ModuleType("torch")
    torch.nn = types.SimpleNamespace(
        Module=Module, Linear=Linear, Conv2d=Conv2d, BatchNorm1d=BatchNorm, BatchNorm2d=BatchNorm, functional=functional)
    torch.relu = lambda x: tensor(np.maximum(x, 0))
    torch.flatten = lambda x, axis: x.reshape(x.shape[0], -1)
    torch.from_numpy = tensor
    loading = types.ModuleType("safetensors.torch")
    loading.load_file = load_file
    sys.modules |= {"torch": torch, "safetensors.torch": loading}
