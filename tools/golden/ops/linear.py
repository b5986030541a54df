#!/usr/bin/env python3
"""Golden file of the linear layer: in.0 = x, in.1 = weight, in.2 = bias."""
import pathlib
import sys

import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import golden

torch.manual_seed(golden.SEED)
golden.operator(
    "ops/linear",
    torch.nn.functional.linear,
    torch.randn(2, 9, 20),
    torch.randn(33, 20),
    torch.randn(33),
)
