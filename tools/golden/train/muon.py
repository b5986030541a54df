"""Three steps of Muon written down from its formulas, in double precision."""
import pathlib
import sys

import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import golden

LR, DECAY, MOMENTUM, STEPS = 0.02, 0.1, 0.95, 3


def orthogonal(g):
    x = g / (g.norm() + 1e-7)
    if g.shape[0] > g.shape[1]:
        x = x.T
    for _ in range(5):
        p = x @ x.T
        x = 3.4445 * x + (-4.7750 * p + 2.0315 * p @ p) @ x
    return x.T if g.shape[0] > g.shape[1] else x


torch.manual_seed(golden.SEED)
tensors = {}
for name, shape in {"wide": (12, 20), "tall": (24, 9)}.items():
    weight, grads = torch.randn(shape), torch.randn(STEPS, *shape)
    w, m, after = weight.double(), torch.zeros(shape).double(), []
    for g in grads.double():
        m = MOMENTUM * m + g
        scale = max(1.0, shape[0] / shape[1]) ** 0.5
        w = w * (1 - LR * DECAY) - LR * scale * orthogonal(g + MOMENTUM * m)
        after.append(w)
    tensors[name + ".weight"] = weight
    tensors[name + ".grads"] = grads
    tensors[name + ".after"] = torch.stack(after).float()
golden.save("train/muon", tensors)
