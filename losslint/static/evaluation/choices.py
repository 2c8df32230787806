"""What is called where a run chooses it: one of several, or the same whatever is chosen."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, TypeGuard

from losslint.static.evaluation.frames import Frame
from losslint.static.evaluation.values import ClassV, FunctionV, UnknownV, Value
from losslint.static.lowering import forms as f

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

#: Choices of the configuration that are tried for one callee.
MOST_CHOICES = 24


def is_option(value: UnknownV) -> bool:
    """Whether something is chosen by the runs: by who calls the function, or by the configuration."""
    return value.open is not None and value.open.may


def chosen(ev: Evaluator, form: f.Form, frame: Frame, wanted: Callable[[Value], bool]) -> Value:
    """What a callee is in a run that chooses the class whose method is looked for, if there is one."""
    pending: list[dict[Hashable, int]] = [{}]
    value: Value = UnknownV("what is called is chosen by what the code does not hold")
    for _ in range(MOST_CHOICES):
        if not pending:
            break
        answers = pending.pop()
        with ev.outside(answers):
            value = ev.force(form, frame)
        if wanted(value):
            return value
        question = value.open if isinstance(value, UnknownV) else None
        if question is not None and question.may and question.key not in answers:
            pending += [{**answers, question.key: each} for each in range(question.count)]
    return value


def in_some_run(ev: Evaluator, form: f.Form, frame: Frame, wanted: Callable[[Value], bool]) -> tuple[Value, bool]:
    """What a callee is, and whether it is that only in the runs that choose what is looked for."""
    value = ev.force(form, frame)
    if isinstance(value, UnknownV) and is_option(value):
        return chosen(ev, form, frame, wanted), True
    return value, False


def is_function(value: Value, graph: f.Graph) -> TypeGuard[FunctionV]:
    """Whether something is the function of a graph."""
    return isinstance(value, FunctionV) and value.graph is graph


def chosen_function(ev: Evaluator, form: f.Form, frame: Frame, graph: f.Graph) -> Value:
    """What a callee is in a run that chooses the function of a graph, if there is one."""
    return chosen(ev, form, frame, lambda value: is_function(value, graph))


def always(ev: Evaluator, form: f.Form, frame: Frame, graph: f.Graph) -> bool:
    """Whether a callee is one function whatever a run chooses."""
    pending: list[dict[Hashable, int]] = [{}]
    for _ in range(MOST_CHOICES):
        if not pending:
            return True
        answers = pending.pop()
        with ev.outside(answers):
            value = ev.force(form, frame)
        question = value.open if isinstance(value, UnknownV) else None
        if question is not None and question.may and question.key not in answers:
            pending += [{**answers, question.key: each} for each in range(question.count)]
        elif not is_function(value, graph):
            return False
    return False


def replaces(ev: Evaluator, cls: ClassV, graph: f.Graph) -> bool:
    """Whether a class defines another method in the place of one of a base, which it does not call either."""
    if not graph.unit.owner or graph.outer is not None:
        return False
    found = ev.classes.method(cls, graph.name)
    if found is None or (found[1].qualname == graph.unit.qualname and found[0].file is graph.unit.file):
        return False
    owner, definition = found
    rows = owner.file.lines[definition.first - 1 : definition.last]
    return not any(f".{graph.name}(" in row for row in rows)
