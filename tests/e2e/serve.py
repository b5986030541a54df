"""reel serve over loopback: HTTP, WebSocket, films, keys, kills and restarts."""
import base64
import contextlib
import http.client
import json
import signal
import unittest
import uuid

from program import DONE, TINY_MODEL, ProgramTest
from server import KEY, LONG, OTHER_KEY, Server, film, is_running, write_keys
from websocket import BINARY, PING, PONG, TEXT, WebSocket, frame


class Serve(ProgramTest):
    def accept(self, server, task, key=None):
        status, answer = server.post([task], key)
        self.assertEqual((status, answer), (200, {"data": [
            {"taskType": "videoInference", "taskUUID": task["taskUUID"]}]}))
        return task["taskUUID"]

    def refuses(self, reply, status, code):
        self.assertEqual((reply[0], json.loads(reply[-1])["errors"][0]["code"]), (status, code))

    def test_a_film_is_made_and_sent_whole_or_in_part(self):
        server = Server(self)
        name = self.accept(server, film(numberResults=2, seed=7, includeCost=True))
        results = server.finish(name)["data"]
        self.assertEqual([r["status"] for r in results], ["success", "success"])
        self.assertEqual(len({r["videoUUID"] for r in results}), 2)
        path = f"/files/{results[0]['videoUUID']}.mp4"
        self.assertEqual(results[0]["videoURL"], server.url + path)
        status, headers, whole = server.ask("GET", path)
        self.assertEqual((status, headers["Content-Type"], headers["Accept-Ranges"]),
                         (200, "video/mp4", "bytes"))
        self.assertEqual(whole[4:8], b"ftyp")
        etag = headers["ETag"]
        status, headers, body = server.ask("HEAD", path)
        self.assertEqual((status, headers["Content-Length"], body), (200, str(len(whole)), b""))
        status, headers, body = server.ask("GET", path, headers={"Range": "bytes=10-19"})
        self.assertEqual((status, headers["Content-Range"], body),
                         (206, f"bytes 10-19/{len(whole)}", whole[10:20]))
        self.assertEqual(server.ask("GET", path, headers={"Range": "bytes=-5"})[2], whole[-5:])
        status, headers, _ = server.ask("GET", path, headers={"Range": f"bytes={len(whole)}-"})
        self.assertEqual((status, headers["Content-Range"]), (416, f"bytes */{len(whole)}"))
        self.assertEqual(server.ask("GET", path, headers={"If-None-Match": etag})[0], 304)
        old = {"Range": "bytes=0-1", "If-Range": '"old"'}
        self.assertEqual(server.ask("GET", path, headers=old)[0], 200)

    def test_the_events_of_a_task_end_with_its_result(self):
        server = Server(self)
        name = self.accept(server, film())
        status, headers, body = server.ask("GET", f"/v1/tasks/{name}/events")
        self.assertEqual((status, headers["Content-Type"]), (200, "text/event-stream"))
        last = body.decode().strip().split("\n\n")[-1].split("\n")
        self.assertEqual(last[1], "event: result")
        self.assertEqual(json.loads(last[2].removeprefix("data: ")), server.poll(name))
        unknown = server.ask("GET", f"/v1/tasks/{uuid.uuid4()}/events")
        self.refuses(unknown, 404, "taskNotFound")

    def test_who_watches_a_film_sees_it_become(self):
        server = Server(self)
        name = self.accept(server, film(**LONG))
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        with contextlib.closing(connection):
            connection.request("GET", f"/v1/tasks/{name}/events")
            stream = connection.getresponse()
            kinds = set()
            while "preview" not in kinds:
                line = stream.readline().decode()
                self.assertNotEqual(line, "")
                if line.startswith("event: "):
                    kinds.add(line.removeprefix("event: ").strip())
            told = json.loads(stream.readline().decode().removeprefix("data: "))
        self.assertEqual(told["taskUUID"], name)
        image = base64.b64decode(told["image"].removeprefix("data:image/jpeg;base64,"))
        self.assertEqual((image[:2], image[-2:]), (b"\xff\xd8", b"\xff\xd9"))
        self.assertEqual(kinds, {"progress", "preview"})

    def test_a_running_task_is_cancelled_and_the_next_one_begins(self):
        server = Server(self)
        name = self.accept(server, film(**LONG))
        following = self.accept(server, film())
        server.wait(name, is_running)
        status, _, body = server.ask("DELETE", f"/v1/tasks/{name}")
        self.assertEqual((status, json.loads(body)["data"][0]["status"]), (200, "cancelled"))
        self.assertEqual(server.poll(name)["errors"][0]["code"], "taskCancelled")
        self.assertEqual(server.finish(following)["data"][0]["status"], "success")
        self.assertEqual(len(list((server.data / "files").glob("*.mp4"))), 1)
        self.refuses(server.ask("DELETE", f"/v1/tasks/{uuid.uuid4()}"), 404, "taskNotFound")

    def test_a_killed_server_goes_on_where_it_was(self):
        server = Server(self)
        finished = self.accept(server, film())
        answer = server.finish(finished)
        running, waiting = (self.accept(server, task) for task in (film(**LONG), film()))
        before = server.wait(running, is_running)
        server.end()
        (server.data / "files" / "half.mp4.tmp-1").write_bytes(b"half")
        again = Server(self, "--public-url", server.url)
        self.assertEqual(again.poll(finished), answer)
        self.assertEqual(again.post([film(taskUUID=running)])[1]["errors"][0]["code"],
                         "conflictTaskUUID")
        after = again.wait(running, is_running)["data"][0]
        self.assertEqual(after["videoUUID"], before["data"][0]["videoUUID"])
        self.assertEqual(again.ask("DELETE", f"/v1/tasks/{running}")[0], 200)
        self.assertEqual(again.finish(waiting)["data"][0]["status"], "success")
        self.assertEqual(list((server.data / "files").glob("*tmp*")), [])
        self.assertIn(f"task={running} event=started attempt=2",
                      (self.folder / "log").read_text())

    def test_sigterm_closes_sockets_and_gives_the_task_back(self):
        server = Server(self)
        name = self.accept(server, film(**LONG))
        server.wait(name, is_running)
        with contextlib.closing(WebSocket(server.port)) as socket:
            socket.send([{"taskType": "ping", "ping": True}])
            socket.receive()
            server.process.send_signal(signal.SIGTERM)
            self.assertEqual(socket.close_code(), 1001)
        self.assertEqual(server.process.wait(timeout=60), DONE)
        log = (self.folder / "log").read_text()
        self.assertIn(f"task={name} event=requeued", log)
        again = Server(self)
        again.wait(name, is_running)
        self.assertEqual(again.stop(), DONE)
        self.assertIn(f"task={name} event=started attempt=1",
                      (self.folder / "log").read_text()[len(log):])

    def test_keys_are_asked_for(self):
        server = Server(self, *write_keys(self.folder))
        self.assertEqual(server.post([film()])[0], 401)
        self.assertEqual(server.post([film()], "a-wrong-key-of-24-letters")[0], 401)
        name = self.accept(server, film(), KEY)
        other = server.poll(name, OTHER_KEY)
        self.assertEqual(other["errors"][0]["code"], "taskNotFound")
        path = f"/v1/tasks/{name}"
        self.refuses(server.ask("DELETE", path), 401, "missingApiKey")
        wrong = {"Authorization": "Bearer wrong"}
        self.refuses(server.ask("DELETE", path, headers=wrong), 401, "invalidApiKey")
        theirs = {"Authorization": f"Bearer {OTHER_KEY}"}
        self.refuses(server.ask("DELETE", path, headers=theirs), 404, "taskNotFound")
        self.refuses(server.ask("GET", f"{path}/events", headers=theirs), 404, "taskNotFound")
        in_body = [{"taskType": "authentication", "apiKey": KEY},
                   {"taskType": "getResponse", "taskUUID": name}]
        status, answer = server.post(in_body)
        self.assertEqual((status, answer["data"][1]["taskUUID"]), (200, name))
        self.assertEqual(server.finish(name, KEY)["data"][0]["status"], "success")
        self.assertNotIn(KEY, (self.folder / "log").read_text())
        self.assertNotIn(KEY.encode(), (server.data / "tasks.sqlite").read_bytes())

    def test_a_socket_authenticates_with_its_first_message(self):
        server = Server(self, *write_keys(self.folder))
        with contextlib.closing(WebSocket(server.port, "/v1?sdk=js&version=1.3.2")) as socket:
            task = film()
            socket.send([task])
            self.assertEqual(socket.receive()["errors"][0]["taskUUID"], task["taskUUID"])
            socket.send([{"taskType": "authentication", "apiKey": "wrong"}])
            answer = socket.receive()
            self.assertEqual(answer["errors"][0], answer["error"])
            socket.send([{"taskType": "authentication", "apiKey": KEY}])
            self.assertIn("connectionSessionUUID", socket.receive()["data"][0])
            socket.send([task, {"taskType": "ping", "ping": True}])
            self.assertEqual(socket.receive(), {"data": [
                {"taskType": "videoInference", "taskUUID": task["taskUUID"]}]})
            self.assertEqual(socket.receive(), {"data": [{"taskType": "ping", "pong": True}]})
        with contextlib.closing(WebSocket(server.port)) as stranger:
            stranger.send_frame(TEXT, b" " * 70000)
            self.assertEqual(stranger.close_code(), 1009)
        header = [f"Authorization: Bearer {KEY}"]
        with contextlib.closing(WebSocket(server.port, "/", header)) as known:
            known.send_frame(TEXT, b" " * 70000 + b'[{"taskType":"ping","ping":true}]')
            self.assertEqual(known.receive(), {"data": [{"taskType": "ping", "pong": True}]})

    def test_frames_of_every_kind_are_understood(self):
        server = Server(self, "--body-limit", "1")
        ping = b'[{"taskType":"ping","ping":true}]'
        pong = {"data": [{"taskType": "ping", "pong": True}]}
        with contextlib.closing(WebSocket(server.port)) as socket:
            self.assertNotIn("Extensions", socket.handshake)
            socket.send_frame(PING, b"are you there")
            self.assertEqual(socket.receive_frame(), (PONG, b"are you there"))
            socket.send_frame(TEXT, ping[:5], final=False)
            socket.send_frame(PING, b"between")
            socket.send_frame(0, ping[5:9], final=False)
            socket.send_frame(0, ping[9:])
            self.assertEqual(socket.receive_frame(), (PONG, b"between"))
            self.assertEqual(socket.receive(), pong)
            socket.send_frame(TEXT, b" " * (200 << 10) + ping)
            self.assertEqual(socket.receive(), pong)
            socket.send_frame(TEXT, b"no JSON")
            self.assertIn("errors", socket.receive())
            socket.send_frame(8, b"\x03\xe8")
            self.assertEqual(socket.close_code(), 1000)
        early = frame(TEXT, ping)
        with contextlib.closing(WebSocket(server.port, early=early)) as socket:
            self.assertEqual(socket.receive(), pong)
        misdeeds = [(1009, dict(opcode=TEXT, payload=b" " * ((1 << 20) + 1))),
                    (1007, dict(opcode=TEXT, payload=b"\xff")),
                    (1003, dict(opcode=BINARY, payload=b"[]")),
                    (1002, dict(opcode=TEXT, payload=b"[]", masked=False)),
                    (1002, dict(opcode=0, payload=b"[]"))]
        for code, misdeed in misdeeds:
            with contextlib.closing(WebSocket(server.port)) as socket:
                socket.send_frame(**misdeed)
                self.assertEqual(socket.close_code(), code)

    def test_many_sockets_are_carried(self):
        server = Server(self, "--connections", "400")
        sockets = [WebSocket(server.port) for _ in range(200)]
        for socket in sockets:
            socket.send([{"taskType": "authentication", "apiKey": KEY}])
        for socket in sockets:
            self.assertIn("connectionSessionUUID", socket.receive()["data"][0])
        metrics = server.ask("GET", "/metrics")[2].decode()
        self.assertIn("reel_websocket_connections 200\n", metrics)
        for socket in sockets:
            socket.close()

    def test_a_silent_socket_is_closed(self):
        server = Server(self, "--idle", "10")
        with contextlib.closing(WebSocket(server.port)) as socket:
            self.assertEqual(socket.close_code(), 1001)

    def test_bodies_may_be_chunked_and_must_not_be_too_large(self):
        server = Server(self, "--body-limit", "1")
        ping = json.dumps([{"taskType": "ping", "ping": True}]).encode()
        chunks = [ping[i:i + 7] for i in range(0, len(ping), 7)]
        chunked = server.ask("POST", "/v1/", iter(chunks), encode_chunked=True,
                             headers={"Transfer-Encoding": "chunked"})
        self.assertEqual((chunked[0], json.loads(chunked[2])["data"][0]["pong"]), (200, True))
        large = iter([b" " * 65536] * 17)
        self.refuses(server.ask("POST", "/v1", large, encode_chunked=True,
                                headers={"Transfer-Encoding": "chunked"}), 413, "valueTooLarge")
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        with contextlib.closing(connection):  # refused by its header alone
            connection.putrequest("POST", "/v1")
            connection.putheader("Content-Length", str(10 << 30))
            connection.endheaders()
            self.assertEqual(connection.getresponse().status, 413)

    def test_what_makes_no_sense_is_refused(self):
        server = Server(self)
        for body in (b"", b"{", b"{}", b"[", b"[1]", b'[{}]', b"\xff", b"[" * 100000):
            status, _, answer = server.ask("POST", "/v1", body)
            self.assertEqual(status, 400, answer)
            self.assertIn("errors", json.loads(answer))
        self.assertEqual(server.post([film(duration=99)])[1]["errors"][0]["code"],
                         "unsupportedDuration")
        self.refuses(server.ask("GET", "/nowhere"), 404, "notFound")
        self.refuses(server.ask("PUT", "/v1"), 405, "invalidRequest")
        self.refuses(server.ask("GET", "/v1"), 405, "invalidRequest")
        self.refuses(server.ask("GET", f"/files/{uuid.uuid4()}.mp4"), 404, "mediaNotFound")
        self.refuses(server.ask("GET", "/files/tasks.sqlite"), 404, "mediaNotFound")
        for path in ("/files/../tasks.sqlite", "/files/%2e%2e/tasks.sqlite", "/files/"):
            self.refuses(server.ask("GET", path), 404, "notFound")
        upgrade = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "8"}
        self.assertEqual(server.ask("GET", "/v1", headers=upgrade)[0], 426)
        status, headers, _ = server.ask("OPTIONS", "/v1")
        self.assertEqual((status, headers["Access-Control-Allow-Origin"]), (204, "*"))
        self.assertIn("Authorization", headers["Access-Control-Allow-Headers"])
        self.assertEqual(json.loads(server.ask("GET", "/readyz")[2])["status"], "ready")

    def test_a_full_queue_says_when_to_come_again(self):
        server = Server(self, "--queue", "1")
        first = self.accept(server, film(**LONG))
        server.wait(first, is_running)
        self.accept(server, film())
        status, headers, body = server.ask("POST", "/v1", json.dumps([film()]))
        self.assertEqual((status, json.loads(body)["errors"][0]["code"]),
                         (429, "rateLimitExceeded"))
        self.assertGreater(int(headers["Retry-After"]), 0)
        self.refuses(server.ask("GET", "/readyz"), 503, "serviceUnavailable")
        self.assertEqual(server.ask("GET", "/healthz")[0], 200)

    def test_a_folder_and_an_address_have_one_server(self):
        server = Server(self)
        self.out = self.folder / "nothing"
        self.out.mkdir()
        model = ["-m", str(TINY_MODEL)]
        self.fails(["serve", "-d", str(server.data), "-l", "127.0.0.1:0", *model], 1,
                   "another server uses this folder")
        self.fails(["serve", "-d", str(self.folder / "b"), "-l", f"127.0.0.1:{server.port}",
                    *model], 1, "Address already in use")
        self.fails(["serve", "-d", str(self.folder / "b"), "-l", "nonsense", *model], 2, "listen")
        self.fails(["serve"], 2, "--data is required")


if __name__ == "__main__":
    unittest.main()
