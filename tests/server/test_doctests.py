"""Examples of docstrings in the editor, where the configuration asks for them."""

from __future__ import annotations

from pathlib import Path

import pytest
from lsprotocol import types

from tests.server.editor import editor, run
from tests.server.test_actions import quick

TEXT = '''\
"""Heads."""
import torch
import torch.nn.functional as F


def head(x):
    """Weights that sum to one.

    >>> p = torch.softmax(torch.randn(2, 3), 1)
    >>> loss = F.cross_entropy(
    ...     p, torch.tensor([0, 1]))
    """
    return x
'''
ASKED = {"losslint.toml": "doctests = true\n"}


@pytest.mark.parametrize("asked", [True, False])
def test_they_are_told_where_the_configuration_asks_for_them(tmp_path: Path, asked: bool) -> None:
    async def work() -> None:
        async with editor(tmp_path, {**(ASKED if asked else {"losslint.toml": ""}), "a.py": TEXT}) as person:
            found = await person.open("a.py")
            if not asked:
                assert found == []
                return
            (told,) = found
            assert told.code == "LL101"
            assert told.range.start == types.Position(9, 15)
            (step, *_) = told.related_information or []
            assert step.location.range.start == types.Position(8, 12)

    run(work())


def test_what_is_typed_counts_and_a_fix_leaves_an_example_that_lints_clean(tmp_path: Path) -> None:
    async def work() -> None:
        async with editor(
            tmp_path, {**ASKED, "a.py": TEXT.replace("torch.softmax(", "(").replace(", 1)\n", ")\n")}
        ) as one:
            assert await one.open("a.py") == []
            (found,) = await one.type("a.py", TEXT)
            offered = await quick(one, "a.py", found)
            (title,) = [title for title in offered if "suppress" not in title]
            after = one.edited(offered[title].edit)["a.py"]
            assert after == TEXT.replace("torch.softmax(torch.randn(2, 3), 1)", "torch.randn(2, 3)")
            silenced = one.edited(offered["LL101: suppress with # noqa: LL101"].edit)["a.py"]
            assert silenced == TEXT.replace('    """\n    return', '    """  # noqa: LL101\n    return')
            assert await one.type("a.py", silenced) == []
            assert await one.type("a.py", after) == []

    run(work())


def test_one_more_docstring_and_one_less(tmp_path: Path) -> None:
    more = TEXT + TEXT.replace('"""Heads."""\n', "").replace("def head", "def other")
    broken = more.replace("def other(x)", "def other(x")

    async def work() -> None:
        async with editor(tmp_path, {**ASKED, "a.py": TEXT}) as person:
            assert len(await person.open("a.py")) == 1
            assert len(await person.type("a.py", more)) == 2
            assert "LL900" in [each.code for each in await person.type("a.py", broken)]
            assert len(await person.type("a.py", TEXT)) == 1
            assert await person.type("a.py", "x = 1\n") == []

    run(work())


def test_a_model_in_the_code_and_the_loss_in_an_example(tmp_path: Path) -> None:
    net = TEXT.replace("torch.softmax(torch.randn(2, 3), 1)", "head(torch.randn(2, 3))")

    async def work() -> None:
        async with editor(tmp_path, {**ASKED, "a.py": net}) as person:
            assert await person.open("a.py") == []
            (found,) = await person.type("a.py", net.replace("return x", "return F.softmax(x, 1)"))
            assert (found.code, found.range.start.line) == ("LL101", 9)

    run(work())


def test_the_meaning_under_the_cursor(tmp_path: Path) -> None:
    async def work() -> None:
        async with editor(tmp_path, {**ASKED, "a.py": TEXT}) as person:
            await person.open("a.py")
            shown = await person.hover("a.py", 11, "p, ")
            assert shown is not None and "**softmax probabilities**, along dimension 1" in shown
            assert await person.hover("a.py", 7, "Weights") is None

    run(work())
