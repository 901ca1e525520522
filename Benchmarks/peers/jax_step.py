"""Times a jitted JAX training step on Whittle's network at batch 256, and prints one JSON object.

The network is 784-1000-1000-500-200-10, bias-free, ReLU, cross-entropy, Adam. Weights and moments are donated, so that
XLA updates them in place; the batch stays in memory. `--layout feature` keeps activations as [features, batch], as
Whittle does.
"""

import argparse
import json
import os
import statistics
import time

os.environ.setdefault("JAX_PLATFORMS", "cpu")

import jax
import jax.numpy as jnp
import numpy as np

WIDTHS = [784, 1000, 1000, 500, 200, 10]
BATCH = 256
RATE, BETA1, BETA2, EPSILON = 0.001, 0.9, 0.999, 1e-8


def loss_of(weights, images, labels, feature_major):
    activations = images.T if feature_major else images
    for index, weight in enumerate(weights):
        activations = weight.T @ activations if feature_major else activations @ weight
        if index < len(weights) - 1:
            activations = jax.nn.relu(activations)
    logits = activations.T if feature_major else activations
    log_probabilities = jax.nn.log_softmax(logits)
    return -jnp.mean(jnp.take_along_axis(log_probabilities, labels[:, None], axis=1))


def adam(weight, gradient, first, second, count):
    first = BETA1 * first + (1 - BETA1) * gradient
    second = BETA2 * second + (1 - BETA2) * gradient * gradient
    scale = RATE * jnp.sqrt(1 - BETA2**count) / (1 - BETA1**count)
    return weight - scale * first / (jnp.sqrt(second) + EPSILON), first, second


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--layout", choices=["batch", "feature"], default="batch")
    parser.add_argument("--seconds", type=float, default=2, help="how long to measure")
    options = parser.parse_args()

    random = np.random.default_rng(1)
    weights = [
        jnp.asarray(random.normal(0, (2 / inputs) ** 0.5, (inputs, outputs)), jnp.float32)
        for inputs, outputs in zip(WIDTHS, WIDTHS[1:])
    ]
    first, second = [[jnp.zeros_like(weight) for weight in weights] for _ in range(2)]
    state = (weights, first, second, jnp.float32(0))
    images = jnp.asarray(random.random((BATCH, WIDTHS[0])), jnp.float32)
    labels = jnp.asarray(random.integers(0, WIDTHS[-1], BATCH), jnp.int32)

    def step(state, images, labels):
        weights, first, second, count = state
        count = count + 1
        loss, gradients = jax.value_and_grad(loss_of)(weights, images, labels, options.layout == "feature")
        updated = [adam(w, g, m, v, count) for w, g, m, v in zip(weights, gradients, first, second)]
        weights, first, second = map(list, zip(*updated))
        return (weights, first, second, count), loss

    step = jax.jit(step, donate_argnums=0)
    for _ in range(5):
        state, loss = step(state, images, labels)
    jax.block_until_ready((state, loss))

    samples, begin = [], time.perf_counter()
    while len(samples) < 5 or time.perf_counter() - begin < options.seconds:
        start = time.perf_counter()
        state, loss = step(state, images, labels)
        jax.block_until_ready((state, loss))
        samples.append(time.perf_counter() - start)
    seconds = statistics.median(samples)
    result = {"seconds_per_step": seconds, "images_per_second": BATCH / seconds, "layout": options.layout}
    print(json.dumps({"peer": "jax", "version": jax.__version__, **result}))


if __name__ == "__main__":
    main()
