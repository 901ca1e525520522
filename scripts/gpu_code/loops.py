"""The loops of NVIDIA's machine code, and how wide they load."""
import re


def vector(program):
    """Floats of the tile's vector, for programs of products; else nothing."""
    found = re.search(r"-D(?:SPARSE_)?VECTOR=(\d+)", program["options"])
    return int(found.group(1)) if found else None


def narrow_loads(program, kernel, assembly):
    """What loads too little at a time in the loop of a product: the innermost loop with the most multiply-adds.

    It loads operands of the product, a vector at a time, from local memory. Where weights are sparse it may load one operand
    from global memory, and has the weights in local memory, each with its place: 64 bits.
    """
    if not vector(program):
        return []
    loop = max(_innermost(_instructions(kernel, assembly)), key=_multiplications, default=[])
    if not _multiplications(loop):
        return []
    wanted = 32 * vector(program)
    globally, locally = ([_bits(i) for i in loop if i.startswith(kind)] for kind in ("LDG", "LDS"))
    entries = 64 if "SPARSE_" in program["options"] and globally else wanted
    narrow = ((memory, sum(bits < least for bits in loads), least)
              for memory, loads, least in (("global", globally, wanted), ("local", locally, entries)))
    return [f"{count} loads from {memory} memory in its inner loop are of less than {least} bits; read through pointers to vectors"
            for memory, count, least in narrow if count]


def _multiplications(loop):
    return sum(i.startswith("FFMA") for i in loop)


def _bits(instruction):
    width = re.search(r"\.(64|128)\b", instruction)
    return int(width.group(1)) if width else 32


def _instructions(kernel, assembly):
    """The kernel's instructions without their predicates, and labels, which end with a colon."""
    start = assembly.index(f".section\t.text.{kernel},")
    end = assembly.find("\n\t.section", start)
    found = re.findall(r"^(?:(\.L_x_\d+:)|\s+/\*[0-9a-f]{4,}\*/\s+(?:@!?U?P\w+ )?(.*?) *;)",
                       assembly[start:end if end > 0 else None], re.MULTILINE)
    return [label or instruction for label, instruction in found]


def _innermost(code):
    """The loops without another loop in them: from a label to a branch back to it."""
    places = {item[:-1]: place for place, item in enumerate(code) if item.endswith(":")}
    ends = {}
    for place, item in enumerate(code):
        to = re.match(r"BRA.*\((\.L_x_\d+)\)", item)
        if to and places.get(to.group(1), place) < place:
            ends[places[to.group(1)]] = place
    spans = list(ends.items())
    return [code[a:b + 1] for a, b in spans if not any(a <= c and d <= b and (a, b) != (c, d) for c, d in spans)]
