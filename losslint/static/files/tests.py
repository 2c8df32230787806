"""Which files are tests: what they set is for them alone, and they write losses the plain way on purpose."""

from __future__ import annotations

import re

from losslint.static.files.file import File

#: Names of files that are tests by their folder, or by what pytest looks for.
_FOLDER = re.compile(r"(?:^|/)(?:tests?/|conftest\.py)")
_COLLECTED = re.compile(r"(?:^|/)(?:test_[^/]*|[^/]*_test\.py)$")


def is_named_so(name: str) -> bool:
    """Whether a file is a test as far as its name says."""
    return _FOLDER.search(name) is not None or _COLLECTED.search(name) is not None


def is_test(file: File) -> bool:
    """Whether a file is a test. Outside a folder of tests it has to hold one: `music_test.py` trains a model."""
    if _FOLDER.search(file.name) is not None:
        return True
    if _COLLECTED.search(file.name) is None:
        return False
    index = file.index
    functions = (definition.name for definition in index.functions.values())
    classes = (definition.name for definition in index.classes.values())
    return any(name.startswith("test_") for name in functions) or any(name.startswith("Test") for name in classes)
