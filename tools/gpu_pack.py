#!/usr/bin/env python3
"""Pack what a build with CUDA needs to be checked on a machine that has a GPU and nothing else.

    tools/gpu_pack.py BUILD OUT.tar.xz [--libraries DIR]...

The pack holds the programs of ctest's label "cuda" and `reel`, stripped, with the shared libraries
that they ask for (those in a DIR are taken first), but for the C library, the C++ library and
cuBLAS, which the machine must have. tools/gpu_check.py unpacks and runs it.
"""
import argparse
import io
import json
import lzma
import pathlib
import re
import subprocess
import tarfile
import tempfile

OF_THE_MACHINE = re.compile(
    r"^(linux-vdso|ld-linux|libc\.|libm\.|libpthread|libdl\.|librt\.|libstdc\+\+|libgcc_s|libcuda|"
    r"libcublas|libnv)")
PROGRAMS = ["reel"]
# The programs are nearly the same inside, so a window as large as all of them pays.
FILTERS = [{"id": lzma.FILTER_LZMA2, "preset": 1, "dict_size": 256 << 20}]


def gpu_tests(build):
    """[{name, program, environment}] of the tests that need a GPU."""
    text = subprocess.run(["ctest", "--test-dir", build, "-L", "cuda", "--show-only=json-v1"],
                          capture_output=True, text=True, check=True).stdout
    tests = []
    for test in json.loads(text)["tests"]:
        properties = {p["name"]: p["value"] for p in test["properties"]}
        environment = dict(e.split("=", 1) for e in properties.get("ENVIRONMENT", []))
        tests.append({"name": test["name"], "path": test["command"][0],
                      "program": pathlib.Path(test["command"][0]).name,
                      "environment": environment})
    return tests


def libraries_of(program, first):
    """{name: path} of the shared libraries that a program asks for and the pack carries."""
    search = ":".join(first)
    lines = subprocess.run(["ldd", program], capture_output=True, text=True, check=True,
                           env={"LD_LIBRARY_PATH": search, "PATH": "/usr/bin:/bin"}).stdout
    found = {}
    for line in lines.splitlines():
        match = re.match(r"\s*(\S+) => (\S+)", line)
        if match and not OF_THE_MACHINE.match(match[1]):
            if match[2] == "not":
                raise SystemExit(f"{program}: {match[1]} is not found")
            found[match[1]] = match[2]
    return found


def stripped(path, folder):
    """A copy without symbols."""
    out = pathlib.Path(folder) / pathlib.Path(path).name
    subprocess.run(["strip", "-o", out, pathlib.Path(path).resolve()], check=True)
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build")
    parser.add_argument("out")
    parser.add_argument("--libraries", action="append", default=[], metavar="DIR")
    args = parser.parse_args()
    tests = gpu_tests(args.build)
    if not tests:
        raise SystemExit(f"{args.build}: no test has the label cuda; was it built with REEL_CUDA?")
    programs = {test.pop("path") for test in tests}
    programs |= {str(path) for path in (pathlib.Path(args.build) / p for p in PROGRAMS)
                 if path.exists()}
    libraries = {}
    for program in sorted(programs):
        libraries.update(libraries_of(program, args.libraries))
    with tempfile.TemporaryDirectory() as folder, \
            lzma.open(args.out, "wb", filters=FILTERS) as packed, \
            tarfile.open(fileobj=packed, mode="w") as tar:
        text = json.dumps(tests, indent=1).encode()
        about = tarfile.TarInfo("tests.json")
        about.size = len(text)
        tar.addfile(about, io.BytesIO(text))
        for program in sorted(programs):
            tar.add(stripped(program, folder), f"bin/{pathlib.Path(program).name}")
        for name, path in sorted(libraries.items()):
            tar.add(stripped(path, folder), f"lib/{name}")
    size = pathlib.Path(args.out).stat().st_size
    print(f"{args.out}: {len(programs)} programs, {len(libraries)} libraries, {size / 2**20:.1f} MiB")


if __name__ == "__main__":
    main()
