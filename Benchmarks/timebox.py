"""Parts of a measurement that share a limited time, and results that a kill leaves whole."""

import os
import time
from pathlib import Path

LEAST = 1.0  # seconds with which a measurement is still begun


class Deadline:
    """A moment that nothing outlasts."""

    def __init__(self, seconds, clock=time.monotonic):
        self.clock = clock
        self.start = clock()
        self.seconds = seconds

    @property
    def left(self):
        return max(0.0, self.start + self.seconds - self.clock())

    @property
    def is_over(self):
        return self.left < LEAST

    def part(self, share):
        """The deadline of what may take this share of the time that is left."""
        return Deadline(self.left * share, self.clock)


def in_turn(parts, deadline):
    """Each part's name and its rows, as they come. A part is a name, a share and a function that takes its deadline and
    yields rows: of the time that is left it may take its share of all shares still to come, so what one leaves is there for
    the others, and none starves."""
    for index, (name, share, rows) in enumerate(parts):
        shares = sum(share for _, share, _ in parts[index:])
        for row in rows(deadline.part(share / shares)):
            yield name, row


def write_whole(path, text):
    """Writes a file that has either the old text or the new one, whenever it is read or this process killed."""
    partial = Path(f"{path}.partial")
    with open(partial, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(partial, path)
