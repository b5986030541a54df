"""Writing golden files: what PyTorch answers, kept beside the tests.

A golden file of an operator holds in.0, in.1 ..., out, d_out and the gradients d_in.N of
sum(out * d_out); its metadata names the script, its hash, the torch version and the seed."""
import hashlib
import json
import pathlib
import struct
import sys

import torch

SEED = 20240611
GOLDEN = pathlib.Path(__file__).resolve().parents[2] / "tests" / "golden"
TYPES = {torch.float32: "F32", torch.float16: "F16", torch.int32: "I32"}


def save(name, tensors):
    """Write tests/golden/<name>.safetensors; `tensors` maps names to f32, f16 or i32 tensors."""
    script = pathlib.Path(sys.argv[0]).resolve()
    header = {
        "__metadata__": {
            "script": script.name,
            "sha256": hashlib.sha256(script.read_bytes()).hexdigest(),
            "torch": torch.__version__,
            "seed": str(SEED),
        }
    }
    data = b""
    for key, tensor in tensors.items():
        raw = tensor.detach().contiguous().numpy().tobytes()
        header[key] = {
            "dtype": TYPES[tensor.dtype],
            "shape": list(tensor.shape),
            "data_offsets": [len(data), len(data) + len(raw)],
        }
        data += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path = GOLDEN / (name + ".safetensors")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)
    print(f"{path.name}: {path.stat().st_size} bytes")


def operator(name, function, *inputs):
    """Run `function` forward and backward in double precision on float32 inputs and save all."""
    wide = [x.double().requires_grad_() for x in inputs]
    out = function(*wide)
    d_out = torch.randn(out.shape)
    out.backward(d_out.double())
    tensors = {f"in.{i}": x.float() for i, x in enumerate(inputs)}
    tensors["out"] = out.float()
    tensors["d_out"] = d_out
    for i, x in enumerate(wide):
        if x.grad is not None:
            tensors[f"d_in.{i}"] = x.grad.float()
    save(name, tensors)
