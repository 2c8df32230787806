"""Edits of one call: the settings and arguments of a loss, its name, a constructor that was given tensors."""

from __future__ import annotations

import re

import libcst as cst

from losslint.contracts import lookup
from losslint.contracts.schema import LossContract
from losslint.fixes.arguments import appended, of_argument, with_comma
from losslint.fixes.edits import Edit
from losslint.fixes.names import Names, applied_to
from losslint.fixes.syntax import NoFix, Syntax, dotted, is_atom, keyword, positional

#: What a setting that is taken away may be: anything else would be a decision of somebody's.
LITERALS = (cst.SimpleString, cst.Integer, cst.Float)

#: Functions that make a tensor where they are told to.
FACTORIES = frozenset(
    f"torch.{name}"
    for name in ("arange", "empty", "eye", "full", "linspace", "ones", "rand", "randint", "randn", "tensor", "zeros")
)

#: A cast that another one behind it would only undo, by what is put behind.
UNDONE = {".float()": ("long", "int"), ".long()": ("float", "double")}


def loss_called(names: Names, call: cst.Call, loss: str) -> tuple[LossContract, tuple[str, ...]]:
    """The contract of a loss that is constructed or called here, and its parameters. Raises NoFix for another one."""
    qualified = names.qualified(call.func)
    contract = lookup.loss_by_module(qualified)
    if contract is not None and contract.name == loss:
        return contract, contract.constructor
    contract = lookup.loss_by_function(qualified)
    if contract is not None and contract.name == loss:
        return contract, contract.function_parameters
    raise NoFix(f"{loss} is not made or called by its name there")


# ---------------------------------------------------------------- settings


def settings(syntax: Syntax, names: Names, call: cst.Call, loss: str, changed: str) -> list[Edit]:
    """The edits that write settings of a loss anew: `reduction="sum";size_average`."""
    _, parameters = loss_called(names, call, loss)
    given = positional(call)
    dropped: list[cst.Arg] = []
    edits: list[Edit] = []
    added: list[str] = []
    for part in changed.split(";"):
        name, _, value = part.partition("=")
        arg = keyword(call, name)
        place = parameters.index(name) if name in parameters else len(given)
        if arg is None and place < len(given):
            arg = given[place]
        value = _quoted_alike(syntax, value)
        if value and arg is not None:
            if not _is_literal(arg.value) and not _is_none(arg.value):
                raise NoFix(f"{name} is not written out there")
            edits.append(syntax.edit(syntax.whole(arg.value), value))
        elif value:
            added.append(f"{name}={value}")
        elif arg is not None and not _is_none(arg.value):
            if not _is_literal(arg.value):
                raise NoFix(f"{name} is not written out there")
            dropped.append(arg)
    if not edits and not added and not dropped:
        raise NoFix("the setting is not given there")
    for arg in dropped:
        last = arg.keyword is not None or arg is given[-1]
        if not last:
            edits.append(syntax.edit(syntax.whole(arg.value), "None"))
        elif added:
            edits.append(syntax.edit(of_argument(syntax, arg), added.pop(0)))
        else:
            edits.append(syntax.edit(with_comma(syntax, call, arg), ""))
    if added:
        edits.append(appended(syntax, call, ", ".join(added)))
    return edits


def _is_literal(node: cst.BaseExpression) -> bool:
    return isinstance(node, LITERALS) or (isinstance(node, cst.Name) and node.value in ("True", "False"))


def _is_none(node: cst.BaseExpression) -> bool:
    return isinstance(node, cst.Name) and node.value == "None"


def _quoted_alike(syntax: Syntax, value: str) -> str:
    """A string in the quotes that the file prefers."""
    text = syntax.source.text
    return value.replace('"', "'") if text.count("'") > text.count('"') else value


# ---------------------------------------------------------------- the name of a loss


def exchanged(names: Names, call: cst.Call, loss: str, instead: str) -> list[Edit]:
    """The edits that make a loss another one of the same settings."""
    contract, parameters = loss_called(names, call, loss)
    other = lookup.loss_by_name(instead)
    assert other is not None
    as_function = parameters is contract.function_parameters
    there = other.function_parameters if as_function else other.constructor
    if there[: len(parameters)] != parameters and len(positional(call)) > (2 if as_function else 0):
        raise NoFix(f"the arguments of {loss} and {instead} stand in another order")
    return names.renamed(call.func, (other.function if as_function else other.module,))


# ---------------------------------------------------------------- arguments


def argument(names: Names, call: cst.Call, loss: str, wanted: str) -> cst.Arg:
    """The argument of a loss call that has a name in the loss's contract. Raises NoFix when it cannot be told."""
    contract = lookup.loss_by_name(loss)
    if contract is None:
        raise NoFix(f"nothing is known of {loss}")
    listed = [each.name for each in contract.arguments]
    if wanted not in listed:
        raise NoFix(f"{loss} has no {wanted}")
    place = listed.index(wanted)
    is_function = lookup.loss_by_function(names.qualified(call.func)) is not None
    parameters = contract.function_parameters if is_function else contract.forward_parameters
    called = parameters[place] if place < len(parameters) else wanted
    if is_function and wanted in contract.function_parameters:
        place, called = contract.function_parameters.index(wanted), wanted
    found = keyword(call, wanted, called)
    if found is not None:
        return found
    given = positional(call)
    if place >= len(given):
        raise NoFix(f"the {wanted} is not given there")
    return given[place]


def followed(syntax: Syntax, names: Names, value: cst.BaseExpression, method: str) -> list[Edit]:
    """The edits that put a method behind an expression, or take the call away that it would only undo."""
    if (
        method.startswith(".argmax(")
        and isinstance(value, cst.Call)
        and names.qualified(value.func) == "torch.nn.functional.one_hot"
        and positional(value)
    ):
        return syntax.instead(value, value.args[0].value)
    if (
        isinstance(value, cst.Call)
        and isinstance(value.func, cst.Attribute)
        and not value.args
        and value.func.attr.value in UNDONE.get(method, ())
    ):
        return [syntax.edit(syntax.range(value.func.attr), method[1:-2])]
    if is_atom(value):
        return [syntax.behind(value, method)]
    return [syntax.before(value, "("), syntax.behind(value, f"){method}")]


def followed_instead(syntax: Syntax, names: Names, value: cst.BaseExpression, last: str, method: str) -> list[Edit]:
    """The edits that put a method in the place of the method, or function of torch, that is applied last."""
    operand = applied_to(names, value, last)
    if operand is None:
        raise NoFix(f"{last} is not applied there")
    outer, inner = syntax.range(value), syntax.whole(operand)
    before, behind = (*outer[:2], *inner[:2]), (*inner[2:], *outer[2:])
    if syntax.has_comment(before) or syntax.has_comment(behind):
        raise NoFix("a comment stands in what would be written anew")
    front, back = ("", method) if is_atom(operand) else ("(", f"){method}")
    edits = [syntax.edit(behind, back)]
    return [syntax.edit(before, front), *edits] if front or before[:2] != before[2:] else edits


def swapped(syntax: Syntax, names: Names, call: cst.Call, loss: str) -> list[Edit]:
    """The edits by which the first two arguments of a loss call change places."""
    contract = lookup.loss_by_name(loss)
    if contract is None or len(contract.arguments) < 2:
        raise NoFix(f"nothing is known of the arguments of {loss}")
    one, other = (argument(names, call, loss, contract.arguments[place].name).value for place in (0, 1))
    return [syntax.edit(syntax.whole(one), syntax.code(other)), syntax.edit(syntax.whole(other), syntax.code(one))]


def called(syntax: Syntax, names: Names, call: cst.Call, name: str) -> list[Edit]:
    """The edits that give tensors to the call of a module instead of to its constructor."""
    parent = syntax.parent(call)
    if isinstance(parent, cst.Call) and parent.func is call:
        raise NoFix("what is constructed is called as well")
    if isinstance(parent, (cst.Assign, cst.AnnAssign)):
        _not_called_later(syntax, parent)
    if not names.qualified(call.func).endswith(f".{name}"):
        raise NoFix(f"{name} is not called by its name there")
    tensors = positional(call)
    named = [arg for arg in call.args if arg.keyword is not None]
    where = syntax.range(call.func)
    if not named:
        return [syntax.edit((where[2], where[3], where[2], where[3]), "()")]
    _, _, end_row, end_column = syntax.range(call)
    arguments = (where[2], where[3], end_row, end_column)
    if syntax.has_comment(arguments):
        raise NoFix("a comment stands in what would be written anew")
    settings_written = ", ".join(syntax.text(of_argument(syntax, arg)) for arg in named)
    given = ", ".join(syntax.code(arg.value) for arg in tensors)
    return [syntax.edit(arguments, f"({settings_written})({given})")]


def _not_called_later(syntax: Syntax, assignment: cst.Assign | cst.AnnAssign) -> None:
    """A name that is called later holds a module on purpose."""
    targets = assignment.targets if isinstance(assignment, cst.Assign) else (assignment,)
    for target in targets:
        named = target.target
        last = named.attr.value if isinstance(named, cst.Attribute) else getattr(named, "value", "")
        if not isinstance(last, str) or not last or re.search(rf"\b{re.escape(last)}\(", syntax.source.text):
            raise NoFix("what is constructed is called as well")


def with_device(syntax: Syntax, names: Names, maker: cst.Call, call: cst.Call, loss: str) -> list[Edit]:
    """The edits that put what a constructor makes on the device of a loss's input: where it is made, if the input is
    known there, or else where it is given to the loss."""
    scores = argument(names, call, loss, "input").value
    if not isinstance(scores, cst.Name):
        raise NoFix("the input of the loss has no name to take the device from")
    statement, of_loss = syntax.statement(maker), syntax.statement(call)
    if keyword(maker, "device") is None and syntax.function(maker) is syntax.function(call):
        if statement is of_loss or _bound_before(syntax, scores.value, statement, of_loss):
            if names.qualified(maker.func) in FACTORIES:
                return [appended(syntax, maker, f"device={scores.value}.device")]
    return on_its_device(syntax, names, call, loss)


def on_its_device(syntax: Syntax, names: Names, call: cst.Call, loss: str) -> list[Edit]:
    """The edits that put the target of a loss call on the device of its input."""
    scores = argument(names, call, loss, "input").value
    if not isinstance(scores, cst.Name):
        raise NoFix("the input of the loss has no name to take the device from")
    return followed(syntax, names, argument(names, call, loss, "target").value, f".to({scores.value}.device)")


def _bound_before(syntax: Syntax, name: str, statement: cst.CSTNode, later: cst.CSTNode) -> bool:
    """Whether a name is bound before a statement, in the same block, and not once more between it and a later one."""
    block = syntax.parent(statement)
    if block is not syntax.parent(later) or not isinstance(block, (cst.IndentedBlock, cst.Module)):
        return False
    before = True
    bound = False
    for each in block.body:
        if each is statement:
            before = False
        if each is later:
            return bound
        binds = any(
            isinstance(part, cst.AssignTarget) and isinstance(part.target, cst.Name) and part.target.value == name
            for part in syntax.within(each)
        )
        if binds and not before:
            return False
        bound = bound or binds
    return False


def detached(syntax: Syntax, names: Names, node: cst.CSTNode | None, total: str) -> list[Edit]:
    """The edits that detach what is added to a sum."""
    sides: list[cst.BaseExpression] = []
    if isinstance(node, cst.AugAssign):
        sides = [node.value]
    elif isinstance(node, cst.BinaryOperation):
        sides = [side for side in (node.left, node.right) if not (isinstance(side, cst.Name) and side.value == total)]
    if len(sides) != 1 or not _is_tensor_as_written(syntax, sides[0]):
        raise NoFix("the sum is not written as expected")
    return followed(syntax, names, sides[0], ".detach()")


def _is_tensor_as_written(syntax: Syntax, node: cst.BaseExpression) -> bool:
    """Whether nothing in an expression makes a number of a tensor, or decides between the two."""
    return not any(
        isinstance(part, (cst.IfExp, cst.BooleanOperation))
        or (isinstance(part, cst.Call) and dotted(part.func).rpartition(".")[2] in ("item", "float", "int", "tolist"))
        or (isinstance(part, cst.Call) and isinstance(part.func, cst.Attribute) and part.func.attr.value == "item")
        for part in syntax.within(node)
    )
