#!/usr/bin/env python3
"""Writes torch_networks.json: the losses of ten training steps of LeNet-5 and ResNet-20, by PyTorch, to replay.

The networks are written down here again, as PyTorch users write them. Parameters, images and labels are drawn from a hash of
their name and place that NetworkReplayTests draws from too, so the file holds losses only.

PyTorch computes them in double precision: ResNet-20 makes errors of rounding grow from step to step, and PyTorch's own in single
precision are larger than Whittle's.

Usage: python3 torch_networks.py (with PyTorch; Benchmarks/setup-peers installs it)
"""

import json
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional

CLASSES, IMAGES, BATCH, EPOCHS = 10, 32, 16, 5


def hashed(x):
    """lowbias32, of an array of 32-bit numbers."""
    x = x ^ (x >> np.uint32(16))
    x = x * np.uint32(0x7FEB352D)
    x = x ^ (x >> np.uint32(15))
    x = x * np.uint32(0x846CA68B)
    return x ^ (x >> np.uint32(16))


def bits(name, count):
    """The bits of a name (FNV-1a), place by place."""
    stream = 0x811C9DC5
    for byte in name.encode():
        stream = (stream ^ byte) * 0x01000193 & 0xFFFFFFFF
    return hashed(np.arange(count, dtype=np.uint32) + np.uint32(stream))


def uniform(name, count, bound):
    """Floats from -bound to bound."""
    unit = (bits(name, count) >> np.uint32(8)).astype(np.float32) * np.float32(2**-23) - np.float32(1)
    return torch.from_numpy(unit * np.float32(bound))


def fill(module, name):
    """Draws the parameters of a layer; a convolution's filters are [channels, rows, columns, outputs] in Whittle."""
    weight, bias = module.weight, module.bias
    with torch.no_grad():
        if isinstance(module, nn.BatchNorm2d):
            weight.copy_(1 + uniform(f"{name}.scale", weight.numel(), 0.25))
            bias.copy_(uniform(f"{name}.shift", bias.numel(), 0.1))
            return
        outputs, inputs = weight.shape[0], weight[0].numel()
        drawn = uniform(f"{name}.weight", weight.numel(), (6 / inputs) ** 0.5).reshape(inputs, outputs).T
        weight.copy_(drawn.reshape(weight.shape))
        if bias is not None:
            bias.copy_(uniform(f"{name}.bias", bias.numel(), 0.1))


class LeNet5(nn.Module):
    shape = (1, 28, 28)

    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 20, 5), nn.Conv2d(20, 50, 5)
        self.hidden, self.output = nn.Linear(800, 500), nn.Linear(500, CLASSES)

    def forward(self, x):
        x = functional.relu(functional.max_pool2d(self.conv1(x), 2))
        x = functional.relu(functional.max_pool2d(self.conv2(x), 2))
        return self.output(functional.relu(self.hidden(x.flatten(1))))


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        if stride > 1:
            self.shortcut = nn.Conv2d(inputs, outputs, 1, stride, bias=False)
            self.shortcut_norm = nn.BatchNorm2d(outputs)
        self.conv1, self.norm1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs)
        self.conv2, self.norm2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False), nn.BatchNorm2d(outputs)
        self.stride = stride

    def forward(self, x):
        y = self.norm2(self.conv2(functional.relu(self.norm1(self.conv1(x)))))
        return functional.relu(y + (self.shortcut_norm(self.shortcut(x)) if self.stride > 1 else x))


class ResNet20(nn.Module):
    shape = (3, 32, 32)

    def __init__(self):
        super().__init__()
        self.conv, self.norm = nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16)
        channels = 16
        for stage, outputs in enumerate([16, 32, 64], 1):
            blocks = nn.Module()
            for block in range(1, 4):
                blocks.add_module(f"block{block}", Block(channels, outputs, 2 if outputs > channels else 1))
                channels = outputs
            self.add_module(f"stage{stage}", blocks)
        self.output = nn.Linear(64, CLASSES)

    def forward(self, x):
        x = functional.relu(self.norm(self.conv(x)))
        for stage in (self.stage1, self.stage2, self.stage3):
            for block in stage.children():
                x = block(x)
        return self.output(x.mean((2, 3)))


def train(model, optimizer):
    """The loss of each step before its update."""
    size = int(np.prod(model.shape))
    pixels = (bits("images", IMAGES * size) >> np.uint32(24)).astype(np.float32) * np.float32(1 / 255)
    images = torch.from_numpy(pixels).reshape(IMAGES, *model.shape).double()
    labels = torch.from_numpy((bits("labels", IMAGES) % np.uint32(CLASSES)).astype(np.int64))
    losses = []
    for _ in range(EPOCHS):
        for first in range(0, IMAGES, BATCH):
            x, y = images[first : first + BATCH], labels[first : first + BATCH]
            loss = functional.cross_entropy(model(x), y)
            losses.append(loss.item())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return {"losses": losses}


def main():
    torch.set_flush_denormal(True)  # as the backends do
    torch.set_num_threads(1)
    lenet, resnet = LeNet5().double(), ResNet20().double()
    for model in (lenet, resnet):
        for name, module in model.named_modules():
            if hasattr(module, "weight"):
                fill(module, name)
    sgd = torch.optim.SGD(resnet.parameters(), lr=0.001, momentum=0.9, weight_decay=5e-4, nesterov=True)
    fixture = {
        "torch": torch.__version__,
        "lenet5": train(lenet, torch.optim.Adam(lenet.parameters(), lr=0.001)),
        "resnet20": train(resnet, sgd),
    }
    Path(__file__).with_name("torch_networks.json").write_text(json.dumps(fixture, indent=2) + "\n")


if __name__ == "__main__":
    main()
