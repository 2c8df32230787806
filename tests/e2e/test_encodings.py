"""Bytes that are no UTF-8, and bytes that are."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest

from tests.e2e.command import MISUSE, as_json, concise, losslint, put, write


def test_an_undecodable_file_is_found_and_the_others_are_checked(tmp_path: Path) -> None:
    write(tmp_path, broken=b"x = 1\ny = '\xff'\n", bad=MISUSE)
    run = concise(tmp_path)
    assert run.status == 1
    assert run.found == ["bad.py:6:12: LL101", "broken.py:2:6: LL900"]


def test_an_undecodable_file_with_a_loss(tmp_path: Path) -> None:
    write(tmp_path, broken=MISUSE.encode() + b"# \xe9\n")
    run = concise(tmp_path)
    assert run.status == 1
    assert run.found == ["broken.py:7:3: LL900"]


@pytest.mark.parametrize(
    ("encoding", "text"),
    [("latin-1", "größe"), ("cp1251", "размер"), ("shift_jis", "寸法"), ("utf-8", "寸法"), ("iso8859-15", "€")],
)
def test_a_declared_encoding_is_used(tmp_path: Path, encoding: str, text: str) -> None:
    source = f"# -*- coding: {encoding} -*-\n" + MISUSE.replace("(p, y)", f"(p, y)  # {text}")
    put(tmp_path / "bad.py", source.encode(encoding))
    run = losslint(tmp_path)
    assert run.status == 1
    assert f"return F.cross_entropy(p, y)  # {text}\n" in run.output
    assert " --> bad.py:7:12\n" in run.output


def test_columns_are_characters(tmp_path: Path) -> None:
    write(tmp_path, bad=MISUSE.replace("    return F", "    s = '日本ö'; return F"))
    (found,) = as_json(tmp_path)
    assert found["location"] == {"row": 6, "column": 23}
    assert found["end_location"] == {"row": 6, "column": 44}


def test_an_unknown_encoding(tmp_path: Path) -> None:
    put(tmp_path / "a.py", "# coding: klingon\n" + MISUSE)
    run = concise(tmp_path)
    assert run.status == 1
    assert run.found == ["a.py:1:11: LL900"]


def test_a_byte_order_mark_is_no_column(tmp_path: Path) -> None:
    call = "import torch, torch.nn.functional as F\nloss = F.cross_entropy(torch.rand(2, 3).softmax(1), y)\n"
    put(tmp_path / "a.py", codecs.BOM_UTF8 + MISUSE.encode())
    put(tmp_path / "b.py", codecs.BOM_UTF8 + call.split("\n", 1)[0].replace(" as F", " as F; ").encode() + b"\n")
    put(tmp_path / "c.py", codecs.BOM_UTF8 + call.replace("\n", "; ", 1).encode())
    assert concise(tmp_path).found == ["a.py:6:12: LL101", "c.py:1:48: LL101"]


def test_utf_16_is_refused_as_python_refuses_it(tmp_path: Path) -> None:
    put(tmp_path / "a.py", MISUSE.encode("utf-16"))
    run = concise(tmp_path)
    assert run.status == 1
    assert run.found == ["a.py:1:1: LL900"]


def test_a_null_byte(tmp_path: Path) -> None:
    put(tmp_path / "a.py", MISUSE.encode() + b"x = 1 \0\n")
    assert concise(tmp_path).found == ["a.py:7:7: LL900"]


def test_an_undecodable_file_does_not_go_unnoticed_in_a_large_tree(tmp_path: Path) -> None:
    write(tmp_path, broken=b"y = '\xff'\n", big="# padding\n" * 30_000, bad=MISUSE)
    assert concise(tmp_path).found == ["bad.py:6:12: LL101", "broken.py:1:6: LL900"]
