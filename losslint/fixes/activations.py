"""Taking an activation away, or making it another: where it stands, and whose values change with it."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from losslint.contracts import lookup
from losslint.fixes.arguments import appended, with_comma
from losslint.fixes.edits import Edit
from losslint.fixes.names import PLACES, Names
from losslint.fixes.syntax import NoFix, Syntax, dotted, keyword, positional

#: Arguments of an activation that say how it is computed, not what is given to it.
SETTINGS = frozenset({"dim", "_stacklevel", "axis"})

#: How each activation is written, as a function, a method or a layer.
WRITTEN = {
    "softmax": frozenset({"softmax", "Softmax", "Softmax2d"}),
    "log-softmax": frozenset({"log_softmax", "LogSoftmax"}),
    "sigmoid": frozenset({"sigmoid", "Sigmoid", "expit"}),
    "log-sigmoid": frozenset({"logsigmoid", "LogSigmoid"}),
}

#: The layer of each function that an activation may become.
LAYERS = {
    "log_softmax": "torch.nn.LogSoftmax",
    "softmax": "torch.nn.Softmax",
    "sigmoid": "torch.nn.Sigmoid",
}


def is_layer(names: Names, node: cst.BaseExpression) -> bool:
    """Whether a module of torch is made here: `nn.Softmax(dim=1)`."""
    return isinstance(node, cst.Call) and lookup.layer(names.qualified(node.func)) is not None


def look_at(names: Names, call: cst.Call, what: str) -> None:
    """Raises NoFix for a call that is not the activation that is meant, but something that comes to the same."""
    last = names.qualified(call.func).rpartition(".")[2]
    if not last and isinstance(call.func, cst.Attribute):
        last = call.func.attr.value
    if not last and isinstance(call.func, cst.Call):
        last = names.qualified(call.func.func).rpartition(".")[2]
    if last not in WRITTEN[what]:
        raise NoFix(f"the {what} is not written as one")


def among_others(syntax: Syntax, names: Names, layer: cst.Call) -> list[Edit] | None:
    """The edits that take a layer out of the Sequential or the list that it is the last one of; None for a layer that
    stands by itself. Raises NoFix for one in another place."""
    arg = syntax.parent(layer)
    if isinstance(arg, (cst.Assign, cst.AnnAssign)) or (isinstance(arg, cst.Call) and arg.func is layer):
        return None
    holder = syntax.parent(arg) if arg is not None else None
    if isinstance(arg, cst.Element) and isinstance(holder, cst.List):
        return _without_last(syntax, holder.elements, arg)
    if not isinstance(arg, cst.Arg) or not isinstance(holder, cst.Call):
        raise NoFix("the layer is a part of something that is not taken apart")
    if names.qualified(holder.func) == "torch.nn.Sequential":
        if any(each.star for each in holder.args):
            raise NoFix("the layer is not the last one")
        return _without_last(syntax, holder.args, arg)
    if isinstance(holder.func, cst.Attribute) and holder.func.attr.value == "append" and len(holder.args) == 1:
        if not _may_go(syntax, syntax.parent(holder) or holder):
            raise NoFix("the layer is added in a row that holds more than that, or by itself")
        return [_without_row(syntax, holder)]
    raise NoFix("the layer is given to something else than a Sequential")


def _without_row(syntax: Syntax, node: cst.CSTNode) -> Edit:
    """The edit that takes away the rows that a node stands in."""
    row, _, end_row, _ = syntax.range(node)
    return syntax.edit((row, 1, end_row + 1, 1), "")


def _may_go(syntax: Syntax, statement: cst.CSTNode) -> bool:
    """Whether a statement has its row for itself, without a comment, and is not all that its block holds."""
    line = syntax.parent(statement)
    block = syntax.parent(line) if line is not None else None
    return (
        isinstance(line, cst.SimpleStatementLine)
        and len(line.body) == 1
        and line.trailing_whitespace.comment is None
        and isinstance(block, (cst.IndentedBlock, cst.Module))
        and len(block.body) > 1
    )


def _without_last(
    syntax: Syntax, listed: Sequence[cst.Arg | cst.BaseElement], last: cst.Arg | cst.Element
) -> list[Edit]:
    """The edits that take the last one out: with its rows, where it has them for itself."""
    if listed[-1] is not last:
        raise NoFix("the layer is not the last one")
    if len(listed) < 2:
        raise NoFix("nothing would be left of the Sequential")
    row, column, end_row, end_column = syntax.whole(last.value)
    if isinstance(last.comma, cst.Comma):
        _, _, end_row, end_column = syntax.range(last.comma)
    _, _, before_row, before_column = syntax.whole(listed[-2].value)
    alone = (
        before_row < row
        and not syntax.rows[row - 1][: column - 1].strip()
        and not syntax.rows[end_row - 1][end_column - 1 :].strip()
    )
    if alone:
        return [syntax.edit((row, 1, end_row + 1, 1), "")]
    where = before_row, before_column, *syntax.whole(last.value)[2:]
    if syntax.has_comment(where):
        raise NoFix("a comment stands in what would be taken away")
    return [syntax.edit(where, "")]


def given(names: Names, call: cst.Call, is_layer_call: bool) -> cst.BaseExpression:
    """What an activation that is applied here is applied to. Raises NoFix when that cannot be told."""
    if any(arg.keyword is not None and arg.keyword.value not in (*SETTINGS, "input") for arg in call.args):
        raise NoFix("the activation does more than that")
    named = keyword(call, "input")
    listed = positional(call)
    if not names.qualified(call.func) and not is_layer_call:
        if not isinstance(call.func, cst.Attribute) or named is not None or len(listed) > 1:
            raise NoFix("the activation is not written as expected")
        if names.is_unbound(call.func.value):
            raise NoFix("what the activation belongs to is not known")
        return call.func.value
    if named is not None and not listed:
        return named.value
    if named is not None or not listed or len(listed) > (1 if is_layer_call else 2):
        raise NoFix("the activation is not written as expected")
    return listed[0].value


#: What stands in the name of a function that is there to give probabilities.
PROMISES = ("prob", "predict", "confidence")


def look_around(syntax: Syntax, call: cst.Call) -> None:
    """Raises NoFix for an activation that others want as it is: in a function that goes by the name of what it makes,
    or where a model is not in training."""
    function = syntax.function(call)
    if function is not None and any(word in function.name.value.lower() for word in PROMISES):
        raise NoFix(f"`{function.name.value}` is there to give it: take the scores that it is applied to for the loss")
    for node in syntax.around(call):
        if isinstance(node, (cst.If, cst.IfExp)) and "training" in syntax.code(node.test):
            raise NoFix("the activation is there for use outside of training: take the scores for the loss")


def taken_away(syntax: Syntax, names: Names, call: cst.Call, *, is_layer_call: bool = False) -> list[Edit]:
    """The edits that leave of an activation what it is applied to: of `x = F.softmax(x, 1)`, nothing."""
    look_around(syntax, call)
    inner = given(names, call, is_layer_call)
    row = _of_no_use(syntax, call, inner)
    return [row] if row is not None else syntax.instead(call, inner)


def _of_no_use(syntax: Syntax, call: cst.Call, inner: cst.BaseExpression) -> Edit | None:
    """The edit that takes a row away that would say `x = x`."""
    assignment = syntax.parent(call)
    if not isinstance(assignment, cst.Assign) or len(assignment.targets) != 1:
        return None
    if dotted(assignment.targets[0].target) != dotted(inner) or not dotted(inner):
        return None
    return _without_row(syntax, assignment) if _may_go(syntax, assignment) else None


def made_another(syntax: Syntax, names: Names, call: cst.Call, written: str) -> list[Edit]:
    """The edits that make an activation, or the layer of one, another: `F.softmax` becomes `F.log_softmax`. `written`
    is its name, and behind a `;` what becomes of the dimension."""
    look_around(syntax, call)
    instead, _, dim = written.partition(";")
    layer = is_layer(names, call)
    inner = None if layer else given(names, call, is_layer_call=False)
    edits = _dimension(syntax, call, inner, dim) if dim else []
    if layer:
        place: tuple[str, ...] = (LAYERS[instead],)
    elif not names.qualified(call.func) and isinstance(call.func, cst.Attribute):
        if call.func.attr.value != instead:
            edits.append(syntax.edit(syntax.range(call.func.attr), instead))
        return edits
    else:
        place = PLACES[instead]
    return edits if names.qualified(call.func) in place else [*edits, *names.renamed(call.func, place)]


def _dimension(syntax: Syntax, call: cst.Call, inner: cst.BaseExpression | None, wanted: str) -> list[Edit]:
    """The edits that write the dimension of an activation anew (`dim=1`), or take it away (`dim`)."""
    listed = [
        arg for arg in call.args if arg.value is not inner and (arg.keyword is None or arg.keyword.value != "input")
    ]
    if any(arg.keyword is not None and arg.keyword.value not in ("dim", "axis") for arg in listed) or len(listed) > 1:
        raise NoFix("the activation does more than that")
    _, _, value = wanted.partition("=")
    if not listed:
        return [appended(syntax, call, wanted)] if value else []
    if not value:
        return [syntax.edit(with_comma(syntax, call, listed[0]), "")]
    now = written_number(listed[0].value)
    if now is None or now % 2 == int(value) % 2:  # the values are a matrix where the loss takes them
        raise NoFix("which dimension it runs over there is not known")
    return [syntax.edit(syntax.whole(listed[0].value), value)]


def written_number(node: cst.BaseExpression) -> int | None:
    """An integer that is written out, with its sign."""
    if isinstance(node, cst.UnaryOperation) and isinstance(node.operator, cst.Minus):
        number = written_number(node.expression)
        return None if number is None else -number
    return node.evaluated_value if isinstance(node, cst.Integer) else None
