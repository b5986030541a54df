"""What one client may ask of the server, and how slowly."""
import contextlib
import http.client
import json
import socket
import time
import unittest

from program import ProgramTest
from server import KEY, LONG, OTHER_KEY, Server, film, is_running, write_keys
from websocket import WebSocket


class Limits(ProgramTest):
    def test_a_key_that_asks_too_often_is_told_when_to_come_again(self):
        server = Server(self, *write_keys(self.folder, "requests=0.001"), "--rate", "1000")
        search = {"taskType": "modelSearch", "taskUUID": film()["taskUUID"]}
        self.assertEqual(server.post([search], KEY)[0], 200)
        bearer = {"Authorization": f"Bearer {KEY}"}
        status, headers, body = server.ask("POST", "/v1", json.dumps([search]), bearer)
        self.assertEqual((status, json.loads(body)["errors"][0]["code"]),
                         (429, "rateLimitExceeded"))
        self.assertGreater(int(headers["Retry-After"]), 900)
        status, headers, body = server.ask("GET", "/v1/videos", headers=bearer)
        error = json.loads(body)["error"]
        self.assertEqual((status, error["code"], error["type"]),
                         (429, "rateLimitExceeded", "rate_limit_error"))
        self.assertGreater(int(headers["Retry-After"]), 900)
        status, headers, body = server.ask("POST", "/v1/videos", '{"prompt":"a"}', bearer)
        self.assertEqual((status, json.loads(body)["error"]["code"]), (429, "rateLimitExceeded"))
        with contextlib.closing(WebSocket(server.port, headers=[f"Authorization: Bearer {KEY}"])) \
                as known:
            known.send([search])
            error = known.receive()["errors"][0]
            self.assertEqual((error["code"], error["taskUUID"]),
                             ("rateLimitExceeded", search["taskUUID"]))
            known.send([{"taskType": "ping", "ping": True}])
            self.assertEqual(known.receive()["data"][0]["pong"], True)
        for _ in range(20):  # polls are never too many, nor are other keys concerned
            self.assertEqual(server.poll(search["taskUUID"], KEY)["errors"][0]["code"],
                             "taskNotFound")
            self.assertEqual(server.post([search], OTHER_KEY)[0], 200)
        log = (self.folder / "log").read_text()
        self.assertIn("path=/v1 about=modelSearch status=429 key=first", log)

    def test_a_key_has_its_part_of_the_queue(self):
        server = Server(self, *write_keys(self.folder, "tasks=1"), "--queue-per-key", "2")
        running = film(**LONG)
        self.assertEqual(server.post([running], KEY)[0], 200)
        server.wait(running["taskUUID"], is_running, KEY)
        self.assertEqual(server.post([film()], KEY)[0], 200)
        status, answer = server.post([film()], KEY)
        self.assertEqual((status, answer["errors"][0]["code"]), (429, "rateLimitExceeded"))
        self.assertEqual([server.post([film()], OTHER_KEY)[0] for _ in range(3)], [200, 200, 429])
        self.assertEqual(server.ask("GET", "/readyz")[0], 200)  # there is room for others

    def test_limits_without_sense_are_refused(self):
        self.out = self.folder / "nothing"
        self.out.mkdir()
        serve = ["serve", "-d", str(self.folder / "b"), "-l", "127.0.0.1:0"]
        self.fails([*serve, "--rate", "-1"], 2, "limits of a key")
        self.fails([*serve, "--queue-per-key", "0"], 2, "limits of a key")
        self.fails([*serve, "--patience", "0"], 2, "patience")

    def assert_cut(self, server, head, piece):
        """The server ends the connection of one who sends `piece` again and again, for ever."""
        with contextlib.closing(socket.create_connection(("127.0.0.1", server.port))) as client:
            client.settimeout(0.1)
            client.sendall(head)
            while True:
                try:
                    if not client.recv(1000):
                        return
                    self.fail("there is an answer")
                except TimeoutError:
                    pass
                except ConnectionError:
                    return
                try:
                    client.sendall(piece)
                except ConnectionError:
                    return

    def test_who_trickles_is_cut_off(self):
        server = Server(self, "--patience", "1")
        self.assert_cut(server, b"GET /healthz HTTP/1.1\r\nHost: a\r\n", b"X: y\r\n")
        self.assert_cut(server, b"POST /v1 HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n",
                        b" ")
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        with contextlib.closing(connection):  # others are not concerned
            for _ in range(2):
                connection.request("GET", "/healthz")
                self.assertEqual(connection.getresponse().read(), b'{"status":"ok"}')

    def test_hostile_bodies_are_answered(self):
        server = Server(self)
        task = film()
        many = json.dumps([task] * 10000)
        cases = [(b"[" * 100000, "invalidRequest"), (b"[" * 15 + b"]" * 15, "invalidRequest"),
                 (many.encode(), "invalidRequest"), (json.dumps([{}] * 10000), "arrayTooLarge"), (b'[{"a":"\xff"}]', "invalidJson"),
                 (b'[{"a":"\\u0000"}]', "invalidJson"), (b'[{"a":1,"a":2}]', "invalidJson"),
                 (b'[{"taskType":"\xed\xa0\x80"}]', "invalidJson"),
                 (b"[" + b"1," * 70000 + b"1]", "invalidRequest"), (b"[1e999]", "invalidJson"),
                 (b'[{"taskType":"' + b"x" * 100000 + b'"}]', "unsupportedTaskType")]
        for body, code in cases:
            with self.subTest(body[:30]):
                status, _, answer = server.ask("POST", "/v1", body)
                self.assertEqual((status, json.loads(answer)["errors"][0]["code"]), (400, code))
        self.assertEqual(server.ask("GET", "/healthz")[0], 200)
        counted = f'reel_http_requests_total{{method="POST",path="/v1",code="400"}} {len(cases)}\n'
        limit = time.monotonic() + 60  # a request counts once its connection has let go of it
        while counted not in (metrics := server.ask("GET", "/metrics")[2].decode()):
            self.assertLess(time.monotonic(), limit, metrics)


if __name__ == "__main__":
    unittest.main()
