"""The program under test, a folder for its output, and what every run of it must keep to."""
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

REEL = os.environ["REEL_PROGRAM"]
TINY_MODEL = pathlib.Path(os.environ["REEL_TINY_MODEL"])
DONE, FAILED, USAGE, STOPPED = 0, 1, 2, 130

# The quickest film there is.
FILM = ["generate", "-p", "a red ball bounces", "-t", "3", "-r", "base", "-n", "2", "-s", "7"]


def environment(**changes):
    return {**os.environ, "OMP_WAIT_POLICY": "passive", **changes}


def run(words, **options):
    """Run to the end; words may be str or bytes."""
    options.setdefault("env", environment())
    options.setdefault("stdout", subprocess.PIPE)
    return subprocess.run([REEL, *words], stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
                          timeout=300, **options)


class ProgramTest(unittest.TestCase):
    """One folder for output, and one place where models may be damaged, for every test."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="reel-e2e-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.out = self.folder / "out"
        self.out.mkdir()
        self.film = str(self.out / "film.mp4")

    def copy_of_model(self):
        model = self.folder / "model"
        shutil.rmtree(model, ignore_errors=True)
        shutil.copytree(TINY_MODEL, model)
        return model

    def films(self):
        return sorted(path.name for path in self.out.iterdir())

    def succeeds(self, words, **options):
        """Exit code 0 and not a word on stderr, which is no terminal here."""
        result = run(words, **options)
        self.assertEqual((result.returncode, result.stderr), (DONE, b""))
        return result.stdout.decode() if result.stdout is not None else ""

    def tells(self, words, **options):
        """Succeeds with exactly one JSON object on one line of stdout."""
        text = self.succeeds([*words, "--json"], **options)
        self.assertTrue(text.endswith("\n"))
        self.assertEqual(text.count("\n"), 1)
        answer = json.loads(text)
        self.assertIsInstance(answer, dict)
        return answer

    def fails(self, words, code, message, **options):
        """The code, one line on stderr with `message` in it, nothing on stdout, no file left."""
        result = run(words, **options)
        error = result.stderr.decode()
        self.assertEqual(result.returncode, code, error)
        self.assertTrue(error.startswith("reel: ") and error.endswith("\n"), error)
        self.assertEqual(error.count("\n"), 1, error)
        self.assertIn(message, error)
        self.assertIn(result.stdout, (b"", None))
        self.assertEqual(self.films(), [])
