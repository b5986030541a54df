"""reel serve and others than its callers: uploads, URLs, webhooks, upload endpoints, checkers."""
import base64
import contextlib
import hashlib
import hmac
import http.server
import json
import queue
import threading
import unittest
import uuid

from program import TINY_MODEL, ProgramTest, run
from server import Server, film
from websocket import WebSocket

LOOPBACK = ("--allow-network", "127.0.0.1")


class Outside:
    """A server of others: remembers requests, answers with `answers[path]` or 200."""

    def __init__(self, test):
        self.requests, self.answers, self.gates = queue.Queue(), {}, {}
        outside = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                outside.requests.put((self.command, self.path, dict(self.headers), body))
                path = self.path.split("?")[0]
                if path in outside.gates:
                    outside.gates[path].wait(60)
                status, answer = outside.answers.get(path, (200, b""))
                self.send_response(status)
                self.send_header("Content-Length", str(len(answer)))
                with contextlib.suppress(ConnectionError):  # the server may have been stopped
                    self.end_headers()
                    self.wfile.write(answer)

            do_GET = do_POST = do_PUT = handle_any

            def log_message(self, *words):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        test.addCleanup(self.server.server_close)
        test.addCleanup(self.server.shutdown)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def next(self):
        return self.requests.get(timeout=240)


def storage(**changes):
    return {"taskType": "mediaStorage", "taskUUID": str(uuid.uuid4()), **changes}


class OutsideTest(ProgramTest):
    def image(self):
        path = self.folder / "image.png"
        if not path.exists():
            run(["generate", "-p", "a red ball", "-t", "3", "-r", "base", "-n", "2", "-m",
                 str(TINY_MODEL), "-o", str(path)])
        return path.read_bytes()

    def accept(self, server, task):
        status, answer = server.post([task])
        self.assertEqual((status, list(answer)), (200, ["data"]), answer)
        return task["taskUUID"]

    def test_media_are_stored_served_and_deleted(self):
        server, image = Server(self), self.image()
        text = base64.b64encode(image).decode()
        status, answer = server.post([storage(media=text)])
        self.assertEqual(status, 200, answer)
        stored = answer["data"][0]
        path = stored["mediaURL"][len(server.url):]
        status, headers, body = server.ask("GET", path)
        self.assertEqual((status, headers["Content-Type"], body), (200, "image/png", image))
        self.assertEqual(headers["X-Content-Type-Options"], "nosniff")
        upload = {"taskType": "imageUpload", "taskUUID": str(uuid.uuid4()),
                  "image": f"data:image/png;base64,{text}"}
        uploaded = server.post([upload])[1]["data"][0]
        self.assertEqual(uploaded["imageURL"].rsplit("/", 1)[1], f"{uploaded['imageUUID']}.png")
        gone = server.post([storage(operation="delete", media=stored["mediaUUID"])])[1]
        self.assertEqual(gone["data"][0]["mediaUUID"], stored["mediaUUID"])
        self.assertEqual(server.ask("GET", path)[0], 404)
        server.stop()
        again = Server(self)  # what was stored outlives the server
        path = uploaded["imageURL"][len(server.url):]
        self.assertEqual(again.ask("GET", path)[2], image)

    def test_a_hostile_file_ends_only_its_decoder(self):
        server = Server(self)
        tasks = [storage(media=base64.b64encode(bytes([n]) * 5000).decode()) for n in range(20)]
        status, answer = server.post(tasks)
        self.assertEqual((status, len(answer["errors"])), (400, 20))
        self.assertEqual({e["code"] for e in answer["errors"]}, {"invalidMedia"})
        self.assertEqual(list((server.data / "files").iterdir()), [])
        self.assertEqual(server.ask("GET", "/healthz")[0], 200)

    def test_private_addresses_are_refused_without_a_word_to_them(self):
        server, outside = Server(self), Outside(self)
        status, answer = server.post([storage(media=f"{outside.url}/a.png")])
        self.assertEqual((status, answer["errors"][0]["code"]), (400, "downloadFailed"))
        for name in ("webhookURL", "uploadEndpoint"):
            status, answer = server.post([film(**{name: f"{outside.url}/hook"})])
            self.assertEqual((status, answer["errors"][0]["parameter"]), (400, name))
        self.assertTrue(outside.requests.empty())

    def test_a_slow_download_holds_up_nobody(self):
        server, outside = Server(self, *LOOPBACK), Outside(self)
        outside.gates["/slow"] = threading.Event()
        outside.answers["/slow"] = (200, self.image())
        upload = storage(media=f"{outside.url}/slow")
        ping = {"taskType": "ping", "ping": True}
        with contextlib.closing(WebSocket(server.port)) as socket:
            socket.send([upload])
            self.assertEqual(outside.next()[:2], ("GET", "/slow"))
            socket.send([ping])
            self.assertEqual(socket.receive(), {"data": [{"taskType": "ping", "pong": True}]})
            answers = []
            caller = threading.Thread(target=lambda: answers.append(server.post([upload])))
            caller.start()
            outside.next()
            for _ in range(8):  # more than there are threads for bytes
                self.assertEqual(server.post([ping])[0], 200)
            outside.gates["/slow"].set()
            answer = socket.receive()["data"][0]
            self.assertEqual(answer["taskUUID"], upload["taskUUID"])
            caller.join(60)
            self.assertEqual(answers[0][0], 200)
            self.assertNotEqual(answers[0][1]["data"][0]["mediaUUID"], answer["mediaUUID"])

    def test_a_caller_who_leaves_is_not_waited_for(self):
        server, outside = Server(self, *LOOPBACK), Outside(self)
        outside.gates["/slow"] = threading.Event()
        socket = WebSocket(server.port)
        socket.send([storage(media=f"{outside.url}/slow")])
        outside.next()
        socket.close()
        outside.gates["/slow"].set()
        self.assertEqual(server.post([{"taskType": "ping"}])[0], 200)
        outside.gates["/slow"] = threading.Event()
        with contextlib.closing(WebSocket(server.port)) as socket:
            socket.send([storage(media=f"{outside.url}/slow")])
            outside.next()
            self.assertEqual(server.stop(), 0)  # in the middle of it
            outside.gates["/slow"].set()

    def test_a_webhook_is_called_signed_and_again_by_the_next_server(self):
        (self.folder / "secret").write_text("the secret\n")
        words = (*LOOPBACK, "--webhook-secret", str(self.folder / "secret"))
        server, outside = Server(self, *words), Outside(self)
        outside.answers["/hook"] = (500, b"")
        name = self.accept(server, film(webhookURL=f"{outside.url}/hook?token=abc", includeCost=True))
        server.finish(name)
        method, path, headers, body = outside.next()
        self.assertEqual((method, path), ("POST", "/hook?token=abc"))
        signature = hmac.new(b"the secret", body, hashlib.sha256).hexdigest()
        self.assertEqual(headers["X-Signature"], f"sha256={signature}")
        server.end()
        outside.answers["/hook"] = (200, b"")
        again = Server(self, *words, "--public-url", server.url)
        self.assertEqual(outside.next()[3], body)
        self.assertEqual(json.loads(body)["data"], again.poll(name)["data"])
        log = (self.folder / "log").read_text()
        self.assertNotIn("token=abc", log)

    def test_a_film_is_put_where_its_task_wants_it(self):
        server, outside = Server(self, *LOOPBACK), Outside(self)
        name = self.accept(server, film(uploadEndpoint=f"{outside.url}/film?X-Amz-Signature=1"))
        method, path, headers, body = outside.next()
        self.assertEqual((method, path), ("PUT", "/film?X-Amz-Signature=1"))
        self.assertEqual(sorted(headers), ["Content-Length", "Content-Type", "Host"])
        self.assertEqual(headers["Content-Type"], "video/mp4")
        url = server.finish(name)["data"][0]["videoURL"]
        self.assertEqual(server.ask("GET", url[len(server.url):])[2], body)

    def test_a_film_that_cannot_be_put_is_kept_and_its_task_fails(self):
        server, outside = Server(self, *LOOPBACK), Outside(self)
        outside.answers["/film"] = (403, b"")
        name = self.accept(server, film(uploadEndpoint=f"{outside.url}/film"))
        answer = server.finish(name)
        self.assertEqual(answer["errors"][0]["code"], "uploadFailed")
        self.assertIn("status 403", answer["errors"][0]["message"])
        url = answer["data"][0]["videoURL"]
        self.assertEqual(server.ask("GET", url[len(server.url):])[0], 200)

    def test_a_checker_says_what_the_film_shows(self):
        outside = Outside(self)
        server = Server(self, "--safety-url", f"{outside.url}/check")
        for flagged in (True, False):
            outside.answers["/check"] = (200, json.dumps({"flagged": flagged}).encode())
            name = self.accept(server, film(safety={"checkContent": True}))
            question = json.loads(outside.next()[3])
            self.assertEqual((question["taskUUID"], question["mode"]), (name, "fast"))
            self.assertEqual(len(question["frames"]), 3)
            self.assertIs(server.finish(name)["data"][0]["NSFWContent"], flagged)
        name = self.accept(server, film())
        self.assertNotIn("NSFWContent", server.finish(name)["data"][0])
        outside.answers["/check"] = (200, b"no idea")
        name = self.accept(server, film(safety={"mode": "full"}))
        error = server.finish(name)["errors"][0]
        self.assertEqual(error["code"], "processingFailed")

    def test_without_a_checker_nothing_is_claimed(self):
        server = Server(self)
        status, answer = server.post([film(safety={"checkContent": True})])
        error = answer["errors"][0]
        self.assertEqual((status, error["parameter"]), (400, "safety.checkContent"))
        self.assertIn("no content checker", error["message"])
        self.assertEqual(server.post([film(safety={"checkContent": False})])[0], 200)

    def test_options_without_sense_are_named(self):
        for words in (["--allow-network", "localhost"], ["--webhook-secret", "/nowhere"],
                      ["--safety-command", "/nowhere"], ["--safety-url", "ftp://a"],
                      ["--safety-url", "http://a", "--safety-command", "/bin/true"],
                      ["--media-retention", "5"]):
            result = run(["serve", "-l", "127.0.0.1:0", "-d", str(self.folder / "data"), "-m",
                          str(TINY_MODEL), *words])
            self.assertNotEqual(result.returncode, 0, words)
            self.assertEqual(result.stderr.count(b"\n"), 1, result.stderr)


if __name__ == "__main__":
    unittest.main()
