#!/usr/bin/env python3
"""Golden file of the audio VAE: tiny config, all weights, sound -> mel, latent, loudness, KL, sound
again, and the gradients of all weights of sum(loudness * d_loudness) + kl."""
import pathlib
import sys

import torch

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT.parent / "reference")]
import audio_vae
import golden
import video_vae

torch.manual_seed(golden.SEED)
TINY = {
    "latent_channels": 3,
    "sample_rate": 8000,
    "window": 16,
    "hop": 4,
    "frames_per_latent": 2,
    "mel_bands": 4,
    "mel_low": 100,
    "mel_high": 4000,
    "floor": 0.01,
    "encoder_width": [6, 8],
    "encoder_blocks": [1, 1],
    "decoder_width": [8, 6],
    "decoder_blocks": [1, 1],
    "phase_iterations": 4,
}
model = audio_vae.AudioVae(TINY)
with torch.no_grad():
    for name, p in model.named_parameters():
        p.copy_(torch.randn(p.shape) * 0.3)
        if "norm" in name or "std" in name:
            p.copy_(1 + p.clamp(-0.5, 0.5))
        p.copy_(p.half())
    model.randomise()
weights = {f"weight.{n}": p.detach().half() for n, p in model.named_parameters()}
sound = torch.randn(2, 2, 56).clamp(-2, 2) / 2
noise = torch.randn(2, 7, 3)
d_loudness = torch.randn(2, 14, 18)

model.double()
magnitudes = model.magnitudes(sound.double())
mel = model.mel(magnitudes)
mean, logvar = model.posterior(mel)
out = model.decoder(mean + torch.exp(logvar / 2) * noise.double())
kl = video_vae.kl(mean, logvar)
((out * d_loudness).sum() + kl).backward()
with torch.no_grad():
    encoded = model.encode(sound.double())
    phases = model.phase_gradient(magnitudes[..., :9])
    vocoded = model.vocoder(magnitudes, 53)
    decoded = model.decode(encoded, 53)
tensors = dict(weights, sound=sound, noise=noise, d_loudness=d_loudness)
tensors.update(
    mel=mel.float(),
    out=out.float(),
    kl=kl.float().reshape(1),
    encoded=encoded.float(),
    phases=torch.cat([phases.real, phases.imag], dim=-1).float(),
    vocoded=vocoded.float(),
    decoded=decoded.float(),
)
for name, p in model.named_parameters():
    grad = torch.zeros_like(p) if p.grad is None else p.grad
    tensors[f"d_weight.{name}"] = grad.float()
golden.save("model/audio_vae", tensors)
