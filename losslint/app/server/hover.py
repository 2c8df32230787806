"""What is shown under the cursor: the rules that object there, and what the tensor there means."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from pygls.uris import from_fs_path

from losslint.app.server.analysis import Result
from losslint.app.server.buffers import Buffer, Notebook
from losslint.app.server.texts import rows_of
from losslint.rules.registry import load
from losslint.sources.read import read_source
from losslint.sources.source import Source, UnreadableSource
from losslint.static.meaning_at import Found, Meanings
from losslint.vocabulary.findings import Finding
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.places import Place, Step
from losslint.vocabulary.shapes import Shape

#: Meanings that are told apart, and steps that are shown of each.
MOST_MEANINGS = 4
MOST_STEPS = 12

_DEVICE = re.compile(r"cpu|cuda(?::\d+)?|mps|xla|xpu|meta")
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~])")


@dataclass(slots=True)
class Hovering:
    """What is known of the projects that somebody looks around in; belongs to the thread that lints."""

    _meanings: dict[str, tuple[Result, Meanings]] = field(default_factory=dict)

    def meaning(self, result: Result, shown: str, row: int, column: int, cell: int | None = None) -> Found | None:
        """The meaning of what stands at a place of an open text, row and column from 1; None where there is nothing to
        say, or the text cannot be read."""
        found = _source_at(result, shown, row)
        if found is None:
            return None
        name, source = found
        if cell is not None:
            if (cell, row) not in source.cells:
                return None
            row = source.cells.index((cell, row)) + 1
        if source.indents:
            column -= source.indents[row - 1] if row <= len(source.indents) else 0
        known = self._meanings.get(result.root)
        if known is None or known[0].job is not result.job:
            known = self._meanings[result.root] = (
                result,
                Meanings(result.job.tree, result.job.asked, result.job.contracts),
            )
        return known[1].at(name, row, column)

    def keep(self, results: Iterable[Result]) -> None:
        """Let go of what was found out of projects as they are no more."""
        current = {id(result.job) for result in results}
        self._meanings = {root: known for root, known in self._meanings.items() if id(known[0].job) in current}


def _source_at(result: Result, shown: str, row: int) -> tuple[str, Source] | None:
    """What a row of an open text is read as: the text, or the docstring with an example in that row; with its name."""
    tree = result.job.tree
    names = [name for name in result.job.asked if tree.shown(name) == shown]
    if not names or names[0] in result.stale:
        return None
    try:
        for name in names[1:]:
            source = read_source(tree, name)
            if source.text.split("\n")[row - 1 : row] > [""] and source.indents[row - 1]:
                return name, source
        return names[0], read_source(tree, names[0])
    except (OSError, UnreadableSource):
        return None


def of_finding(finding: Finding) -> str:
    """What the rule of a finding is about, in Markdown."""
    rule = load(finding.code)
    return f"### {rule.code} {rule.name}\n\n{rule.documentation.strip()}"


def of_meaning(found: Found, result: Result) -> str:
    """A meaning in Markdown: what is known of the tensor, and the way that it came."""
    shown = found.meanings[:MOST_MEANINGS]
    if len(found.meanings) == 1 and found.complete:
        return "\n\n".join(_told(shown[0], result))
    count = f"{len(shown)} of several" if not found.complete or len(found.meanings) > len(shown) else str(len(shown))
    parts = [f"This is not the same in every run ({count}):"]
    for number, meaning in enumerate(shown, 1):
        first, *rest = _told(meaning, result)
        parts += [f"**{number}.** {first}", *rest]
    return "\n\n".join(parts)


def _told(meaning: Meaning, result: Result) -> Iterator[str]:
    """What is known of one tensor, a paragraph each."""
    if meaning.kind is Kind.UNKNOWN:
        reason = f": {_plain(meaning.reason)}" if meaning.reason else ""
        yield f"**undecided**{reason}"
    else:
        along = f", along dimension {meaning.dim}" if meaning.dim is not None else ""
        yield f"**{_plain(meaning.kind.value)}**{along}"
    facts = [f"- {fact}" for fact in _facts(meaning)]
    if facts:
        yield "\n".join(facts)
    steps = list(meaning.trail.steps()) if meaning.trail is not None else []
    if steps:
        left_out = len(steps) - MOST_STEPS
        told = steps if left_out <= 0 else [*steps[: MOST_STEPS // 2], *steps[-MOST_STEPS // 2 :]]
        rows = [f"{number}. {_link(step, result)}: {_message(step)}" for number, step in enumerate(told, 1)]
        if left_out > 0:
            rows.insert(MOST_STEPS // 2, f"   … {left_out} more")
        yield "Where it comes from:\n\n" + "\n".join(rows)


def _facts(meaning: Meaning) -> Iterator[str]:
    if meaning.dtype is not None:
        # "float" and "int" are families, of which more is not known.
        yield f"dtype: {meaning.dtype}{' (of some width)' if meaning.dtype in ('float', 'int') else ''}"
    if meaning.shape is not None:
        yield f"shape: `{_readable(meaning.shape)}`"
    if meaning.bounds is not None and meaning.kind is not Kind.UNKNOWN:
        low, high = meaning.bounds
        yield f"values: {_number(low)}" if low == high else f"values: from {_number(low)} to {_number(high)}"
    if meaning.detached_by is not None:
        yield f"gradient: cut by `{meaning.detached_by}`"
    if meaning.device is not None and _DEVICE.fullmatch(meaning.device):
        yield f"device: {meaning.device}"


def _readable(shape: Shape) -> Shape:
    """A shape without the names that stand for sizes which are only known to be equal: nobody has given them."""
    return Shape(tuple(size if isinstance(size, int) else None for size in shape.sizes), shape.open)


def _number(value: float) -> str:
    if value in (float("inf"), float("-inf")):
        return "∞" if value > 0 else "-∞"
    return f"{value:g}"


def _link(step: Step, result: Result) -> str:
    place = step.place
    opened = result.opened.get(place.filename)
    label = f"{os.path.basename(place.filename)}:{place.row}"
    uri = opened.uri if opened is not None else from_fs_path(os.path.abspath(place.filename)) or ""
    if place.cell is not None:
        label = f"{os.path.basename(place.filename)}, cell {place.cell}, row {place.row}"
        if isinstance(opened, Notebook) and place.cell <= len(opened.cells):
            uri = opened.cells[place.cell - 1].uri
    if uri.startswith("untitled:"):
        return _plain(label)
    # The addresses of cells have a fragment already.
    row = "" if "#" in uri else f"#L{place.row}"
    return f"[{_plain(label)}]({uri.replace('(', '%28').replace(')', '%29')}{row})"


def _message(step: Step) -> str:
    # Messages are ours, but name what stands in the code; backquotes mark that as code already.
    return re.sub(r"[<>\[\]]", lambda match: f"\\{match[0]}", step.message.replace("\n", " "))


def _plain(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text.replace("\n", " "))


def row_of(opened: Buffer, row: int) -> str:
    """One row of an open text, from 0; empty behind its end."""
    rows = rows_of(opened.text)
    return rows[row] if 0 <= row < len(rows) else ""


def holds(place: Place, row: int, column: int) -> bool:
    """Whether a place holds a character, row and column from 1."""
    end = (place.end_row or place.row, place.end_column or place.column + 1)
    return (place.row, place.column) <= (row, column) < end
