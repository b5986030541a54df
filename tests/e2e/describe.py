"""reel inspect: what files hold, for people and for programs."""
import json
import unittest

from program import FAILED, FILM, TINY_MODEL, USAGE, ProgramTest

PARTS = ["text_encoder", "dit", "video_vae", "audio_vae"]


class Describe(ProgramTest):
    def test_a_part_tells_its_tensors(self):
        part = self.tells(["inspect", str(TINY_MODEL / "dit.safetensors")])
        self.assertEqual((part["kind"], part["part"]), ("part", "dit"))
        self.assertEqual(part["config"]["width"], 16)
        self.assertEqual(part["bytes"], (TINY_MODEL / "dit.safetensors").stat().st_size)
        elements = 0
        for tensor in part["tensors"]:
            self.assertEqual(sorted(tensor), ["dtype", "name", "shape"])
            count = 1
            for side in tensor["shape"]:
                count *= side
            elements += count
        self.assertEqual(elements, part["parameters"])

    def test_a_model_tells_its_parts_and_licence(self):
        model = self.tells(["inspect", str(TINY_MODEL)])
        self.assertEqual((model["kind"], model["name"]), ("model", "tiny"))
        self.assertEqual([part["part"] for part in model["parts"]], PARTS)
        self.assertEqual(model["parameters"], sum(part["parameters"] for part in model["parts"]))
        self.assertEqual(model["about"], {"licence": "Apache-2.0", "scores": {"sync": 0.5}})

    def test_people_read_lines(self):
        text = self.succeeds(["inspect", str(TINY_MODEL)])
        self.assertIn("licence Apache-2.0, scores sync 0.5\n", text)
        for part in PARTS:
            self.assertRegex(text, rf"(?m)^  {part} {part}\.safetensors \d+ \d+")
        text = self.succeeds(["inspect", str(TINY_MODEL / "text_encoder.safetensors")])
        self.assertIn("embedding f32 [300, 24]\n", text)
        self.assertRegex(text, r"merges \[\d+ values\]")

    def test_memory_grows_with_the_film(self):
        small = self.tells(["inspect", str(TINY_MODEL), "--memory", "-t", "3", "-r", "base"])
        large = self.tells(["inspect", str(TINY_MODEL), "--memory", "-t", "15", "-r", "1080p"])
        self.assertEqual((small["kind"], small["seconds"]), ("memory", 3))
        self.assertEqual(small["weightBytes"], large["weightBytes"])
        self.assertEqual(small["bytes"], small["weightBytes"] + small["requestBytes"])
        self.assertGreater(large["bytes"], small["bytes"])
        self.assertGreater(large["requestBytes"], 120 * 1920 * 1080 * 3)

    def test_requests_out_of_range_are_usage_errors(self):
        memory = ["inspect", str(TINY_MODEL), "--memory"]
        self.fails([*memory, "-t", "2"], USAGE, "seconds: is 2, expected 3 to 15")
        self.fails([*memory, "-a", "2:1"], USAGE, "aspect: is \"2:1\"")
        self.fails(["inspect"], USAGE, "a file or a model directory is required")
        self.fails(["inspect", "a", "b"], USAGE, "\"b\" is one word too many")

    def test_what_cannot_be_read_is_a_failure(self):
        (self.folder / "noise.mp4").write_bytes(bytes(range(256)) * 16)
        (self.folder / "empty.safetensors").write_bytes(b"")
        (self.folder / "empty").mkdir()
        for name, message in [
            ["none.mp4", "none.mp4: No such file or directory"],
            ["none.safetensors", "none.safetensors: No such file or directory"],
            ["noise.mp4", "noise.mp4: "],
            ["empty.safetensors", "has 0 bytes, a safetensors file has at least 8"],
            ["empty", "empty/model.json: No such file or directory"],
        ]:
            with self.subTest(name=name):
                self.fails(["inspect", str(self.folder / name)], FAILED, message)
        self.fails(["inspect", "/dev/zero"], FAILED, "/dev/zero: is no regular file")

    def test_nothing_in_a_file_steers_the_terminal(self):
        model = self.copy_of_model()
        index = json.loads((model / "model.json").read_text())
        index["licence"] = "free\x1b[2J\x9b1m\nkind fake"
        (model / "model.json").write_text(json.dumps(index))
        text = self.succeeds(["inspect", str(model)])
        self.assertIn("licence free [2J 1m kind fake", text)
        words = ["generate", "-p", "a ball\x1b[2J", *FILM[3:], "-m", str(model), "-o", self.film]
        self.succeeds(words)
        self.assertNotIn("\x1b", self.succeeds(["inspect", self.film]))

    def test_a_name_that_is_no_utf8_is_no_obstacle(self):
        path = bytes(self.folder) + b"/\xff.safetensors"
        with open(path, "wb") as copy:
            copy.write((TINY_MODEL / "dit.safetensors").read_bytes())
        part = self.tells([b"inspect", path])
        self.assertNotIn("path", part)
        self.assertEqual(part["part"], "dit")


if __name__ == "__main__":
    unittest.main()
