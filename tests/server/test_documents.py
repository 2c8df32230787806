"""Markdown in the editor, under the names that editors have for it."""

from __future__ import annotations

from pathlib import Path

import pytest
from lsprotocol import types

from tests.server.editor import editor, run
from tests.server.test_actions import quick

TEXT = """\
# A step

> ```{python}
> import torch
> import torch.nn.functional as F
> loss = F.cross_entropy(torch.softmax(x, 1), y)
> ```

torch.softmax(x, 1)
"""


@pytest.mark.parametrize(
    ("name", "language"), [("a.md", "markdown"), ("a.qmd", "quarto"), ("a.Rmd", "rmd"), ("untitled:a", "mystmd")]
)
def test_a_fence_is_told_and_mended_where_it_stands(tmp_path: Path, name: str, language: str) -> None:
    async def work() -> None:
        async with editor(tmp_path, {"losslint.toml": ""}) as person:
            (found,) = await person.open(name, TEXT, language)
            assert (found.code, found.range.start) == ("LL101", types.Position(5, 9))
            offered = await quick(person, name, found)
            (title,) = offered  # no comment is offered
            assert list(person.edited(offered[title].edit).values()) == [
                TEXT.replace("F.cross_entropy(torch.softmax(x, 1), y)", "F.cross_entropy(x, y)")
            ]

    run(work())
