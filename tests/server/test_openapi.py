"""The described answers are the real ones: every operation's answer is held against its schema, field by field."""

import unittest

from answer_schema import OTHER_STEPS, collect, mismatches, schema_of
from gigawatt import Case
from server import Server


class Answers(Case):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.addClassCleanup(cls.server.__exit__)
        cls.document = cls.server.get("/api/openapi.json")

    def schema(self, operation):
        method, path = operation.split(" ")
        described = self.document["paths"][path][method.lower()]["responses"]
        content = described["202" if "202" in described else "200"]["content"]
        reference = content["application/json"]["schema"]["$ref"]
        return self.document["components"]["schemas"][reference.removeprefix("#/components/schemas/")]

    def test_every_operation_answers_what_is_described(self):
        entries = ["chips/h200-sxm", "systems/gb200-nvl72", "models/deepseek-v3", "software/megatron-core-2024"]
        answers = collect(self.server, [("stargate-abilene", 2), ("single-rack", 1), ("opt-175b", 1)], OTHER_STEPS, entries)
        described = {f"{method.upper()} {path}" for path, methods in self.document["paths"].items() for method in methods if not path.endswith("/events")}
        self.assertEqual(set(answers), described)
        for operation, found in answers.items():
            schema = self.schema(operation)
            self.assertTrue(schema.get("properties"), operation)
            for answer in found:
                self.assertEqual(mismatches(answer, schema), [], operation)

    def test_a_difference_is_found(self):
        schema = self.schema("GET /api/version")
        answer = self.server.get("/api/version")
        self.assertEqual(mismatches({**answer, "more": 1}, schema), [".more is not described"])
        self.assertEqual(mismatches({**answer, "version": 1}, schema), [".version is 1, not string"])
        self.assertEqual(mismatches({"version": "1", "features": ["a", 2]}, schema), [".data_hash is missing", ".features[] is 2, not string"])
        self.assertEqual(schema_of([{"a": 1, "id": 2}, {"a": None, "id": 3, "by": {"x": 1.5}}]),
                         {"type": "object", "required": ["a", "id"], "properties": {
                             "a": {"type": ["null", "number"]}, "by": {"type": "object", "additionalProperties": {"type": "number"}},
                             "id": {"type": "integer"}}})


if __name__ == "__main__":
    unittest.main()
