#!/usr/bin/env python3
"""Golden file of the RMS norm: in.0 = x, in.1 = weight."""
import pathlib
import sys

import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import golden


def rms_norm(x, w):
    return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + 1e-6) * w


torch.manual_seed(golden.SEED)
golden.operator("ops/rms_norm", rms_norm, torch.randn(2, 9, 33), torch.randn(33))
