"""What no parser is given, and no walk over its tree: what is nested too deeply, for libcst's parser would exhaust the
stack and take the process along, and what is too large."""

from __future__ import annotations

import ast
import re

#: Python frames that lowering and evaluation may stack up: their own depth is bounded well below.
MOST_PYTHON_FRAMES = 9_000

#: CPython's own parser stops at 200 brackets inside each other.
MOST_BRACKETS = 200

#: Operators of one expression: a sum of more terms nests the tree, and the walk over it, too deeply.
MOST_OPERATORS = 1_500

#: Commas, rows and statements of one text, as a measure of the tree of it: a table of data that was written as
#: code would take minutes, and gigabytes.
MOST_PARTS = 200_000

_OPERATOR = re.compile(r"\b(?:and|or|not|in|is|if|lambda|await)\b|[-+*/%@&|^<>=~.]")
_BRACKET = re.compile(r"[(\[{)\]}]")


def too_deep(text: str) -> bool:
    """Whether a text may be too deep. Strings and comments count, so that the answer errs on the side of caution."""
    return _brackets(text) > MOST_BRACKETS or (
        len(text) > MOST_OPERATORS and len(_OPERATOR.findall(text)) > MOST_OPERATORS and _chain(text) > MOST_OPERATORS
    )


def too_large(text: str) -> bool:
    """Whether a text is too large. Strings and comments count."""
    return len(text) > MOST_PARTS and sum(map(text.count, ",;\n")) > MOST_PARTS


def _brackets(text: str) -> int:
    opened = text.count("(") + text.count("[") + text.count("{")
    if opened <= MOST_BRACKETS:
        return opened
    depth = deepest = 0
    for found in _BRACKET.finditer(text):
        depth = depth + 1 if found.group() in "([{" else max(depth - 1, 0)
        deepest = max(deepest, depth)
    return deepest


def _chain(text: str) -> int:
    """How many expressions stand inside each other, or side by side in one chain of operators."""
    from losslint.static.files.syntax_trees import parse

    try:
        tree = parse(text)
    except SyntaxError:
        return 0  # newer syntax than CPython's: its operators are not many
    except (ValueError, RecursionError, MemoryError):
        return MOST_OPERATORS + 1
    deepest = 0
    pending: list[tuple[ast.AST, int]] = [(tree, 0)]
    while pending:
        node, depth = pending.pop()
        if isinstance(node, ast.BoolOp):
            depth += len(node.values)
        elif isinstance(node, ast.Compare):
            depth += len(node.ops)
        elif isinstance(node, ast.expr):
            depth += 1
        elif isinstance(node, ast.stmt):
            depth = 0
        deepest = max(deepest, depth)
        pending += [(child, depth) for child in ast.iter_child_nodes(node)]
    return deepest
