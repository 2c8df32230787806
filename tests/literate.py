"""Cases that are written as texts: a heading, notes, and programs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path


def parts_of(path: Path, *notes: str) -> Iterator[tuple[str, dict[str, str], str]]:
    """The cases of one file, from the top: the title behind `==`, the notes at its beginning (`# known miss: why`) of
    those that may stand there, and the rest."""
    before, *parts = re.split(r"^== (.+)\n", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert not before.strip(), f"{path.name} begins with something that is no case"
    for title, body in zip(parts[::2], parts[1::2], strict=True):
        text = body.strip()
        told: dict[str, str] = {}
        while note := re.match(rf"# ({'|'.join(notes)}): (.+)\n", text):
            told[note[1]] = note[2]
            text = text[note.end() :]
        yield title, told, text
