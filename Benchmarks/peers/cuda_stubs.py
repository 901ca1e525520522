"""Lets PyPI's PyTorch run on a machine without CUDA, without its gigabytes of CUDA libraries.

PyPI's Linux wheel of PyTorch is linked against cuBLAS, cuDNN, NCCL and others, which are separate wheels of some
3 GB. On the CPU none of them is ever called, but the dynamic loader refuses to start without them. This writes, for
each library that is missing, a stub that exports the symbols PyTorch asks for; each returns an error code.
The CUDA runtime itself is the real one (a 3 MB wheel): it answers truthfully that there is no device.

Usage: python cuda_stubs.py     (with the Python that PyTorch is installed in; needs cc, nm and readelf)
"""

import importlib.util
import re
import subprocess
import sys
import tempfile
from pathlib import Path

NO_DEVICE = 100  # cudaErrorNoDevice, and an error in each of the other libraries too


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def needed(library):
    return re.findall(r"\(NEEDED\).*\[(.+)\]", run("readelf", "--wide", "--dynamic", library))


def versions_needed(library):
    """Maps each library that `library` wants symbol versions of to the names of those versions."""
    wanted, file = {}, None
    for line in run("readelf", "--wide", "--version-info", library).splitlines():
        if match := re.search(r"Version: \d+\s+File: (\S+)", line):
            file = match[1]
        elif match := re.search(r"Name: (\S+)\s+Flags:.*Version: \d+", line):
            if file:
                wanted.setdefault(file, set()).add(match[1])
    return wanted


def symbols(library, which):
    """Yields the name and the version (or "") of each dynamic symbol of `library`."""
    for line in run("nm", "--dynamic", "--with-symbol-versions", which, library).splitlines():
        kind, name = line.split()[-2:]
        if which == "--undefined-only" and kind != "U":
            continue  # weak: the loader does not insist on it
        name, _, version = name.partition("@")
        yield name, version.lstrip("@")


def main():
    torch = Path(importlib.util.find_spec("torch").submodule_search_locations[0])
    folder = torch / "lib"
    ours = sorted(folder.glob("*.so*"))
    present = {path.name for path in ours}
    present |= {path.name for path in torch.parent.glob("nvidia/*/lib/*.so*")}
    present |= set(re.findall(r"^\t(\S+) ", run("/sbin/ldconfig", "-p"), re.MULTILINE))
    # The driver's own library is loaded on demand, by a part of PyTorch that never loads here.
    missing = {name for path in ours for name in needed(path)} - present - {"libcuda.so.1"}
    if not missing:
        print("cuda_stubs: nothing is missing")
        return
    print(f"cuda_stubs: writing stubs for {', '.join(sorted(missing))}")

    nodes = {name: set() for name in missing}  # library -> version names
    owner = {}  # version name -> library
    exports = {name: {} for name in missing}  # library -> version name -> symbols
    for path in ours:
        for file, names in versions_needed(path).items():
            if file in missing:
                nodes[file] |= names
                owner.update(dict.fromkeys(names, file))
    provided = {name for path in ours for name, _ in symbols(path, "--defined-only")}
    unversioned = set()
    for path in ours:
        for name, version in symbols(path, "--undefined-only"):
            if version in owner:
                exports[owner[version]].setdefault(version, set()).add(name)
            elif not version and name not in provided and not re.match(r"_?Py|_Z", name):
                unversioned.add(name)
    # Symbols without a version may come from any library.
    home = sorted(missing)[0]
    exports[home].setdefault("", set()).update(unversioned)

    with tempfile.TemporaryDirectory() as scratch:
        for library in sorted(missing):
            source, script = Path(scratch, "stub.c"), Path(scratch, "stub.map")
            names = set().union(*exports[library].values())
            source.write_text("".join(f"int {name}(void) {{ return {NO_DEVICE}; }}\n" for name in sorted(names)))
            # Symbols that the map leaves out are exported without a version.
            blocks = []
            for version in sorted(nodes[library]):
                inside = exports[library].get(version)
                listing = f"global: {'; '.join(sorted(inside))};" if inside else ""
                blocks.append(f"{version} {{ {listing} }};\n")
            script.write_text("".join(blocks))
            command = ["cc", "-shared", "-fPIC", "-w", "-fno-builtin", "-nostdlib", str(source)]
            command += [f"-Wl,-soname,{library}", "-o", str(folder / library)]
            subprocess.run(command + ([f"-Wl,--version-script={script}"] if blocks else []), check=True)


if __name__ == "__main__":
    sys.exit(main())
