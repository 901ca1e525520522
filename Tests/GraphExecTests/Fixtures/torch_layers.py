#!/usr/bin/env python3
"""Writes torch_layers.json: a network of biases, batch norm, poolings and label smoothing, trained by PyTorch, to replay.

Usage: python3 torch_layers.py (with PyTorch; Benchmarks/setup-peers installs it)
"""

import json
from pathlib import Path

import torch
from torch import nn

IMAGES, BATCH, EPOCHS, LEARNING_RATE, CLASSES, SMOOTHING = 20, 8, 3, 0.01, 5, 0.1


def parameters(model):
    """By the names that LayerReplayTests gives the layers; a weight is [inputs, outputs] here, and the reverse in PyTorch."""
    norms = {"first": model[0], "second": model[6]}
    linears = {"a": model[5], "b": model[8]}
    result = {}
    for name, norm in norms.items():
        tensors = [norm.weight, norm.bias, norm.running_mean, norm.running_var]
        for part, tensor in zip(["scale", "shift", "mean", "variance"], tensors):
            result[f"{name}.{part}"] = tensor.detach().flatten().tolist()
    for name, linear in linears.items():
        result[f"{name}.weight"] = linear.weight.detach().T.flatten().tolist()
        if linear.bias is not None:
            result[f"{name}.bias"] = linear.bias.detach().tolist()
    return result


def main():
    torch.set_flush_denormal(True)  # as the backends do
    torch.manual_seed(11)
    torch.set_num_threads(1)
    images = torch.rand(IMAGES, 3, 7, 6)
    labels = torch.randint(0, CLASSES, (IMAGES,))
    model = nn.Sequential(
        nn.BatchNorm2d(3),
        nn.ReLU(),
        nn.AvgPool2d(3, stride=2, padding=1),
        nn.MaxPool2d(2),
        nn.Flatten(),
        # Before a batch norm a bias has a gradient of 0, whose rounding errors Adam would make steps of.
        nn.Linear(6, 9, bias=False),
        nn.BatchNorm1d(9, momentum=0.3, eps=1e-3),
        nn.ReLU(),
        nn.Linear(9, CLASSES),
    )
    with torch.no_grad():
        for norm in (model[0], model[6]):
            norm.weight.uniform_(0.5, 1.5)
            norm.bias.uniform_(-0.5, 0.5)
    before = parameters(model)
    optimizer = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE)
    criterion = nn.CrossEntropyLoss(label_smoothing=SMOOTHING)
    losses = []
    for _ in range(EPOCHS):
        loss_sum = 0.0
        for first in range(0, IMAGES, BATCH):
            x, y = images[first : first + BATCH], labels[first : first + BATCH]
            loss = criterion(model(x), y)
            loss_sum += loss.item() * len(y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        losses.append(loss_sum)
    model.eval()
    with torch.no_grad():
        outputs = model(images)
    fixture = {
        "torch": torch.__version__,
        "batch": BATCH,
        "learning_rate": LEARNING_RATE,
        "label_smoothing": SMOOTHING,
        "images": images.flatten().tolist(),
        "labels": labels.tolist(),
        "before": before,
        "losses": losses,
        "after": parameters(model),
        "outputs": outputs.flatten().tolist(),
    }
    Path(__file__).with_name("torch_layers.json").write_text(json.dumps(fixture) + "\n")


if __name__ == "__main__":
    main()
