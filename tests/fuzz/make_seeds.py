#!/usr/bin/env python3
"""Write the inputs that fuzzing starts from, one folder per target.

    tests/fuzz/make_seeds.py build/fuzz/seeds
"""
import json
import pathlib
import struct
import sys


def safetensors(header, data):
    """A file as the usual writers make it: the header padded so that the data is aligned."""
    text = json.dumps(header).encode()
    text += b" " * (-(len(text) + 8) % 64)
    return struct.pack("<Q", len(text)) + text + data


def entry(dtype, shape, begin, end):
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


def safetensors_seeds():
    model = {"a": entry("F32", [2, 3], 0, 24), "b": entry("BF16", [4], 24, 32)}
    kinds = {name.lower(): entry(name, [2], begin, begin + 2 * size) for name, size, begin in [
        ("F32", 4, 0), ("I32", 4, 8), ("F16", 2, 16), ("BF16", 2, 20), ("U8", 1, 24), ("I8", 1, 26)
    ]}
    odd = {"s": entry("F32", [], 0, 4), "e": entry("U8", [0, 9], 4, 4)}
    yield safetensors({}, b"")
    yield safetensors(model, bytes(range(32)))
    yield safetensors({"__metadata__": {"config": "{}"}, **kinds}, bytes(range(28)))
    yield safetensors(odd, b"\0\0\x80\x3f")
    yield safetensors(model, bytes(31))
    yield struct.pack("<Q", 1 << 60) + b"{}"
    for header, size in [(model, 32), (kinds, 28), (odd, 4), ({"__metadata__": {"k": "v"}}, 0)]:
        yield b"H" + bytes([size]) + json.dumps(header).encode()


def json_seeds():
    yield b"{}"
    yield json.dumps({"seed": 7, "prompt": "a r\u00e9d ball", "cfg": 4.5, "on": True,
                      "sizes": [1, 2, 3]}).encode()
    yield b'{"seed": 1e3, "prompt": null, "cfg": 99999999999, "on": 1, "sizes": [[]]}'


def config_seeds():
    yield b"{}"
    yield json.dumps({"width": 32, "heads": 2, "rope_split": [8, 4, 4], "av_sigma": [0.1, 0.8],
                      "dual_blocks": 1, "single_blocks": 1, "velocity_skip": True,
                      "video_channels": 2, "video_std": [1.5, 0.25], "audio_channels": 1,
                      "audio_std": [0.5]}).encode()
    yield json.dumps({"latent_channels": 8, "spatial_stride": 8, "temporal_stride": 4,
                      "encoder_width": [4, 8], "encoder_blocks": [1, 1],
                      "decoder_width": [8, 8, 8], "decoder_blocks": [1, 1, 1]}).encode()
    yield json.dumps({"width": 32, "heads": 2,
                      "attributes": [{"name": "colour", "classes": 8}]}).encode()


def tokenizer_seeds():
    learnt = {"type": "byte_bpe", "merges": [[45, 110], [269, 121], [111, 111]]}
    text = "A RED ball, <sfx>thud</sfx>  12 \u00e9\u7403\n".encode()
    yield text
    yield json.dumps(learnt).encode() + b"\n\n" + text
    yield b'{"type": "byte_bpe", "merges": [[1, 2]]}\n\n' + text


def redact_seeds():
    yield b"event=request path=/v1 key=alice"
    yield b'{"apiKey": "a-key"} Bearer abc https://u:p@example.com/a?b#c ' + b"QUJD" * 40
    yield b"two\nlines\x7f"


def form_seeds():
    part = b'--b\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n'
    fields = [(b"prompt", b"", b"a red ball"), (b"seconds", b"", b"4"), (b"size", b"", b"848x480"),
              (b"input_reference", b'; filename="a.png"\r\nContent-Type: image/png', b"\x89PNG")]
    yield b"\0" + b"".join(part % field for field in fields) + b"--b--\r\n"
    yield b"\0" + part % (b"video[id]", b"", b"video_1") + b"--b--\r\n"
    yield b"\0" + part % (b"prompt", b"", b"a") + b"--b"
    yield b"\1prompt=a+red+ball&seconds=4&size=848x480&video[id]=%20x"


def media_text_seeds():
    yield b"24cd5dff-cb81-4db5-8506-b72a9425f9d1"
    yield b"https://example.com/a.png"
    yield b"data:image/png;base64,iVBORw0KGgo="
    yield b"iVBORw0KGgoAAA=="


def task_bodies():
    film = {"taskType": "videoInference", "taskUUID": "24cd5dff-cb81-4db5-8506-b72a9425f9d1",
            "model": "skywork:skyreels@v4", "positivePrompt": "a ball for @a", "duration": 3}
    image = {"type": "image", "tag": "@a", "images": ["iVBORw0K"]}
    yield [{"taskType": "authentication", "apiKey": "key"}, {"taskType": "ping", "ping": True}]
    yield [{**film, "resolution": "480p", "numberResults": 4, "settings": {"audio": True}}]
    yield [{**film, "width": 848, "height": 480, "safety": {"mode": "none"}, "ttl": 60}]
    yield [{**film, "inputs": {"referenceImages": [image]}, "resolution": "720p"}]
    yield [{**film, "inputs": {"frameImages": ["iVBORw0K", {"image": "x", "frame": -1}]}}]
    yield [{"taskType": kind, "taskUUID": film["taskUUID"]}
           for kind in ("getResponse", "getTaskDetails", "modelSearch", "imageInference")]
    yield {"not": "an array"}


def tasks_seeds():
    for body in task_bodies():
        yield json.dumps(body).encode()
    yield b"[" * 100 + b"1e999"


def websocket_seeds():
    for body in task_bodies():
        text = json.dumps(body).encode()
        size = struct.pack(">BH", 0x80 | 126, len(text)) if len(text) > 125 else \
            bytes([0x80 | len(text)])
        yield b"\3\x81" + size + b"\0\0\0\0" + text
    ping, close = b"\x89\x82\0\0\0\0hi", b"\x88\x82\0\0\0\0\x03\xe8"
    yield b"\0" + ping + close
    yield b"\0\x01\x81\0\0\0\0[" + ping + b"\x80\x81\0\0\0\0]"


SEEDS = {"safetensors": safetensors_seeds, "json": json_seeds, "config": config_seeds,
         "tokenizer": tokenizer_seeds, "redact": redact_seeds, "form": form_seeds,
         "media_text": media_text_seeds, "tasks": tasks_seeds, "websocket": websocket_seeds}


def main():
    for target, seeds in SEEDS.items():
        folder = pathlib.Path(sys.argv[1]) / target
        folder.mkdir(parents=True, exist_ok=True)
        for number, seed in enumerate(seeds()):
            (folder / f"seed-{number:02}").write_bytes(seed)


if __name__ == "__main__":
    main()
