#!/usr/bin/env python3
"""Golden file of the gated residual: in.0 = x, in.1 = y, in.2 = gate."""
import pathlib
import sys

import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import golden


def gated_add(x, y, gate):
    return x + gate[:, None] * y


torch.manual_seed(golden.SEED)
golden.operator(
    "ops/gated_add", gated_add, torch.randn(2, 9, 33), torch.randn(2, 9, 33), torch.randn(2, 33)
)
