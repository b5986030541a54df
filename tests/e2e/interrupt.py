"""Ctrl-C and SIGTERM: the run ends with the step it is in, exit code 130, no half film."""
import os
import pty
import re
import signal
import subprocess
import unittest

from program import FILM, REEL, STOPPED, TINY_MODEL, ProgramTest, environment

STEPS = 1000


class Screen:
    """The terminal that stderr writes to; progress is shown on a terminal only."""

    def __init__(self):
        self.ours, self.theirs = pty.openpty()
        self.text = ""

    def read(self):
        """What is there, waiting for it; "" when the program has closed its end."""
        try:
            text = os.read(self.ours, 4096).decode()
        except OSError:
            return ""
        self.text += text
        return text

    def read_what_is_there(self):
        os.set_blocking(self.ours, False)
        while self.read():
            pass
        os.set_blocking(self.ours, True)

    def read_until(self, pattern):
        while not re.search(pattern, self.text):
            if not self.read():
                raise AssertionError(f"no {pattern} in {self.text!r}")

    def last_step(self):
        return int(re.findall(r"denoise (\d+)/", self.text)[-1])


class Interrupt(ProgramTest):
    def start(self, *words):
        screen = Screen()
        process = subprocess.Popen(
            [REEL, *FILM, "-n", str(STEPS), "-m", str(TINY_MODEL), "-o", self.film, *words],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=screen.theirs,
            env=environment())
        os.close(screen.theirs)
        self.addCleanup(os.close, screen.ours)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process, screen

    def stop(self, process, screen, number):
        """Send the signal between two looks at the screen; returns the step shown before it."""
        process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WNOWAIT)
        screen.read_what_is_there()
        step = screen.last_step()
        process.send_signal(number)
        process.send_signal(signal.SIGCONT)
        while screen.read():
            pass
        self.assertEqual(process.wait(), STOPPED)
        return step

    def check_stopped(self, number):
        process, screen = self.start()
        screen.read_until(r"denoise [1-9]\d*/1000")
        step = self.stop(process, screen, number)
        # a terminal may show a step a moment late, but nowhere near the end
        self.assertLess(screen.last_step(), min(step + 10, STEPS))
        self.assertTrue(screen.text.endswith("reel: stopped\r\n"), screen.text[-80:])
        self.assertEqual(process.stdout.read(), b"")
        self.assertEqual(self.films(), [])

    def test_ctrl_c_ends_with_the_step_it_is_in(self):
        self.check_stopped(signal.SIGINT)

    def test_sigterm_is_the_same(self):
        self.check_stopped(signal.SIGTERM)

    def test_films_that_are_finished_stay(self):
        process, screen = self.start("-n", "100", "--results", "20")
        self.assertEqual(process.stdout.readline().decode(), f"{self.film}\n")
        self.stop(process, screen, signal.SIGINT)
        finished = 1 + process.stdout.read().decode().count("\n")
        self.assertLess(finished, 20)
        self.assertEqual(len(self.films()), finished)
        self.assertIn("film.mp4", self.films())
        self.assertFalse([name for name in self.films() if not name.endswith(".mp4")])


if __name__ == "__main__":
    unittest.main()
