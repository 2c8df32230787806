"""Notebooks that are none: wrong types everywhere, keys twice, numbers that are none, outputs without end."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.command import MISUSE
from tests.security.hostile import survived


def code(source: Any, **more: Any) -> dict[str, Any]:
    return {"cell_type": "code", "source": source, **more}


#: With the rules that are found in it.
STRANGE: dict[str, tuple[Any, str]] = {
    "null": (None, "LL900"),
    "a number": (1, "LL900"),
    "lists": ([[]], "LL900"),
    "no cells": ({"cells": None}, "LL900"),
    "cells that are an object": ({"cells": {}}, "LL900"),
    "cells that are no objects": ({"cells": [1, None, "x", [], {}, code(MISUSE)]}, "LL101"),
    "sources that are no texts": (
        {"cells": [code(None), code(5), code({"a": 1}), code([1, None, ["x"], MISUSE])]},
        "LL101",
    ),
    "metadata": ({"cells": [code(MISUSE)], "metadata": [1]}, "LL101"),
    "languages": ({"cells": [code(MISUSE)], "metadata": {"language_info": 5, "kernelspec": []}}, "LL101"),
    "metadata of cells": ({"cells": [code(MISUSE, metadata=5), code("x", metadata={"vscode": []})]}, "LL101"),
    "a type that is a list": ({"cells": [{"cell_type": ["code"], "source": MISUSE}]}, ""),
    "a language that is a number": ({"cells": [code(MISUSE, language=5)]}, "LL101"),
    "worksheets": ({"worksheets": [1, None, {"cells": 5}, {"cells": [code(MISUSE)]}]}, "LL101"),
    "half a character": ({"cells": [code(MISUSE + "# \ud800")]}, "LL101"),
    "a null byte": ({"cells": [code("\0"), code(MISUSE)]}, "LL900 LL101"),
    "separators": ({"cells": [code("# \u2028\x85\x0c\n" + MISUSE)]}, "LL101"),
    "a picture": ({"cells": [code(MISUSE, outputs=[{"data": {"image/png": "A" * 30_000_000}}])]}, "LL101"),
    "many outputs": ({"cells": [code(MISUSE, outputs=[{"text": ["x"] * 500_000}])]}, "LL101"),
    "many cells": ({"cells": [code("x = 1")] * 50_000 + [code(MISUSE)]}, "LL101"),
    "many keys": ({"cells": [code(MISUSE)], **{f"k{number}": number for number in range(200_000)}}, "LL101"),
}
TEXT = json.dumps(MISUSE)
#: What is deep and large is not parsed without being asked for, and then holds no loss.
RAW = {
    "numbers that are none": (
        f'{{"cells": [{{"cell_type": "code", "source": {TEXT}, "n": [NaN, -Infinity, 1e99999]}}]}}',
        "LL101",
    ),
    "keys twice": (f'{{"cells": [], "cells": [{{"cell_type": "code", "source": "x", "source": {TEXT}}}]}}', "LL101"),
    "a long number": (f'{{"cells": [{{"cell_type": "code", "source": {TEXT}, "n": {"9" * 100_000}}}]}}', "LL900"),
    "depth": ('{"cells": ' + "[" * 200_000 + "]" * 200_000 + "}", ""),
    "depth that stays open": ('{"a": ' * 200_000, ""),
    "null bytes": ("\0" * 1_000_000, "LL900"),
}


@pytest.mark.parametrize("name", STRANGE)
def test_a_strange_notebook(tmp_path: Path, name: str) -> None:
    notebook, code_ = STRANGE[name]
    _check(tmp_path, json.dumps(notebook), code_)


@pytest.mark.parametrize("name", RAW)
def test_strange_json(tmp_path: Path, name: str) -> None:
    _check(tmp_path, *RAW[name])


def _check(folder: Path, text: str, code_: str) -> None:
    run = survived(folder, {"hostile.ipynb": text})
    found = re.findall(r"^hostile\.ipynb:.*?: (LL\d+) ", run.output, re.MULTILINE)
    assert found == code_.split()
