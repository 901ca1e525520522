"""From OpenCL C to LLVM's optimised code, the same way for all targets."""
import pathlib
import re
import subprocess


class NotCompiled(Exception):
    """A program that a target cannot be given."""


def run(*command):
    """Runs a tool quietly; its messages come with the error where it fails."""
    result = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if result.returncode:
        raise NotCompiled(f"{pathlib.Path(command[0]).name} failed: {(result.stderr or result.stdout).strip()[:2000]}")
    return result


def optimised(program, folder, target, library, flags):
    """The file with a program's code, in which nothing is left but its kernels."""
    source, parts, whole, result = (folder / name for name in ("source.cl", "parts.bc", "whole.bc", "optimised.bc"))
    source.write_text(program["source"])
    run("clang-15", "-x", "cl", "-cl-std=CL1.2", "-target", target, *flags, *program["options"].split(),
        "-Xclang", "-finclude-default-header", "-O3", "-emit-llvm", "-c", source, "-o", parts)
    run("llvm-link-15", parts, "--only-needed", f"/usr/lib/clc/{library}.bc", "-o", whole)
    run("opt-15", "-passes=internalize,default<O3>", "--internalize-public-api-list=" + ",".join(program["kernels"]),
        whole, "-o", result)
    missing = [line.split()[-1] for line in run("llvm-nm-15", "--undefined-only", result).stdout.splitlines()]
    if missing:
        raise NotCompiled(f"{program['file']} for {target} calls {', '.join(missing)}, which is not there; inline it")
    return result


def builtins(program, folder, target):
    """The compiler's own functions that a program calls where it is compiled for the target."""
    source = folder / "source.cl"
    source.write_text(program["source"])
    text = run("clang-15", "-x", "cl", "-cl-std=CL1.2", "-target", target, "-Wno-unused-command-line-argument",
               *program["options"].split(), "-E", source).stdout
    # Its own headers make such calls of OpenCL C's names: those that the program does not have are none of its.
    return sorted({name for name in re.findall(r"\b__builtin_\w+", text) if name in program["source"]})
