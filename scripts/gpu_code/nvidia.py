"""Machine code of an H100 or H200 (sm_90), by LLVM's PTX and NVIDIA's own assembler.

NVIDIA's driver has another compiler before its assembler, so registers can differ by a few from what it makes.
"""
import pathlib
import re

from . import loops
from .clang import builtins, optimised, run
from .table import Row

TOOLS = pathlib.Path(__file__).resolve().parents[2] / ".build/gpu-code"


def occupancy(registers, local, group):
    """Percent of a multiprocessor's 64 warps that its groups fill.

    A multiprocessor takes 32 groups and 2048 work-items. Each of its quarters has 16,384 registers, which a warp takes by
    256. Of its 228 KiB of local memory a group takes 1 KiB more than its own, which is rounded up to 128 bytes.
    """
    warps = -(-group // 32)
    by_registers = 4 * (16384 // (-(-registers * 32 // 256) * 256)) // warps
    by_local = (228 << 10) // (-(-local // 128) * 128 + 1024)
    return 100 * warps * min(32, 64 // warps, by_registers, by_local) // 64


def rows(program, folder):
    """A row for each kernel of a program."""
    # Clang has no -cl-denorms-are-zero for this target, but what it stands for.
    code = optimised(program, folder, "nvptx64--nvidiacl", "nvptx64--nvidiacl", [
        "-Wno-unused-command-line-argument", "-Xclang", "-fdenormal-fp-math-f32=preserve-sign"])
    # The newest that LLVM 15 knows; the assembler takes it for any later GPU.
    ptx, binary = folder / "code.ptx", folder / "code.cubin"
    run("llc-15", "-mcpu=sm_80", "-mattr=+ptx70", code, "-o", ptx)
    tools = next(TOOLS.glob("lib/python*/site-packages/nvidia/cu13/bin"))
    log = run(tools / "ptxas", "-arch=sm_90", "-v", ptx, "-o", binary).stderr
    assembly = run(tools / "nvdisasm", "-c", binary).stdout if loops.vector(program) else ""
    found = [_row(program, name, log, assembly) for name in sorted(program["kernels"])]
    for row in found:
        row.findings += [row.says(f"the program calls {name}, which NVIDIA's compiler declares otherwise; use OpenCL C's functions")
                         for name in builtins(program, folder, "nvptx64--nvidiacl")]
    return found


def _row(program, name, log, assembly):
    part = re.search(rf"Function properties for {name}\n(.*\n.*)", log).group(1)

    def number(unit):
        found = re.search(rf"(\d+) {unit}", part)
        return int(found.group(1)) if found else 0

    registers, local, group = number("registers"), number("bytes smem"), program["kernels"][name]
    row = Row("sm_90", program, name, registers=registers, scalars=0, local=local,
              spills=number("bytes spill stores") + number("bytes spill loads"), stack=number("bytes stack frame"),
              occupancy=occupancy(registers, local, group))
    row.findings += [row.says(fault) for fault in loops.narrow_loads(program, name, assembly)]
    return row
