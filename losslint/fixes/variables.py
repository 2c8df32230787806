"""What a variable was bound to, and whether an expression means the same at a later place of the function."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from losslint.fixes.syntax import NoFix, Syntax, dotted

_MOVED = "what the logarithm is taken of is made elsewhere"


def bound_to(syntax: Syntax, name: cst.Name) -> cst.Call:
    """The call whose result a variable holds where it is read: bound once, earlier in the same block or one around it.
    Raises NoFix otherwise."""
    function = syntax.function(name)
    whole: cst.CSTNode = function.body if function is not None else syntax.module
    assignments = [
        each
        for each in syntax.within(whole)
        if isinstance(each, cst.Assign) and any(dotted(target.target) == name.value for target in each.targets)
    ]
    if len(assignments) != 1 or len(assignments[0].targets) != 1 or not isinstance(assignments[0].value, cst.Call):
        raise NoFix(_MOVED)
    made = assignments[0]
    line = syntax.parent(made)
    block = syntax.parent(line) if line is not None else None
    if line is None or block not in tuple(syntax.around(name)) or syntax.range(made)[:2] > syntax.range(name)[:2]:
        raise NoFix(_MOVED)
    if function is not None and (_is_parameter(syntax, function, name.value) or _binds_otherwise(syntax, whole, name)):
        raise NoFix(_MOVED)
    return assignments[0].value


def reads(syntax: Syntax, name: cst.Name) -> list[cst.Name]:
    """Every place of the function where a variable is read."""
    function = syntax.function(name)
    whole: cst.CSTNode = function.body if function is not None else syntax.module
    return [
        each
        for each in syntax.within(whole)
        if isinstance(each, cst.Name) and each.value == name.value and _is_read(syntax, each)
    ]


def stays(syntax: Syntax, node: cst.BaseExpression, call: cst.Call) -> bool:
    """Whether an argument of a call, a name, means the same everywhere behind the call in its block."""
    if isinstance(node, (cst.Integer, cst.SimpleString)):
        return True
    if isinstance(node, cst.UnaryOperation):
        return stays(syntax, node.expression, call)
    if not isinstance(node, cst.Name):
        return False
    line = syntax.statement(call)
    block = syntax.parent(line)
    if not isinstance(block, (cst.IndentedBlock, cst.Module)):
        return False
    start = syntax.range(call)[:2]
    for each in syntax.within(block):
        if isinstance(each, (cst.Assign, cst.AugAssign, cst.AnnAssign, cst.For, cst.NamedExpr, cst.Del, cst.AsName)):
            # A target in the same statement is bound after the call was made.
            if node.value in _targets(each) and (syntax.range(each)[2:] >= start):
                return False
        elif isinstance(each, cst.Call) and isinstance(each.func, cst.Attribute):
            if each.func.attr.value.endswith("_") and _root(each.func.value) == node.value:
                return False
    return True


def _is_parameter(syntax: Syntax, function: cst.FunctionDef, name: str) -> bool:
    return any(isinstance(each, cst.Param) and each.name.value == name for each in syntax.within(function.params))


def _binds_otherwise(syntax: Syntax, whole: cst.CSTNode, name: cst.Name) -> bool:
    """Whether a loop, a `with` or an augmented assignment binds a name."""
    return any(
        isinstance(each, (cst.AugAssign, cst.AnnAssign, cst.For, cst.NamedExpr, cst.Del, cst.AsName, cst.CompFor))
        and name.value in _targets(each)
        for each in syntax.within(whole)
    )


def _targets(node: cst.CSTNode) -> set[str]:
    """The names that a statement binds, or changes something of."""
    listed: list[cst.CSTNode] = []
    if isinstance(node, cst.Assign):
        listed = [target.target for target in node.targets]
    elif isinstance(node, cst.AsName):
        listed = [node.name]
    else:
        listed = [node.target] if hasattr(node, "target") else []
    return {name for target in listed for name in _names(target)}


def _names(target: cst.CSTNode) -> Iterator[str]:
    if isinstance(target, (cst.Tuple, cst.List)):
        for element in target.elements:
            yield from _names(element.value)
    else:
        yield _root(target)


def _root(node: cst.CSTNode) -> str:
    """The name that an attribute or an item belongs to."""
    while isinstance(node, (cst.Attribute, cst.Subscript)):
        node = node.value
    return node.value if isinstance(node, cst.Name) else ""


def _is_read(syntax: Syntax, node: cst.Name) -> bool:
    parent = syntax.parent(node)
    if isinstance(parent, cst.AssignTarget):
        return False
    if isinstance(parent, cst.Attribute):
        return parent.attr is not node
    return not (isinstance(parent, cst.Arg) and parent.keyword is node)
