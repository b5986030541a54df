"""Films from words: what comes out, on disk and on stdout."""
import unittest

from program import FILM, TINY_MODEL, ProgramTest, environment


class Generate(ProgramTest):
    def make(self, *words, **options):
        return self.tells([*FILM, "-m", str(TINY_MODEL), "-o", self.film, *words], **options)

    def test_a_film_has_picture_sound_and_origin(self):
        answer = self.make("-r", "480p")
        self.assertEqual(answer["model"], "tiny 0.1")
        (film,) = answer["films"]
        self.assertEqual(film["path"], self.film)
        self.assertEqual((film["width"], film["height"], film["fps"]), (848, 480, 8))
        self.assertEqual((film["seed"], film["audio"], film["seconds"]), (7, True, 3))
        self.assertEqual(self.films(), ["film.mp4"])
        found = self.tells(["inspect", self.film])
        self.assertEqual(found["kind"], "film")
        self.assertEqual(found["tracks"], 2)
        self.assertEqual(found["video"], {"codec": "h264", "width": 848, "height": 480,
                                          "fps": 8.0, "frames": 24})
        self.assertEqual(found["audio"], {"codec": "aac", "channels": 2, "sampleRate": 8000})
        self.assertAlmostEqual(found["seconds"], 3.0, delta=0.2)
        self.assertEqual(found["tags"], {"title": "a red ball bounces",
                                         "comment": "made by OpenReels, model tiny 0.1, seed 7"})

    def test_a_silent_film_has_one_track(self):
        (film,) = self.make("--no-audio")["films"]
        self.assertEqual(film["audio"], False)
        found = self.tells(["inspect", self.film])
        self.assertEqual(found["tracks"], 1)
        self.assertNotIn("audio", found)

    def test_the_aspect_turns_the_frame(self):
        (film,) = self.make("-a", "9:16", "-r", "480p")["films"]
        self.assertEqual((film["width"], film["height"]), (480, 848))

    def test_without_json_the_paths_are_printed(self):
        text = self.succeeds([*FILM, "-m", str(TINY_MODEL), "-o", self.film, "--results", "2"])
        self.assertEqual(text, f"{self.film}\n{self.out / 'film-2.mp4'}\n")
        self.assertEqual(self.films(), ["film-2.mp4", "film.mp4"])

    def test_every_result_has_the_next_seed(self):
        # whole macroblocks: libx264 is not exact to the bit in a frame of 72 x 40
        films = self.make("--results", "2", "-r", "480p")["films"]
        self.assertEqual([film["seed"] for film in films], [7, 8])
        first, second = ((self.out / name).read_bytes() for name in ("film.mp4", "film-2.mp4"))
        self.assertNotEqual(first, second)
        self.make("-s", "8", "-r", "480p")
        self.assertEqual((self.out / "film.mp4").read_bytes(), second)

    def test_the_same_words_give_the_same_bytes_whatever_the_threads(self):
        made = []
        for threads in ("1", "2"):
            self.make("-r", "480p", env=environment(OMP_NUM_THREADS=threads))
            made.append((self.out / "film.mp4").read_bytes())
        self.assertEqual(made[0], made[1])

    def test_an_image_is_written_for_the_name_of_one(self):
        image = str(self.out / "frame.png")
        self.succeeds([*FILM, "-m", str(TINY_MODEL), "-o", image])
        self.assertEqual((self.out / "frame.png").read_bytes()[:8], b"\x89PNG\r\n\x1a\n")

    def test_an_older_film_is_replaced(self):
        (self.out / "film.mp4").write_bytes(b"old")
        self.make()
        self.assertEqual((self.out / "film.mp4").read_bytes()[4:8], b"ftyp")
        self.assertEqual(self.films(), ["film.mp4"])


if __name__ == "__main__":
    unittest.main()
