"""`--fix` on what somebody wrote to do harm: only the text of code changes, whatever stands around it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.command import MISUSE, put
from tests.security.hostile import command
from tests.security.test_notebooks import RAW, STRANGE

FIX = ("--fix", "--unsafe-fixes", "--output-format=concise")
#: Each takes as long as the linting of it, twice: fifty thousand cells are not waited for here.
NOTEBOOKS = {name: json.dumps(notebook) for name, (notebook, _) in STRANGE.items() if name != "many cells"}
NOTEBOOKS |= {name: text for name, (text, _) in RAW.items()}


def beside_sources(text: str) -> Any:
    """What a notebook holds beside the sources of its cells; the text itself where that cannot be told."""
    try:
        notebook = json.loads(text)
        cells = [*notebook["cells"]]
    except (ValueError, RecursionError, TypeError, KeyError):
        return text
    return json.dumps([{**cell, "source": 0} if isinstance(cell, dict) else cell for cell in cells]), sorted(notebook)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_strange_notebook_is_mended_or_left(tmp_path: Path, name: str) -> None:
    put(tmp_path / "hostile.ipynb", NOTEBOOKS[name])
    put(tmp_path / "friendly.py", MISUSE)
    run = command(tmp_path, *FIX, ".")
    assert run.status in (0, 1)
    assert (tmp_path / "friendly.py").read_text() != MISUSE
    assert sorted(path.name for path in tmp_path.iterdir()) == ["friendly.py", "hostile.ipynb"]
    after = (tmp_path / "hostile.ipynb").read_text()
    assert beside_sources(after) == beside_sources(NOTEBOOKS[name])
    assert len(after) <= len(NOTEBOOKS[name])  # a softmax was taken away, or nothing was


#: Code whose quotes, prompts and fences end what it stands in, if what is written is not looked at.
HOSTILE = "z = torch.softmax(x, 1)  # \"\"\" ''' ``` >>> \\"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "a.md",
            f"```python\nimport torch, torch.nn.functional as F\n{HOSTILE}\nF.cross_entropy(z, y)\n```\n```\n>>> x\n",
        ),
        (
            "a.qmd",
            f"> ````{{python}}\n> import torch, torch.nn.functional as F\n> {HOSTILE}\n> F.cross_entropy(z, y)\n",
        ),
        (
            "a.py",
            "import torch\nimport torch.nn.functional as F\ndef f(x, y):\n"
            "    r'''\n    >>> z = torch.softmax(x, 1)  # \"\"\" ``` \\\n    >>> l = F.cross_entropy(z, y)\n    '''\n",
        ),
    ],
)
def test_a_document_is_the_same_beside_the_code(tmp_path: Path, name: str, text: str) -> None:
    put(tmp_path / name, text)
    run = command(tmp_path, *FIX, "--doctests", ".")
    assert run.status == 0, run
    assert (tmp_path / name).read_text() == text.replace("torch.softmax(x, 1)", "x")
