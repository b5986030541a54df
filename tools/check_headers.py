#!/usr/bin/env python3
"""Fail if a public header does not compile alone, as C11 and as C++17."""
import pathlib
import subprocess
import sys

COMPILERS = [["gcc", "-x", "c", "-std=c11"], ["g++", "-x", "c++", "-std=c++17"]]
FLAGS = ["-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only", "-"]


def main():
    include = pathlib.Path(__file__).resolve().parent.parent / "include"
    bad = 0
    for header in sorted(include.rglob("*.h")):
        source = f'#include "{header.relative_to(include)}"\n'
        for compiler in COMPILERS:
            run = subprocess.run([*compiler, f"-I{include}", *FLAGS], input=source * 2, text=True,
                                 capture_output=True)
            if run.returncode != 0:
                print(f"{header.name} alone as {compiler[-1]}:\n{run.stderr}")
                bad += 1
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
