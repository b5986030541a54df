#!/usr/bin/env python3
"""Golden files of the frames of a signal, window 8, hop 3: in.0 = signal or frames."""
import pathlib
import sys

import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import golden


def overlap_add(frames):
    length = (frames.shape[1] - 1) * 3 + 8
    folded = torch.nn.functional.fold(frames.transpose(1, 2), (1, length), (1, 8), stride=(1, 3))
    return folded.flatten(1)


torch.manual_seed(golden.SEED)
golden.operator("ops/frame", lambda x: x.unfold(1, 8, 3), torch.randn(2, 99))
golden.operator("ops/overlap_add", overlap_add, torch.randn(2, 31, 8))
