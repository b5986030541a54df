"""The two-tower diffusion transformer in PyTorch: the twin of src/model/dit/, to be read beside
docs/model.md. Parameters have the names of the checkpoint."""
import math

import torch
import torch.nn as nn
import torch.nn.functional as F

from video_vae import patchify, unpatchify

EPS = 1e-6
SIGMA_FEATURES = 128
SECONDS_HZ = (1 / 16, 8.0)  # range of the absolute position features
PER_FRAME = (0.5, 8.0)


def rms_norm(x, weight=None):
    """Over the last dimension."""
    x = x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + EPS)
    return x if weight is None else x * weight


def attention(q, k, v, heads, key_mask=None, bias=None):
    """q: [B, Lq, H*K]; k, v: [B, Lk, H*K]; key_mask: [B, Lk], 1 = attend; bias: [H, Lq, Lk]."""
    q, k, v = (x.unflatten(-1, (heads, -1)).transpose(1, 2) for x in (q, k, v))
    logits = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])
    if bias is not None:
        logits = logits + bias
    if key_mask is not None:
        logits = logits.masked_fill(key_mask[:, None, None, :] == 0, -torch.inf)
    return (logits.softmax(-1) @ v).transpose(1, 2).flatten(2)


def rope(x, heads, angles):
    """Turns pairs (i, i + K/2) of each head; angles: [L, K/2]."""
    first, second = x.unflatten(-1, (heads, -1)).chunk(2, dim=-1)
    cos, sin = angles.cos()[:, None], angles.sin()[:, None]
    turned = torch.cat([first * cos - second * sin, second * cos + first * sin], dim=-1)
    return turned.flatten(-2)


def interpolate(x, positions):
    """x: [B, F, C]; rows at fractional positions [N], clamped."""
    positions = positions.clamp(0, x.shape[1] - 1)
    low = positions.floor().long()
    high = (low + 1).clamp(max=x.shape[1] - 1)
    share = (positions - low)[:, None].to(x)
    return x[:, low] * (1 - share) + x[:, high] * share


# --- positions ----------------------------------------------------------------------------------


class Grid:
    """Where the tokens of a tower stand. For sound rows = columns = 1, frames counts latents."""

    def __init__(self, frames, references=0, rows=1, columns=1):
        self.frames, self.references, self.rows, self.columns = frames, references, rows, columns
        self.per_frame = rows * columns
        token = torch.arange(frames * self.per_frame, dtype=torch.float64)
        self.frame = token.div(self.per_frame, rounding_mode="floor") - references
        self.y = (token.div(columns, rounding_mode="floor").remainder(rows) + 0.5) / rows
        self.x = (token.remainder(columns) + 0.5) / columns


def video_seconds(c, grid):
    """Latent frame 0 is one pixel frame, latent frame k the next `stride`: their mean time."""
    stride = c["temporal_stride"]
    pixel_frame = stride * grid.frame - (grid.frame > 0) * (stride - 1) / 2
    return pixel_frame / c["frames_per_second"]


def audio_seconds(c, grid):
    return (grid.frame + 0.5) / c["audio_latents_per_second"]


def rotation(position, pairs, base):
    """[L, pairs] angles; wavelengths from 2 pi to 2 pi * base."""
    return position[:, None] * base ** -(torch.arange(pairs, dtype=torch.float64) / pairs)


def waves(position, n, limits):
    slowest, fastest = limits
    share = torch.arange(n, dtype=torch.float64) / (n - 1)
    phase = 2 * math.pi * position[:, None] * slowest * (fastest / slowest) ** share
    return torch.cat([phase.sin(), phase.cos()], dim=-1)


def video_positions(c, grid):
    seconds, n = video_seconds(c, grid), c["position_frequencies"]
    unit = c["rope_space_rate"] / min(grid.rows, grid.columns)
    places = (
        seconds * c["rope_video_rate"],
        (grid.y - 0.5) * grid.rows * unit,
        (grid.x - 0.5) * grid.columns * unit,
    )
    return {
        "seconds": seconds,
        "angles": torch.cat(
            [rotation(p, k // 2, c["rope_base"]) for p, k in zip(places, c["rope_split"])], dim=-1
        ),
        "features": torch.cat(
            [
                waves(seconds, n, SECONDS_HZ),
                waves(grid.y, n, PER_FRAME),
                waves(grid.x, n, PER_FRAME),
            ],
            dim=-1,
        ),
    }


def audio_positions(c, grid):
    seconds, pairs = audio_seconds(c, grid), c["width"] // c["heads"] // 2
    return {
        "seconds": seconds,
        "angles": rotation(seconds * c["rope_audio_rate"], pairs, c["rope_base"]),
        "features": waves(seconds, c["position_frequencies"], SECONDS_HZ),
    }


def as_input(positions, x):
    """Computed in double, used in the precision of the network."""
    return {name: t if t is None else t.to(x) for name, t in positions.items()}


def time_map(c, video, audio):
    """Rows of the video's frame features per audio latent [3 La], and of the audio's features per
    pixel frame [stride * Fl]. Row stride * k + i is pixel frame stride * (k - 1) + 1 + i."""
    stride, fps = c["temporal_stride"], c["frames_per_second"]
    last = stride * (video.frames - video.references - 1)
    frame = audio_seconds(c, audio)[:, None] * fps + torch.tensor([-1.0, 0.0, 1.0])
    of_audio = stride * video.references + stride - 1 + frame.clamp(0, last)

    frame = torch.arange(stride * video.frames, dtype=torch.float64)
    frame = (frame - stride * video.references - (stride - 1)).clamp(min=0)
    latent = frame / fps * c["audio_latents_per_second"] - 0.5
    of_video = audio.references + latent.clamp(0, audio.frames - audio.references - 1)
    return of_audio.flatten(), of_video


# --- parts of a block ---------------------------------------------------------------------------


def linear(i, o, bias=True):
    return nn.Linear(i, o, bias)


class Projections(nn.Module):
    def __init__(self, c):
        super().__init__()
        d, self.heads = c["width"], c["heads"]
        self.q, self.k, self.v, self.out = (linear(d, d, bias=False) for _ in range(4))
        self.q_norm = nn.Parameter(torch.ones(d // self.heads))
        self.k_norm = nn.Parameter(torch.ones(d // self.heads))

    def per_head(self, x, norm, angles):
        x = rms_norm(x.unflatten(-1, (self.heads, -1)), norm).flatten(-2)
        return x if angles is None else rope(x, self.heads, angles)

    def query(self, x, angles=None):
        return self.per_head(self.q(x), self.q_norm, angles)

    def key(self, x, angles=None):
        return self.per_head(self.k(x), self.k_norm, angles)


class FeedForward(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.up = linear(c["width"], c["mlp_ratio"] * c["width"])
        self.down = linear(c["mlp_ratio"] * c["width"], c["width"])

    def forward(self, x):
        return self.down(F.gelu(self.up(x), approximate="tanh"))


class Side(nn.Module):
    """What one kind of token passes through in a block."""

    def __init__(self, c):
        super().__init__()
        self.modulation = nn.Parameter(torch.zeros(6 * c["width"]))
        self.self_attention = Projections(c)
        self.feed_forward = FeedForward(c)


class Block(Side):
    def __init__(self, c, is_dual):
        super().__init__(c)
        if is_dual:
            self.text = Side(c)
        if c["text_cross_attention"]:
            self.text_cross_attention = Projections(c)

    def text_side(self):
        return getattr(self, "text", self)

    def attend(self, h, context, is_last):
        """First half of the block; keeps what the second half needs."""
        x, text = h
        side = self.text_side()
        is_dual = side is not self
        mx = (context["x_modulation"] + self.modulation).chunk(6, dim=-1)
        shared = context["text_modulation"] if is_dual else context["x_modulation"]
        mt = (shared + side.modulation).chunk(6, dim=-1)
        self.gates = mx[3:], mt[3:]

        nx, nt = modulated_norm(x, mx[0], mx[1]), modulated_norm(text, mt[0], mt[1])
        px, pt = self.self_attention, side.self_attention
        k = torch.cat([px.key(nx, context["angles"]), pt.key(nt)], dim=1)
        v = torch.cat([px.v(nx), pt.v(nt)], dim=1)
        q = px.query(nx, context["angles"])
        read = px.out(attention(q, k, v, px.heads, context["key_mask"]))
        x = x + mx[2][:, None] * read
        text_before = rms_norm(text)
        if not is_last:
            read = pt.out(attention(pt.query(nt), k, v, px.heads, context["key_mask"]))
            text = text + mt[2][:, None] * read
        if hasattr(self, "text_cross_attention"):
            p = self.text_cross_attention
            q, k, v = p.query(rms_norm(x)), p.key(text_before), p.v(text_before)
            x = x + p.out(attention(q, k, v, p.heads, context["text_mask"]))
        return x, text

    def feed(self, h, is_last):
        """Second half."""
        (shift, scale, gate), (text_shift, text_scale, text_gate) = self.gates
        x, text = h
        x = x + gate[:, None] * self.feed_forward(modulated_norm(x, shift, scale))
        if not is_last:
            y = self.text_side().feed_forward(modulated_norm(text, text_shift, text_scale))
            text = text + text_gate[:, None] * y
        return x, text


def modulated_norm(x, shift, scale):
    return rms_norm(x) * (1 + scale[:, None]) + shift[:, None]


class TimeAlignment(nn.Module):
    def __init__(self, c):
        super().__init__()
        d, n, self.heads = c["width"], c["alignment_features"], c["alignment_heads"]
        self.features, self.stride = n, c["temporal_stride"]
        self.pool = linear(d, self.heads * n, bias=False)
        self.query = nn.Parameter(torch.randn(self.heads * n))
        self.frames = linear(self.heads * n, self.stride * n, bias=False)
        self.to_audio = linear(3 * n, d, bias=False)
        self.sounds = linear(d, n, bias=False)
        self.to_video = linear(self.stride * n, d, bias=False)

    def read_video(self, video, grid, of_audio):
        batch = video.shape[0]
        tokens = self.pool(video).reshape(batch * grid.frames, grid.per_frame, -1)
        query = self.query.expand(batch * grid.frames, 1, -1)
        pooled = attention(query, tokens, tokens, self.heads)
        frames = self.frames(pooled.reshape(batch, grid.frames, -1))
        frames = frames.reshape(batch, grid.frames * self.stride, self.features)
        return self.to_audio(interpolate(frames, of_audio).reshape(batch, -1, 3 * self.features))

    def read_audio(self, audio, grid, of_video):
        sounds = interpolate(self.sounds(audio), of_video)
        sounds = self.to_video(sounds.reshape(audio.shape[0], grid.frames, -1))
        return sounds.repeat_interleave(grid.per_frame, dim=1)


class Coupling(nn.Module):
    def __init__(self, c):
        super().__init__()
        if c["av_cross_attention"]:
            self.video_to_audio = Projections(c)
            self.audio_to_video = Projections(c)
        if c["time_alignment"]:
            self.time_alignment = TimeAlignment(c)

    def forward(self, video, audio, clock):
        """Sound reads the picture, then the picture reads the updated sound."""
        nv, na = rms_norm(video), rms_norm(audio)
        cv, ca = clock["video"], clock["audio"]
        if hasattr(self, "video_to_audio"):
            audio = audio + self.read(self.video_to_audio, na, ca, nv, cv)
        if hasattr(self, "time_alignment"):
            audio = audio + self.time_alignment.read_video(nv, clock["grid"], clock["of_audio"])
        na = rms_norm(audio)
        if hasattr(self, "audio_to_video"):
            video = video + self.read(self.audio_to_video, nv, cv, na, ca)
        if hasattr(self, "time_alignment"):
            video = video + self.time_alignment.read_audio(na, clock["grid"], clock["of_video"])
        return video, audio

    @staticmethod
    def read(p, to, to_clock, source, source_clock):
        bias = None
        if len(to_clock["sigma"]):
            gap = to_clock["seconds"][:, None] - source_clock["seconds"][None, :]
            bias = -gap**2 / (2 * to_clock["sigma"][:, None, None] ** 2)
        q, k = p.query(to, to_clock["angles"]), p.key(source, source_clock["angles"])
        return p.out(attention(q, k, p.v(source), p.heads, source_clock["mask"], bias))


# --- towers -------------------------------------------------------------------------------------


class Timestep(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.hidden, self.out = linear(SIGMA_FEATURES, d), linear(d, d)
        self.other = linear(d, d, bias=False)

    def own(self, sigma):
        half = SIGMA_FEATURES // 2
        frequency = 10000.0 ** -(torch.arange(half, dtype=torch.float64) / half)
        phase = 1000 * sigma[:, None] * frequency
        waves = torch.cat([phase.cos(), phase.sin()], dim=-1).to(sigma)
        return self.out(F.silu(self.hidden(waves)))


class Head(nn.Module):
    def __init__(self, d, channels):
        super().__init__()
        self.shift, self.scale = nn.Parameter(torch.zeros(d)), nn.Parameter(torch.zeros(d))
        self.out = linear(d, channels)


class Tower(nn.Module):
    def __init__(self, c, is_video):
        super().__init__()
        d, blocks = c["width"], c["dual_blocks"] + c["single_blocks"]
        channels = c["video_channels"] if is_video else c["audio_channels"]
        self.edge = c["patch"] if is_video else 1
        features = (6 if is_video else 2) * c["position_frequencies"]
        self.timestep = Timestep(d)
        self.x_modulation = linear(d, 6 * d)
        if c["dual_blocks"]:
            self.text_modulation = linear(d, 6 * d)
        self.connector = linear(c["text_width"], d)
        self.patch = linear(self.edge**2 * (2 * channels + 1), d)
        self.position = linear(features, d, bias=False)
        self.block = nn.ModuleList([Block(c, i < c["dual_blocks"]) for i in range(blocks)])
        self.head = Head(d, self.edge**2 * channels)

    def begin(self, latent, own, other, text, text_mask, positions, mask):
        self.temb = own if other is None else own + self.timestep.other(other)
        x = self.patch(patchify(latent, 1, self.edge, self.edge).flatten(1, 3))
        x = x + self.position(positions["features"])
        tokens = mask if mask is not None else torch.ones(x.shape[:2], dtype=x.dtype)
        self.context = {
            "x_modulation": self.x_modulation(F.silu(self.temb)),
            "angles": positions["angles"],
            "key_mask": torch.cat([tokens, text_mask], dim=1),
            "text_mask": text_mask,
        }
        if hasattr(self, "text_modulation"):
            self.context["text_modulation"] = self.text_modulation(F.silu(self.temb))
        return x, self.connector(text)

    def end(self, x, grid):
        x = x[:, grid.references * grid.per_frame :]
        shift, scale = self.temb + self.head.shift, self.temb + self.head.scale
        x = self.head.out(modulated_norm(x, shift, scale))
        x = x.reshape(x.shape[0], -1, grid.rows, grid.columns, x.shape[-1])
        return unpatchify(x, 1, self.edge, self.edge)


class DiT(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.c = c
        self.video, self.audio = Tower(c, True), Tower(c, False)
        blocks = c["dual_blocks"] + c["single_blocks"]
        self.coupling = nn.ModuleList([Coupling(c) for _ in range(blocks)])

    def clock(self, positions, mask):
        c = self.c
        pairs = c["width"] // c["heads"] // 2
        angles = rotation(positions["seconds"] * c["rope_cross_rate"], pairs, c["rope_base"])
        sigma = torch.tensor(c["av_sigma"], dtype=torch.float64)
        return {"seconds": positions["seconds"], "angles": angles, "mask": mask, "sigma": sigma}

    def skip(self, residual, latent, sigma, grid, std):
        if not self.c["velocity_skip"]:
            return residual
        x = latent[:, grid.references :, ..., : residual.shape[-1]]
        variance = torch.tensor(std or [1.0] * x.shape[-1]).to(x) ** 2
        s = sigma.reshape(-1, *[1] * (x.ndim - 1))
        c = (s - (1 - s) * variance) / (s**2 + (1 - s) ** 2 * variance)
        return residual + c * x

    def forward(self, video, audio, sigma_video, sigma_audio, text, text_mask, references=(0, 0),
                masks=(None, None)):
        """video: [B, F, H, W, 2C+1]; audio: [B, La, 2Ca+1]; masks of the tokens -> velocities."""
        c, edge = self.c, self.c["patch"]
        audio = audio[:, :, None, None]
        vg = Grid(video.shape[1], references[0], video.shape[2] // edge, video.shape[3] // edge)
        ag = Grid(audio.shape[1], references[1])
        vp, ap = video_positions(c, vg), audio_positions(c, ag)
        of_audio, of_video = time_map(c, vg, ag)
        clock = {
            "video": as_input(self.clock(vp, masks[0]), video),
            "audio": as_input(self.clock(ap, masks[1]), video),
            "grid": vg,
            "of_audio": of_audio,
            "of_video": of_video,
        }
        vp, ap = as_input(vp, video), as_input(ap, video)
        own_v, own_a = self.video.timestep.own(sigma_video), self.audio.timestep.own(sigma_audio)
        v = self.video.begin(video, own_v, own_a, text, text_mask, vp, masks[0])
        a = self.audio.begin(audio, own_a, own_v, text, text_mask, ap, masks[1])
        for i, coupling in enumerate(self.coupling):
            is_last = i + 1 == len(self.coupling)
            v = self.video.block[i].attend(v, self.video.context, is_last)
            a = self.audio.block[i].attend(a, self.audio.context, is_last)
            xv, xa = coupling(v[0], a[0], clock)
            v = self.video.block[i].feed((xv, v[1]), is_last)
            a = self.audio.block[i].feed((xa, a[1]), is_last)
        out_v = self.skip(self.video.end(v[0], vg), video, sigma_video, vg, c.get("video_std"))
        out_a = self.skip(self.audio.end(a[0], ag), audio, sigma_audio, ag, c.get("audio_std"))
        return out_v, out_a[:, :, 0, 0]
