#!/usr/bin/env python3
"""Run every check that needs a GPU, and print what came out.

    tools/gpu_check.py PACK.tar.xz [--out DIR] [--only REGEX] [--seconds N] [--jobs N]
                       [--no-bench] [--no-film] [--sanitize]

PACK is what tools/gpu_pack.py wrote. The programs run in tests/ of this checkout. Everything they
say is kept under DIR (gpu_check), a file per check; the summary, printed last, is in
DIR/summary.txt. Exits with 1 if a check failed, or was skipped because there is no GPU.
"""
import argparse
import concurrent.futures
import glob
import json
import os
import pathlib
import re
import subprocess
import sys
import tarfile
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
SKIPPED = 77
PROMPT = "A large blue ball bounces in a sunny meadow"
CUBLAS = "libcublasLt.so.13"


def folder_of_cublas():
    """Where this machine keeps cuBLAS: the toolkit, or the packages of its Python."""
    places = ["/usr/local/cuda/lib64", "/usr/local/cuda/targets/x86_64-linux/lib"]
    for base in {sys.prefix, "/usr", "/usr/local", "/opt"} | set(sys.path):
        places += glob.glob(f"{base}/nvidia/*/lib")
        places += glob.glob(f"{base}/lib*/python3*/*-packages/nvidia/*/lib")
    places += glob.glob("/opt/*/.venv/lib/python3*/site-packages/nvidia/*/lib")
    for place in places:
        if (pathlib.Path(place) / CUBLAS).exists():
            return place
    return None


class Checks:
    """Runs programs of an unpacked pack and remembers how they ended."""

    def __init__(self, pack, out, seconds):
        self.pack, self.out, self.seconds = pathlib.Path(pack), pathlib.Path(out), seconds
        self.rows = []
        cublas = folder_of_cublas()
        if not cublas:
            print(f"warning: {CUBLAS} is nowhere; set LD_LIBRARY_PATH")
        # Only what the pack carries goes before the system's own libraries.
        self.library_path = ":".join(filter(None, [str(self.pack / "lib"), cublas,
                                                   os.environ.get("LD_LIBRARY_PATH")]))

    def run(self, name, command, environment=None, cwd=ROOT / "tests"):
        """One check; its output goes to OUT/NAME.log."""
        env = {**os.environ, "OMP_WAIT_POLICY": "passive", "LD_LIBRARY_PATH": self.library_path,
               **(environment or {})}
        log = self.out / f"{name}.log"
        start = time.monotonic()
        with open(log, "w") as stream:
            try:
                code = subprocess.run([str(c) for c in command], cwd=cwd, env=env, stdout=stream,
                                      stderr=subprocess.STDOUT, timeout=self.seconds).returncode
            except subprocess.TimeoutExpired:
                code = "timeout"
            except OSError as error:
                stream.write(str(error))
                code = "no start"
        took = time.monotonic() - start
        word = {0: "passed", SKIPPED: "SKIPPED"}.get(code, f"FAILED ({code})")
        self.rows.append((name, word, took))
        print(f"{word:12} {took:7.1f} s  {name}", flush=True)
        return code

    def program(self, name):
        return self.pack / "bin" / name


def complaint(log):
    """The lines that say why a check failed."""
    lines = log.read_text(errors="replace").splitlines()
    wanted = [line for line in lines
              if re.search(r"ERROR|error:|cuda:|distance|FAILED|skipped|undefined|cannot open|---",
                           line)
              and "[  FAILED  ] tests" not in line]
    return wanted[:8] or lines[-4:]


def run_tests(checks, args):
    tests = json.loads((checks.pack / "tests.json").read_text())
    tests = [t for t in tests if re.search(args.only, t["name"])]
    sanitizer = ["compute-sanitizer", "--error-exitcode", "99"] if args.sanitize else []
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        for test in tests:
            pool.submit(checks.run, test["name"], sanitizer + [checks.program(test["program"])],
                        test["environment"])


def run_benchmarks(checks):
    for mode in ("tf32", "bf16"):
        for group in ("machine", "product", "row", "model", "train", "large", "film"):
            checks.run(f"bench_{group}_{mode}",
                       [checks.program("reel"), "bench", "-d", f"cuda,{mode}", "-f", f"{group}/"],
                       cwd=ROOT)


def make_films(checks):
    """The same film on both devices; the times are in the logs."""
    for device in ("cpu", "cuda,f32", "cuda,tf32", "cuda,bf16"):
        name = "film_" + device.replace(",", "_")
        checks.run(name, [checks.program("reel"), "generate", "-p", PROMPT, "--seed", "3",
                          "--seconds", "3", "-r", "base", "-d", device, "--json",
                          "-o", (checks.out / f"{name}.mp4").resolve()], cwd=ROOT)


def about_the_machine():
    try:
        return subprocess.run(["nvidia-smi", "--query-gpu=name,driver_version,memory.total",
                               "--format=csv,noheader"], capture_output=True, text=True,
                              timeout=60).stdout.strip()
    except (OSError, subprocess.TimeoutExpired):
        return "nvidia-smi does not answer"


def summary(checks):
    counts = {"passed": 0, "SKIPPED": 0, "FAILED": 0}
    lines = [about_the_machine()]
    for name, word, took in sorted(checks.rows):
        counts[word.split()[0]] += 1
        if word != "passed":
            lines.append(f"{word}: {name} ({took:.1f} s)")
            lines += [f"    {line}" for line in complaint(checks.out / f"{name}.log")]
    for name, word, _ in checks.rows:
        if word == "passed" and name.startswith(("bench", "film")):
            lines.append(f"{name}:")
            lines += [f"    {line}" for line in
                      (checks.out / f"{name}.log").read_text().splitlines()]
    lines.append(", ".join(f"{count} {word.lower()}" for word, count in counts.items()))
    return "\n".join(lines), counts["FAILED"] + counts["SKIPPED"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pack")
    parser.add_argument("--out", default="gpu_check", metavar="DIR")
    parser.add_argument("--only", default="", metavar="REGEX", help="tests whose names match")
    parser.add_argument("--seconds", type=int, default=300, help="a check may take (300)")
    parser.add_argument("--jobs", type=int, default=4, help="tests side by side (4)")
    parser.add_argument("--no-bench", action="store_true")
    parser.add_argument("--no-film", action="store_true")
    parser.add_argument("--sanitize", action="store_true", help="tests under compute-sanitizer")
    args = parser.parse_args()
    out = pathlib.Path(args.out)
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(args.pack, "r:xz") as tar:
            tar.extractall(folder)
        checks = Checks(folder, out, args.seconds)
        run_tests(checks, args)
        has_reel = checks.program("reel").exists()
        if has_reel and not args.no_film:
            make_films(checks)
        if has_reel and not args.no_bench:
            run_benchmarks(checks)
        text, bad = summary(checks)
    (out / "summary.txt").write_text(text + "\n")
    print("\n" + text)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
