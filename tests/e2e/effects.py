"""What each parameter of a task does to the film, seen in the file and in the answer.

One server makes all films; a film that several tests look at is made once.
"""
import functools
import json
import sqlite3
import unittest

from program import ProgramTest, run
from server import Server, film

WORDS = "a red ball bounces"


class Effects(ProgramTest):
    @classmethod
    def setUpClass(cls):
        cls.house = ProgramTest()  # the folder of the server, and its end
        cls.house.setUp()
        cls.server = Server(cls.house)

    @classmethod
    def tearDownClass(cls):
        cls.house.doCleanups()

    @classmethod
    @functools.lru_cache(maxsize=None)
    def made(cls, changes):
        task = film(**{"seed": 7, "steps": 2, "positivePrompt": WORDS,
                       "settings": {"promptExtend": False}, **json.loads(changes)})
        if "width" in task:
            del task["resolution"]
        status, answer = cls.server.post([task])
        assert status == 200, answer
        results = cls.server.finish(task["taskUUID"])["data"]
        for result in results:
            result["file"] = cls.server.data / "files" / result["videoURL"].rsplit("/", 1)[1]
        return results

    def make(self, **changes):
        """Its results, each with `file`, where it lies."""
        return self.made(json.dumps(changes, sort_keys=True))

    def inspect(self, result):
        done = run(["inspect", str(result["file"]), "--json"])
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def pictures(self, result):
        """Frames of the film, before the encoder, as one picture: the same pixels, the same bytes."""
        return (result["file"].parent / f"{result['videoUUID']}.sheet.jpg").read_bytes()

    def test_format_decides_container_codecs_and_type(self):
        for name, ending, kind, codecs in [("MP4", ".mp4", "video/mp4", ("h264", "aac")),
                                           ("webm", ".webm", "video/webm", ("vp9", "opus")),
                                           ("MOV", ".mov", "video/quicktime", ("h264", "aac"))]:
            [result] = self.make(outputFormat=name, settings={"audio": True})
            self.assertTrue(result["videoURL"].endswith(ending))
            about = self.inspect(result)
            self.assertEqual((about["video"]["codec"], about["audio"]["codec"]), codecs)
            self.assertRegex(about["tags"]["comment"], "^made by OpenReels, model tiny 0.1, seed 7,"
                                                       " request [0-9a-f]{64}$")
            _, headers, body = self.server.ask("GET", f"/files/{result['file'].name}")
            self.assertEqual((headers["Content-Type"], body),
                             (kind, result["file"].read_bytes()))

    def test_quality_decides_the_bit_rate(self):
        for name in ("MP4", "webm"):
            same = {"outputFormat": name, "settings": {"audio": True}}
            [low], [high] = self.make(outputQuality=20, **same), self.make(**same)
            self.assertLess(low["file"].stat().st_size, 0.7 * high["file"].stat().st_size)
            self.assertEqual(self.pictures(low), self.pictures(high))

    def test_sizes_and_lengths_are_those_asked_for(self):
        for changes, size, seconds in [({}, (848, 480), 3), ({"duration": 4.5}, (848, 480), 4.5),
                                       ({"resolution": "720p", "steps": 1}, (1280, 720), 3),
                                       ({"width": 480, "height": 848, "steps": 1}, (480, 848), 3)]:
            about = self.inspect(self.make(**changes)[0])
            self.assertEqual((about["video"]["width"], about["video"]["height"]), size)
            self.assertAlmostEqual(about["seconds"], seconds, delta=0.1)

    def test_the_picture_depends_on_all_that_is_asked(self):
        [base] = self.make()
        for changes in ({"steps": 3}, {"CFGScale": 9.5}, {"negativePrompt": "meadow"},
                        {"positivePrompt": "a blue crate rolls along the street at night"}):
            [other] = self.make(**changes)
            self.assertNotEqual(self.pictures(other), self.pictures(base), changes)

    def test_the_same_wish_gives_the_same_file_and_another_seed_another_film(self):
        first, second = self.make(numberResults=2)
        [base], [drawn] = self.make(), self.make(seed=8)
        self.assertEqual([first["seed"], second["seed"]], [7, 8])
        self.assertEqual(self.pictures(first), self.pictures(base))
        self.assertEqual(self.pictures(second), self.pictures(drawn))
        self.assertNotEqual(self.pictures(first), self.pictures(second))
        self.made.cache_clear()
        [again] = self.make()
        self.assertNotEqual(again["videoUUID"], base["videoUUID"])
        self.assertEqual(again["file"].read_bytes(), base["file"].read_bytes())

    def test_sound_is_there_when_asked_for(self):
        self.assertNotIn("audio", self.inspect(self.make()[0]))
        with_sound = self.inspect(self.make(outputFormat="MP4", settings={"audio": True})[0])
        self.assertEqual(with_sound["audio"]["channels"], 2)

    def test_prompts_are_extended_unless_the_task_says_no(self):
        plain, extended, heard = (
            self.inspect(self.make(**changes)[0])["tags"]["title"]
            for changes in ({}, {"settings": {}}, {"outputFormat": "MP4",
                                                   "settings": {"audio": True}}))
        self.assertEqual(plain, WORDS)
        self.assertRegex(extended, f"^{WORDS}\\. [^<]+\\.$")
        self.assertRegex(heard, f"^{WORDS}\\. .*<sfx>.+</sfx> <bgm>.+</bgm>$")

    def test_cost_is_told_and_the_time_to_live_kept_when_asked_for(self):
        [usual], [short] = self.make(), self.make(includeCost=True, ttl=90)
        self.assertNotIn("cost", usual)
        self.assertEqual(short["cost"], 0.33)
        with sqlite3.connect(self.server.data / "tasks.sqlite") as database:
            kept = dict(database.execute("SELECT uuid, expires - finished FROM tasks").fetchall())
        self.assertEqual((kept[short["taskUUID"]], kept[usual["taskUUID"]]),
                         (90 * 1000, 7 * 24 * 3600 * 1000))


class Admission(ProgramTest):
    def test_what_needs_too_much_memory_is_refused_with_the_number(self):
        server = Server(self, "--memory", "1")
        status, answer = server.post([film()])
        error = answer["errors"][0]
        self.assertEqual((status, error["code"]), (400, "unsupportedRequestSize"))
        self.assertRegex(error["message"], "^This film needs [0-9.]+ GB of memory, the server has "
                                           "0.00 GB for it\\.$")
        self.assertGreater(error["required"], error["max"])
        self.assertEqual(error["max"], 1 << 20)

    def test_what_would_take_too_long_is_refused_once_the_speed_is_known(self):
        server = Server(self, "--task-limit", "0.001")
        first = film()
        self.assertEqual(server.post([first])[0], 200)
        server.finish(first["taskUUID"])
        status, answer = server.post([film()])
        self.assertEqual((status, answer["errors"][0]["parameter"]),
                         (400, ["duration", "resolution"]))


if __name__ == "__main__":
    unittest.main()
