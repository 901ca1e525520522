"""Finds the OpenCL driver of a GPU that no .icd file announces, as in containers that hold no more than the driver."""

import glob
import os
import subprocess
from pathlib import Path

# The libraries of drivers for GPUs, by the name of the file that announces each.
LIBRARIES = {
    "nvidia": ["libnvidia-opencl.so.1"],
    "amd": ["libamdocl64.so", "libamdocl64.so.2", "libamdocl64.so.1"],
    "intel": ["libigdrcl.so"],
}
FOLDERS = [
    "/usr/lib/x86_64-linux-gnu", "/usr/lib64", "/usr/lib", "/usr/local/nvidia/lib64", "/usr/local/nvidia/lib",
    "/usr/local/cuda/compat", "/opt/rocm*/lib", "/opt/rocm*/opencl/lib", "/opt/amdgpu*/lib/x86_64-linux-gnu",
    "/usr/lib/x86_64-linux-gnu/intel-opencl", "/run/opengl-driver/lib", "/usr/lib/wsl/lib",
]
ANNOUNCED = "/etc/OpenCL/vendors"


def listed_libraries():
    """The paths that the loader knows, by the libraries' names."""
    for program in ("ldconfig", "/sbin/ldconfig"):
        try:
            said = subprocess.run([program, "-p"], capture_output=True, text=True, timeout=10).stdout
        except (OSError, subprocess.TimeoutExpired):
            continue
        lines = [line.split("=>") for line in said.splitlines() if "=>" in line and "x86-64" in line]
        return {name.split()[0]: path.strip() for name, path in lines}
    return {}


def find_libraries(listed, folders):
    """The path of each driver's library that is there, by the driver."""
    found = {}
    for driver, names in LIBRARIES.items():
        places = [listed[name] for name in names if name in listed]
        places += [path for folder in folders for name in names for path in sorted(glob.glob(f"{folder}/{name}"))]
        path = next((path for path in places if os.path.isfile(path)), None)
        if path:
            found[driver] = path
    return found


def announce(folder, found, announced=ANNOUNCED):
    """Writes an .icd file for each driver found into the folder, beside those that the system has already; returns the
    environment with which an OpenCL loader goes by them."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in sorted(Path(announced).glob("*.icd")):
        (folder / path.name).write_text(path.read_text())
    for driver, library in found.items():
        (folder / f"{driver}.icd").write_text(f"{library}\n")
    # A driver loads its other parts by name.
    places = [os.path.dirname(library) for library in found.values()] + [os.environ.get("LD_LIBRARY_PATH", "")]
    return {"OCL_ICD_VENDORS": str(folder), "LD_LIBRARY_PATH": ":".join(filter(None, places))}


def find():
    """The drivers' libraries on this machine."""
    own = [folder for folder in os.environ.get("LD_LIBRARY_PATH", "").split(":") if folder]
    return find_libraries(listed_libraries(), own + FOLDERS)
