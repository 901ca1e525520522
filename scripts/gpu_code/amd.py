"""Machine code of a Radeon VII or MI50 (gfx906), by LLVM's own backend, as AMD's driver makes it."""
import re

from .clang import optimised, run
from .table import Row


def occupancy(vectors, scalars, local, group):
    """Percent of a compute unit's 40 waves that its groups fill.

    Each of its four units takes 10 waves of 64 work-items and has 256 vector registers for a work-item, which a wave
    takes by 4, and 800 scalar registers, which it takes by 16. The compute unit has 64 KiB of local memory, taken by 512
    bytes, and takes 16 groups of several waves.
    """
    waves = -(-group // 64)
    each = min(10, 256 // (-(-vectors // 4) * 4), 800 // (-(-scalars // 16) * 16))
    by_local = (64 << 10) // (-(-local // 512) * 512) if local else 40
    return 100 * waves * min(16 if waves > 1 else 40, 4 * each // waves, by_local) // 40


# What no AMD GPU runs: nothing there orders what groups of a launch write for one another (DeviceTraits.ordersGroups).
ELSEWHERE = {"network_gpu.cl"}


def rows(program, folder):
    """A row for each kernel of a program."""
    if program["file"] in ELSEWHERE:
        return []
    code = optimised(program, folder, "amdgcn--amdhsa", "amdgcn--amdhsa", ["-mcpu=gfx906", "-nogpulib"])
    assembly = folder / "code.s"
    run("llc-15", "-mcpu=gfx906", code, "-o", assembly)
    text = assembly.read_text()
    # The text ends with a list of the kernels and what each takes.
    facts = {}
    for part in text[text.index("amdhsa.kernels:"):].split("  - .args:")[1:]:
        numbers = {key: int(value) for key, value in re.findall(r"^    \.(\w+): +(\d+)$", part, re.MULTILINE)}
        facts[re.search(r"^    \.name: +(\w+)$", part, re.MULTILINE).group(1)] = numbers
    return [_row(program, name, facts[name]) for name in sorted(program["kernels"])]


def _row(program, name, facts):
    vectors, scalars, local = facts["vgpr_count"], facts["sgpr_count"], facts["group_segment_fixed_size"]
    return Row("gfx906", program, name, registers=vectors, scalars=scalars, local=local,
               spills=facts["vgpr_spill_count"] + facts["sgpr_spill_count"], stack=facts["private_segment_fixed_size"],
               occupancy=occupancy(vectors, scalars, local, program["kernels"][name]))
