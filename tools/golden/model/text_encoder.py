"""Golden file of the text encoder and its attribute head, tiny config."""
import pathlib
import sys

import torch
import torch.nn as nn
import torch.nn.functional as F

HERE = pathlib.Path(__file__).resolve()
sys.path[:0] = [str(HERE.parents[1]), str(HERE.parents[2] / "reference")]
import golden  # noqa: E402
from text_encoder import AttributeHead, TextEncoder  # noqa: E402

TINY = {"vocabulary": 300, "width": 24, "heads": 2, "blocks": 2, "hidden": 40, "max_tokens": 16,
        "rope_base": 100.0}  # fmt: skip
ATTRIBUTES = {"colour": 5, "place": 3}


def main():
    torch.manual_seed(golden.SEED)
    network = nn.Module()
    network.encoder = TextEncoder(TINY)
    network.attribute_head = AttributeHead(TINY["width"], 3, ATTRIBUTES)
    network = network.double()
    for name, p in network.named_parameters():
        fan = p[0].numel() if p.ndim > 1 else 9
        start = 1.0 if name.endswith("norm") else 0.0
        p.data = (start + torch.randn(p.shape) / fan**0.5).half().double()
    x = {
        "ids": torch.tensor([[1, 17, 299, 140, 3, 2], [1, 20, 17, 2, 0, 0]]).int(),
        "mask": torch.tensor([[1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 0, 0]]).float(),
        "target": torch.randn(2, 6, TINY["width"]),
        "colour": torch.tensor([4, 1]).int(),
        "place": torch.tensor([-1, 2]).int(),
    }
    text = network.encoder(x["ids"].long(), x["mask"])
    text.retain_grad()
    logits = network.attribute_head(text, x["mask"])
    loss = (text - x["target"].double()).pow(2).mean()
    for name, z in zip(ATTRIBUTES, logits):
        loss = loss + F.cross_entropy(z, x[name].long(), ignore_index=-1)
    loss.backward()

    out = dict(x, text=text.float())
    for name, z in zip(ATTRIBUTES, logits):
        out["logits." + name] = z.float()
    parameters = [(n.removeprefix("encoder."), p) for n, p in network.named_parameters()]
    for name, p in parameters:
        out["d_weight." + name] = p.grad.float()
    for name, p in parameters:  # last: they are aligned to two bytes only
        out["weight." + name] = p.half()
    golden.save("model/text_encoder", out)


main()
