"""Times PyTorch, eager, on a convolutional network: a training step, and a forward pass in inference.

Prints one JSON object. The networks are Whittle's presets: LeNet-5 with 20 and 50 filters at batch 256, trained by Adam, and
ResNet-20 at batch 128, trained by SGD with momentum. Both of PyTorch's memory formats are timed, plain and channels_last,
and the faster of the two counts.
"""

import argparse
import json
import os

import torch
from torch import nn
from torch.nn import functional

from torch_step import median_seconds


class Block(nn.Module):
    """Two convolutions and the way around them: a 1x1 convolution where the shape changes."""

    def __init__(self, inputs, outputs, step):
        super().__init__()
        self.first = nn.Conv2d(inputs, outputs, 3, step, 1, bias=False)
        self.first_norm = nn.BatchNorm2d(outputs)
        self.second = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.second_norm = nn.BatchNorm2d(outputs)
        self.around = nn.Identity()
        if step != 1 or inputs != outputs:
            self.around = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, step, bias=False), nn.BatchNorm2d(outputs)
            )

    def forward(self, x):
        y = functional.relu(self.first_norm(self.first(x)))
        return functional.relu(self.second_norm(self.second(y)) + self.around(x))


def resnet20():
    layers = [nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU()]
    width = 16
    for outputs in (16, 32, 64):
        for block in range(3):
            layers.append(Block(width, outputs, 2 if block == 0 and outputs != 16 else 1))
            width = outputs
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


def lenet5():
    return nn.Sequential(
        nn.Conv2d(1, 20, 5), nn.MaxPool2d(2), nn.ReLU(), nn.Conv2d(20, 50, 5), nn.MaxPool2d(2), nn.ReLU(),
        nn.Flatten(), nn.Linear(800, 500), nn.ReLU(), nn.Linear(500, 10),
    )


def adam(parameters):
    return torch.optim.Adam(parameters, fused=True)


def sgd(parameters):
    return torch.optim.SGD(parameters, 0.01, 0.9)


NETWORKS = {"lenet-5": (lenet5, (256, 1, 28, 28), adam), "resnet-20": (resnet20, (128, 3, 32, 32), sgd)}


def measure(name, layout, seconds):
    """Seconds of a step and of a forward pass."""
    torch.manual_seed(1)
    build, shape, make_optimizer = NETWORKS[name]
    network = build().to(memory_format=layout)
    images = torch.rand(shape).to(memory_format=layout)
    labels = torch.randint(0, 10, shape[:1])
    optimizer = make_optimizer(network.parameters())

    def step():
        optimizer.zero_grad(set_to_none=True)
        functional.cross_entropy(network(images), labels).backward()
        optimizer.step()

    def forward():
        with torch.inference_mode():
            network(images)

    step_seconds = median_seconds(step, seconds, warmup=3)
    network.eval()
    return step_seconds, median_seconds(forward, seconds, warmup=3)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("network", choices=NETWORKS)
    parser.add_argument("--seconds", type=float, default=4, help="time to measure each of them for (default: 4)")
    options = parser.parse_args()
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    layouts = (torch.contiguous_format, torch.channels_last)
    steps, forwards = zip(*(measure(options.network, layout, options.seconds) for layout in layouts))
    print(json.dumps({"step_seconds": min(steps), "forward_seconds": min(forwards), "torch": torch.__version__}))


if __name__ == "__main__":
    main()
