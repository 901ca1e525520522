"""What Benchmarks/run measures, and what it must reach."""

# The matmuls of a training step: the first layer's input gradient is never needed.
MATMULS = [
    (layer, name)
    for layer in range(1, 5)
    for name in ("forward", "input_gradient", "weight_gradient")
    if (layer, name) != (1, "input_gradient")
]
# The least share of the measured peak that these reach in the mean, and the most that a dense step may cost against its
# arithmetic at the peak.
PEAK_SHARE, STEP_AT_PEAK = 0.82, 1.30
# The most that a pruned step, and pruned inference, may cost against the dense one.
PRUNED = {
    ("neuron", 0.5): (0.35, 0.35),
    ("neuron", 0.9): (0.040, 0.06),
    ("neuron", 0.99): (0.012, None),
    ("weight", 0.8): (0.50, 0.50),
    ("weight", 0.9): (0.22, 0.30),
    ("weight", 0.95): (0.13, 0.20),
    ("weight", 0.99): (0.045, 0.10),
}
# How many times faster than PyTorch, with the same pruning.
PRUNED_PEER = {("weight", 0.9): 4, ("neuron", 0.9): 20}
# How many times faster than SparseLab, which trains the same network; and its products, in the shapes that it publishes.
SPARSELAB = {0.9: 4, 0.95: 4.5, 0.99: 6}
SPARSELAB_PRODUCTS = 2.5
# The shapes: outputs and inputs.
SPARSE_SHAPES = [(384, 1536), (640, 2560), (768, 3072)]
# The most that a step may cost, on the average, where entries are replaced once in 100 steps, against one where none is.
DYNAMIC = {0.9: 1.10, 0.98: 1.10}
# The most that a compressed file may take of the dense one.
COMPRESSED = {("weight", 0.9): 0.22, ("weight", 0.99): 0.03, ("neuron", 0.9): 0.05}
# The most that training may hold on the device of the dense network's weights and moments.
MEMORY = {("weight", 0.99): 0.15}
# Convolutional networks: images of a step; the most that a step and a forward pass may cost against PyTorch's; and the most
# that a pruned step may cost against the dense one.
NETWORKS = {
    "lenet-5": (256, 0.60, 0.85, {("weight", 0.9): 0.40, ("weight", 0.99): 0.15}),
    "resnet-20": (
        128, 0.85, 0.85,
        {
            ("neuron", 0.5): 0.40, ("neuron", 0.75): 0.18,
            ("weight", 0.8): 0.60, ("weight", 0.9): 0.35, ("weight", 0.95): 0.22,
        },
    ),
}

# The challenge's network, and what is left of it with 90% of its neurons gone.
DENSE, SMALL = "784-1000-1000-500-200-10", "784-100-100-50-20-10"
# Inference of so many images: the most that it may cost against the better of the runtimes.
INFERENCE = {
    DENSE: {10_000: 0.95, 256: 0.95, 1: 1.2},
    SMALL: {10_000: 0.75, 256: 0.80},
}
# Seconds of an image through the small network, an empty launch and a read taken off.
SMALL_IMAGE = 12e-6
# With that many of the weights gone: the most that it may cost against ONNX Runtime's dense network.
SPARSE_INFERENCE = {0.9: {10_000: 0.25, 1: 0.6}, 0.95: {10_000: 0.16}, 0.99: {10_000: 0.06}}
# The most that a dense step may cost with Intel's runtime against PoCL; and with tuned tiles against the rule's.
INTEL_STEP, TUNED = 1.0, 1 / 0.97
# Pruned steps that are measured in both ways, beside the dense one.
COMPARED = [("neuron", 0.9), ("weight", 0.9)]
# Convolutional networks, against ONNX Runtime.
NETWORK_INFERENCE = {name: {1000: 0.9, 1: 1.2} for name in NETWORKS}
