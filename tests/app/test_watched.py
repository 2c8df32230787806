"""What is remembered of the files that were read."""

from __future__ import annotations

import codecs

import pytest

from losslint.app.watched import Watched, surely_decodable
from losslint.sources.read import source_of
from losslint.sources.source import UnreadableSource
from losslint.sources.tree import MemoryTree


def test_it_is_the_tree_that_it_watches() -> None:
    tree = Watched(MemoryTree({"b.py": b"1", "a.py": b"22"}), ("b.py",))
    assert tree.names() == ["a.py", "b.py"]
    assert tree.read("a.py") == b"22"
    assert tree.shown("a.py") == "a.py"


def test_only_what_was_asked_for_and_read_is_noted() -> None:
    tree = Watched(
        MemoryTree({"a.py": b"\xff", "b.py": b"'\xff'", "c.py": b"", "d.py": b"x"}), ("b.py", "c.py", "gone")
    )
    for name in ("a.py", "b.py", "b.py"):
        tree.read(name)
    with pytest.raises(FileNotFoundError):
        tree.read("gone")
    assert tree.sizes == {"b.py": 3}
    assert tree.doubtful == ["b.py"]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"x = 1\n",
        "# größe 日本\n".encode(),
        codecs.BOM_UTF8 + b"x = 1\n",
        b"# -*- coding: utf-8 -*-\nx = 1\n",
        b"#!python\n# vim: set fileencoding=UTF8 :\n",
        b"# 1\n# 2\n# coding: klingon\n",
    ],
)
def test_most_files_need_no_second_look(data: bytes) -> None:
    assert surely_decodable(data)
    source_of(data, "a.py", "a.py")


@pytest.mark.parametrize(
    "data",
    [
        b"'\xff'\n",
        b"\0",
        b"# coding: klingon\n",
        b"#\n# coding: klingon\n",
        b"# coding: klingon\r'",
        "x".encode("utf-32"),
    ],
)
def test_what_cannot_be_decoded_is_never_sure(data: bytes) -> None:
    assert not surely_decodable(data)
    with pytest.raises(UnreadableSource):
        source_of(data, "a.py", "a.py")
