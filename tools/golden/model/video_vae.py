#!/usr/bin/env python3
"""Golden file of the video VAE: tiny config, all weights, pixels -> latent, reconstruction, KL, and
the gradients of all weights of sum(reconstruction * d_pixels) + kl."""
import pathlib
import sys

import torch

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT.parent / "reference")]
import golden
import video_vae

torch.manual_seed(golden.SEED)
TINY = {
    "latent_channels": 3,
    "spatial_stride": 4,
    "temporal_stride": 2,
    "encoder_width": [6, 8],
    "encoder_blocks": [1, 1],
    "decoder_width": [8, 6, 4],
    "decoder_blocks": [1, 1, 1],
}
model = video_vae.VideoVae(TINY)
with torch.no_grad():
    for name, p in model.named_parameters():
        p.copy_(torch.randn(p.shape) * 0.3)
        if "norm" in name or "std" in name:
            p.copy_(1 + p.clamp(-0.5, 0.5))
        p.copy_(p.half())
    model.randomise()
weights = {f"weight.{n}": p.detach().half() for n, p in model.named_parameters()}
pixels = torch.randn(2, 5, 8, 12, 3)
noise = torch.randn(2, 3, 2, 3, 3)
d_pixels = torch.randn(pixels.shape)

model.double()
mean, logvar = model.posterior(pixels.double())
latent = mean + torch.exp(logvar / 2) * noise.double()
out = model.decoder(latent)
kl = video_vae.kl(mean, logvar)
((out * d_pixels).sum() + kl).backward()
with torch.no_grad():
    encoded = model.encode(pixels.double())
    decoded = model.decode(encoded)
tensors = dict(weights, pixels=pixels, noise=noise, d_pixels=d_pixels)
tensors.update(
    out=out.float(), kl=kl.float().reshape(1), encoded=encoded.float(), decoded=decoded.float()
)
for name, p in model.named_parameters():
    grad = torch.zeros_like(p) if p.grad is None else p.grad
    tensors[f"d_weight.{name}"] = grad.float()
golden.save("model/video_vae", tensors)
