#!/usr/bin/env python3
"""Writes torch_replay.json: a small bias-free network trained by PyTorch, dense and with masks, for a test to replay.

Usage: python3 torch_replay.py (with PyTorch; Benchmarks/setup-peers installs it)
"""

import json
from pathlib import Path

import torch

LAYERS = [12, 9, 7, 5]
IMAGES, BATCH, EPOCHS, LEARNING_RATE = 20, 8, 3, 0.01


def train(weights, masks, images, labels):
    """Per epoch the mean loss and the correct predictions before each update; at the end weights and moments."""
    weights = [w.clone().requires_grad_() for w in weights]
    optimizer = torch.optim.Adam(weights, lr=LEARNING_RATE)
    epochs = []
    for _ in range(EPOCHS):
        loss_sum, correct = 0.0, 0
        for first in range(0, IMAGES, BATCH):
            x, y = images[first : first + BATCH], labels[first : first + BATCH]
            for weight in weights[:-1]:
                x = torch.relu(x @ weight)
            logits = x @ weights[-1]
            loss = torch.nn.functional.cross_entropy(logits, y)
            loss_sum += loss.item() * len(y)
            correct += int((logits.argmax(dim=1) == y).sum())
            optimizer.zero_grad()
            loss.backward()
            for weight, mask in zip(weights, masks):
                weight.grad *= mask
            optimizer.step()
        epochs.append({"loss": loss_sum, "correct": correct})
    state = [optimizer.state[w] for w in weights]
    return {
        "masks": [m.flatten().int().tolist() for m in masks],
        "epochs": epochs,
        "weights": [w.detach().flatten().tolist() for w in weights],
        "first_moments": [s["exp_avg"].flatten().tolist() for s in state],
        "second_moments": [s["exp_avg_sq"].flatten().tolist() for s in state],
    }


def main():
    torch.set_flush_denormal(True)  # as the backends do
    torch.manual_seed(7)
    torch.set_num_threads(1)
    images = torch.rand(IMAGES, LAYERS[0])
    labels = torch.randint(0, LAYERS[-1], (IMAGES,))
    weights = [torch.randn(i, o) * (2 / i) ** 0.5 for i, o in zip(LAYERS, LAYERS[1:])]
    dense = [torch.ones_like(w) for w in weights]
    # Half of the first layer's entries and three columns of the second, the smallest; the output layer stays.
    entries = dense[0].clone()
    entries.view(-1)[weights[0].abs().flatten().argsort()[: weights[0].numel() // 2]] = 0
    columns = dense[1].clone()
    columns[:, weights[1].norm(dim=0).argsort()[:3]] = 0
    masks = [entries, columns, dense[2]]
    fixture = {
        "torch": torch.__version__,
        "layers": LAYERS,
        "batch": BATCH,
        "learning_rate": LEARNING_RATE,
        "images": images.flatten().tolist(),
        "labels": labels.tolist(),
        "weights": [w.flatten().tolist() for w in weights],
        "dense": train(weights, dense, images, labels),
        "masked": train([w * m for w, m in zip(weights, masks)], masks, images, labels),
    }
    path = Path(__file__).with_name("torch_replay.json")
    path.write_text(json.dumps(fixture) + "\n")


if __name__ == "__main__":
    main()
