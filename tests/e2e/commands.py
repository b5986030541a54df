"""The program's own words: help, version, unknown commands."""
import unittest

from program import USAGE, ProgramTest, run

COMMANDS = ["generate", "world", "encode", "train", "bench", "inspect", "serve", "help"]


class Commands(ProgramTest):
    def test_help_lists_every_command(self):
        text = self.succeeds(["help"])
        self.assertEqual(text, self.succeeds(["--help"]))
        for command in COMMANDS:
            self.assertRegex(text, rf"(?m)^  {command} ")

    def test_every_command_lists_its_options(self):
        for command in ["generate", "train", "inspect"]:
            with self.subTest(command=command):
                text = self.succeeds(["help", command])
                self.assertEqual(text, self.succeeds([command, "--help"]))
                self.assertTrue(text.startswith(f"reel {command} "))
                self.assertIn("--json", text)

    def test_the_version_is_one_line(self):
        self.assertRegex(self.succeeds(["--version"]), r"^reel \d+\.\d+\.\d+\n$")

    def test_an_unknown_command_is_a_usage_error(self):
        self.fails(["paint"], USAGE, "unknown command \"paint\"")
        self.fails(["help", "paint"], USAGE, "unknown command \"paint\"")

    def test_no_command_at_all_is_answered_with_the_list(self):
        result = run([])
        self.assertEqual((result.returncode, result.stdout), (USAGE, b""))
        self.assertIn(b"generate", result.stderr)


if __name__ == "__main__":
    unittest.main()
