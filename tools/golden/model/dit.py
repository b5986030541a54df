"""Golden file of the diffusion transformer: the tiny config, both modalities, references, masks."""
import pathlib
import sys

import torch

HERE = pathlib.Path(__file__).resolve()
sys.path[:0] = [str(HERE.parents[1]), str(HERE.parents[2] / "reference")]
import golden  # noqa: E402
from dit import DiT  # noqa: E402

TINY = {
    "width": 16, "heads": 2, "text_width": 8, "mlp_ratio": 1, "dual_blocks": 1, "single_blocks": 1,
    "video_channels": 2, "audio_channels": 3, "patch": 2, "frames_per_second": 16.0,
    "temporal_stride": 4, "audio_latents_per_second": 44100 / 2048, "rope_split": [4, 2, 2],
    "rope_base": 100.0, "rope_video_rate": 4.0, "rope_audio_rate": 16.0, "rope_cross_rate": 8.0,
    "rope_space_rate": 8.0, "position_frequencies": 2, "text_cross_attention": True,
    "av_cross_attention": True, "av_sigma": [0.1, 0.3], "time_alignment": True,
    "alignment_heads": 2, "alignment_features": 4, "velocity_skip": True,
    "video_std": [1.5, 0.25], "audio_std": [2.0, 0.5, 0.125],
}  # fmt: skip
BATCH, FRAMES, ROWS, COLUMNS, SOUNDS, WORDS = 2, 4, 4, 6, 9, 5
REFERENCES = (1, 2)


def randomise(network):
    """Every weight away from its special starting value, exact in half precision."""
    for name, p in network.named_parameters():
        fan = p[0].numel() if p.ndim > 1 else 9
        start = 1.0 if name.endswith("norm") else 0.0
        p.data = (start + torch.randn(p.shape) / fan**0.5).half().double()


def main():
    torch.manual_seed(golden.SEED)
    network = DiT(TINY).double()
    randomise(network)
    cells = ROWS * COLUMNS // 4
    x = {
        "video": torch.randn(BATCH, FRAMES, ROWS, COLUMNS, 5),
        "audio": torch.randn(BATCH, SOUNDS, 7),
        "sigma_video": torch.tensor([0.8, 0.25]),
        "sigma_audio": torch.tensor([0.5, 0.0]),
        "text": torch.randn(BATCH, WORDS, 8),
        "text_mask": torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]]).float(),
        "video_mask": torch.ones(BATCH, FRAMES * cells),
        "audio_mask": torch.ones(BATCH, SOUNDS),
        "video_target": torch.randn(BATCH, FRAMES - REFERENCES[0], ROWS, COLUMNS, 2),
        "audio_target": torch.randn(BATCH, SOUNDS - REFERENCES[1], 3),
    }
    x["video_mask"][0, 2:cells] = 0  # padding inside the reference of the first sample
    x["audio_mask"][1, 0] = 0
    w = {name: t.double() for name, t in x.items()}
    text = w["text"].requires_grad_()
    video, audio = network(
        w["video"], w["audio"], w["sigma_video"], w["sigma_audio"], text, w["text_mask"],
        REFERENCES, (w["video_mask"], w["audio_mask"]),
    )  # fmt: skip
    loss = (video - w["video_target"]).pow(2).mean() + (audio - w["audio_target"]).pow(2).mean()
    loss.backward()

    out = dict(x, video_velocity=video.float(), audio_velocity=audio.float())
    out["d_text"] = text.grad.float()
    for name, p in network.named_parameters():
        out["d_weight." + name] = (p.grad if p.grad is not None else 0 * p).float()
    for name, p in network.named_parameters():  # last: they are aligned to two bytes only
        out["weight." + name] = p.half()
    golden.save("model/dit", out)


main()
