#!/usr/bin/env python3
"""Golden file of the rotary positions: in.0 = x of two heads, in.1 = angles (no gradient)."""
import pathlib
import sys

import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import golden


def rope(x, angles):
    heads = x.unflatten(-1, (2, -1))
    cosine = torch.cat([angles, angles], -1).detach().cos()[None, :, None]
    sine = torch.cat([angles, angles], -1).detach().sin()[None, :, None]
    first, second = heads.chunk(2, -1)
    return (heads * cosine + torch.cat([-second, first], -1) * sine).flatten(2)


torch.manual_seed(golden.SEED)
golden.operator("ops/rope", rope, torch.randn(2, 9, 36), torch.randn(9, 9) * 50)
