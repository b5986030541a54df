"""The text encoder and its attribute head in PyTorch: the twin of src/model/text_encoder/, to be
read beside docs/model.md."""
import torch
import torch.nn as nn
import torch.nn.functional as F

from dit import attention, linear, rms_norm, rope, rotation


class Block(nn.Module):
    def __init__(self, c):
        super().__init__()
        d, self.heads = c["width"], c["heads"]
        self.attention_norm = nn.Parameter(torch.ones(d))
        self.q, self.k, self.v, self.out = (linear(d, d, bias=False) for _ in range(4))
        self.feed_forward_norm = nn.Parameter(torch.ones(d))
        self.up = linear(d, 2 * c["hidden"], bias=False)
        self.down = linear(c["hidden"], d, bias=False)

    def forward(self, x, mask, angles):
        h = rms_norm(x, self.attention_norm)
        q, k = rope(self.q(h), self.heads, angles), rope(self.k(h), self.heads, angles)
        x = x + self.out(attention(q, k, self.v(h), self.heads, mask))
        gate, value = self.up(rms_norm(x, self.feed_forward_norm)).chunk(2, dim=-1)
        return x + self.down(F.silu(gate) * value)


class TextEncoder(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.c = c
        self.embedding = nn.Parameter(torch.randn(c["vocabulary"], c["width"]))
        self.block = nn.ModuleList([Block(c) for _ in range(c["blocks"])])
        self.norm = nn.Parameter(torch.ones(c["width"]))

    def forward(self, ids, mask):
        """ids: [B, Lt] -> [B, Lt, Dt]"""
        pairs = self.c["width"] // self.c["heads"] // 2
        place = torch.arange(ids.shape[1], dtype=torch.float64)
        angles = rotation(place, pairs, self.c["rope_base"])
        x = self.embedding[ids]
        for block in self.block:
            x = block(x, mask, angles)
        return rms_norm(x, self.norm)


class AttributeHead(nn.Module):
    """One learned query per attribute reads the tokens; attributes: {name: classes}."""

    def __init__(self, width, heads, attributes):
        super().__init__()
        self.heads, self.names = heads, list(attributes)
        self.queries = nn.Parameter(torch.randn(len(attributes), width))
        self.k, self.v = linear(width, width, bias=False), linear(width, width, bias=False)
        for name, classes in attributes.items():
            self.add_module(name, linear(width, classes))

    def forward(self, text, mask):
        q = self.queries.expand(text.shape[0], -1, -1)
        z = attention(q, self.k(text), self.v(text), self.heads, mask)
        return [self.get_submodule(name)(z[:, i]) for i, name in enumerate(self.names)]
