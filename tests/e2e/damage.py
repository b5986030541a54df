"""Models that are missing, damaged or hostile: one clear line, exit code 1, no file."""
import json
import struct
import unittest

from program import FAILED, FILM, ProgramTest


def split(path):
    """Header and data of a safetensors file."""
    blob = path.read_bytes()
    (length,) = struct.unpack("<Q", blob[:8])
    return json.loads(blob[8:8 + length]), blob[8 + length:]


def join(path, header, data):
    text = json.dumps(header).encode()
    text += b" " * (-(8 + len(text)) % 64)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


class Damage(ProgramTest):
    def refused(self, model, message):
        for words in ([*FILM, "-m", str(model), "-o", self.film],
                      ["inspect", str(model), "--memory"]):
            with self.subTest(words=words[0]):
                self.fails(words, FAILED, message)

    def test_a_model_that_is_not_there(self):
        self.refused(self.folder / "none", "none/model.json: No such file or directory")

    def test_an_index_that_is_damaged(self):
        model = self.copy_of_model()
        index = json.loads((model / "model.json").read_text())
        outside = {**index, "parts": {**index["parts"], "dit": "../dit.safetensors"}}
        missing = {**index, "parts": {**index["parts"], "dit": "none.safetensors"}}
        for message, text in [
            ["model.json: line 1: ", ""],
            ["model.json: line 1: ", json.dumps(index)[:40]],
            ["model.json: line 1: ", "[" * 100000],
            ["model.json: is an array, expected an object", "[]"],
            ["\"../dit.safetensors\" is no plain file name", json.dumps(outside)],
            ["none.safetensors: No such file or directory", json.dumps(missing)],
        ]:
            (model / "model.json").write_text(text)
            with self.subTest(text=text[:40]):
                self.refused(model, message)

    def test_weights_that_are_cut_short(self):
        for part in ("text_encoder", "dit", "video_vae", "audio_vae"):
            model = self.copy_of_model()
            path = model / f"{part}.safetensors"
            blob = path.read_bytes()
            for length in (0, 7, 300, len(blob) // 2, len(blob) - 1):
                path.write_bytes(blob[:length])
                with self.subTest(part=part, length=length):
                    self.fails([*FILM, "-m", str(model), "-o", self.film], FAILED,
                               f"{part}.safetensors: ")

    def test_a_header_that_lies_about_its_length(self):
        model = self.copy_of_model()
        path = model / "dit.safetensors"
        blob = path.read_bytes()
        for length in (2**64 - 1, 2**63, len(blob), len(blob) - 7):
            path.write_bytes(struct.pack("<Q", length) + blob[8:])
            with self.subTest(length=length):
                self.refused(model, "dit.safetensors: header: has ")

    def test_tensors_that_lie_about_themselves(self):
        model = self.copy_of_model()
        path = model / "video_vae.safetensors"
        header, data = split(path)

        def changed(**fields):
            return {**header, "latent_mean": {**header["latent_mean"], **fields}}

        begin, end = header["latent_mean"]["data_offsets"]
        for message, lie in [
            ["latent_mean: shape: ", changed(shape=[2**62, 2**62])],
            ["latent_mean: shape[0]: expected an integer from 0", changed(shape=[-3])],
            ["latent_mean: dtype is F99", changed(dtype="F99")],
            ["latent_mean: data_offsets", changed(data_offsets=[end, begin])],
            ["latent_mean: data_offsets", changed(data_offsets=[begin, 2**63 - 1])],
            ["begins at byte", changed(data_offsets=[0, end - begin])],
            ["latent_mean: data_offsets", changed(shape=[4])],
            ["latent_to: begins at byte", {k: v for k, v in header.items() if k != "latent_mean"}],
        ]:
            join(path, lie, data)
            with self.subTest(message=message):
                self.fails([*FILM, "-m", str(model), "-o", self.film], FAILED, message)

    def test_numbers_that_are_none_still_make_a_film(self):
        model = self.copy_of_model()
        path = model / "dit.safetensors"
        header, data = split(path)
        join(path, header, struct.pack("<f", float("nan")) * (len(data) // 4))
        self.succeeds([*FILM, "-m", str(model), "-o", self.film])
        self.assertEqual(self.films(), ["film.mp4"])

    def test_parts_that_do_not_fit_together(self):
        model = self.copy_of_model()
        path = model / "dit.safetensors"
        header, data = split(path)
        config = json.loads(header["__metadata__"]["config"])
        config["audio_latents_per_second"] = 10.0
        header["__metadata__"]["config"] = json.dumps(config)
        join(path, header, data)
        self.refused(model, "dit: audio_latents_per_second is 10, the other part has 15.625")

    def test_a_config_that_promises_more_than_the_file_holds(self):
        model = self.copy_of_model()
        path = model / "dit.safetensors"
        header, data = split(path)
        config = json.loads(header["__metadata__"]["config"])
        config.update(width=16384, heads=2, rope_split=[4096, 2048, 2048], dual_blocks=64)
        header["__metadata__"]["config"] = json.dumps(config)
        join(path, header, data)
        self.refused(model, "dit.safetensors: ")


if __name__ == "__main__":
    unittest.main()
