"""Times PyTorch on Whittle's network: a training step at batch 256, or inference of 10,000 images.

Prints one JSON object. The network is 784-1000-1000-500-200-10, bias-free, ReLU, cross-entropy, fused Adam; the
batch stays in memory, so that only the step itself counts. Pruned variants are what pruning tools do with PyTorch:
a mask multiplied in at every step (`--masked`), or `torch.sparse_csr` weights for inference (`--inference csr`).
"""

import argparse
import json
import os
import statistics
import time

import torch
from torch import nn

WIDTHS = [784, 1000, 1000, 500, 200, 10]
BATCH = 256


def build_layers():
    torch.manual_seed(1)
    layers = [nn.Linear(inputs, outputs, bias=False) for inputs, outputs in zip(WIDTHS, WIDTHS[1:])]
    for layer in layers:
        nn.init.kaiming_normal_(layer.weight)
    return layers


def build_network(layers):
    modules = []
    for layer in layers:
        modules += [layer, nn.ReLU()]
    return nn.Sequential(*modules[:-1])


def masks_of(layers, sparsity, strategy):
    """The mask of every layer but the last one, which stays dense."""
    masks = []
    for layer in layers[:-1]:
        weight = layer.weight.detach()  # [outputs, inputs]
        if strategy == "weight":
            pruned = round(sparsity * weight.numel())
            mask = torch.ones(weight.numel())
            mask[weight.abs().flatten().argsort()[:pruned]] = 0
            masks.append(mask.view_as(weight))
        else:
            pruned = round(sparsity * weight.shape[0])
            mask = torch.ones_like(weight)
            mask[weight.norm(dim=1).argsort()[:pruned]] = 0
            masks.append(mask)
    return masks


def apply_masks(layers, masks):
    with torch.no_grad():
        for layer, mask in zip(layers, masks):
            layer.weight.mul_(mask)


def median_seconds(action, seconds, warmup):
    for _ in range(warmup):
        action()
    samples, begin = [], time.perf_counter()
    while len(samples) < 5 or time.perf_counter() - begin < seconds:
        start = time.perf_counter()
        action()
        samples.append(time.perf_counter() - start)
    return statistics.median(samples)


def training_step(options):
    layers = build_layers()
    network = build_network(layers)
    weights = list(network.parameters())
    optimizer = torch.optim.Adam(weights, lr=0.001, fused=True)
    images = torch.rand(BATCH, WIDTHS[0])
    labels = torch.randint(0, WIDTHS[-1], (BATCH,))
    masks = []
    if options.sparsity is not None:
        masks = masks_of(layers, options.sparsity, options.strategy)
        apply_masks(layers, masks)
    loss_of = lambda x, y: nn.functional.cross_entropy(network(x), y)
    if options.compile:
        loss_of = torch.compile(loss_of)

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss_of(images, labels).backward()
        if masks:  # the gradient, so that the moments stay zero too, then the weight
            grads = [weight.grad for weight in weights[: len(masks)]]
            torch._foreach_mul_(grads, masks)
        optimizer.step()
        if masks:
            with torch.no_grad():
                torch._foreach_mul_(weights[: len(masks)], masks)

    seconds = median_seconds(step, options.seconds, warmup=5)
    return {"seconds_per_step": seconds, "images_per_second": BATCH / seconds}


def inference(options):
    layers = build_layers()
    if options.sparsity is not None:
        apply_masks(layers, masks_of(layers, options.sparsity, options.strategy))
    weights = [layer.weight.detach() for layer in layers]
    images = torch.rand(options.images, WIDTHS[0])
    if options.inference == "csr":
        weights = [weight.to_sparse_csr() for weight in weights[:-1]] + weights[-1:]
        # Feature-major, since only `sparse @ dense` is quick.
        images = images.T.contiguous()

        def predict():
            activations = images
            for weight in weights[:-1]:
                activations = torch.relu_(weight @ activations)
            return (weights[-1] @ activations).argmax(dim=0)
    else:

        def predict():
            activations = images
            for weight in weights[:-1]:
                activations = torch.relu_(nn.functional.linear(activations, weight))
            return nn.functional.linear(activations, weights[-1]).argmax(dim=1)

    with torch.inference_mode():
        seconds = median_seconds(predict, options.seconds, warmup=2)
    return {"seconds": seconds, "images": options.images}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sparsity", "--masked", type=float, help="prune every layer but the last one this far")
    parser.add_argument("--strategy", choices=["weight", "neuron"], default="weight")
    parser.add_argument("--inference", choices=["dense", "csr"], help="time inference instead of a training step")
    parser.add_argument("--images", type=int, default=10_000)
    parser.add_argument("--compile", action="store_true", help="torch.compile the forward pass and its gradient")
    parser.add_argument("--seconds", type=float, default=2, help="how long to measure")
    options = parser.parse_args()

    torch.set_num_threads(len(os.sched_getaffinity(0)))
    result = inference(options) if options.inference else training_step(options)
    print(json.dumps({"peer": "torch", "version": torch.__version__, "sparsity": options.sparsity, **result}))


if __name__ == "__main__":
    main()
