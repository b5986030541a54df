#!/usr/bin/env python3
"""Fail if a document names a file or folder of the repository that is not there.

Checked are paths in `code marks` that begin with a folder of the repository, and bare names of
sources, which must be somewhere in it. What holds <...> or * is a pattern and is left alone.
"""
import pathlib
import re
import sys

FOLDERS = ("src/", "include/", "tests/", "tools/", "docs/", "recipes/", "models/")
DOCUMENTS = ["README.md", "CONTRIBUTING.md", "docs/*.md", "docs/howto/*.md", "src/*/README.md"]


def source_names(root):
    """Names of all sources of the repository."""
    return {path.name for folder in FOLDERS for path in (root / folder).rglob("*.*")}


def missing(root, document, names):
    """Yield (line number, path) for every path or source that is named and absent."""
    for number, line in enumerate(document.read_text().splitlines(), 1):
        for mark in re.findall(r"`([^`\s]+)`", line):
            if re.search(r"[<>*{}]", mark):
                continue
            is_path = mark.startswith(FOLDERS)
            if is_path and not (root / mark).exists():
                yield number, mark
            elif re.fullmatch(r"[\w-]+\.(c|h|cu|py)", mark) and mark not in names:
                yield number, mark


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    names = source_names(root)
    bad = 0
    for pattern in DOCUMENTS:
        for document in sorted(root.glob(pattern)):
            for number, path in missing(root, document, names):
                print(f"{document.relative_to(root)}:{number}: there is no {path}")
                bad += 1
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
