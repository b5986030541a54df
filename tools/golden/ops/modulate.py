#!/usr/bin/env python3
"""Golden file of the modulation: in.0 = x, in.1 = shift, in.2 = scale."""
import pathlib
import sys

import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import golden


def modulate(x, shift, scale):
    return x * (1 + scale[:, None]) + shift[:, None]


torch.manual_seed(golden.SEED)
golden.operator(
    "ops/modulate", modulate, torch.randn(2, 9, 33), torch.randn(2, 33), torch.randn(2, 33)
)
