"""Programs before and after their fixes, as one text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from losslint.app.fixing import Fixing, Result
from losslint.app.lint import Job, lint
from losslint.rules.registry import names
from losslint.rules.rule import files_of
from losslint.sources.tree import MemoryTree
from losslint.vocabulary.findings import Finding
from tests.literate import parts_of

__all__ = ["CASES", "Case", "cases", "fixed", "fixed_all", "found"]

CASES = Path(__file__).parent / "cases"


@dataclass(frozen=True)
class Case:
    """One program of `cases/`: its files, what becomes of them, and what is said where no fix is made."""

    theme: str
    title: str
    before: Mapping[str, str]
    after: Mapping[str, str]
    codes: frozenset[str]
    no_fix: str


def cases() -> list[Case]:
    """Every case, in the order of the files and in each from the top."""
    return [case for path in sorted(CASES.glob("*.txt")) for case in _cases_of(path)]


def _cases_of(path: Path) -> list[Case]:
    found = []
    for title, notes, text in parts_of(path, "select", "no fix"):
        program, _, result = text.partition("# -- becomes\n")
        old = files_of(program)
        new = {**old, **(files_of(result) if result else {})}
        assert set(new) == set(old), f"{path.name}, {title}: another file comes out"
        codes = frozenset(notes["select"].split()) if "select" in notes else frozenset(names())
        found.append(Case(path.stem, title, old, new, codes, notes.get("no fix", "")))
    return found


def found(files: Mapping[str, bytes]) -> list[Finding]:
    """What all rules find, advice included."""
    tree = MemoryTree(files)
    return list(lint([Job(tree, tuple(tree.names()))], names(), names(), 1).report.findings)


def fixed_all(files: Mapping[str, str | bytes], codes: frozenset[str] | None = None, *, unsafe: bool = True) -> Result:
    """What comes out when everything is fixed that can be."""
    tree = MemoryTree({name: text.encode() if isinstance(text, str) else text for name, text in files.items()})
    chosen = codes if codes is not None else frozenset(names())
    return Fixing([Job(tree, tuple(tree.names()))], chosen, chosen, 1, unsafe=unsafe).run()


def fixed(
    files: Mapping[str, str | bytes], codes: frozenset[str] | None = None, *, unsafe: bool = True
) -> dict[str, bytes]:
    """The files after everything was fixed that can be."""
    before = {name: text.encode() if isinstance(text, str) else text for name, text in files.items()}
    return {**before, **fixed_all(files, codes, unsafe=unsafe).files[0]}
