"""Times inference by ONNX Runtime or OpenVINO on the CPU, and prints one JSON object a line for each number of images.

The network is one of peers/onnx_networks.py. The runtime takes every core, computes in float32, and is given its best: a
large set in one call, in calls of 256 and in calls of 1024 images, of which the fastest counts; OpenVINO also both of its
hints, latency, and throughput with a call in flight for each of its streams. One image is one call; OpenVINO has the
latency hint for it.

The images are float32 and ready in memory, and the logits are all that is computed. Whittle's time for the same set has
more in it: the conversion of the images from bytes, and the loss and the class of each.
"""

import argparse
import importlib
import json
import os
import statistics
import sys
import time

import numpy as np
import onnx_networks
from onnx.reference import ReferenceEvaluator

CALLS = [256, 1024]  # images of a call, where there are more than that
CORES = len(os.sched_getaffinity(0))


class Chunks:
    """A set of images in calls of some size, the last of which may be smaller."""

    def __init__(self, images, size):
        self.parts = [images[start : start + size] for start in range(0, len(images), size)]
        self.sizes = {len(part) for part in self.parts}


def onnxruntime_ways(network, images):
    """Functions that classify all images, by the name of the way they do."""
    import onnxruntime

    onnxruntime.set_default_logger_severity(3)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = CORES
    options.inter_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    model = onnx_networks.build(network).SerializeToString()
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])

    def way(chunks):
        bindings, outputs = [], []
        for part in chunks.parts:
            outputs.append(np.empty((len(part), 10), np.float32))
            binding = session.io_binding()
            binding.bind_ortvalue_input("input", onnxruntime.OrtValue.ortvalue_from_numpy(part))
            binding.bind_ortvalue_output("logits", onnxruntime.OrtValue.ortvalue_from_numpy(outputs[-1]))
            bindings.append(binding)

        def run():
            for binding in bindings:
                session.run_with_iobinding(binding)
            return outputs

        return run

    for size in call_sizes(len(images)):
        yield f"calls of {size}", way(Chunks(images, size))


def openvino_ways(network, images):
    """Functions that classify all images, by the name of the way they do."""
    import openvino

    core = openvino.Core()

    def compiled(batch, hint):
        model = core.read_model(onnx_networks.build(network, batch).SerializeToString())
        settings = {"PERFORMANCE_HINT": hint, "INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": CORES}
        return core.compile_model(model, "CPU", settings)

    def one_by_one(chunks):
        requests = {size: compiled(size, "LATENCY").create_infer_request() for size in chunks.sizes}
        calls = []
        for part in chunks.parts:
            request = requests[len(part)]
            calls.append((request, openvino.Tensor(part, shared_memory=True)))

        def run():
            outputs = []
            for request, tensor in calls:
                request.set_input_tensor(tensor)
                request.infer()
                outputs.append(request.get_output_tensor().data.copy())  # the next call writes there, too
            return outputs

        return run

    def at_once(chunks):
        outputs = [None] * len(chunks.parts)
        queues = {}
        for size in chunks.sizes:
            queues[size] = openvino.AsyncInferQueue(compiled(size, "THROUGHPUT"))

            def keep(request, place):
                outputs[place] = request.get_output_tensor().data.copy()

            queues[size].set_callback(keep)

        def run():
            for place, part in enumerate(chunks.parts):
                queues[len(part)].start_async({0: part}, place, share_inputs=True)
            for queue in queues.values():
                queue.wait_all()
            return outputs

        return run

    for size in call_sizes(len(images)):
        yield f"latency, calls of {size}", one_by_one(Chunks(images, size))
    if len(images) > 1:
        # A call takes one stream, so that all images in one would leave the others idle.
        for size in {*call_sizes(len(images))[1:], -(-len(images) // CORES)}:
            yield f"throughput, calls of {size}", at_once(Chunks(images, size))


RUNTIMES = {"onnxruntime": onnxruntime_ways, "openvino": openvino_ways}


def call_sizes(images):
    return [images] + [size for size in CALLS if size < images]


def verify(network, images, outputs):
    """A wrong answer is not worth timing: compares the last image's with that of ONNX's reference in NumPy."""
    expected = ReferenceEvaluator(onnx_networks.build(network)).run(None, {"input": images[-1:]})[0][0]
    error = np.abs(expected - np.concatenate(outputs)[-1]).max() / np.abs(expected).max()
    if not error < 1e-3:
        sys.exit(f"error: {network}'s logits are wrong by {error:.2g}")


def median_seconds(action, seconds, most):
    action()
    samples, begin = [], time.perf_counter()
    while len(samples) < 5 or (len(samples) < most and time.perf_counter() - begin < seconds):
        start = time.perf_counter()
        action()
        samples.append(time.perf_counter() - start)
    return statistics.median(samples)


def measure(options, count):
    """The fastest way's name and seconds."""
    shape = (count, *onnx_networks.image_shape(options.network))
    images = np.random.default_rng(2).random(shape, np.float32)
    found = {}
    for name, run in RUNTIMES[options.runtime](options.network, images):
        if not found:
            verify(options.network, images, run())
        found[name] = median_seconds(run, options.seconds, options.runs)
    best = min(found, key=found.get)
    return {"images": count, "seconds": found[best], "way": best, "ways": found}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runtime", choices=RUNTIMES)
    parser.add_argument("network", help=f"widths as 784-100-10, or {' or '.join(onnx_networks.PRESETS)}")
    parser.add_argument("--images", type=int, action="append", required=True, help="may be given several times")
    parser.add_argument("--seconds", type=float, default=1, help="how long to measure a way (default: 1)")
    parser.add_argument("--runs", type=int, default=100, help="the most runs of a way (default: 100)")
    options = parser.parse_args()
    try:
        onnx_networks.image_shape(options.network)
    except ValueError:
        parser.error(f"'{options.network}' is neither a list of widths that ends with 10 nor a preset")
    version = importlib.import_module(options.runtime).__version__
    for count in options.images:
        result = measure(options, count)
        print(json.dumps({"peer": options.runtime, "version": version, "network": options.network, **result}), flush=True)


if __name__ == "__main__":
    main()
