"""Tests: `@pytest.mark.parametrize` calls one once for each row, each a run of its own, and some of what they call has
to fail, or to give what the test says."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from losslint.static.evaluation.loops import items_of
from losslint.static.evaluation.values import ConstV, ExternalV, Lazy, SeqV, UnknownV, given
from losslint.static.files.tests import is_test
from losslint.static.lowering import forms as f
from losslint.static.lowering.operands import computed_from

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator
    from losslint.static.evaluation.frames import Frame

#: Rows of one decorator that are looked at.
MOST_ROWS = 16

#: What makes a test run several times, and what makes one of its rows.
_PARAMETRIZE = "pytest.mark.parametrize"
_PARAM = "pytest.param"


#: Arguments of the decorator that leave it at that: with `indirect` the fixtures of these names are given the rows.
_KNOWN = frozenset({"argnames", "argvalues", "ids", "scope"})

#: What is entered around code that has to raise or to warn.
_EXPECTING = frozenset({"raises", "assertRaises", "assertRaisesRegex", "warns", "assertWarns", "assertWarnsRegex"})

#: Questions that training asks of a loss, too, to stop where it has come to nothing.
_FINITE = frozenset({"isfinite", "isnan", "isinf"})

#: Decorators of tests that are not run, or have to fail.
_LEFT_OUT = frozenset({"pytest.mark.skip", "pytest.mark.xfail", "unittest.skip", "unittest.expectedFailure"})


class Rows(NamedTuple):
    """What one decorator gives for one parameter, a run each. `decorator` is the same for all that it gives."""

    decorator: f.Call
    values: tuple[Lazy, ...]


def rows(ev: Evaluator, graph: f.Graph, name: str) -> Rows | None:
    """What the runs of a test give for a parameter, None where it is not parametrized by what the code holds."""
    if not graph.decorators:
        return None
    known = ev.notes.parametrized.get(graph)
    if known is None:
        known = ev.notes.parametrized[graph] = {}
        with ev.outside():
            for form in graph.decorators:
                known.update(_of_decorator(ev, form, ev.module_frame(graph.unit.file)))
    return known.get(name)


def is_to_fail(call: f.Call, graph: f.Graph) -> bool:
    """Whether a test says of a call that it has to raise or to warn: what is wrong there is wrong on purpose. A test
    that is skipped, or has to fail as a whole, shows no run either."""
    for decorator in graph.decorators:
        if f.written(decorator.function if isinstance(decorator, f.Call) else decorator) in _LEFT_OUT:
            return True
    return any(isinstance(block, f.Call) and block.callee_name in _EXPECTING for block in call.blocks)


def is_checked(call: f.Call, graph: f.Graph) -> bool:
    """Whether a test says right there what a call gives: `assert loss(x, x) == 0`, `self.assertEqual(loss(x, x), 0)`.
    It may be called with what nobody would train on. That a number is finite, training asks too."""
    checks = (each.arguments for each in graph.calls if each.callee_name.startswith("assert"))
    shown = (*graph.asserted, *(argument.form for arguments in checks for argument in arguments))
    asked = frozenset() if is_test(graph.unit.file) else _FINITE
    return any(part is call for form in shown for part in computed_from(form, asked))


def _of_decorator(ev: Evaluator, form: f.Form, frame: Frame) -> dict[str, Rows]:
    """The parameters that a decorator speaks of, with their rows."""
    if not isinstance(form, f.Call) or form.callee_name != "parametrize" or not _is(ev, form, frame, _PARAMETRIZE):
        return {}
    written = {each.keyword: each.form for each in form.arguments if each.keyword}
    written.update(zip(("argnames", "argvalues"), (a.form for a in form.arguments if not a.keyword), strict=False))
    plain = not any(each.star for each in form.arguments) and written.keys() <= _KNOWN
    if not plain or "argnames" not in written or "argvalues" not in written:
        return {}
    names, alone = _names(ev, written["argnames"], frame)
    table = items_of(ev, ev.force(written["argvalues"], frame))
    if not table or len(form.arguments) > len(written):
        return {}
    columns: list[list[Lazy]] = [[] for _ in names]
    for row in table:
        values = _row(ev, row)
        if values is None:
            continue
        if not alone and len(values) == 1:
            values = _spread(ev, values[0], len(names))
        if len(values) != len(names):
            return {}
        for column, lazy in zip(columns, values, strict=True):
            column.append(lazy)
    return {name: Rows(form, tuple(column[:MOST_ROWS])) for name, column in zip(names, columns, strict=True) if column}


def _names(ev: Evaluator, form: f.Form, frame: Frame) -> tuple[list[str], bool]:
    """The names of the parameters, and whether it is one that is given what stands in the row as it stands there."""
    value = ev.force(form, frame)
    if isinstance(value, ConstV) and isinstance(value.value, str):
        names = [name.strip() for name in value.value.split(",") if name.strip()]
        return names, len(names) == 1
    members = [ev.value(lazy) for lazy in items_of(ev, value) or ()] if isinstance(value, SeqV) else []
    names = [str(member.value) for member in members if isinstance(member, ConstV) and isinstance(member.value, str)]
    return (names if len(names) == len(members) else []), False


def _row(ev: Evaluator, row: Lazy) -> list[Lazy] | None:
    """What one row gives, None for one that pytest is told to skip or to expect the failure of: nobody says what
    becomes of it."""
    form = f.bare(row.form) if row.form is not None else None
    if not isinstance(form, f.Call) or row.frame is None or not _is(ev, form, row.frame, _PARAM):
        return [row]
    if any(argument.star or argument.keyword not in ("", "id") for argument in form.arguments):
        return None
    return [Lazy(argument.form, row.frame) for argument in form.arguments if not argument.keyword]


def _spread(ev: Evaluator, row: Lazy, count: int) -> list[Lazy]:
    """The values of a row that is a tuple or a list."""
    value = ev.value(row)
    items = items_of(ev, value) if isinstance(value, SeqV) else None
    if items is not None and len(items) == count:
        return items
    return [given(UnknownV("a row of the parametrization that is not known"))] * count


def _is(ev: Evaluator, call: f.Call, frame: Frame, name: str) -> bool:
    """Whether a call is one of something outside the project."""
    function = ev.force(call.function, frame)
    return isinstance(function, ExternalV) and function.name == name
