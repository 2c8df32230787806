"""Programs as one text, and what the static observer and the default rules say of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from losslint.app.configuration import contracts_in
from losslint.rules.judge import Judge
from losslint.rules.registry import load, names
from losslint.rules.rule import files_of
from losslint.sources.tree import MemoryTree
from losslint.static.files.file import File
from losslint.static.files.index import Index
from losslint.static.files.indexing import index_text
from losslint.static.files.project import Project
from losslint.static.observer import observe
from losslint.vocabulary.findings import Finding, Severity
from losslint.vocabulary.observations import ConstructorCall, LossCall, Observation, OperationCall
from tests.literate import parts_of
from tests.rules.calls import marks_of

__all__ = ["CASES", "Case", "cases", "files_of", "findings", "index_of", "judged", "marks_of", "observed", "project_of"]

CASES = Path(__file__).parent / "cases"

#: Rules whose finding the application raises: no observer sees it.
RAISED_BY_THE_APPLICATION = {"LL900", "LL901", "LL902"}

DEFAULT = frozenset(
    code for code in names() if code not in RAISED_BY_THE_APPLICATION and load(code).severity is not Severity.ADVICE
)


@dataclass(frozen=True)
class Case:
    """One program of `cases/`: its files with the marked lines, and why the engine does not get it right yet."""

    theme: str
    title: str
    files: Mapping[str, str]
    known_miss: str = ""
    false_alarm: str = ""
    not_seen: str = ""


def cases() -> list[Case]:
    """Every case, in the order of the files and in each from the top."""
    return [case for path in sorted(CASES.glob("*.txt")) for case in _cases_of(path)]


def _cases_of(path: Path) -> list[Case]:
    found = []
    for title, notes, text in parts_of(path, "known miss", "false alarm", "not seen"):
        assert text.startswith("# file: "), f"{path.name}, {title}: the program needs a `# file:` heading"
        found.append(
            Case(
                path.stem,
                title,
                files_of(text),
                notes.get("known miss", ""),
                notes.get("false alarm", ""),
                notes.get("not seen", ""),
            )
        )
    return found


def observed(files: Mapping[str, str | bytes]) -> list[Observation]:
    """What the observer sees. A failure of its own, or a file that it cannot read, is an error of the test."""
    python = {name: text for name, text in files.items() if name != "losslint.toml"}
    tree = MemoryTree({name: text.encode() if isinstance(text, str) else text for name, text in python.items()})
    seen: list[Observation] = []
    text = files.get("losslint.toml")
    contracts = contracts_in("losslint.toml", text.encode()) if isinstance(text, str) else None
    for observation in observe(tree, tree.names(), contracts=contracts):
        assert isinstance(observation, (LossCall, ConstructorCall, OperationCall)), repr(observation)
        seen.append(observation)
    return seen


def findings(files: Mapping[str, str | bytes]) -> list[Finding]:
    """What the default rules find."""
    judge = Judge(DEFAULT)
    return [finding for observation in observed(files) for finding in judge.findings(observation)]


def judged(files: Mapping[str, str | bytes]) -> set[tuple[str, int, str]]:
    """File, row and code of what the default rules find."""
    return {(finding.place.filename, finding.place.row, finding.code) for finding in findings(files)}


def project_of(files: Mapping[str, str | bytes]) -> Project:
    """A project in memory, all of whose files were asked for."""
    tree = MemoryTree({name: text.encode() if isinstance(text, str) else text for name, text in files.items()})
    return Project(tree, tree.names())


def file_of(text: str, name: str = "a.py") -> File:
    """The only file of a project."""
    file = project_of({name: text}).file(name)
    assert file is not None
    return file


def index_of(text: str) -> Index:
    """The index of a text."""
    return index_text(text)
