#!/usr/bin/env python3
"""Fail if a room's library defines a global symbol without the prefix reel_.

    tools/check_symbols.py build/release/src

The command line is a program of its own and is exempt.
"""
import pathlib
import re
import subprocess
import sys

OURS = re.compile(r"reel_|_Z\w*reel_|__|_GLOBAL_")  # as C and as C++ spell them


def foreign_symbols(library):
    """Names that a static library defines for others and that do not begin with reel_.

    Weak ones are what C++ instantiates in every object that uses it.
    """
    lines = subprocess.run(["nm", "--defined-only", "--extern-only", "--format=posix", library],
                           capture_output=True, text=True, check=True).stdout.splitlines()
    names = (line.split()[0] for line in lines
             if line and not line.endswith(":") and line.split()[1] not in "WVu")
    return sorted(name for name in names if not OURS.match(name))


def main():
    libraries = sorted(pathlib.Path(sys.argv[1]).rglob("libreel_*.a"))
    bad = 0
    for library in libraries:
        for name in foreign_symbols(library) if library.name != "libreel_cli.a" else []:
            print(f"{library.name}: {name} does not begin with reel_")
            bad += 1
    if not libraries:
        print(f"{sys.argv[1]}: holds no libreel_*.a")
    return 1 if bad or not libraries else 0


if __name__ == "__main__":
    sys.exit(main())
