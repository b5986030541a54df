"""The axes of a codec's latents in PyTorch: the twin of src/model/latent_stats.c."""
import torch
import torch.nn as nn


class LatentStats(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.latent_mean = nn.Parameter(torch.zeros(channels), False)
        self.latent_to = nn.Parameter(torch.eye(channels), False)
        self.latent_from = nn.Parameter(torch.eye(channels), False)
        self.latent_std = nn.Parameter(torch.ones(channels), False)

    def normalise(self, x):
        return (x - self.latent_mean) @ self.latent_to.T

    def denormalise(self, z):
        return z @ self.latent_from.T + self.latent_mean

    def randomise(self):
        """A turned and stretched space; both matrices are exact in half precision."""
        to = (torch.eye(len(self.latent_to)) + 0.3 * torch.randn(self.latent_to.shape)).half()
        self.latent_to.copy_(to)
        self.latent_from.copy_(to.double().inverse().half())
