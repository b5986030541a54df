"""What cannot be made is refused in one line, with the right exit code, leaving no file."""
import os
import resource
import unittest

from program import FAILED, FILM, TINY_MODEL, USAGE, ProgramTest


class Refusals(ProgramTest):
    def refused(self, code, message, *words, **options):
        self.fails([*FILM, "-m", str(TINY_MODEL), "-o", self.film, *words], code, message,
                   **options)

    def test_requests_out_of_range_are_usage_errors(self):
        for message, *words in [
            ["prompt: is empty", "-p", ""],
            ["prompt: is empty", "-p", " \t\n"],
            ["prompt: is no well-formed UTF-8", "-p", b"a \xff ball"],
            ["prompt: is over 5120 characters long", "-p", "a" * 5121],
            ["negative_prompt: is no well-formed UTF-8", "--negative", b"\xff"],
            ["seconds: is 2, expected 3 to 15", "-t", "2"],
            ["seconds: is 16, expected 3 to 15", "-t", "16"],
            ["--seconds: is \"nan\", expected a number", "-t", "nan"],
            ["aspect: is \"2:1\", expected 16:9, 9:16, 4:3, 3:4 or 1:1", "-a", "2:1"],
            ["resolution: is \"8k\", expected base, 480p, 720p or 1080p", "-r", "8k"],
            ["steps: is -1, expected 1 to 1000", "-n", "-1"],
            ["steps: is 1001, expected 1 to 1000", "-n", "1001"],
            ["cfg_video: is 101, expected 0 to 100", "--cfg", "101"],
            ["--cfg: is -5, expected 0 to 100", "--cfg", "-5"],
            ["solver: is \"ddim\", expected euler or heun", "--solver", "ddim"],
            ["device: is \"gpu\", expected cpu or cuda[:N]", "-d", "gpu"],
            ["--results: is 21, expected 1 to 20", "--results", "21"],
            ["--seed: is \"-1\", expected a whole number from 0", "-s", "-1"],
            ["unknown option --frames", "--frames", "5"],
            ["\"word\" is one word too many", "word"],
            ["expected a name in .mp4, .mov, .webm or .wav", "-o", str(self.out / "film.avi")],
        ]:
            with self.subTest(words=words):
                self.refused(USAGE, message, *words)

    def test_a_prompt_is_required(self):
        self.fails(["generate", "-o", self.film], USAGE, "--prompt is required")

    def test_a_place_that_cannot_be_written_is_a_failure(self):
        (self.folder / "file").write_bytes(b"")
        (self.folder / "folder.mp4").mkdir()
        places = [
            ["No such file or directory", self.out / "none" / "film.mp4"],
            ["Not a directory", self.folder / "file" / "film.mp4"],
            ["folder.mp4: Is a directory", self.folder / "folder.mp4"],
        ]
        if os.path.exists("/proc/self"):  # in a bare chroot /proc is a folder like any other
            places.append(["/proc/film.mp4", "/proc/film.mp4"])
        for message, place in places:
            with self.subTest(place=place):
                self.refused(FAILED, message, "-o", str(place))
        self.assertEqual(sorted(p.name for p in self.folder.iterdir()),
                         ["file", "folder.mp4", "out"])

    def test_a_disk_that_is_full_leaves_no_half_film(self):
        def small_disk():
            resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

        # signals stay as Python has them: a write past the limit is an error, not SIGXFSZ
        self.refused(FAILED, self.film, preexec_fn=small_disk, restore_signals=False)

    def test_results_that_cannot_be_printed_are_a_failure(self):
        with open("/dev/full", "w") as full:
            self.fails(["inspect", str(TINY_MODEL), "--json"], FAILED,
                       "stdout: the results cannot be written", stdout=full)


if __name__ == "__main__":
    unittest.main()
