"""Sources made from bytes, for the tests of this folder."""

from __future__ import annotations

import json

import pytest

from losslint.sources.read import read_source
from losslint.sources.source import Source, UnreadableSource
from losslint.sources.tree import MemoryTree


def read(data: bytes | str, name: str = "a.py") -> Source:
    return read_source(MemoryTree({name: data.encode() if isinstance(data, str) else data}), name)


def refused(data: bytes | str, name: str = "a.py") -> UnreadableSource:
    """The error that reading raises."""
    with pytest.raises(UnreadableSource) as caught:
        read(data, name)
    assert str(caught.value) == caught.value.message
    assert caught.value.place.filename == name
    return caught.value


def notebook(*cells: str, **more: object) -> str:
    """A notebook of code cells; a text that begins with `#md` is a Markdown cell."""
    made: list[dict[str, object]] = [
        {
            "cell_type": "markdown" if text.startswith("#md") else "code",
            "metadata": {},
            "source": text.splitlines(keepends=True),
        }
        for text in cells
    ]
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": made, **more})
