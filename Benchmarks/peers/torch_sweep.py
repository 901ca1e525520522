"""Times PyTorch over several sizes of batch, for Benchmarks/gpu: on the GPU that it sees, else on the CPU.

What is timed is that of torch_step.py and torch_matmuls.py: the matmuls of a training step one by one, whole steps, or
inference of 16,384 images in calls of a batch, to the class of each image on the host. A GPU is measured with TF32 off and
on, and steps and inference also replayed as a CUDA graph, which spares the launches. Prints a JSON object for each on a line
of its own, at once: whoever stops this keeps what there is.
"""

import argparse
import json
import os
import statistics
import time

import torch
from torch import nn

from torch_matmuls import fastest, matmuls
from torch_step import WIDTHS, build_layers, build_network

IMAGES = 16_384
SAMPLE = 0.02  # seconds of a sample, in as many calls as fit


class Timer:
    """Times calls on a device, which may run behind the host."""

    def __init__(self, device):
        self.synchronize = torch.cuda.synchronize if device == "cuda" else lambda: None

    def sample(self, action, calls):
        self.synchronize()
        start, worked = time.perf_counter(), time.process_time()
        for _ in range(calls):
            action()
        self.synchronize()
        return (time.perf_counter() - start) / calls, (time.process_time() - worked) / calls

    def measure(self, action, seconds):
        """Seconds of a call, and seconds that the process's threads worked in it: medians of at least three samples."""
        action()
        calls = max(1, min(100, int(SAMPLE / self.sample(action, 1)[0])))
        samples, begin = [], time.perf_counter()
        while len(samples) < 3 or time.perf_counter() - begin < seconds:
            samples.append(self.sample(action, calls))
        return tuple(statistics.median(column) for column in zip(*samples))


def replayed(action):
    """The action recorded as a CUDA graph, after a few calls on a stream of its own, as PyTorch asks for."""
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(3):
            action()
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        result = action()
    return graph, result


def step_of(batch, device):
    network = build_network(build_layers()).to(device)
    optimizer = torch.optim.Adam(network.parameters(), lr=0.001, fused=True, capturable=device == "cuda")
    images = torch.rand(batch, WIDTHS[0], device=device)
    labels = torch.randint(0, WIDTHS[-1], (batch,), device=device)

    def step():
        optimizer.zero_grad(set_to_none=True)
        nn.functional.cross_entropy(network(images), labels).backward()
        optimizer.step()

    return step


def prediction_of(batch, device):
    network = build_network(build_layers()).to(device)
    parts = torch.rand(IMAGES, WIDTHS[0], device=device).split(batch)

    @torch.inference_mode()
    def predict():
        return torch.cat([network(part).argmax(dim=1) for part in parts])

    return predict


def matmul_seconds(batch, device, timer, seconds):
    """Of all products of a step together."""
    total = 0
    for layer, name, rows, depth, columns in matmuls(batch):
        if (layer, name) != (1, "input_gradient"):  # which no step needs
            total += fastest(rows, depth, columns, lambda action: timer.measure(action, seconds)[0], device)[0]
    return total


def measure(what, batch, device, timer, seconds):
    """The form of each way of doing it, its seconds, and those that the process worked."""
    if what == "matmul":
        yield "eager", matmul_seconds(batch, device, timer, 0), None
        return
    action = step_of(batch, device) if what == "step" else prediction_of(batch, device)
    yield ("eager", *timer.measure(action if what == "step" else lambda: action().cpu(), seconds))
    if device == "cuda":
        graph, result = replayed(action)
        yield ("graph", *timer.measure(graph.replay if what == "step" else lambda: (graph.replay(), result.cpu()), seconds))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["matmul", "step", "inference"])
    parser.add_argument("--batch-size", type=int, nargs="+", required=True, help="images of a batch, as many as are wanted")
    parser.add_argument("--seconds", type=float, default=0.3, help="how long to measure each (default: 0.3)")
    options = parser.parse_args()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    timer = Timer(device)
    about = {
        "peer": "torch", "version": torch.__version__, "what": options.what,
        "device": torch.cuda.get_device_name() if device == "cuda" else "CPU",
    }
    for batch in options.batch_size:
        for tf32 in (False, True) if device == "cuda" else (False,):
            torch.backends.cuda.matmul.allow_tf32 = tf32
            said = {**about, "batch": batch, "tf32": tf32}
            try:
                for form, seconds, worked in measure(options.what, batch, device, timer, options.seconds):
                    print(json.dumps({**said, "form": form, "seconds": seconds, "processor_seconds": worked}), flush=True)
            except Exception as error:  # whatever PyTorch raises: it is the row's reason, and the next may work
                print(json.dumps({**said, "failed": (str(error) or repr(error)).splitlines()[0]}), flush=True)


if __name__ == "__main__":
    main()
