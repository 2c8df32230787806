"""A name that is defined more than once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.command import concise, write

HEAD = "import torch.nn.functional as F\n\n"
BAD = "return F.cross_entropy(x.softmax(1), y)"


def test_a_property_and_its_setter(tmp_path: Path) -> None:
    text = (
        "class A:\n    @property\n    def loss(self):\n        x, y = self.x, self.y\n        " + BAD + "\n"
        "    @loss.setter\n    def loss(self, value):\n        self.value = value\n"
    )
    write(tmp_path, a=HEAD + text)
    assert concise(tmp_path).found == ["a.py:7:16: LL101"]


@pytest.mark.parametrize(
    ("text", "row"),
    [
        (f"if FAST:\n    def f(x, y):\n        {BAD}\nelse:\n    def f(x, y):\n        return 1\n", 5),
        (f"@register\ndef _(x, y):\n    {BAD}\n\n@register\ndef _(x, y):\n    return 1\n", 5),
    ],
    ids=["branches", "registered"],
)
def test_every_definition_is_looked_at(tmp_path: Path, text: str, row: int) -> None:
    write(tmp_path, a=HEAD + text)
    assert [each.split(":")[1] for each in concise(tmp_path).found] == [str(row)]
