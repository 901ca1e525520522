#!/usr/bin/env python3
"""Writes torch_replay.json: a small bias-free network trained by PyTorch, dense and with masks, by each optimizer and
schedule, for a test to replay.

Usage: python3 torch_replay.py (with PyTorch; Benchmarks/setup-peers installs it)
"""

import json
from pathlib import Path

import torch
from torch.optim.lr_scheduler import ConstantLR, CosineAnnealingLR, LinearLR, MultiStepLR, SequentialLR

LAYERS = [12, 9, 7, 5]
IMAGES, BATCH, EPOCHS, LEARNING_RATE = 20, 8, 3, 0.01
STEPS = -(-IMAGES // BATCH)  # of an epoch

# Which optimizer and which schedule, as Whittle's config has them; the epochs over which the rate rises are a whole one.
RUNS = [
    ({"name": "adam"}, {"name": "constant"}),
    ({"name": "adamw", "weight_decay": 0.3}, {"name": "step", "milestones": [1, 2], "gamma": 0.5}),
    ({"name": "sgd", "weight_decay": 0.1}, {"name": "constant", "warmup_epochs": 1}),
    ({"name": "sgd", "momentum": 0.9, "dampening": 0.5, "weight_decay": 0.1}, {"name": "constant"}),
    ({"name": "sgd", "momentum": 0.9, "weight_decay": 0.1, "nesterov": True}, {"name": "cosine", "minimum": 0.001}),
    ({"name": "sgd", "momentum": 0.9}, {"name": "cosine", "minimum": 0.001, "warmup_epochs": 1}),
]
KINDS = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW, "sgd": torch.optim.SGD}
SLOTS = ["exp_avg", "exp_avg_sq", "momentum_buffer"]


def scheduler(optimizer, schedule):
    """Stepped after each batch."""
    warmup = schedule.get("warmup_epochs", 0) * STEPS
    if schedule["name"] == "cosine":
        rates = CosineAnnealingLR(optimizer, EPOCHS * STEPS - warmup, eta_min=schedule["minimum"])
    elif schedule["name"] == "step":
        rates = MultiStepLR(optimizer, [m * STEPS for m in schedule["milestones"]], schedule["gamma"])
    else:
        rates = ConstantLR(optimizer, factor=1)
    if warmup == 0:
        return rates
    rise = LinearLR(optimizer, start_factor=1 / (warmup + 1), total_iters=warmup)
    return SequentialLR(optimizer, [rise, rates], [warmup])


def train(weights, masks, images, labels, choice, schedule):
    """Per epoch the mean loss and the correct predictions before each update; at the end weights and slots."""
    weights = [(w * m).clone().requires_grad_() for w, m in zip(weights, masks)]
    options = {key: value for key, value in choice.items() if key != "name"}
    optimizer = KINDS[choice["name"]](weights, lr=LEARNING_RATE, **options)
    rates = scheduler(optimizer, schedule)
    epochs, learning_rates = [], []
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
            learning_rates.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            rates.step()
        epochs.append({"loss": loss_sum, "correct": correct})
    state = [optimizer.state[w] for w in weights]
    return {
        "optimizer": choice | {"learning_rate": LEARNING_RATE},
        "schedule": schedule,
        "learning_rates": learning_rates,
        "masks": [m.flatten().int().tolist() for m in masks],
        "epochs": epochs,
        "weights": [w.detach().flatten().tolist() for w in weights],
        "slots": [[s[slot].flatten().tolist() for s in state] for slot in SLOTS if state[0].get(slot) is not None],
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
        "images": images.flatten().tolist(),
        "labels": labels.tolist(),
        "weights": [w.flatten().tolist() for w in weights],
        "dense": [train(weights, dense, images, labels, *run) for run in RUNS],
        "masked": [train(weights, masks, images, labels, *run) for run in RUNS],
    }
    path = Path(__file__).with_name("torch_replay.json")
    path.write_text(json.dumps(fixture) + "\n")


if __name__ == "__main__":
    main()
