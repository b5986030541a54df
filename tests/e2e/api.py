"""The description of the API: up to date, and true of what the server answers."""
import json
import pathlib
import unittest
import uuid

from program import USAGE, ProgramTest
from server import Server, film

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}


class Api(ProgramTest):
    def follows(self, value, schema, place="answer"):
        """The part of JSON Schema that the description uses."""
        if "$ref" in schema:
            return self.follows(value, self.schemas[schema["$ref"].rsplit("/", 1)[1]], place)
        types = schema.get("type", [])
        types = [types] if isinstance(types, str) else types
        fits = [value in ({}, []) if name not in TYPES and name not in ("integer", "number") else
                isinstance(value, int) and not isinstance(value, bool) if name == "integer" else
                isinstance(value, (int, float)) and not isinstance(value, bool)
                if name == "number" else isinstance(value, TYPES[name]) for name in types]
        self.assertTrue(any(fits) or not types, f"{place}: is {value!r}, expected {types}")
        if "enum" in schema and value is not None:
            self.assertIn(value, schema["enum"], place)
        if isinstance(value, dict):
            for name in schema.get("required", []):
                self.assertIn(name, value, place)
            for name, member in value.items():
                self.assertIn(name, schema.get("properties", {name: {}}), place)
                self.follows(member, schema.get("properties", {}).get(name, {}),
                             f"{place}.{name}")
        if isinstance(value, list):
            for number, member in enumerate(value):
                self.follows(member, schema.get("items", {}), f"{place}[{number}]")

    def answer_follows(self, server, method, path, body=None, route=None):
        """The parsed answer, which is as /openapi.json says of this route and status."""
        headers = {"Content-Type": "application/json"} if body is not None else {}
        status, _, text = server.ask(method, path, body and json.dumps(body), headers)
        responses = self.paths[route or path][method.lower()]["responses"]
        kind = responses["200" if status == 200 else "default"]["content"]["application/json"]
        answer = json.loads(text)
        self.follows(answer, kind["schema"], f"{method} {path} {status}")
        return answer

    def test_the_page_is_up_to_date(self):
        self.assertEqual(self.succeeds(["api", "markdown"]),
                         (ROOT / "docs" / "http_api.md").read_text(),
                         "run: reel api markdown > docs/http_api.md")

    def test_a_form_that_there_is_not_is_refused(self):
        self.fails(["api"], USAGE, "FORM is missing, expected openapi or markdown")
        self.fails(["api", "pdf"], USAGE, "FORM is pdf")

    def test_the_server_answers_as_it_describes_itself(self):
        server = Server(self)
        api = json.loads(server.ask("GET", "/openapi.json")[2])
        printed = json.loads(self.succeeds(["api", "openapi"]))
        self.assertEqual({**api, "servers": None}, {**printed, "servers": None})
        self.assertEqual(api["servers"], [{"url": server.url}])
        self.paths, self.schemas = api["paths"], api["components"]["schemas"]
        task = film(includeCost=True)
        ask = self.answer_follows
        ask(server, "POST", "/v1", [task, film(duration=99), {"taskType": "ping", "ping": True}])
        poll = {"taskType": "getResponse", "taskUUID": task["taskUUID"]}
        ask(server, "POST", "/v1", [poll])
        server.finish(task["taskUUID"])
        ask(server, "POST", "/v1", [poll])
        ask(server, "POST", "/v1", [{"taskType": "authentication", "apiKey": "a"}])
        video = "video_" + task["taskUUID"].replace("-", "")
        ask(server, "GET", f"/v1/videos/{video}", route="/v1/videos/{id}")
        ask(server, "GET", f"/v1/videos/{uuid.uuid4()}", route="/v1/videos/{id}")
        listed = ask(server, "GET", "/v1/videos")
        for entry in listed["data"]:
            self.follows(entry, self.schemas["Video"])
        made = ask(server, "POST", "/v1/videos", {"prompt": "a red ball", "seconds": "3",
                                                  "num_inference_steps": 1, "size": "480x848"})
        ask(server, "POST", "/v1/videos", {"prompt": "a", "x": 1})
        ask(server, "DELETE", f"/v1/videos/{made['id']}", route="/v1/videos/{id}")
        ask(server, "DELETE", f"/v1/tasks/{task['taskUUID']}", route="/v1/tasks/{taskUUID}")
        ask(server, "DELETE", "/v1/tasks/x", route="/v1/tasks/{taskUUID}")
        model = ask(server, "GET", "/v1/models")["data"][0]
        self.follows(model, self.schemas["Model"])
        ask(server, "GET", f"/v1/models/{model['id']}", route="/v1/models/{model}")
        ask(server, "GET", "/healthz")
        ask(server, "GET", "/readyz")
        schema = json.loads(server.ask("GET", f"/v1/models/{model['id']}/schema.json")[2])
        self.follows(task, schema["requestSchema"])
        self.follows(server.poll(task["taskUUID"])["data"][0], schema["responseSchema"])

    def test_every_route_of_the_description_is_there(self):
        server = Server(self)
        api = json.loads(server.ask("GET", "/openapi.json")[2])
        for path, methods in api["paths"].items():
            place = path.replace("{", "").replace("}", "")
            self.assertEqual(server.ask("PUT", place)[0], 405, path)
            for method in methods:
                self.assertNotIn(server.ask(method.upper(), place)[0],
                                 (405, 501) if place not in ("/", "/v1", "/v1/") else (501,))


if __name__ == "__main__":
    unittest.main()
