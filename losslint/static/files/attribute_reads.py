"""Which attributes of what a function always reads, so that whatever it is given has to have them."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence

from losslint.static.files.seeds import may_be_loss
from losslint.static.files.syntax_trees import dotted, parse, push_children

#: What something is called, and the attribute that is read of it.
Read = tuple[str, str]

#: What is raised where an attribute is missing, and what is caught where no name stands.
_FOR_MISSING = frozenset({"", "AttributeError", "Exception", "BaseException"})


def always_read(text: str) -> set[Read]:
    """What a piece of code reads in every run: `("model", "encoder")` of `model.encoder(x)`. A part that runs under an
    option counts only if a loss is called there: whoever gets to that loss reads what stands beside it. Nothing for
    what is no Python."""
    try:
        return _of([parse(text)])[0]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()


def _of(nodes: Iterable[ast.AST]) -> tuple[set[Read], bool]:
    """What is always read in some nodes, and whether a loss is called there."""
    found: set[Read] = set()
    has_loss = False
    pending = list(nodes)
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Attribute):
            base = dotted(node.value)
            if base and isinstance(node.ctx, ast.Load):
                found.add((base, node.attr))
        elif isinstance(node, ast.Call):
            has_loss = has_loss or _is_loss(node)
        ways = _ways(node)
        if ways is None:
            push_children(node, pending)
            continue
        always, alternatives = ways
        pending += always
        parts = [_of(each) for each in alternatives]
        found |= set.intersection(*(read for read, _ in parts))
        for read, is_way_to_loss in parts:
            if is_way_to_loss:
                found |= read
                has_loss = True
    return found, has_loss


def _is_loss(call: ast.Call) -> bool:
    function = call.func
    name = function.attr if isinstance(function, ast.Attribute) else dotted(function)
    return name == "backward" or may_be_loss(name)


def _ways(node: ast.AST) -> tuple[Sequence[ast.AST], list[Sequence[ast.AST]]] | None:
    """The parts of a node that always run, and those of which one runs. None for a node that runs as a whole."""
    if isinstance(node, ast.If):
        if node.orelse and isinstance(node.orelse[-1], ast.Raise):
            return [node.test, *node.body], [[]]
        return [node.test], [node.body, node.orelse]
    if isinstance(node, ast.IfExp):
        return [node.test], [[node.body], [node.orelse]]
    if isinstance(node, ast.BoolOp):
        return node.values[:1], [node.values[1:], []]
    if isinstance(node, ast.Try):
        tried = [*node.body, *node.orelse]
        if any(map(_is_for_missing, node.handlers)):
            return node.finalbody, [tried, *(handler.body for handler in node.handlers)]
        return [*tried, *node.finalbody], [*(handler.body for handler in node.handlers), []]
    if isinstance(node, ast.Match):
        return [node.subject], [*(case.body for case in node.cases), []]
    return None


def _is_for_missing(handler: ast.ExceptHandler) -> bool:
    """Whether a handler catches what is raised where an attribute is missing."""
    caught = handler.type
    each = caught.elts if isinstance(caught, ast.Tuple) else [caught]
    return any(dotted(one) in _FOR_MISSING for one in each)
