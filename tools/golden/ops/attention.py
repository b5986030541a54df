#!/usr/bin/env python3
"""Golden files of attention with two heads: in.0 = q, in.1 = k, in.2 = v, [B, L, H*K]."""
import pathlib
import sys

import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import golden

HEADS = 2
SIGMA = torch.tensor([0.1, 0.8], dtype=torch.float64)  # seconds, as in tests/ops/attention.c


def split(x):
    return x.unflatten(-1, (HEADS, -1)).transpose(1, 2)


def attention(q, k, v, bias=0.0):
    scores = split(q) @ split(k).transpose(-1, -2) / (q.shape[-1] // HEADS) ** 0.5 + bias
    return (torch.softmax(scores, -1) @ split(v)).transpose(1, 2).flatten(-2)


def timed(q, k, v):
    # times are rounded to float32 as the operator gets them
    q_time = (torch.arange(q.shape[1], dtype=torch.float64) / q.shape[1]).float().double()
    k_time = (torch.arange(k.shape[1], dtype=torch.float64) / k.shape[1]).float().double()
    away = (q_time[:, None] - k_time[None, :]) / SIGMA.float().double()[:, None, None]
    return attention(q, k, v, -0.5 * away**2)


torch.manual_seed(golden.SEED)
shapes = ((2, 7, 16), (2, 11, 16), (2, 11, 16))
golden.operator("ops/attention", attention, *(torch.randn(s) for s in shapes))
golden.operator("ops/attention_timed", timed, *(torch.randn(s) for s in shapes))
