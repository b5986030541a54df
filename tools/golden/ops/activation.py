#!/usr/bin/env python3
"""Golden files of the activations: in.0 = x."""
import pathlib
import sys

import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import golden


def swiglu(x):
    gate, value = x.chunk(2, -1)
    return torch.nn.functional.silu(gate) * value


torch.manual_seed(golden.SEED)
golden.operator("ops/silu", torch.nn.functional.silu, torch.randn(9, 34) * 4)
golden.operator(
    "ops/gelu",
    lambda x: torch.nn.functional.gelu(x, approximate="tanh"),
    torch.randn(9, 34) * 3,
)
golden.operator("ops/swiglu", swiglu, torch.randn(2, 9, 34) * 3)
