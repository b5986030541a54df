"""https and wss."""
import contextlib
import http.client
import json
import pathlib
import ssl
import unittest

from program import ProgramTest, run
from server import LONG, Server, film
from websocket import WebSocket

HERE = pathlib.Path(__file__).parent / "tls"
CERTIFICATE, KEY = str(HERE / "localhost.pem"), str(HERE / "localhost.key")


class Tls(ProgramTest):
    def setUp(self):
        super().setUp()
        self.context = ssl.create_default_context(cafile=CERTIFICATE)

    def serve(self):
        server = Server(self, "--tls-cert", CERTIFICATE, "--tls-key", KEY)
        self.assertTrue(server.url.startswith("https://127.0.0.1:"))
        return server

    def ask(self, server, method, path, body=None):
        connection = http.client.HTTPSConnection("localhost", server.port, timeout=60,
                                                 context=self.context)
        with contextlib.closing(connection):
            connection.request(method, path, body)
            reply = connection.getresponse()
            return reply.status, reply.read()

    def test_tasks_and_files_come_over_tls(self):
        server = self.serve()
        task = film()
        status, answer = self.ask(server, "POST", "/v1", json.dumps([task]))
        self.assertEqual((status, json.loads(answer)["data"][0]["taskUUID"]),
                         (200, task["taskUUID"]))
        with contextlib.closing(WebSocket(server.port, tls=self.context)) as client:
            answer = None
            while not answer or answer["status"] != "success":
                client.send([{"taskType": "getResponse", "taskUUID": task["taskUUID"]}])
                answer = client.receive()["data"][0]
        self.assertTrue(answer["videoURL"].startswith(server.url))
        status, body = self.ask(server, "GET", answer["videoURL"].removeprefix(server.url))
        self.assertEqual((status, body[4:8]), (200, b"ftyp"))

    def test_large_messages_cross_and_a_stop_closes_politely(self):
        server = self.serve()
        with contextlib.closing(WebSocket(server.port, tls=self.context)) as client:
            ping = json.dumps([{"taskType": "ping", "ping": True}]).encode()
            client.send_frame(1, b" " * (1 << 20) + ping)
            self.assertEqual(client.receive()["data"][0]["pong"], True)
            self.ask(server, "POST", "/v1", json.dumps([film(**LONG)]))
            server.process.terminate()
            self.assertEqual(client.close_code(), 1001)
        self.assertEqual(server.process.wait(timeout=60), 0)

    def test_who_speaks_no_tls_gets_nothing_and_others_go_on(self):
        server = self.serve()
        with self.assertRaises((http.client.HTTPException, OSError)):
            server.ask("GET", "/healthz")
        self.assertEqual(self.ask(server, "GET", "/healthz")[0], 200)

    def test_a_certificate_needs_its_key(self):
        self.out = self.folder / "nothing"
        self.out.mkdir()
        serve = ["serve", "-d", str(self.folder / "b"), "-l", "127.0.0.1:0"]
        self.fails([*serve, "--tls-cert", CERTIFICATE], 2, "belong together")
        self.fails([*serve, "--tls-cert", CERTIFICATE, "--tls-key", "absent"], 1, "absent")
        model = ["-m", self.copy_of_model()]
        result = run([*serve, *model, "--tls-cert", CERTIFICATE, "--tls-key",
                                 CERTIFICATE])
        self.assertEqual(result.returncode, 1)
        self.assertIn(b"do the certificate and its key fit together?", result.stderr)


if __name__ == "__main__":
    unittest.main()
