#!/usr/bin/env python3
"""Golden file of the layer norm: in.0 = x, in.1 = weight, in.2 = bias."""
import pathlib
import sys

import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import golden


def layer_norm(x, w, b):
    return torch.nn.functional.layer_norm(x, w.shape, w, b, 1e-5)


torch.manual_seed(golden.SEED)
golden.operator(
    "ops/layer_norm", layer_norm, torch.randn(2, 9, 33) + 0.5, torch.randn(33), torch.randn(33)
)
