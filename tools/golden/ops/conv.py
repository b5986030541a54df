#!/usr/bin/env python3
"""Golden files of the convolution: in.0 = x [B, T, H, W, Ci], in.1 = weight, in.2 = bias."""
import pathlib
import sys

import torch
from torch.nn.functional import conv3d, pad

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import golden


def conv(stride, front, back, replicate_time):
    """The operator as a function of channels-last tensors; pads are (T, H, W)."""

    def function(x, weight, bias):
        x = x.permute(0, 4, 1, 2, 3)
        x = pad(x, (front[2], back[2], front[1], back[1], 0, 0))
        if replicate_time:
            x = torch.cat([x[:, :, :1]] * front[0] + [x], dim=2)
        else:
            x = pad(x, (0, 0, 0, 0, front[0], back[0]))
        y = conv3d(x, weight.permute(0, 4, 1, 2, 3), bias, stride)
        return y.permute(0, 2, 3, 4, 1)

    return function


def write(name, function, x, kernel, out):
    golden.operator(
        "ops/conv_" + name,
        function,
        torch.randn(x),
        torch.randn(out, *kernel, x[-1]),
        torch.randn(out),
    )


torch.manual_seed(golden.SEED)
write("spatial", conv((1, 1, 1), (0, 1, 1), (0, 1, 1), False), (2, 2, 5, 4, 6), (1, 3, 3), 7)
write("spatial_stride_two", conv((1, 2, 2), (0, 1, 1), (0, 0, 0), False), (1, 2, 6, 7, 5), (1, 3, 3), 9)
write("causal", conv((1, 1, 1), (2, 1, 1), (0, 1, 1), True), (1, 4, 3, 5, 6), (3, 3, 3), 5)
write("along_tokens", conv((1, 1, 1), (2, 0, 0), (2, 0, 0), False), (2, 11, 1, 1, 8), (5, 1, 1), 6)
