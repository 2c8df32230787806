"""Notebooks: each cell is a text of its own, and what one binds holds in those below it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from lsprotocol import types

from tests.server.editor import Editor, applied, editor, run

MAKES = """\
%matplotlib inline
import torch
import torch.nn.functional as F
x = torch.randn(4, 10)
y = torch.tensor([0, 1, 2, 3])"""
NOTE = "# About\n\nThe loss."
SOFTMAX = 's = "😀"; p = torch.softmax(x, dim=1)'
LOSS = "# here\nloss = F.cross_entropy(p, y)"


def cell(name: str, number: int) -> str:
    return f"vscode-notebook-cell:{name}#{number}"


async def opened(person: Editor, name: str, texts: Sequence[str]) -> None:
    """Open a notebook: what begins with `# ` is a heading."""
    uris = [cell(name, number) for number in range(len(texts))]
    code = [not text.startswith("# About") for text in texts]
    person._versions |= dict.fromkeys(uris, 1)
    person.texts |= dict(zip(uris, texts, strict=True))
    person.notebook_document_did_open(
        types.DidOpenNotebookDocumentParams(
            types.NotebookDocument(
                uri=person.uri(name),
                notebook_type="jupyter-notebook",
                version=1,
                cells=[
                    types.NotebookCell(
                        types.NotebookCellKind.Code if is_code else types.NotebookCellKind.Markup, document=uri
                    )
                    for uri, is_code in zip(uris, code, strict=True)
                ],
            ),
            [
                types.TextDocumentItem(uri, types.LanguageKind("python" if is_code else "markdown"), 1, text)
                for uri, text, is_code in zip(uris, texts, code, strict=True)
            ],
        )
    )


async def changed(person: Editor, name: str, number: int, part: str, text: str) -> list[types.Diagnostic]:
    """Write something else for a part of a cell's first row with it; what is said of the cell then."""
    uri = cell(name, number)
    before = person.texts[uri]
    row = next(row for row, line in enumerate(before.split("\n")) if part in line)
    line = before.split("\n")[row]
    start = len(line[: line.index(part)].encode("utf-16-le")) // 2
    where = types.Range(types.Position(row, start), types.Position(row, start + len(part.encode("utf-16-le")) // 2))
    person._versions[uri] += 1
    person.texts[uri] = before.replace(part, text, 1)
    person.notebook_document_did_change(
        types.DidChangeNotebookDocumentParams(
            types.VersionedNotebookDocumentIdentifier(uri=person.uri(name), version=person._versions[uri]),
            types.NotebookDocumentChangeEvent(
                cells=types.NotebookDocumentCellChanges(
                    text_content=[
                        types.NotebookDocumentCellContentChanges(
                            types.VersionedTextDocumentIdentifier(uri=uri, version=person._versions[uri]),
                            [types.TextDocumentContentChangePartial(where, text)],
                        )
                    ]
                )
            ),
        )
    )
    return await person.said_of(uri)


def test_a_finding_stands_in_its_cell_and_its_cause_in_another(tmp_path: Path) -> None:
    async def work() -> None:
        async with editor(tmp_path) as person:
            await opened(person, "a.ipynb", [MAKES, NOTE, SOFTMAX, LOSS])
            (found,) = await person.said_of(cell("a.ipynb", 3))
            assert found.code == "LL101"
            assert found.range.start == types.Position(1, 7)
            (cause, *_) = found.related_information or []
            assert cause.location.uri == cell("a.ipynb", 2)
            assert cause.location.range.start == types.Position(0, len('s = "😀"; p = ') + 1)
            assert cause.message.startswith("cell 3: ")
            for number in (0, 1, 2):
                assert await person.said_of(cell("a.ipynb", number)) == []
            await changed(person, "a.ipynb", 2, "torch.softmax(x, dim=1)", "x")
            await person.until(lambda: person.last_of(cell("a.ipynb", 3)) == [])

    run(work())


def test_a_fix_and_a_comment_are_made_in_the_cells(tmp_path: Path) -> None:
    async def work() -> None:
        async with editor(tmp_path) as person:
            await opened(person, "a.ipynb", [MAKES, NOTE, SOFTMAX, LOSS])
            uri = cell("a.ipynb", 3)
            (found,) = await person.said_of(uri)
            actions = {each.title: each for each in await person.actions(uri, found.range, ["quickfix"])}
            (fix,) = [action for title, action in actions.items() if "suppress" not in title]
            assert fix.edit is not None
            (change,) = fix.edit.document_changes or []
            assert isinstance(change, types.TextDocumentEdit)
            assert change.text_document.uri == cell("a.ipynb", 2)
            edits = [each for each in change.edits if isinstance(each, types.TextEdit)]
            assert applied(SOFTMAX, edits) == 's = "😀"; p = x'
            comment = actions["LL101: suppress with # noqa: LL101"].edit
            assert comment is not None
            (change,) = comment.document_changes or []
            assert isinstance(change, types.TextDocumentEdit) and change.text_document.uri == uri
            edits = [each for each in change.edits if isinstance(each, types.TextEdit)]
            assert applied(LOSS, edits) == f"{LOSS}  # noqa: LL101"

    run(work())


def test_the_meaning_of_a_name_comes_from_the_cells_above(tmp_path: Path) -> None:
    async def work() -> None:
        async with editor(tmp_path) as person:
            await opened(person, "a.ipynb", [MAKES, NOTE, SOFTMAX, LOSS])
            shown = await person.hover(cell("a.ipynb", 3), 2, "p, y")
            assert shown is not None and "**softmax probabilities**" in shown
            assert f"[a.ipynb, cell 3, row 1]({cell('a.ipynb', 2)})" in shown

    run(work())


def test_a_cell_that_does_not_parse_leaves_the_others(tmp_path: Path) -> None:
    async def work() -> None:
        async with editor(tmp_path) as person:
            await opened(person, "a.ipynb", ["pass", MAKES, SOFTMAX, LOSS])
            assert await person.said_of(cell("a.ipynb", 0)) == []
            (error,) = await changed(person, "a.ipynb", 0, "pass", "x = (")
            assert error.code == "LL900"
            assert [each.code for each in person.last_of(cell("a.ipynb", 3)) or []] == ["LL101"]

    run(work())


def test_a_notebook_that_is_not_open_is_no_text_to_point_into(tmp_path: Path) -> None:
    source = "from net import head\nimport torch.nn.functional as F\nF.cross_entropy(head(x), y)"
    notebook = {"cells": [{"cell_type": "code", "metadata": {}, "source": source, "outputs": []}], "metadata": {}}
    net = "import torch\n\ndef head(x):\n    return torch.softmax(x, dim=1)\n"

    async def work() -> None:
        files = {"a.ipynb": json.dumps(notebook), "net.py": net}
        async with editor(tmp_path, files) as person:
            assert await person.open("net.py") == []
            assert person.last_of("a.ipynb") is None
            await opened(person, "a.ipynb", [source])
            assert [each.code for each in await person.said_of(cell("a.ipynb", 0))] == ["LL101"]

    run(work())


def test_cells_come_and_go(tmp_path: Path) -> None:
    async def work() -> None:
        async with editor(tmp_path) as person:
            await opened(person, "a.ipynb", [MAKES, SOFTMAX, LOSS])
            assert [each.code for each in await person.said_of(cell("a.ipynb", 2))] == ["LL101"]
            person.notebook_document_did_change(
                types.DidChangeNotebookDocumentParams(
                    types.VersionedNotebookDocumentIdentifier(uri=person.uri("a.ipynb"), version=2),
                    types.NotebookDocumentChangeEvent(
                        cells=types.NotebookDocumentCellChanges(
                            structure=types.NotebookDocumentCellChangeStructure(
                                types.NotebookCellArrayChange(1, 1, []),
                                did_close=[types.TextDocumentIdentifier(cell("a.ipynb", 1))],
                            )
                        )
                    ),
                )
            )
            await person.until(lambda: person.last_of(cell("a.ipynb", 2)) == [])
            person.notebook_document_did_close(
                types.DidCloseNotebookDocumentParams(
                    types.NotebookDocumentIdentifier(person.uri("a.ipynb")),
                    [types.TextDocumentIdentifier(cell("a.ipynb", number)) for number in (0, 2)],
                )
            )

    run(work())


def closed(person: Editor, name: str, count: int) -> None:
    cells = [types.TextDocumentIdentifier(cell(name, number)) for number in range(count)]
    notebook = types.NotebookDocumentIdentifier(person.uri(name))
    person.notebook_document_did_close(types.DidCloseNotebookDocumentParams(notebook, cells))


def test_what_was_said_of_a_notebook_is_gone_when_it_is_closed(tmp_path: Path) -> None:
    async def work() -> None:
        async with editor(tmp_path, {"m.py": "x = 1\n"}) as person:
            for others in (False, True):
                if others:
                    await person.open("m.py")
                await opened(person, "a.ipynb", [MAKES, SOFTMAX, LOSS])
                await person.until(
                    lambda: [each.code for each in person.last_of(cell("a.ipynb", 2)) or []] == ["LL101"]
                )
                closed(person, "a.ipynb", 3)
                await person.until(lambda: person.last_of(cell("a.ipynb", 2)) == [])

    run(work())
