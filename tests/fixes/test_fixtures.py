"""The fixtures, with everything fixed that can be: they parse, nothing new is found, and nothing is left to fix."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import pytest

from losslint.sources.read import source_of

from .programs import fixed_all, found

FIXTURES = Path(__file__).parents[2] / "fixtures"


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.suffix in (".py", ".ipynb")
    }


@pytest.mark.parametrize("folder", sorted(FIXTURES.glob("*/*")), ids=lambda path: f"{path.parent.name}-{path.name}")
def test_a_fixture_with_everything_fixed(folder: Path) -> None:
    files = files_of(folder)
    result = fixed_all(files)
    assert result.dropped == []
    after = {**files, **result.files[0]}
    for name, data in after.items():
        ast.parse(source_of(data, name, name).text)
    before, now = (Counter(each.code for each in found(each_files)) for each_files in (files, after))
    assert not now - before
    assert (before - now).total() >= len(result.mended)
    assert fixed_all(after).files == [{}]


def test_some_of_them_are_fixed() -> None:
    mended = {folder.name: len(fixed_all(files_of(folder)).mended) for folder in sorted((FIXTURES / "bad").iterdir())}
    assert {name for name, count in mended.items() if count} >= {"quickstart"}
    assert sum(mended.values()) >= 3, mended
