"""The rows of Benchmarks/gpu, and the table that it makes of them."""

from tables import milliseconds

# How PyTorch did it: eager and as a CUDA graph, in float32 and in TF32.
WAYS = {"eager": "PyTorch", "graph": "as a graph", "tf32 eager": "TF32", "tf32 graph": "TF32, as a graph"}


def time_of(seconds):
    return f"{seconds:.1f} s" if seconds >= 10 else milliseconds(seconds)


class Row:
    """What one measurement came to."""

    def __init__(self, what, whittle=None, processor=None, note="", failed=False, told=None):
        self.what = what
        self.whittle = whittle  # seconds
        self.processor = processor  # how much of them the process's threads worked, in cores
        self.note = note
        self.failed = failed
        self.told = told  # all that was measured, as whittle says it
        self.torch = []  # what peers/torch_sweep.py printed of the same

    @property
    def peers(self):
        """PyTorch's seconds by the way of doing it."""
        done = [line for line in self.torch if "seconds" in line]
        return {("tf32 " if line["tf32"] else "") + line["form"]: line["seconds"] for line in done}

    @property
    def ratio(self):
        """Whittle's time against PyTorch's best in float32."""
        exact = [seconds for way, seconds in self.peers.items() if not way.startswith("tf32")]
        return self.whittle / min(exact) if self.whittle and exact else None

    def json(self, part):
        return {
            "part": part, "what": self.what, "whittle_seconds": self.whittle, "torch": self.torch,
            "ratio": self.ratio, "processor": self.processor, "note": self.note, "failed": self.failed, "told": self.told,
        }


def markdown(rows):
    """The table of (part, row) pairs. A column that has nothing in it is left out."""
    head = ["part", "what", "Whittle", *WAYS.values(), "ratio", "processor", "note"]
    lines = []
    for part, row in rows:
        times = [row.whittle, *map(row.peers.get, WAYS)]
        lines.append([
            part, row.what, *[time_of(time) if time is not None else "" for time in times],
            f"{row.ratio:.2f}" if row.ratio else "", f"{row.processor:.0%}" if row.processor is not None else "",
            row.note.replace("|", "/"),
        ])
    used = [index for index, title in enumerate(head) if index < 3 or any(line[index] for line in lines)]
    table = [[line[index] for index in used] for line in [head, *lines]]
    widths = [max(len(cell) for cell in column) for column in zip(*table)]
    table.insert(1, ["-" * width for width in widths])
    return "\n".join("| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths)) + " |" for line in table)
