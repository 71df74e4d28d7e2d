"""What the README shows is Python, makes channels, and does what it says."""

import re
import sys
import unittest
from pathlib import Path
from types import ModuleType

from lockgate import Request
from lockgate.channel import Channel
from lockgate.harness import Harness

README = Path(__file__).parents[1] / "README.md"


class Readme(unittest.TestCase):
    def test_each_example_runs(self) -> None:
        blocks = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
        modules = []
        for block in blocks[:-1]:
            module = ModuleType("app")
            exec(compile(block, "README.md", "exec"), vars(module))
            modules.append(module)
        interfaces = [sorted(Channel.of(module).interfaces) for module in modules]
        self.assertEqual(interfaces, [["hook"], ["source"], ["sink"], ["life", "socket", "timer", "tools"]])
        house = Harness(modules[0])
        house.hook(Request("POST", body=b"hi"))
        self.assertEqual([event.meta for event in house.events()], [{"count": "1"}])
        # The last one is a test of the second.
        sys.modules["app"] = modules[1]
        try:
            exec(compile(blocks[-1], "README.md", "exec"), {})
        finally:
            del sys.modules["app"]


if __name__ == "__main__":
    unittest.main()
