"""What can be done about findings: fixes and comments, as edits that the client makes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from lsprotocol import types

from losslint.app.fixing import Fixing
from losslint.app.server.analysis import Result
from losslint.app.server.buffers import Buffer, Notebook
from losslint.app.server.diagnostics import Shown
from losslint.app.server.places import Places
from losslint.app.server.texts import Columns, line_end, rows_of
from losslint.app.suppressions.adding import comments_for
from losslint.app.texts import Named
from losslint.fixes.edits import Edit, Fix
from losslint.fixes.plan import Plans
from losslint.sources.read import DOCUMENTS, read_source
from losslint.sources.source import UnreadableSource
from losslint.vocabulary.findings import Finding
from losslint.vocabulary.places import Place
from losslint.vocabulary.repairs import Applicability

FIX_ALL = "source.fixAll.losslint"

#: How comments are written, and what they are called.
_COMMENTS = (("noqa", "# noqa: {code}"), ("ignore", "# losslint: ignore[{code}]"))


class _NoEdit(Exception):
    """Something cannot be changed through the client."""


@dataclass(slots=True)
class Acting:
    """The actions of one session; belongs to the thread that lints. `versioned` says that the client takes edits with
    the versions of the texts that they are for."""

    columns: Columns
    versioned: bool = True
    _plans: dict[str, tuple[Result, Plans]] = field(default_factory=dict)

    def keep(self, results: Iterable[Result]) -> None:
        """Let go of what was worked out for projects as they are no more."""
        current = {id(result) for result in results}
        self._plans = {root: known for root, known in self._plans.items() if id(known[0]) in current}

    def quick(self, shown: Sequence[Shown]) -> Iterator[types.CodeAction]:
        """The fixes and the comments for findings."""
        for each in shown:
            fix = self._plans_of(each.places.result).fix(each.finding)
            if isinstance(fix, Fix):
                with suppress(_NoEdit):
                    yield self._fixing(each, fix)
        for each in shown:
            yield from self._silencing(each)

    def _plans_of(self, result: Result) -> Plans:
        known = self._plans.get(result.root)
        if known is None or known[0] is not result:
            plans = Plans([(result.job.tree, result.job.asked)], result.findings)
            known = self._plans[result.root] = (result, plans)
        return known[1]

    def _fixing(self, shown: Shown, fix: Fix) -> types.CodeAction:
        plans, places = self._plans_of(shown.places.result), shown.places
        safe = fix.applicability is Applicability.SAFE
        files = len(fix.names)
        where = f" in {files} files" if files > 1 else ""
        how = "" if safe else " – unsafe: changes what is computed"
        return types.CodeAction(
            title=f"{shown.finding.code}: {fix.message}{where}{how}",
            kind=types.CodeActionKind.QuickFix,
            diagnostics=[shown.diagnostic],
            is_preferred=safe,
            edit=self._edit(places, [(edit, plans.place(shown.finding, edit)) for edit in fix.edits]),
        )

    def _silencing(self, shown: Shown) -> Iterator[types.CodeAction]:
        """The comments that keep a finding back."""
        result, finding = shown.places.result, shown.finding
        found = Named([result.job])(finding.place.filename)
        if found is None or found[1].lower().endswith(DOCUMENTS):
            return
        try:
            source = read_source(result.job.tree, found[1])
        except (OSError, UnreadableSource):
            return
        for sort, written in _COMMENTS:
            edits, problems = comments_for(source, [finding], sort)
            if problems or not edits:
                return
            placed = [(edit, source.place(edit.row, edit.column, edit.end_row, edit.end_column)) for edit in edits]
            try:
                yield types.CodeAction(
                    title=f"{finding.code}: suppress with {written.format(code=finding.code)}",
                    kind=types.CodeActionKind.QuickFix,
                    diagnostics=[shown.diagnostic],
                    edit=self._edit(shown.places, placed),
                )
            except _NoEdit:
                return

    def all_safe(self, result: Result, shown: str) -> types.WorkspaceEdit | None:
        """Everything in one file that can be mended without changing what is computed, tried as `--fix` does; None
        where there is nothing of the kind. A fix that changes other files, too, is left to the finding's own action."""
        found = Named([result.job])(shown)
        if found is None or found[1] in result.stale:
            return None
        job = result.job._replace(asked=(found[1],), named=frozenset({found[1]}))
        told = result.told
        fixed = Fixing([job], told.codes, told.explicit, 1, unsafe=False, located=False, told=told).run()
        after = fixed.files[0].get(found[1])
        opened = result.opened.get(shown)
        if after is None or opened is None:
            return None
        texts = _texts(opened, after)
        return self._workspace_edit(
            {
                uri: (version, _changes(before, now, self.columns))
                for uri, version, before, now in texts
                if before != now
            }
        )

    # ---------------------------------------------------------------- edits

    def _edit(self, places: Places, edits: Iterable[tuple[Edit, Place]]) -> types.WorkspaceEdit:
        """Edits of files as those of the client's texts. Raises _NoEdit."""
        changes: dict[str, tuple[int | None, list[types.TextEdit]]] = {}
        for edit, place in edits:
            if edit.name in places.result.stale or not places.points(place):
                raise _NoEdit
            location = places.location(place)
            opened = places.result.opened.get(place.filename)
            text = opened
            if isinstance(opened, Notebook):
                text = opened.cells[(place.cell or 1) - 1]
            end = line_end(text.text) if isinstance(text, Buffer) else line_end("\n".join(places.rows(place.filename)))
            version = text.version if isinstance(text, Buffer) else None
            listed = changes.setdefault(location.uri, (version, []))[1]
            listed.append(types.TextEdit(location.range, edit.content.replace("\n", end)))
        return self._workspace_edit(changes)

    def _workspace_edit(self, changes: Mapping[str, tuple[int | None, list[types.TextEdit]]]) -> types.WorkspaceEdit:
        if not self.versioned:
            return types.WorkspaceEdit(changes={uri: edits for uri, (_, edits) in changes.items()})
        return types.WorkspaceEdit(
            document_changes=[
                types.TextDocumentEdit(types.OptionalVersionedTextDocumentIdentifier(uri=uri, version=version), edits)
                for uri, (version, edits) in changes.items()
            ]
        )


def _texts(opened: Buffer | Notebook, after: bytes) -> Iterator[tuple[str, int | None, str, str]]:
    """The texts of something open, with what they are to be: address, version, before, after."""
    if isinstance(opened, Buffer):
        from losslint.sources.python import as_written

        yield opened.uri, opened.version, opened.text, as_written(after, opened.uri)[0]
        return
    import json

    for cell, now in zip(opened.cells, json.loads(after)["cells"], strict=True):
        yield cell.uri, cell.version, cell.text, now["source"]


def _changes(before: str, after: str, columns: Columns) -> list[types.TextEdit]:
    """The edits that make one text of another, whole rows at a time."""
    old, new = _with_ends(before), _with_ends(after)
    rows = rows_of(before)
    edits = []
    for tag, start, end, first, last in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            edits.append(types.TextEdit(_rows(rows, start, end, columns), "".join(new[first:last])))
    return edits


def _with_ends(text: str) -> list[str]:
    """The rows of a text with their ends."""
    rows, ends, at = rows_of(text), [], 0
    for row in rows:
        begun, at = at, at + len(row)
        end = "\r\n" if text.startswith("\r\n", at) else text[at : at + 1]
        at += len(end)
        ends.append(text[begun:at])
    return ends


def _rows(rows: Sequence[str], start: int, end: int, columns: Columns) -> types.Range:
    """From the beginning of one row to that of another, or to the end of the text."""

    def position(row: int) -> types.Position:
        if row < len(rows):
            return types.Position(row, 0)
        return types.Position(len(rows) - 1, columns.units(rows[-1], len(rows[-1])))

    return types.Range(position(start), position(end))


def concerning(shown: Iterable[Shown], uri: str, where: types.Range) -> list[Shown]:
    """What stands in a text within a range, or touches it."""
    found = []
    for each in shown:
        there = each.diagnostic.range
        if each.uri == uri and _at(there.start) <= _at(where.end) and _at(where.start) <= _at(there.end):
            found.append(each)
    return found


def _at(position: types.Position) -> tuple[int, int]:
    return position.line, position.character


def wants(context: types.CodeActionContext, kind: str) -> bool:
    """Whether a client wants actions of some kind: all, if it says nothing."""
    return context.only is None or any(kind == each or kind.startswith(f"{each}.") for each in map(_kind, context.only))


def _kind(kind: types.CodeActionKind | str) -> str:
    return kind.value if isinstance(kind, types.CodeActionKind) else kind


def has_safe_fix(findings: Iterable[Finding]) -> bool:
    """Whether something may be mended without changing what is computed."""
    return any(
        finding.repair is not None and finding.repair.applicability is Applicability.SAFE for finding in findings
    )
