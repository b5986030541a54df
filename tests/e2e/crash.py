"""A server that is killed again and again loses no accepted task and answers each exactly once.

REEL_CRASH_TASKS and REEL_CRASH_KILLS make it longer than the build's own run.
"""
import os
import random
import sqlite3
import threading
import time
import unittest

from program import ProgramTest
from server import Server, film

TASKS = int(os.environ.get("REEL_CRASH_TASKS", "12"))
KILLS = int(os.environ.get("REEL_CRASH_KILLS", "3"))


class Clients(threading.Thread):
    """Submits every task until it is accepted, whatever happens to the server meanwhile."""

    def __init__(self, tasks, submit):
        super().__init__()
        self.tasks, self.submit = tasks, submit
        self.accepted, self.unexpected = [], []

    def run(self):
        for task in self.tasks:
            while not self.offer(task):
                time.sleep(0.05)

    def offer(self, task):
        try:
            status, answer = self.submit(task)
        except OSError:
            return False  # killed while it was asked: it may have been accepted or not
        code = answer.get("errors", [{}])[0].get("code")
        if status != 200 and code != "conflictTaskUUID":
            self.unexpected.append(answer)
        self.accepted.append(task["taskUUID"])
        return True


class Crash(ProgramTest):
    def test_every_accepted_task_ends_with_its_results_exactly_once(self):
        chance = random.Random(20261120)
        tasks = [film(numberResults=1 + i % 2, outputFormat=("MP4", "MOV")[i % 2], seed=i)
                 for i in range(TASKS)]
        self.server = Server(self)
        clients = Clients(tasks, lambda task: self.server.post([task]))
        clients.start()
        for kill in range(KILLS):
            self.wait_until_done((kill + chance.random()) * TASKS / (KILLS + 1))
            time.sleep(chance.random() * 0.3)  # somewhere within a film, a write, an answer
            self.server.end()
            self.check_database()
            self.server = Server(self)
        clients.join()
        self.assertEqual(clients.unexpected, [])
        self.assertEqual(sorted(clients.accepted), sorted(t["taskUUID"] for t in tasks))
        for task in tasks:
            self.check_results(task)
        self.check_files(tasks)
        self.check_database()

    def wait_until_done(self, count):
        """Until so many tasks are finished, told by the database itself."""
        while self.query("SELECT count(*) FROM tasks WHERE state = 2")[0][0] < int(count):
            self.assertIsNone(self.server.process.poll())
            time.sleep(0.05)

    def query(self, sql):
        database = sqlite3.connect(f"file:{self.server.data}/tasks.sqlite?mode=ro", uri=True,
                                   timeout=60)
        try:
            return database.execute(sql).fetchall()
        finally:
            database.close()

    def check_database(self):
        self.assertEqual(self.query("PRAGMA integrity_check"), [("ok",)])
        self.assertEqual(self.query("PRAGMA foreign_key_check"), [])

    def check_results(self, task):
        first = self.server.finish(task["taskUUID"])
        self.assertEqual(len(first["data"]), task["numberResults"], first)
        self.assertNotIn("errors", first)
        self.assertEqual([r["seed"] for r in first["data"]],
                         [task["seed"] + i for i in range(task["numberResults"])])
        again = self.server.post([task])[1]
        self.assertEqual(again["errors"][0]["code"], "conflictTaskUUID")
        self.assertEqual(self.server.poll(task["taskUUID"]), first)

    def check_files(self, tasks):
        """One file for each film, nothing half-written, no latents left behind."""
        names = {p.name for p in (self.server.data / "files").iterdir()
                 if p.suffix in (".mp4", ".mov") or ".tmp-" in p.name}
        wanted = {r[0] for r in self.query("SELECT file FROM results")}
        self.assertEqual(names, wanted)
        self.assertEqual(len(wanted), sum(t["numberResults"] for t in tasks))
        limit = time.monotonic() + 60
        while list((self.server.data / "latents").iterdir()) and time.monotonic() < limit:
            time.sleep(0.1)
        self.assertEqual(list((self.server.data / "latents").iterdir()), [])


if __name__ == "__main__":
    unittest.main()
