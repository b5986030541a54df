"""A server under test, and the shortest film to ask it for."""
import contextlib
import hashlib
import http.client
import json
import signal
import subprocess
import time
import uuid

from program import REEL, TINY_MODEL, environment


KEY, OTHER_KEY = "a-key-of-more-than-24-letters", "another-key-of-more-than-24-letters"


def write_keys(folder, limits=""):
    """The words that make a server ask for these keys; the first has the limits."""
    path = folder / "keys"
    path.write_text("".join(f"{hashlib.sha256(key.encode()).hexdigest()} {words}\n" for key, words
                            in ((KEY, f"first {limits}"), (OTHER_KEY, "second"))))
    return ["--keys", str(path)]


class Server:
    """A running server; what the test does not say is as short as possible."""

    def __init__(self, test, *words):
        self.data = test.folder / "data"
        self.errors = open(test.folder / "log", "ab")
        self.process = subprocess.Popen(
            [REEL, "serve", "-l", "127.0.0.1:0", "-d", str(self.data), "-m", str(TINY_MODEL),
             *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self.errors,
            env=environment())
        test.addCleanup(self.end)
        self.url = self.process.stdout.readline().decode().strip()
        if not self.url:
            raise AssertionError((test.folder / "log").read_text())
        self.port = int(self.url.rsplit(":", 1)[1])

    def end(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.errors.close()

    def stop(self):
        """The exit code after SIGTERM."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)

    def ask(self, method, path, body=None, headers=None, **options):
        """(status, headers, body)"""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        with contextlib.closing(connection):
            connection.request(method, path, body, headers or {}, **options)
            reply = connection.getresponse()
            return reply.status, reply.headers, reply.read()

    def post(self, tasks, key=None):
        """(status, envelope)"""
        headers = {"Content-Type": "application/json"}
        if key:
            headers["Authorization"] = f"Bearer {key}"
        status, _, body = self.ask("POST", "/v1", json.dumps(tasks), headers)
        return status, json.loads(body)

    def poll(self, name, key=None):
        return self.post([{"taskType": "getResponse", "taskUUID": name}], key)[1]

    def wait(self, name, is_there, key=None):
        """Poll until the answer is as wanted."""
        limit = time.monotonic() + 240
        while time.monotonic() < limit:
            answer = self.poll(name, key)
            if is_there(answer):
                return answer
            time.sleep(0.05)
        raise AssertionError(f"still {answer}")

    def finish(self, name, key=None):
        return self.wait(name, is_over, key)


def film(**changes):
    return {"taskType": "videoInference", "taskUUID": str(uuid.uuid4()), "duration": 3,
            "model": "skywork:skyreels@v4", "positivePrompt": "a red ball bounces",
            "resolution": "480p", "steps": 1, **changes}


def is_over(answer):
    return "errors" in answer or all(r["status"] == "success" for r in answer["data"])


def is_running(answer):
    return answer["data"][0]["progress"] > 2


LONG = {"steps": 100, "numberResults": 4}  # met while it runs
