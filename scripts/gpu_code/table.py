"""What kernels take of a GPU: rows, their file, and what has changed."""
import csv
import pathlib

KEYS = ["target", "file", "kernel", "configuration"]
NUMBERS = ["group", "registers", "scalars", "local", "spills", "stack", "occupancy"]
# What must not grow, for people.
GROWING = {"registers": "registers", "scalars": "scalar registers", "local": "bytes of local memory"}


class Row:
    """A kernel of a program on a target, and what is wrong with it."""

    def __init__(self, target, program, kernel, **numbers):
        macros = [option[2:] for option in program["options"].split() if option.startswith("-D")]
        before = [pathlib.Path(program["prelude"]).stem] if program.get("prelude") else []
        self.key = (target, program["file"], kernel, " ".join(before + macros))
        self.numbers = numbers | {"group": program["kernels"][kernel]}
        self.findings = []
        if numbers["spills"]:
            self.findings.append(self.says(f"registers are spilled ({numbers['spills']}); hold fewer values at a time"))
        elif numbers["stack"]:
            self.findings.append(self.says(f"a stack frame of {numbers['stack']} bytes; an index of a private array is known "
                                           "at run time only: unroll its loop, or use a vector"))

    def __lt__(self, other):
        return self.key < other.key

    def says(self, fault):
        """A line about the kernel."""
        return says(self.key, fault)


def says(key, fault):
    """A line about the kernel of a row."""
    target, file, kernel, configuration = key
    return f"{target}, {file}, {kernel}" + (f" ({configuration})" if configuration else "") + f": {fault}"


def text(rows):
    """The table for people."""
    lines = [KEYS[:3] + NUMBERS + KEYS[3:]]
    lines += [[*row.key[:3], *(str(row.numbers[n]) for n in NUMBERS), row.key[3]] for row in rows]
    widths = [max(map(len, column)) for column in zip(*lines)]
    numbers = range(3, 3 + len(NUMBERS))
    cells = ([cell.rjust(width) if place in numbers else cell.ljust(width)
              for place, (cell, width) in enumerate(zip(line, widths))] for line in lines)
    return "\n".join("  ".join(line).rstrip() for line in cells)


def write(path, rows):
    """Records the rows."""
    with open(path, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(KEYS + NUMBERS)
        writer.writerows([*row.key, *(row.numbers[n] for n in NUMBERS)] for row in rows)


def read(path):
    """The recorded numbers of each key; none where there is no table yet."""
    if not path.exists():
        return {}
    with open(path, newline="") as file:
        return {tuple(row[k] for k in KEYS): {n: int(row[n]) for n in NUMBERS} for row in csv.DictReader(file)}


def differences(recorded, rows):
    """What is worse than recorded, or not as recorded."""
    found = []
    for row in rows:
        before = recorded.get(row.key)
        if before is None:
            found.append(row.says("is not in the table; --record it"))
            continue
        found += [row.says(f"{row.numbers[n]} {words}, recorded are {before[n]}; take fewer, or --record them")
                  for n, words in GROWING.items() if row.numbers[n] > before[n]]
        if row.numbers["occupancy"] < before["occupancy"]:
            found.append(row.says(f"an occupancy of {row.numbers['occupancy']}%, recorded is {before['occupancy']}%"))
    gone = recorded.keys() - {row.key for row in rows}
    return found + [says(key, "is in the table but not among the kernels; --record") for key in sorted(gone)]
