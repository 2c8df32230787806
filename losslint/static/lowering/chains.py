"""Chains of `if` and `elif` that are meant to leave no case out, though no `else` says so."""

from __future__ import annotations

import ast

from losslint.static.lowering.syntax import rebound_in


def meant_to_be_all(node: ast.If) -> tuple[ast.If, frozenset[str]] | None:
    """The last branch of a chain that compares one attribute with texts, and the names that each branch binds:
    `if self.data == "cifar": x = self.small(x)`, `elif self.data == "imagenet": x = self.large(x)`."""
    subject = _subject(node.test)
    if subject is None or len(node.orelse) != 1:
        return None
    names = set(rebound_in(node.body))
    while node.orelse:
        following = node.orelse[0]
        if len(node.orelse) != 1 or not isinstance(following, ast.If) or _subject(following.test) != subject:
            return None
        node = following
        names.intersection_update(rebound_in(node.body))
    return (node, frozenset(names)) if names else None


def _subject(test: ast.expr) -> str | None:
    """The attribute that a condition compares with texts, or with how they begin, as it is written."""
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.Or):
        subjects = {_subject(value) for value in test.values}
        return subjects.pop() if len(subjects) == 1 else None
    if isinstance(test, ast.Call) and isinstance(test.func, ast.Attribute):
        is_asked = test.func.attr in ("startswith", "endswith") and isinstance(test.func.value, ast.Attribute)
        return ast.dump(test.func.value) if is_asked else None
    if not isinstance(test, ast.Compare) or not isinstance(test.left, ast.Attribute):
        return None
    if len(test.ops) != 1 or not isinstance(test.ops[0], (ast.Eq, ast.In)):
        return None
    right = test.comparators[0]
    options = right.elts if isinstance(right, (ast.Tuple, ast.List, ast.Set)) else [right]
    if not all(isinstance(option, ast.Constant) and isinstance(option.value, str) for option in options):
        return None
    return ast.dump(test.left)
