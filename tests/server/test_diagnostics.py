"""Findings while one types: in the text itself, and in others that it causes them in."""

from __future__ import annotations

from pathlib import Path

from lsprotocol import types

from tests.e2e.command import FINE, MISUSE, NET, TRAIN
from tests.server.editor import editor, run


def codes(diagnostics: list[types.Diagnostic] | None) -> list[object]:
    return [each.code for each in diagnostics or []]


def test_a_misuse_is_told_when_it_is_opened_and_is_gone_when_it_is_mended(tmp_path: Path) -> None:
    async def work() -> None:
        async with editor(tmp_path, {"m.py": MISUSE}) as person:
            (found,) = await person.open("m.py")
            assert found.code == "LL101"
            assert found.source == "losslint"
            assert found.severity is types.DiagnosticSeverity.Error
            assert found.tags is None and found.code_description is None
            assert (found.range.start.line, found.range.start.character) == (5, 11)
            assert found.range.end == types.Position(5, len("    return F.cross_entropy(p, y)"))
            assert await person.type("m.py", FINE) == []

    run(work())
