"""Questions about the syntax alone: which names a piece of it binds anew, which object an operation in it is on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Sequence as Many

import libcst as cst

#: Methods that change what they are called on. The name is rebound to what it is afterwards.
MUTATORS = frozenset(
    {
        "append", "extend", "insert", "appendleft", "update", "setdefault", "add_module", "register_module",
        "register_buffer", "register_parameter", "__setitem__", "__setattr__",
        "pop", "popitem", "popleft", "remove", "clear", "reverse", "sort",
    }
)  # fmt: skip

#: Where a module keeps its attributes.
DICTS = frozenset({"__dict__", "_modules", "_parameters", "_buffers"})


def dotted(node: cst.BaseExpression | None) -> str:
    """A name with its dots; of an annotation the last name in its brackets, or the name that a string holds."""
    parts: list[str] = []
    while isinstance(node, cst.Attribute):
        parts.append(node.attr.value)
        node = node.value
    if isinstance(node, cst.Subscript):  # Optional[nn.Module] and the like: the last name inside
        inner = node.slice[0].slice
        return dotted(inner.value) if isinstance(inner, cst.Index) else ""
    if isinstance(node, cst.Name):
        parts.append(node.value)
        return ".".join(reversed(parts))
    if isinstance(node, cst.SimpleString):
        value = node.raw_value
        return value if value.replace(".", "_").isidentifier() else ""
    return ""


def statements_of(body: Iterable[cst.CSTNode]) -> Iterator[cst.CSTNode]:
    """Every statement below, those of nested functions and classes excluded."""
    for node in body:
        if isinstance(node, cst.SimpleStatementLine):
            yield from node.body
            continue
        yield node
        if isinstance(node, (cst.FunctionDef, cst.ClassDef)):
            continue
        yield from statements_of(_children(node))


def _children(node: cst.CSTNode) -> Many[cst.CSTNode]:
    parts: list[cst.CSTNode] = []
    for name in ("body", "orelse", "finalbody"):
        child = getattr(node, name, None)
        if isinstance(child, (cst.IndentedBlock, cst.SimpleStatementSuite)):
            parts.extend(child.body)
        elif isinstance(child, cst.CSTNode):
            parts.append(child)
    for handler in getattr(node, "handlers", ()):
        parts.extend(handler.body.body)
    for case in getattr(node, "cases", ()):
        parts.extend(case.body.body)
    return parts


def in_place(method: str) -> bool:
    """Whether a method changes the tensor that it is called on."""
    return method.endswith("_") and not method.endswith("__") and method != "requires_grad_"


def attributes_of(node: cst.BaseExpression) -> cst.BaseExpression | None:
    """The object whose attributes an expression holds: `x` of `x.__dict__`, `x._modules` and `vars(x)`."""
    if isinstance(node, cst.Attribute) and node.attr.value in DICTS:
        return node.value
    if isinstance(node, cst.Call) and isinstance(node.func, cst.Name) and node.func.value == "vars" and node.args:
        return node.args[0].value
    return None


def changed_by(node: cst.BaseExpression) -> cst.BaseExpression:
    """What a chain of operations in place changes."""
    while isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute) and in_place(node.func.attr.value):
        node = node.func.value
    return node


def rebound_in(body: Iterable[cst.CSTNode]) -> list[str]:
    """The names that statements rebind, in order: what a loop may carry from one round to the next."""
    names: dict[str, None] = {}

    def target(node: cst.CSTNode | None) -> None:
        while isinstance(node, (cst.Attribute, cst.Subscript)):
            node = node.value
        if isinstance(node, cst.Name):
            names[node.value] = None
        elif isinstance(node, (cst.Tuple, cst.List)):
            for element in node.elements:
                target(element.value)

    for node in statements_of(body):
        if isinstance(node, cst.Assign):
            for assigned in node.targets:
                target(assigned.target)
        elif isinstance(node, (cst.AugAssign, cst.AnnAssign, cst.For)):
            target(node.target)
        elif isinstance(node, cst.With):
            for item in node.items:
                if item.asname is not None:
                    target(item.asname.name)
        elif isinstance(node, cst.Expr) and isinstance(node.value, cst.Call):
            function = node.value.func
            if isinstance(function, cst.Attribute) and (
                function.attr.value in MUTATORS or function.attr.value.endswith("_")
            ):
                target(changed_by(function.value))
    return list(names)
