"""`--add-noqa`: a comment for each finding, in the row where it counts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from losslint.app.lint import Job
from losslint.app.texts import Named
from losslint.comments.reading import Comments, Directive, comments_of
from losslint.fixes.edits import Edit, changed
from losslint.fixes.writing import NotWritten, Replacement, replace_all
from losslint.sources.disk import DiskTree
from losslint.sources.read import DOCUMENTS, reason, source_of
from losslint.sources.source import Source, UnreadableSource
from losslint.vocabulary.findings import Finding


def add_noqa(jobs: Sequence[Job], findings: Iterable[Finding]) -> tuple[int, list[str]]:
    """Write comments for findings; how many were written or made longer, and what could not be, for people."""
    named = Named(jobs)
    by_file: dict[str, list[Finding]] = {}
    for finding in findings:
        by_file.setdefault(finding.place.filename, []).append(finding)
    added, problems = 0, []
    for shown, listed in sorted(by_file.items()):
        where = named(shown)
        if where is None or not isinstance(where[0].tree, DiskTree):
            problems.append(f"{shown}: no comment is written: it is no file of the project")
            continue
        job, name = where
        if shown.lower().endswith(DOCUMENTS):
            problems.append(f"{shown}: no comment is written: only Python files and notebooks are edited")
            continue
        path = where[0].tree.path(name)
        try:
            data = job.tree.read(name)
            edits, lost = comments_for(source_of(data, name, shown), listed)
            problems += lost
            if edits:
                replace_all([Replacement(path, data, changed(data, edits, shown))])
                added += len(edits)
        except OSError as error:
            problems.append(f"{shown}: cannot be read: {reason(error)}")
        except (UnreadableSource, NotWritten, UnicodeEncodeError, ValueError) as error:
            problems.append(f"{shown}: no comment is written: {error}")
    return added, problems


def comments_for(source: Source, findings: Iterable[Finding], sort: str = "noqa") -> tuple[list[Edit], list[str]]:
    """The edits that write comments into a file, a row each, and what is in the way of others. `sort` says how they are
    written: "noqa", or "ignore" for losslint's own."""
    comments = comments_of(source.text)
    numbers: dict[tuple[int | None, int], int] = {where: row for row, where in enumerate(source.cells, 1)}
    codes: dict[int, list[str]] = {}
    problems = []
    for finding in findings:
        place = finding.place
        first = numbers.get((place.cell, place.row), place.row)
        last = first + max(place.end_row - place.row, 0)
        row = comments.statements.get(last, (first, last))[1]
        if finding.code == "LL900" or last not in comments.statements:
            problems.append(f"{place.filename}:{place.row}: no comment can be written for {finding.code}")
        elif finding.code not in codes.setdefault(row, []):
            codes[row].append(finding.code)
    rows = source.text.split("\n")
    return [_edit(source, comments, rows[row - 1], row, named, sort) for row, named in sorted(codes.items())], problems


def _edit(source: Source, comments: Comments, text: str, row: int, codes: list[str], sort: str) -> Edit:
    """The edit that adds codes to the comment of a row, or a comment."""
    there = next((each for each in comments.directives if _can_take(each, row, sort)), None)
    if there is not None and there.words:
        end = there.words[-1].end
        content = "".join(f", {code}" for code in codes)
    else:
        end = len(text.rstrip())
        listed = ", ".join(codes)
        content = f"  # noqa: {listed}" if sort == "noqa" else f"  # losslint: ignore[{listed}]"
    return Edit(source.name, row, end + 1, row, end + 1, content, source.shown)


def _can_take(directive: Directive, row: int, sort: str) -> bool:
    return directive.row == row and directive.sort == sort and not directive.whole_file and bool(directive.words)
