"""The videos API of OpenAI, spoken by hand."""
import json
import time
import unittest
import uuid

from program import ProgramTest
from server import KEY, LONG, OTHER_KEY, Server, film, is_running, write_keys

BOUNDARY = "----a-boundary"


def form(fields, ending="--"):
    """The body of a form; a field that is bytes is a file."""
    parts = []
    for name, value in fields:
        is_file = isinstance(value, bytes)
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"'
        head += '; filename="a.png"\r\nContent-Type: image/png' if is_file else ""
        parts.append(head.encode() + b"\r\n\r\n" + (value if is_file else value.encode()) +
                     b"\r\n")
    return b"".join(parts) + f"--{BOUNDARY}{ending}\r\n".encode()


FORM_HEADERS = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}


class Videos(ProgramTest):
    def call(self, server, method, path, body=None, key=None):
        """(status, answer)"""
        headers = {"Content-Type": "application/json"} if body is not None else {}
        if key:
            headers["Authorization"] = f"Bearer {key}"
        status, _, answer = server.ask(
            method, path, None if body is None else json.dumps(body), headers)
        return status, json.loads(answer)

    def make(self, server, key=None, **changes):
        status, video = self.call(server, "POST", "/v1/videos",
                                  {"prompt": "a red ball bounces", "seconds": "3",
                                   "size": "848x480", "num_inference_steps": 1, **changes}, key)
        self.assertEqual(status, 200, video)
        return video

    def refuses(self, reply, status, code, param=None):
        error = reply[1]["error"]
        self.assertEqual((reply[0], error["code"], error["param"]), (status, code, param), error)
        self.assertTrue(error["message"] and error["type"])

    def task_of(self, video):
        return str(uuid.UUID(video["id"].removeprefix("video_")))

    def test_a_video_is_made_looked_at_fetched_and_deleted(self):
        server = Server(self)
        video = self.make(server, seed=7)
        self.assertIn(video.pop("status"), ("queued", "in_progress"))
        self.assertGreater(video.pop("created_at"), 1700000000)
        self.assertLessEqual(video.pop("progress"), 100)
        name = self.task_of(video)
        self.assertEqual(video, {
            "id": "video_" + name.replace("-", ""), "object": "video", "seconds": "3",
            "model": "skywork:skyreels@v4", "size": "848x480", "prompt": "a red ball bounces",
            "completed_at": None, "expires_at": None, "error": None,
            "remixed_from_video_id": None})
        film_url = server.finish(name)["data"][0]["videoURL"]
        path = f"/v1/videos/{video['id']}"
        status, video = self.call(server, "GET", path)
        self.assertEqual((status, video["status"], video["progress"]), (200, "completed", 100))
        self.assertGreaterEqual(video["completed_at"], video["created_at"])
        self.assertGreater(video["expires_at"], video["completed_at"])
        status, headers, whole = server.ask("GET", path + "/content")
        self.assertEqual((status, headers["Content-Type"], whole[4:8]), (200, "video/mp4", b"ftyp"))
        self.assertEqual(server.ask("GET", film_url.removeprefix(server.url))[2], whole)
        status, _, part = server.ask("GET", path + "/content", headers={"Range": "bytes=4-7"})
        self.assertEqual((status, part), (206, b"ftyp"))
        sizes = set()
        for variant in ("thumbnail", "spritesheet"):
            status, headers, image = server.ask("GET", f"{path}/content?variant={variant}")
            self.assertEqual((status, headers["Content-Type"], image[:2]),
                             (200, "image/jpeg", b"\xff\xd8"))
            sizes.add(len(image))
        self.assertEqual(len(sizes), 2)
        self.refuses(self.call(server, "GET", path + "/content?variant=gif"), 400,
                     "invalidVariant", "variant")
        self.assertEqual(self.call(server, "DELETE", path),
                         (200, {"id": video["id"], "object": "video.deleted", "deleted": True}))
        for method, place in (("GET", path), ("GET", path + "/content"), ("DELETE", path)):
            self.refuses(self.call(server, method, place), 404, "taskNotFound")
        self.assertEqual(server.poll(name)["errors"][0]["code"], "taskNotFound")
        limit = time.monotonic() + 60
        while list((server.data / "files").iterdir()) and time.monotonic() < limit:
            time.sleep(0.1)
        self.assertEqual(list((server.data / "files").iterdir()), [])

    def test_a_form_says_the_same_as_json(self):
        server = Server(self)
        body = form([("prompt", "a red b\u00e4ll"), ("seconds", "3"), ("size", "480x848"),
                     ("num_inference_steps", "1"), ("seed", "9"), ("model", "skywork-skyreels-v4")])
        pieces = [body[i:i + 11] for i in range(0, len(body), 11)]
        status, _, answer = server.ask(
            "POST", "/v1/videos", iter(pieces), encode_chunked=True,
            headers={**FORM_HEADERS, "Transfer-Encoding": "chunked"})
        video = json.loads(answer)
        self.assertEqual((status, video["prompt"], video["size"]),
                         (200, "a red b\u00e4ll", "480x848"))
        result = server.finish(self.task_of(video))["data"][0]
        self.assertEqual(result["seed"], 9)
        plain = server.ask("POST", "/v1/videos", "prompt=a+red+ball&size=1x1",
                           {"Content-Type": "application/x-www-form-urlencoded"})
        self.refuses((plain[0], json.loads(plain[2])), 400, "unsupportedModelResolution", "size")

    def test_forms_that_make_no_sense_are_refused(self):
        server = Server(self)
        good = form([("prompt", "a")])
        cases = [
            (b"", "missingPrompt"), (b"nothing", "missingPrompt"), (good[:-12], "invalidRequest"),
            (form([("prompt", "a")], ending=""), "invalidRequest"),
            (form([("prompt", "a"), ("prompt", "b")]), "invalidRequest"),
            (form([(f"f{i}", "a") for i in range(65)]), "invalidRequest"),
            (form([("a" * 200, "a")]), "invalidRequest"),
            (form([("prompt", "a")]).replace(b"\r\na\r\n", b"\r\n\xff\xfe\r\n"), "invalidRequest"),
            (form([("prompt[a]", "a"), ("prompt[a]", "b")]), "invalidRequest"),
            (form([("prompt", "a"), ("prompt[a]", "b")]), "invalidRequest"),
            (form([("prompt[a]", "a")]), "invalidPrompt"),
        ]
        for body, code in cases:
            status, _, answer = server.ask("POST", "/v1/videos", body, FORM_HEADERS)
            with self.subTest(body):
                self.assertEqual((status, json.loads(answer)["error"]["code"]), (400, code))
        wrong = server.ask("POST", "/v1/videos", good, {"Content-Type": "text/plain"})
        self.assertEqual((wrong[0], json.loads(wrong[2])["error"]["code"]),
                         (415, "unsupportedMediaType"))
        bare = server.ask("POST", "/v1/videos", good, {"Content-Type": "multipart/form-data"})
        self.assertEqual(bare[0], 415)

    def test_what_the_model_cannot_do_yet_is_refused_by_its_field(self):
        server = Server(self)
        video = self.make(server)
        path = "/v1/videos"
        self.refuses(self.call(server, "POST", f"{path}/{video['id']}/remix", {"prompt": "blue"}),
                     400, "unsupportedParameter", "video")
        for place in ("edits", "extensions"):
            for source in ({"id": video["id"]}, "https://example.com/a.mp4"):
                self.refuses(self.call(server, "POST", f"{path}/{place}",
                                       {"prompt": "blue", "video": source}), 400,
                             "unsupportedParameter", "video")
        body = form([("prompt", "a"), ("input_reference", b"\x89PNG\r\n\x1a\n\0\0\0")])
        status, _, answer = server.ask("POST", path, body, FORM_HEADERS)
        self.refuses((status, json.loads(answer)), 400, "unsupportedParameter", "input_reference")
        body = form([("prompt", "a"), ("input_reference", b"\x89PNG" + bytes(1 << 20))])
        status, _, answer = server.ask("POST", path, body, FORM_HEADERS)  # read by another thread
        self.refuses((status, json.loads(answer)), 400, "unsupportedParameter", "input_reference")
        status, _, answer = server.ask("POST", path, body[:-100], FORM_HEADERS)
        self.refuses((status, json.loads(answer)), 400, "invalidRequest")
        body = form([("prompt", "a"), ("video[id]", video["id"])])
        status, _, answer = server.ask("POST", path + "/edits", body, FORM_HEADERS)
        self.refuses((status, json.loads(answer)), 400, "unsupportedParameter", "video")

    def test_what_makes_no_sense_is_refused_in_this_api_s_words(self):
        server = Server(self)
        path = "/v1/videos"
        cases = [({}, "missingPrompt", "prompt"),
                 ({"prompt": "a", "seconds": "2"}, "valueTooSmall", "seconds"),
                 ({"prompt": "a", "size": "1024x1792"}, "unsupportedModelResolution", "size"),
                 ({"prompt": "a", "model": "sora-2"}, "invalidModel", "model"),
                 ({"prompt": "a", "x": 1}, "unsupportedParameter", "x"),
                 ({"prompt": "a" * 5121}, "invalidPromptLength", "prompt")]
        for body, code, param in cases:
            self.refuses(self.call(server, "POST", path, body), 400, code, param)
        for body, code in (("[]", "invalidRequest"), ("{", "invalidJson"), ("", "invalidJson")):
            status, _, answer = server.ask("POST", path, body, {"Content-Type": "application/json"})
            self.refuses((status, json.loads(answer)), 400, code)
        for place in ("video_1", str(uuid.uuid4()), "video_" + uuid.uuid4().hex):
            self.refuses(self.call(server, "GET", f"{path}/{place}"), 404, "taskNotFound")
            self.refuses(self.call(server, "POST", f"{path}/{place}/remix", {"prompt": "a"}), 404,
                         "taskNotFound")
        self.refuses(self.call(server, "POST", path + "/edits",
                               {"prompt": "a", "video": {"id": "x"}}), 404, "taskNotFound")
        self.refuses(self.call(server, "POST", path + "/edits", {"prompt": "a", "video": {}}), 400,
                     "missingVideo", "video")
        self.refuses(self.call(server, "GET", "/v1/models/x"), 404, "modelNotFound")

    def test_a_list_is_told_in_parts(self):
        server = Server(self)
        self.assertEqual(self.call(server, "GET", "/v1/videos")[1], {
            "object": "list", "data": [], "first_id": None, "last_id": None, "has_more": False})
        server.post([film(**LONG)])
        names = [self.make(server)["id"] for _ in range(3)]

        def ask(query):
            answer = self.call(server, "GET", "/v1/videos?" + query)[1]
            ids = [video["id"] for video in answer["data"]]
            self.assertEqual((answer["first_id"], answer["last_id"]), (ids[0], ids[-1]))
            return ids, answer["has_more"]
        self.assertEqual(ask("limit=2"), (names[:0:-1], True))
        self.assertEqual(ask(f"limit=1&after={names[1]}"), ([names[0]], True))
        self.assertEqual(ask("limit=3&order=asc")[0][1:], names[:2])
        self.assertEqual(ask(f"order=asc&after={names[1]}&unknown=x"), ([names[2]], False))
        for query, param in (("limit=0", "limit"), ("limit=x", "limit"), ("order=up", "order"),
                             ("limit=101", "limit")):
            status, answer = self.call(server, "GET", "/v1/videos?" + query)
            self.assertEqual((status, answer["error"]["param"]), (400, param))
        self.assertEqual(self.call(server, "GET", "/v1/videos?after=video_x")[0], 404)

    def test_deleting_a_running_video_stops_it(self):
        server = Server(self)
        task = film(**LONG)
        server.post([task])
        server.wait(task["taskUUID"], is_running)
        path = "/v1/videos/video_" + task["taskUUID"].replace("-", "")
        status, video = self.call(server, "GET", path)
        self.assertEqual((status, video["status"]), (200, "in_progress"))
        self.refuses(self.call(server, "GET", path + "/content"), 404, "videoNotReady")
        self.assertEqual(self.call(server, "DELETE", path)[0], 200)
        following = self.make(server)
        server.finish(self.task_of(following))

    def test_keys_are_asked_for_and_keep_videos_apart(self):
        server = Server(self, *write_keys(self.folder))
        self.refuses(self.call(server, "POST", "/v1/videos", {"prompt": "a"}), 401,
                     "missingApiKey")
        self.refuses(self.call(server, "GET", "/v1/models", key="wrong"), 401, "invalidApiKey")
        video = self.make(server, key=KEY)
        path = f"/v1/videos/{video['id']}"
        self.refuses(self.call(server, "GET", path, key=OTHER_KEY), 404, "taskNotFound")
        self.refuses(self.call(server, "DELETE", path, key=OTHER_KEY), 404, "taskNotFound")
        self.assertEqual(self.call(server, "GET", "/v1/videos", key=OTHER_KEY)[1]["data"], [])
        self.assertEqual(self.call(server, "GET", "/v1/videos", key=KEY)[1]["data"][0]["id"],
                         video["id"])


if __name__ == "__main__":
    unittest.main()
