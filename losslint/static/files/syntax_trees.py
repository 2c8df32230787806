"""CPython's own syntax trees: parsing, the children of a node, and what the simplest nodes say."""

from __future__ import annotations

import ast
import warnings
from typing import Any

from losslint.static.files.index import MODULE


def parse(text: str) -> ast.Module:
    """Parse without the warnings that odd string escapes in linted code would print. Raises SyntaxError,
    RecursionError, MemoryError or ValueError for what CPython refuses."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text)


#: Nodes without children of interest.
_LEAVES = frozenset({ast.Name, ast.Constant, ast.Load, ast.Store, ast.Del, ast.Pass, ast.Break, ast.Continue})

#: Fields that hold no nodes, or only leaves.
_PLAIN = frozenset(
    {
        "ctx", "op", "ops", "id", "attr", "arg", "name", "names", "module", "level", "asname", "kind", "n", "s", "rest",
        "type_comment", "is_async", "simple", "conversion", "kwd_attrs", "type_ignores", "lineno", "col_offset",
    }
)  # fmt: skip


class _Fields(dict[type[ast.AST], tuple[str, ...]]):
    """The fields in which a node of some class may hold others, worked out once a class."""

    def __missing__(self, sort: type[ast.AST]) -> tuple[str, ...]:
        fields = self[sort] = tuple(name for name in sort._fields if name not in _PLAIN)
        return fields


_FIELDS = _Fields()


def push_children(node: ast.AST, pending: list[ast.AST]) -> None:
    """Add a node's children to a stack: `ast.iter_child_nodes`, without what has none itself, and much faster."""
    for name in _FIELDS[node.__class__]:
        value: Any = getattr(node, name, None)
        sort = value.__class__
        if sort is list:
            for item in value:
                if item.__class__ not in _LEAVES and item is not None:
                    pending.append(item)
        elif sort not in _LEAVES and isinstance(value, ast.AST):
            pending.append(value)


def dotted(node: ast.expr | None) -> str:
    """`a.b.c` of a name or attribute chain, "" for anything else."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if isinstance(node, ast.Name):
        parts.append(node.id)
        return ".".join(reversed(parts))
    return ""


def is_globals(node: ast.expr, unit: str) -> bool:
    """`globals()`, also as `vars()` and `locals()` of the module part."""
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and (node.func.id == "globals" or (node.func.id in ("vars", "locals") and unit == MODULE))
        and not node.args
    )


def is_own_class(node: ast.expr) -> bool:
    """`self.__class__`, `type(self)`"""
    if isinstance(node, ast.Attribute):
        return node.attr == "__class__"
    return isinstance(node, ast.Call) and dotted(node.func) == "type" and len(node.args) == 1


def sets_by_name(call: ast.Call, holder: str) -> bool:
    """`setattr(holder, name, value)`, `holder.__dict__.update(…)`"""
    if isinstance(call.func, ast.Name):
        return call.func.id == "setattr" and bool(call.args) and dotted(call.args[0]) == holder
    return isinstance(call.func, ast.Attribute) and call.func.attr == "update" and _is_dict_of(call.func.value, holder)


def hooked(call: ast.Call, holder: str) -> str:
    """`a` of `holder.a.register_forward_hook(…)`"""
    function = call.func
    if isinstance(function, ast.Attribute) and function.attr.endswith("_hook"):
        parts = dotted(function.value).split(".")
        if len(parts) > 1 and parts[0] == holder:
            return parts[1]
    return ""


def _is_dict_of(node: ast.expr, name: str) -> bool:
    """`name.__dict__` or `vars(name)`"""
    if isinstance(node, ast.Attribute):
        return node.attr == "__dict__" and isinstance(node.value, ast.Name) and node.value.id == name
    return isinstance(node, ast.Call) and dotted(node.func) == "vars" and [dotted(a) for a in node.args] == [name]


def rows_of(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> tuple[int, int]:
    first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
    return first, node.end_lineno or node.lineno


def decorator(node: ast.expr) -> str:
    return dotted(node.func if isinstance(node, ast.Call) else node)


def targets_of(node: ast.stmt) -> list[ast.expr]:
    if isinstance(node, ast.Assign):
        return list(node.targets)
    if isinstance(node, (ast.AnnAssign, ast.AugAssign)):
        return [node.target]
    if isinstance(node, (ast.For, ast.AsyncFor)):
        return [node.target]
    return []


def names_bound(target: ast.expr) -> list[str]:
    if isinstance(target, ast.Name):
        return [target.id]
    if isinstance(target, ast.Starred):
        return names_bound(target.value)
    if isinstance(target, (ast.Tuple, ast.List)):
        return [name for element in target.elts for name in names_bound(element)]
    return []
