"""Five steps of torch.optim.AdamW: weights before, gradients, weights after each step."""
import pathlib
import sys

import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import golden

torch.manual_seed(golden.SEED)
STEPS, COUNT = 5, 37
weight = torch.nn.Parameter(torch.randn(COUNT))
grads = torch.randn(STEPS, COUNT) * torch.logspace(-4, 1, COUNT)
optimiser = torch.optim.AdamW([weight], lr=0.02, betas=(0.9, 0.99), eps=1e-8, weight_decay=0.1)
tensors = {"weight": weight.detach().clone(), "grads": grads}
after = []
for step in range(STEPS):
    weight.grad = grads[step].clone()
    optimiser.step()
    after.append(weight.detach().clone())
tensors["after"] = torch.stack(after)
golden.save("train/adamw", tensors)
