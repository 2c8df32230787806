"""Observations and example programs, made by hand for the tests of this folder."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from losslint.app.configuration import contracts_in
from losslint.contracts.declared import DeclaredContracts
from losslint.rules.judge import Judge
from losslint.rules.registry import names
from losslint.rules.rule import files_of as files_of
from losslint.vocabulary.findings import Finding
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.observations import ConstructorCall, LossCall, OperationCall, Whose, Writing
from losslint.vocabulary.places import Place, Trail
from losslint.vocabulary.shapes import Shape, Size

HERE = Place("train.py", 20, 5, 20, 30)
SOURCE = Place("models/net.py", 63, 9, 63, 30)
OBJECT = Place("train.py", 7, 1)


def shape(*sizes: Size, open: bool = False) -> Shape:
    return Shape(sizes, open)


def made(kind: Kind = Kind.UNKNOWN, *sizes: Size, open: bool = False, **known: object) -> Meaning:
    """A meaning with a trail of two steps; without sizes nothing is known of the shape."""
    trail = Trail(Place("models/net.py", 70, 9), "returned here", Trail(SOURCE, "made here"))
    given = {"trail": trail, "shape": Shape(sizes, open) if sizes else None, **known}
    return Meaning(kind, **given)  # type: ignore[arg-type]


def loss(
    name: str,
    input: Meaning | None = None,
    target: Meaning | None = None,
    written: Writing | None = None,
    **settings: object,
) -> LossCall:
    """A loss call with an input and a target; nothing is known of what is left out."""
    signs = {written: Trail(SOURCE, "written here")} if written is not None else {}
    nothing = Meaning(reason="it is not known")
    arguments = {"input": input or nothing, "target": target or nothing}
    return LossCall(name, f"nn.{name}", HERE, arguments, settings, Trail(OBJECT, f"nn.{name} made here"), signs)


def of_library(name: str, input: Meaning, **settings: Any) -> LossCall:
    """A call of a loss of a library."""
    return replace(loss(name, input, **settings), spelling=name, whose=Whose.LIBRARY)


def of_project(name: str, input: Meaning, *written: Writing) -> LossCall:
    """A call of a loss that the code writes itself."""
    signs = {each: Trail(SOURCE, "written here") for each in written}
    return replace(loss(name, input), spelling=name, whose=Whose.PROJECT, written=signs)


def declared(given: Meaning | None = None, labels: Meaning | None = None, /, **words: str) -> LossCall:
    """A call of a loss of which the configuration says what it takes."""
    return replace(loss("mylib.Loss", given, labels), whose=Whose.DECLARED, declared=words)


def operation(name: str, argument: Meaning, inner: str = "") -> OperationCall:
    return OperationCall(name, f"torch.{name}", HERE, (argument,), inner)


def constructor(name: str, *arguments: Meaning, tensors: tuple[bool, ...] = ()) -> ConstructorCall:
    return ConstructorCall(
        f"torch.nn.{name}", f"nn.{name}", HERE, arguments, tensors or tuple(False for _ in arguments)
    )


def findings(seen: LossCall | ConstructorCall | OperationCall) -> list[Finding]:
    return Judge(names()).findings(seen)


def codes(seen: LossCall | ConstructorCall | OperationCall) -> set[str]:
    return {finding.code for finding in findings(seen)}


def contracts_of(files: dict[str, str]) -> DeclaredContracts | None:
    """What the configuration of an example says."""
    text = files.get("losslint.toml")
    return contracts_in("losslint.toml", text.encode()) if text is not None else None


def marks_of(files: dict[str, str]) -> set[tuple[str, int, str]]:
    """The findings that an example announces: file, row and code."""
    return set(_marks(files))


def _marks(files: dict[str, str]) -> Iterator[tuple[str, int, str]]:
    for name, text in files.items():
        for row, line in enumerate(text.splitlines(), 1):
            mark = re.search(r"# (LL\d{3}(?:, LL\d{3})*)$", line)
            if mark:
                yield from ((name, row, code) for code in mark[1].split(", "))


def python_blocks(documentation: str, heading: str) -> list[str]:
    """The Python programs under one heading of a rule's documentation."""
    _, _, after = documentation.partition(f"## {heading}\n")
    return re.findall(r"```python\n(.*?)```", after.split("\n## ")[0], flags=re.DOTALL)


def documented_configuration(documentation: str) -> dict[str, str]:
    """The configuration that a rule's documentation shows, as the file that it stands for in an example."""
    blocks = re.findall(r"```toml\n(.*?)```", documentation, flags=re.DOTALL)
    return {"losslint.toml": "".join(blocks).replace("[tool.losslint.", "[")} if blocks else {}
