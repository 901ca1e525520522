"""Kernels that are broken on purpose, each of which has to be found."""
import sys

from . import amd, nvidia, table

# Target, file, a macro that tells its program from others, kernel, what is replaced in source or options, by what, the finding.
FAULTS = [
    # An array whose index is known at run time only.
    (nvidia, "keys.cl", "MASK_VECTOR=4", "block_keys",
     "#pragma unroll\n    for (int j = 0; j < MASK_VECTOR; j++) {\n      if (j < used) keys[j] = lanes[j];\n    }",
     "for (int j = 0; j < used; j++) keys[j] = lanes[j];", "a stack frame of"),
    # More sums than registers.
    (nvidia, "matmul_gpu.cl", "THREAD_N=8", "matmul_forward", "-DTHREAD_M=8 -DTHREAD_N=8", "-DTHREAD_M=16 -DTHREAD_N=16",
     "registers are spilled"),
    (amd, "matmul_gpu.cl", "THREAD_N=8", "matmul_forward", "-DTHREAD_M=8 -DTHREAD_N=8", "-DTHREAD_M=16 -DTHREAD_N=16",
     "registers are spilled"),
    # Vectors that may lie anywhere.
    (nvidia, "conv_gpu.cl", "THREAD_N=8", "conv_forward", "*(local const Vector *)(panel_n + k * STRIDE_N + n)",
     "JOIN(vload, VECTOR)(0, panel_n + k * STRIDE_N + n + TILE_M % 3)", "loads from local memory"),
    (nvidia, "sparse_gpu.cl", "SPARSE_GROUP=256", "sparse_forward", "LOAD(activations + (size_t)entry.x * batch)",
     "JOIN(vload, SPARSE_VECTOR)(0, activations + (size_t)entry.x * batch)", "loads from global memory"),
    # What clang takes, and NVIDIA's driver does not: it stopped every study on its GPUs once.
    (nvidia, "step.cl", "", "begin_epoch", "prefetch(pointer, 16)", "__builtin_prefetch((const void *)(size_t)(pointer), written)",
     "the program calls __builtin_prefetch"),
]


def missed(programs, compiled):
    """What is not found, in words."""
    for target, file, macro, kernel, old, new, finding in FAULTS:
        program = next((p for p in programs if p["file"] == file and macro in p["options"] and kernel in p["kernels"]), None)
        if not program or old not in program["source"] + program["options"]:
            yield f"{file}: '{old}' is in no program of {kernel} with {macro}; give the fault another place"
            continue
        fault = program | {part: program[part].replace(old, new) for part in ("source", "options")}
        fault["kernels"] = {kernel: program["kernels"][kernel]}
        if not any(finding in found for row in compiled((target, fault)) for found in row.findings):
            yield f"{file}: '{old}' made '{new}': nobody finds '{finding}'"
    yield from missed_changes(compiled((nvidia, next(p for p in programs if p["file"] == "loss.cl"))))


def missed_changes(rows):
    """The same of what the recorded table is for."""
    recorded = {row.key: dict(row.numbers) for row in rows}
    key = next(iter(recorded))
    if table.differences(recorded, rows):
        yield "rows differ from themselves"
    for number, change in (("registers", -1), ("local", -4), ("occupancy", 1)):
        worse = recorded | {key: recorded[key] | {number: recorded[key][number] + change}}
        if len(table.differences(worse, rows)) != 1:
            yield f"a change of {number} is not found"
    if not table.differences({}, rows) or not table.differences(recorded, rows[1:]):
        yield "a kernel that is new, or gone, is not found"


def check(programs, compiled):
    """Tries every fault; the exit status."""
    found = list(missed(programs, compiled))
    for line in found:
        print(f"check-gpu-code: {line}", file=sys.stderr)
    print(f"check-gpu-code: {len(FAULTS)} faults, {len(found)} of them missed")
    return 1 if found else 0
