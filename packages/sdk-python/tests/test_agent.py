"""How an agent's file is loaded, and what its manifest says."""

import os
import tempfile
import unittest

from aios_sdk import AiosError, needs_input
from aios_sdk.agent import load_agent
from aios_sdk.errors import to_problem

HEAD = "from aios_sdk import agent\n"
AGENT = '@agent(name="{name}", permissions=["time.now"], budget={{"calls": 3}})\ndef {name}(aios, input):\n    return input\n'


class LoadTest(unittest.TestCase):
    def load(self, source):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "agent.py")
            with open(path, "w") as file:
                file.write(source)
            return load_agent(path)

    def test_the_decorated_function_is_the_agent(self):
        agent = self.load(HEAD + AGENT.format(name="one"))
        self.assertEqual(agent(None, "x"), "x")
        self.assertEqual(
            agent.manifest,
            {
                "name": "one",
                "description": "",
                "runtime": "python",
                "permissions": ["time.now"],
                "budget": {"calls": 3},
            },
        )

    def test_a_file_without_one_or_with_two_says_so(self):
        for source, found in (("", "no function"), (HEAD + AGENT.format(name="a") + AGENT.format(name="b"), "2 functions")):
            with self.assertRaises(AiosError) as raised:
                self.load(source)
            self.assertEqual(raised.exception.code, "invalid_argument")
            self.assertIn(found, raised.exception.message)

    def test_a_file_that_cannot_be_loaded_says_why(self):
        for source, reason in (("import no_such_module", "no_such_module"), ("def (", "SyntaxError")):
            with self.assertRaises(AiosError) as raised:
                self.load(source)
            self.assertIn(reason, raised.exception.message)


class ErrorTest(unittest.TestCase):
    def test_a_problem_comes_back_as_it_was(self):
        error = needs_input("Which account?", {"of": "Ada"})
        again = AiosError.from_problem(error.to_problem())
        self.assertEqual(again.to_problem(), error.to_problem())
        self.assertEqual(again.disposition, "ask_human")

    def test_anything_raised_becomes_internal_with_its_text(self):
        problem = to_problem(ValueError("bad"))
        self.assertEqual((problem["code"], problem["detail"]), ("internal", "ValueError: bad"))

    def test_a_code_must_be_known(self):
        with self.assertRaises(ValueError):
            AiosError("nonsense", "text")


if __name__ == "__main__":
    unittest.main()
