"""The audio VAE in PyTorch: the twin of src/model/audio_vae/, to be read beside docs/model.md."""
import heapq
import math

import torch
import torch.nn as nn
import torch.nn.functional as F

from latent_stats import LatentStats
from residual_block import ResidualBlock, rms_norm
from video_vae import linear

TIME = ((3, 1, 1), (3, 1, 1))
ALPHA = 0.99


class Stft:
    """Frame n is centred on sample (n + 1/2) hop; a sine of amplitude 1 has magnitude 1."""

    def __init__(self, window, hop):
        self.window, self.hop, self.bins = window, hop, window // 2 + 1
        self.hann = torch.hann_window(window, periodic=True, dtype=torch.float64)
        self.margin = (window - hop) // 2

    def spectrum(self, x):
        """[B, S] -> complex [B, S / hop, bins]"""
        frames = F.pad(x, (self.margin, self.margin)).unfold(1, self.window, self.hop)
        return torch.fft.rfft(frames * self.hann.to(x)) * (4 / self.window)

    def waveform(self, z):
        """complex [B, N, bins] -> [B, N * hop], least squares"""
        pieces = torch.fft.irfft(z * (self.window / 4), n=self.window) * self.hann.to(z.real)
        samples = (z.shape[1] - 1) * self.hop + self.window
        out = torch.zeros(z.shape[0], samples, dtype=pieces.dtype)
        weight = torch.zeros(samples, dtype=pieces.dtype)
        for n in range(z.shape[1]):
            at = slice(n * self.hop, n * self.hop + self.window)
            out[:, at] += pieces[:, n]
            weight[at] += self.hann.to(weight) ** 2
        keep = slice(self.margin, self.margin + z.shape[1] * self.hop)
        return out[:, keep] / weight[keep]


def mel_filters(bands, bins, sample_rate, low, high):
    """[bands, bins]: triangles on the mel scale, every row sums to 1."""
    mel = lambda f: 2595 * math.log10(1 + f / 700)
    hertz = lambda m: 700 * (10 ** (m / 2595) - 1)
    step = (mel(high) - mel(low)) / (bands + 1)
    edge = [hertz(mel(low) + i * step) for i in range(bands + 2)]
    bin_width = sample_rate / 2 / (bins - 1)
    f = torch.arange(bins, dtype=torch.float64) * bin_width
    rows = []
    for b in range(bands):
        left = max(bin_width, edge[b + 1] - edge[b])
        right = max(bin_width, edge[b + 2] - edge[b + 1])
        d = f - edge[b + 1]
        row = torch.clamp(1 - torch.where(d < 0, -d / left, d / right), min=0)
        rows.append(row / row.sum())
    return torch.stack(rows)


def loudness(magnitude, floor):
    return 2 - 4 * torch.log(magnitude + floor) / math.log(floor)


def loudness_to_magnitude(x, floor):
    return torch.clamp(torch.exp((2 - x) * (math.log(floor) / 4)) - floor, min=1e-8)


def blocks(count, width):
    return nn.ModuleList([ResidualBlock(width, *TIME, causal=False) for _ in range(count)])


def run(layers, x):
    """Blocks over [B, N, C]."""
    x = x[:, :, None, None]
    for block in layers:
        x = block(x)
    return x[:, :, 0, 0]


class Encoder(nn.Module):
    def __init__(self, c):
        super().__init__()
        frame, latent = c["encoder_width"]
        self.group = c["frames_per_latent"]
        self.mel = linear(2 * c["mel_bands"], frame)
        self.frame = blocks(c["encoder_blocks"][0], frame)
        self.down = linear(self.group * frame, latent)
        self.latent = blocks(c["encoder_blocks"][1], latent)
        self.norm = nn.Parameter(torch.ones(latent))
        self.moments = linear(latent, 2 * c["latent_channels"])
        self.direct = linear(2 * c["mel_bands"] * self.group, 2 * c["latent_channels"])

    def forward(self, mel):
        h = run(self.frame, self.mel(mel))
        h = self.down(h.reshape(h.shape[0], h.shape[1] // self.group, -1))
        h = F.silu(rms_norm(run(self.latent, h), self.norm))
        h = self.moments(h)
        h = h + self.direct(mel.reshape(h.shape[0], h.shape[1], -1))
        mean, logvar = h.chunk(2, dim=-1)
        return mean, 6 * torch.tanh(logvar / 6) - 4


class Decoder(nn.Module):
    def __init__(self, c):
        super().__init__()
        latent, frame = c["decoder_width"]
        self.group, self.width = c["frames_per_latent"], frame
        self.input = linear(c["latent_channels"], latent)
        self.latent = blocks(c["decoder_blocks"][0], latent)
        self.up = linear(latent, self.group * frame)
        self.frame = blocks(c["decoder_blocks"][1], frame)
        self.norm = nn.Parameter(torch.ones(frame))
        bins = c["window"] // 2 + 1
        self.loudness = linear(frame, 2 * bins)
        self.direct = nn.Linear(c["latent_channels"], 2 * bins * self.group, bias=False)
        nn.init.zeros_(self.direct.weight)

    def forward(self, z):
        h = self.up(run(self.latent, self.input(z)))
        h = run(self.frame, h.reshape(h.shape[0], -1, self.width))
        h = self.loudness(F.silu(rms_norm(h, self.norm)))
        return h + self.direct(z).reshape(h.shape)


class AudioVae(LatentStats):
    """sound [B, 2, S] <-> latents [B, La, C]; S a multiple of hop * frames_per_latent here."""

    def __init__(self, config):
        super().__init__(config["latent_channels"])
        self.config = config
        self.stft = Stft(config["window"], config["hop"])
        self.filters = mel_filters(config["mel_bands"], self.stft.bins, config["sample_rate"],
                                   config["mel_low"], config["mel_high"])
        self.encoder, self.decoder = Encoder(config), Decoder(config)

    def magnitudes(self, sound):
        sides = [self.stft.spectrum(sound[:, c]) for c in range(2)]
        return torch.cat([torch.sqrt(z.real**2 + z.imag**2 + 1e-12) for z in sides], dim=-1)

    def mel(self, magnitudes):
        filters = self.filters.to(magnitudes)
        sides = [m @ filters.T for m in magnitudes.chunk(2, dim=-1)]
        return loudness(torch.cat(sides, dim=-1), self.config["floor"])

    def posterior(self, mel):
        return self.encoder(mel)

    def encode(self, sound):
        return self.normalise(self.posterior(self.mel(self.magnitudes(sound)))[0])

    def phase_gradient(self, magnitude):
        """Phases summed from their slopes, the loudest bins first; complex, of magnitude 1."""
        window, hop = self.stft.window, self.stft.hop
        ratio = hop / (0.25645 * window)  # hop * window / gamma
        out = []
        for sound in magnitude:
            level = torch.log(torch.clamp(sound, min=1e-7))
            k = torch.arange(level.shape[1])
            per_hop = 2 * math.pi * hop / window * k + ratio * torch.gradient(level, dim=1)[0]
            per_bin = -math.pi - torch.gradient(level, dim=0)[0] / ratio
            start = divmod(int(level.argmax()), level.shape[1])
            phase = {start: 0.0}
            heap = [(-float(level[start]), start)]
            frames, bins = level.shape
            steps = ((1, 0, per_hop), (-1, 0, per_hop), (0, 1, per_bin), (0, -1, per_bin))
            while heap:
                n, k = heapq.heappop(heap)[1]
                for dn, dk, slope in steps:
                    to = (n + dn, k + dk)
                    if to in phase or not (0 <= to[0] < frames and 0 <= to[1] < bins):
                        continue
                    phase[to] = phase[n, k] + (dn + dk) * float(slope[n, k] + slope[to]) / 2
                    heapq.heappush(heap, (-float(level[to]), to))
            angle = torch.tensor([[phase[n, k] for k in range(bins)] for n in range(frames)])
            out.append(torch.exp(1j * angle.double()))
        return torch.stack(out)

    def griffin_lim(self, magnitude, start):
        """Fast Griffin-Lim from the phases of `start`; returns a complex spectrum."""
        t, c = start, None
        for _ in range(self.config["phase_iterations"]):
            fitted = magnitude * t / t.abs()
            now = self.stft.spectrum(self.stft.waveform(fitted))
            t = now + ALPHA * (now - (now if c is None else c))
            c = now
        return t if c is None else c

    def vocoder(self, magnitudes, samples):
        left, right = magnitudes.chunk(2, dim=-1)
        middle = (left + right) / 2
        phases = self.griffin_lim(middle, self.phase_gradient(middle))
        phases = phases / phases.abs()
        sides = [self.stft.waveform(m * phases)[:, :samples] for m in (left, right)]
        fade = int(0.002 * self.config["sample_rate"])
        ramp = torch.ones(samples, dtype=magnitudes.dtype)
        rise = 0.5 - 0.5 * torch.cos(math.pi * (torch.arange(fade) + 0.5) / fade)
        ramp[:fade], ramp[-fade:] = rise.to(ramp), rise.flip(0).to(ramp)
        return torch.stack(sides, dim=1) * ramp

    def decode(self, latent, samples):
        y = self.decoder(self.denormalise(latent))
        return self.vocoder(loudness_to_magnitude(y, self.config["floor"]), samples)
