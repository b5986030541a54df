"""The residual block of both codecs: the twin of src/model/residual_block.c."""
import torch
import torch.nn as nn
import torch.nn.functional as F

EPS = 1e-6


def rms_norm(x, weight):
    """Over the last dimension."""
    return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + EPS) * weight


class Conv(nn.Module):
    """Keeps the extents of x: [B, T, H, W, C]; weight: [Co, kT, kH, kW, Ci]."""

    def __init__(self, i, o, kernel, causal, zero=False):
        super().__init__()
        self.causal = causal
        fan = i * kernel[0] * kernel[1] * kernel[2]
        self.weight = nn.Parameter(torch.randn(o, *kernel, i) * (0.0 if zero else (2 / fan) ** 0.5))
        self.bias = nn.Parameter(torch.zeros(o))

    def forward(self, x):
        t, h, w = self.weight.shape[1:4]
        x = x.permute(0, 4, 1, 2, 3)
        if t > 1 and self.causal:  # frame 0 repeated in front
            x = torch.cat([x[:, :, :1].expand(-1, -1, t - 1, -1, -1), x], dim=2)
        padding = (0 if self.causal else t // 2, h // 2, w // 2)
        weight = self.weight.permute(0, 4, 1, 2, 3)
        return F.conv3d(x, weight, self.bias, padding=padding).permute(0, 2, 3, 4, 1)


class ResidualBlock(nn.Module):
    def __init__(self, width, kernel_1, kernel_2, causal):
        super().__init__()
        self.norm_1 = nn.Parameter(torch.ones(width))
        self.conv_1 = Conv(width, width, kernel_1, causal)
        self.norm_2 = nn.Parameter(torch.ones(width))
        self.conv_2 = Conv(width, width, kernel_2, causal, zero=True)

    def forward(self, x):
        h = self.conv_1(F.silu(rms_norm(x, self.norm_1)))
        return x + self.conv_2(F.silu(rms_norm(h, self.norm_2)))
