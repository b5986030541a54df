"""The video VAE in PyTorch: the twin of src/model/video_vae/, to be read beside docs/model.md."""
import torch
import torch.nn as nn
import torch.nn.functional as F

from latent_stats import LatentStats
from residual_block import Conv, ResidualBlock, rms_norm

SPACE = ((1, 3, 3), (1, 3, 3))  # kernels of a block that works on single steps
SPACE_TIME = ((1, 3, 3), (3, 1, 1))  # and of one that also looks back in time


def patchify(x, pt, ph, pw):
    """[B, T, H, W, C] -> [B, T/pt, H/ph, W/pw, pt*ph*pw*C]"""
    b, t, h, w, c = x.shape
    x = x.reshape(b, t // pt, pt, h // ph, ph, w // pw, pw, c)
    return x.permute(0, 1, 3, 5, 2, 4, 6, 7).reshape(b, t // pt, h // ph, w // pw, -1)


def unpatchify(x, pt, ph, pw):
    b, t, h, w, c = x.shape
    x = x.reshape(b, t, h, w, pt, ph, pw, -1).permute(0, 1, 4, 2, 5, 3, 6, 7)
    return x.reshape(b, t * pt, h * ph, w * pw, -1)


def linear(i, o):
    layer = nn.Linear(i, o)
    nn.init.normal_(layer.weight, std=i**-0.5)
    nn.init.zeros_(layer.bias)
    return layer


def blocks(count, width, kernels):
    return nn.ModuleList([ResidualBlock(width, *kernels, causal=True) for _ in range(count)])


class Encoder(nn.Module):
    def __init__(self, c):
        super().__init__()
        fine, coarse = c["encoder_width"]
        self.stride, self.cell = c["temporal_stride"], c["spatial_stride"] // 2
        self.patch = linear(3 * self.stride * self.cell**2, fine)
        self.fine = blocks(c["encoder_blocks"][0], fine, SPACE)
        self.down = linear(4 * fine, coarse)
        self.coarse = blocks(c["encoder_blocks"][1], coarse, SPACE_TIME)
        self.norm = nn.Parameter(torch.ones(coarse))
        self.moments = linear(coarse, 2 * c["latent_channels"])
        self.direct = linear(12 * self.stride * self.cell**2, 2 * c["latent_channels"])

    def forward(self, x):
        x = torch.cat([x[:, :1]] * (self.stride - 1) + [x], dim=1)
        h = self.patch(patchify(x, self.stride, self.cell, self.cell))
        for block in self.fine:
            h = block(h)
        h = self.down(patchify(h, 1, 2, 2))
        for block in self.coarse:
            h = block(h)
        h = self.moments(F.silu(rms_norm(h, self.norm)))
        h = h + self.direct(patchify(x, self.stride, 2 * self.cell, 2 * self.cell))
        mean, logvar = h.chunk(2, dim=-1)
        return mean, 6 * torch.tanh(logvar / 6) - 4


class Decoder(nn.Module):
    def __init__(self, c):
        super().__init__()
        coarse, fine, frame = c["decoder_width"]
        counts = c["decoder_blocks"]
        self.stride, self.cell = c["temporal_stride"], c["spatial_stride"] // 2
        self.latent = linear(c["latent_channels"], coarse)
        self.coarse = blocks(counts[0], coarse, SPACE_TIME)
        self.up = linear(coarse, 4 * fine)
        self.fine = blocks(counts[1], fine, SPACE)
        self.frames = linear(fine, self.stride * frame)
        self.frame = blocks(counts[2], frame, SPACE_TIME)
        self.norm = nn.Parameter(torch.ones(frame))
        self.pixels = Conv(frame, 3 * self.cell**2, (1, 3, 3), causal=True)
        self.direct = nn.Linear(c["latent_channels"], 12 * self.stride * self.cell**2, bias=False)
        nn.init.zeros_(self.direct.weight)

    def forward(self, z):
        h = self.latent(z)
        for block in self.coarse:
            h = block(h)
        h = unpatchify(self.up(h), 1, 2, 2)
        for block in self.fine:
            h = block(h)
        h = unpatchify(self.frames(h), self.stride, 1, 1)[:, self.stride - 1 :]
        for block in self.frame:
            h = block(h)
        h = self.pixels(F.silu(rms_norm(h, self.norm)))
        direct = unpatchify(self.direct(z), self.stride, 2 * self.cell, 2 * self.cell)
        return unpatchify(h, 1, self.cell, self.cell) + direct[:, self.stride - 1 :]


class VideoVae(LatentStats):
    """pixels [B, F, H, W, 3] in -1..1 <-> latents [B, Fl, Hl, Wl, C]"""

    def __init__(self, config):
        super().__init__(config["latent_channels"])
        self.encoder, self.decoder = Encoder(config), Decoder(config)

    def posterior(self, pixels):
        return self.encoder(pixels)

    def encode(self, pixels):
        return self.normalise(self.encoder(pixels)[0])

    def decode(self, latent):
        return self.decoder(self.denormalise(latent))


def kl(mean, logvar):
    """Nats per element."""
    return (mean.pow(2) + logvar.exp() - 1 - logvar).mean() / 2
