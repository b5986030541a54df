#!/usr/bin/env python3
"""Compare this engine with PyTorch on the same networks, weights and sizes.

    /usr/bin/python3 tools/compare_torch/compare.py                    all parts, on every core
    /usr/bin/python3 tools/compare_torch/compare.py --cpu --threads 1  on a busy machine

PyTorch runs tools/reference/, which the golden tests hold equal to the engine, in f32 with the
weights of the model, on the number of threads that suits it best. Debian's build multiplies with
OpenBLAS, which needs to be told of AVX-512 (OPENBLAS_CORETYPE). The engine runs `reel bench`
before and after; the better of its two runs counts, as does the best run of PyTorch.
The reference and the engine are of one batch size and length; text is given, not encoded.
"""
import argparse
import ctypes
import json
import os
import pathlib
import struct
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
PARTS = {  # part: rows of reel bench
    "dit_step": ["model/dit_step", "model/dit_step_int8"],
    "video_decode": ["model/video_decode"],
    "train_step": ["train/step"],
}
FILM = {"frames": 21, "rows": 10, "columns": 18, "sounds": 108, "words": 11}  # 5 s; film_case.c
BATCH = {"count": 12, "frames": 13, "sounds": 65, "words": 24}  # of 3 s; src/bench/training.c


def read_part(path):
    """Config and f32 tensors of a part."""
    import torch

    raw = path.read_bytes()
    size = struct.unpack("<Q", raw[:8])[0]
    header = json.loads(raw[8 : 8 + size])
    meta = header.pop("__metadata__")
    types = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}
    tensors = {}
    for name, entry in header.items():
        begin, end = (8 + size + at for at in entry["data_offsets"])
        flat = torch.frombuffer(bytearray(raw[begin:end]), dtype=types[entry["dtype"]])
        tensors[name] = flat.reshape(entry["shape"]).float()
    return json.loads(meta["config"]), tensors


def load(network, tensors):
    missing, unexpected = network.load_state_dict(tensors, strict=False)
    if missing or unexpected:
        sys.exit(f"the reference and the part differ: {missing[:3]} {unexpected[:3]}")
    return network


# --- what PyTorch runs ---------------------------------------------------------------------------


def dit_inputs(config, count, frames, sounds, words, rows=10, columns=18):
    import torch

    video, audio = 2 * config["video_channels"] + 1, 2 * config["audio_channels"] + 1
    sigma = torch.full((count,), 0.7)
    return (torch.randn(count, frames, rows, columns, video), torch.randn(count, sounds, audio),
            sigma, sigma, torch.randn(count, words, config["text_width"]),
            torch.ones(count, words))  # fmt: skip


def dit_step(model):
    import torch
    from dit import DiT

    config, tensors = read_part(model / "dit.safetensors")
    network = load(DiT(config), tensors)
    inputs = dit_inputs(config, 2, FILM["frames"], FILM["sounds"], FILM["words"])

    def run():
        with torch.no_grad():
            network(*inputs)

    return run


def video_decode(model):
    import torch
    from video_vae import VideoVae

    config, tensors = read_part(model / "video_vae.safetensors")
    network = load(VideoVae(config), tensors)
    latent = torch.randn(1, FILM["frames"], FILM["rows"], FILM["columns"],
                         config["latent_channels"])  # fmt: skip

    def run():
        with torch.no_grad():
            network.decode(latent)

    return run


def train_step(model):
    """With AdamW for every weight, which costs less than the engine's Muon."""
    import torch
    from dit import DiT

    config, tensors = read_part(model / "dit.safetensors")
    network = load(DiT(config), tensors)
    optimiser = torch.optim.AdamW(network.parameters(), lr=1e-6)
    inputs = dit_inputs(config, BATCH["count"], BATCH["frames"], BATCH["sounds"], BATCH["words"])
    targets = [torch.randn(x.shape[:-1] + (c,)) for x, c in
               zip(inputs, (config["video_channels"], config["audio_channels"]))]  # fmt: skip

    def run():
        optimiser.zero_grad()
        out = network(*inputs)
        sum((o - t).pow(2).mean() for o, t in zip(out, targets)).backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()

    return run


def check_blas():
    if "openblas" not in pathlib.Path("/proc/self/maps").read_text():
        sys.exit("PyTorch multiplies without OpenBLAS here: install libopenblas0-pthread, or put "
                 "its folder into LD_LIBRARY_PATH")  # fmt: skip


def run_part(args):
    """In a process of its own, so that threads and memory are its own: best seconds, peak."""
    import torch

    check_blas()
    sys.path.insert(0, str(ROOT / "tools" / "reference"))
    torch.manual_seed(1)
    torch.set_num_threads(args.threads)
    warm = torch.randn(64, 64, requires_grad=True)
    (warm @ warm).sum().backward()
    empty = held_bytes("RssAnon")
    step = globals()[args.part](pathlib.Path(args.model))
    forget_peak()
    best, begin = float("inf"), time.monotonic()
    for done in range(100):
        if done >= 3 and time.monotonic() - begin > args.seconds:
            break
        start = clock(args, args.threads)
        step()
        best = min(best, clock(args, args.threads) - start)
    held = held_bytes("VmHWM") - held_bytes("RssFile") - held_bytes("RssShmem") - empty
    print(json.dumps({"seconds": best, "threads": args.threads, "bytes": held}))


def held_bytes(field):
    """Of this process: VmHWM is its peak, RssFile and RssShmem the libraries in it."""
    lines = pathlib.Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field + ":")) * 1024


def forget_peak():
    """What reading the weights took and gave back does not count."""
    ctypes.CDLL(None).malloc_trim(0)
    pathlib.Path("/proc/self/clear_refs").write_text("5")


def clock(args, threads):
    return time.process_time() / threads if args.cpu else time.monotonic()


# --- side by side --------------------------------------------------------------------------------


def run_torch(args, part):
    """On the number of threads that suits it best."""
    runs = []
    for threads in [args.threads] if args.threads else range(1, (os.cpu_count() or 1) + 1):
        command = [sys.executable, __file__, "--part", part, "--model", args.model, "--seconds",
                   str(args.seconds), "--threads", str(threads)]  # fmt: skip
        count = str(threads)
        environment = dict(os.environ, OPENBLAS_CORETYPE="SkylakeX", OPENBLAS_NUM_THREADS=count,
                           OMP_NUM_THREADS=count)  # fmt: skip
        if args.cpu:
            command.append("--cpu")
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True)
        if done.returncode != 0:
            sys.exit(done.returncode)
        runs.append(json.loads(done.stdout))
    return min(runs, key=lambda run: run["seconds"])


def run_reel(args, part):
    """The rows of a part."""
    command = [args.reel, "bench", "--json", "--filter", PARTS[part][0], "--model", args.model,
               "--seconds", str(min(args.seconds, 60))]  # fmt: skip
    environment = dict(os.environ)
    if args.cpu:
        command.append("--cpu")
    if args.threads:
        environment["OMP_NUM_THREADS"] = str(args.threads)
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(done.returncode)
    return {row["name"]: row for row in json.loads(done.stdout)["rows"]}


def compare(args, part):
    """One line per row of the engine. Memory is weights and activations on both sides, in training
    also gradients and moments: what PyTorch's process grew by at its peak, without its libraries
    and what reading the weights took, and what the engine asks for before it starts (with the
    average of the weights, which PyTorch's side does not keep)."""
    before, theirs, after = run_reel(args, part), run_torch(args, part), run_reel(args, part)
    lines = []
    for name in PARTS[part]:
        ours, held = min(run[name]["seconds"] for run in (before, after)), before[name]["memoryBytes"]
        lines.append({
            "row": name, "torch_seconds": theirs["seconds"], "reel_seconds": ours,
            "times_faster": theirs["seconds"] / ours, "torch_threads": theirs["threads"],
            "torch_bytes": theirs["bytes"], "reel_bytes": held,
            "memory_share": held / theirs["bytes"],
        })  # fmt: skip
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--reel", default=str(ROOT / "build" / "release" / "reel"))
    parser.add_argument("--model", default=str(ROOT / "models" / "mini"))
    parser.add_argument("--seconds", type=float, default=5.0, help="for each measurement, about")
    parser.add_argument("--threads", type=int, default=0, help="0: as many as suit PyTorch best")
    parser.add_argument("--cpu", action="store_true", help="CPU time over the threads in use")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--part", choices=PARTS, help="only PyTorch's side of this part")
    args = parser.parse_args()
    if args.part:
        return run_part(args)
    lines = []
    for part in PARTS:
        for line in compare(args, part):
            lines.append(line)
            if not args.json:
                print("{row:22} PyTorch {torch_seconds:7.3f} s ({torch_threads} threads)  "
                      "reel {reel_seconds:7.3f} s  {times_faster:5.2f} x  memory "
                      "{torch_bytes:13,.0f} {reel_bytes:13,.0f} {memory_share:5.2f}"
                      .format(**line), flush=True)  # fmt: skip
    if args.json:
        print(json.dumps(lines))
    return None


if __name__ == "__main__":
    main()
