#!/usr/bin/env python3
"""Fail if a room knows what it may not know: a later room, another room's library, the terminal.

Run by ctest from any folder. The rules are those of docs/architecture.md.
"""
import pathlib
import re
import sys

MAY_INCLUDE = {  # room: rooms it may include ("reel" is include/reel, the public API)
    "base": "reel",
    "tensor": "reel base",
    "ops": "reel base tensor",
    "model": "reel base tensor ops",
    "sampling": "reel base tensor ops",
    "media": "reel base",
    "pipeline": "reel base tensor ops model sampling media",
    "world": "reel base media",
    "train": "reel base tensor ops model sampling media pipeline world",
    "bench": "reel base tensor ops model sampling media pipeline train",
    "vabench": "reel base media world",
    "server": "reel base",
    "cli": "reel base",
}
ONLY_IN = [  # header of a library, the places that may include it
    (r"libav|libsw", ["src/media/"]),
    (r"oneapi/dnnl|dnnl", ["src/ops/dnnl/"]),
    (r"cuda|cudnn|cublas", ["src/ops/cuda/", "src/tensor/device_cuda"]),
    (r"sqlite3", ["src/server/store_sqlite"]),
    (r"libpq-fe|postgresql/", ["src/server/store_postgres"]),
    (r"microhttpd|wslay", ["src/server/"]),
    (r"curl/", ["src/server/outgoing"]),
    (r"seccomp", ["src/base/confine"]),
    (r"cairo|pango", ["src/world/", "src/vabench/", "src/train/plot"]),
]
NOT_IN_THE_LIBRARY = [  # what only the command line may do, and what nobody may do
    (r"\b(printf|puts|putchar|vprintf|perror)\s*\(", "prints; log or return an error"),
    (r"\b(fprintf|fputs|vfprintf)\s*\([^;]*\bstd(out|err)\b", "prints; log or return an error"),
    (r"\b(exit|_exit|abort|quick_exit)\s*\(", "ends the process; return an error"),
]
NOWHERE = [
    (r"\b(strcpy|strcat|sprintf|vsprintf|gets)\s*\(", "has no bound; use the form that takes one"),
    (r"\b(rand|srand|random|drand48)\s*\(", "is not reproducible; use base/rng.h"),
    (r"\b(TODO|FIXME|XXX)\b", "belongs in an issue"),
]


def complaints(path, text):
    """Yield (line number, complaint) for one source file."""
    room = path.parts[1]
    rules = NOWHERE + ([] if room == "cli" else NOT_IN_THE_LIBRARY)
    code = re.sub(r'"(\\.|[^"\\\n])*"', '""', text)
    for number, (line, bare) in enumerate(zip(text.splitlines(), code.splitlines()), 1):
        include = re.match(r'\s*#\s*include\s+(["<])([^">]+)[">]', line)
        if include:
            header = include[2]
            first = header.split("/")[0]
            if include[1] == '"' and first != room and first not in MAY_INCLUDE[room].split():
                yield number, f"{room} may not include {header}"
            for library, places in ONLY_IN:
                if re.match(library, header) and not path.as_posix().startswith(tuple(places)):
                    yield number, f"{header} belongs in {' and '.join(places)}"
            continue
        if room == "model" and re.match(r"\s*#\s*if", line) and path.suffix == ".c":
            yield number, "a model has no conditional compilation"
        for pattern, why in rules:
            if re.search(pattern, bare):
                yield number, f"{re.search(pattern, bare)[1]} {why}"


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    bad = 0
    for path in sorted((root / "src").rglob("*")):
        if path.suffix not in (".c", ".h", ".cu", ".cuh"):
            continue
        relative = path.relative_to(root)
        if relative.parts[1] not in MAY_INCLUDE:
            print(f"{relative}: {relative.parts[1]} is no room")
            bad += 1
            continue
        for number, complaint in complaints(relative, path.read_text()):
            print(f"{relative}:{number}: {complaint}")
            bad += 1
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
