"""Hand-written expressions in their stable form: `log(softmax(x))`, `log(sigmoid(x))`, `log(sum(exp(x)))` and
`log(1 + exp(x))`."""

from __future__ import annotations

import libcst as cst

from losslint.fixes.edits import Edit
from losslint.fixes.names import PLACES, Names, applied_to
from losslint.fixes.syntax import NoFix, Syntax, is_atom, keyword
from losslint.fixes.variables import bound_to, reads, stays

#: Methods that only pick or reshape what they are called on: the logarithm may as well be taken before them.
PICKING = frozenset({"gather", "squeeze", "unsqueeze", "view", "reshape", "flatten", "index_select", "permute", "t"})

NOT_THE_FORM = "what the logarithm is taken of is not written inside it"


def stable(syntax: Syntax, names: Names, call: cst.Call, form: str) -> list[Edit]:
    """The edits that write a logarithm in one of the stable forms. Raises NoFix when it is not written as expected."""
    inner = applied_to(names, call, "log", "log1p")
    if inner is None or len(call.args) > 1:
        raise NoFix(NOT_THE_FORM)
    if form in ("log_softmax", "logsigmoid"):
        subtracted = from_one(inner)
        name = subtracted or inner
        if isinstance(name, cst.Name):
            return _of_variable(syntax, names, call, name, subtracted is not None)
    if form == "log_softmax":
        return _log_softmax(syntax, names, call, inner)
    if form == "logsigmoid":
        return _log_sigmoid(syntax, names, call, inner)
    if form == "logsumexp":
        return _log_sum_exp(syntax, names, call, inner)
    return _softplus(syntax, names, call, inner)


def _log_softmax(syntax: Syntax, names: Names, call: cst.Call, inner: cst.BaseExpression) -> list[Edit]:
    """`torch.log(F.softmax(x, 1)[i, y])` is `F.log_softmax(x, 1)[i, y]`."""
    softmax = inner
    while not _is_softmax(names, softmax):
        if isinstance(softmax, cst.Subscript):
            softmax = softmax.value
        elif (
            isinstance(softmax, cst.Call)
            and isinstance(softmax.func, cst.Attribute)
            and softmax.func.attr.value in PICKING
            and not names.qualified(softmax.func)
        ):
            softmax = softmax.func.value
        else:
            raise NoFix(NOT_THE_FORM)
    assert isinstance(softmax, cst.Call)
    return [*syntax.instead(call, inner), *_log_of(syntax, names, softmax)]


def _is_softmax(names: Names, node: cst.BaseExpression) -> bool:
    if not isinstance(node, cst.Call):
        return False
    qualified = names.qualified(node.func)
    if qualified:
        return qualified in ("torch.softmax", "torch.nn.functional.softmax", "torch.special.softmax")
    if isinstance(node.func, cst.Attribute):
        return node.func.attr.value == "softmax" and bool(node.args)
    return isinstance(node.func, cst.Call) and names.qualified(node.func.func) == "torch.nn.Softmax"


def _log_of(syntax: Syntax, names: Names, softmax: cst.Call) -> list[Edit]:
    """The edits that make a softmax its logarithm."""
    if isinstance(softmax.func, cst.Call):
        return names.renamed(softmax.func.func, ("torch.nn.LogSoftmax",))
    if not names.qualified(softmax.func) and isinstance(softmax.func, cst.Attribute):
        return [syntax.edit(syntax.range(softmax.func.attr), "log_softmax")]
    return names.renamed(softmax.func, PLACES["log_softmax"])


def _log_sigmoid(syntax: Syntax, names: Names, call: cst.Call, inner: cst.BaseExpression) -> list[Edit]:
    """`torch.log(torch.sigmoid(x))` is `F.logsigmoid(x)`, `torch.log(1 - torch.sigmoid(x))` is `F.logsigmoid(-x)`."""
    subtracted = from_one(inner)
    inner = subtracted or inner
    score = applied_to(names, inner, "sigmoid")
    if score is None and isinstance(inner, cst.Call) and isinstance(inner.func, cst.Call) and len(inner.args) == 1:
        if names.qualified(inner.func.func) == "torch.nn.Sigmoid":
            score = inner.args[0].value
    if score is None:
        raise NoFix(NOT_THE_FORM)
    return _called(syntax, names, call, score, "logsigmoid", subtracted is not None)


def _of_variable(syntax: Syntax, names: Names, call: cst.Call, name: cst.Name, negated: bool) -> list[Edit]:
    """`p = F.softmax(x, 1); … torch.log(p)`: the variable holds the logarithm if nobody else reads it, or else the
    logarithm is computed from what the softmax was given."""
    made = bound_to(syntax, name)
    softmax = _is_softmax(names, made)
    score = applied_to(names, made, "sigmoid") if not softmax else None
    if not softmax and score is None:
        raise NoFix(NOT_THE_FORM)
    if softmax:
        if negated or isinstance(made.func, cst.Call):
            raise NoFix(NOT_THE_FORM)
        if len(reads(syntax, name)) == 1:
            return [*_log_of(syntax, names, made), *_renamed(syntax, made, call, name)]
        is_method = not names.qualified(made.func) and isinstance(made.func, cst.Attribute)
        parts = [arg.value for arg in made.args]
        if is_method and isinstance(made.func, cst.Attribute):
            parts.append(made.func.value)
        if not all(stays(syntax, part, made) for part in parts):
            raise NoFix("what the softmax was given is not there any more, or would be computed twice")
        written = syntax.code(made)
        start = syntax.range(made)
        for edit in _log_of(syntax, names, made):
            if (edit.row, edit.column) >= start[:2] and (edit.end_row, edit.end_column) <= start[2:]:
                if edit.row != start[0]:
                    raise NoFix(NOT_THE_FORM)
                first, last = edit.column - start[1], edit.end_column - start[1]
                written = written[:first] + edit.content + written[last:]
            else:
                raise NoFix(NOT_THE_FORM)
        _without_comments(syntax, call)
        return [syntax.edit(syntax.range(call), written)]
    assert score is not None
    if len(reads(syntax, name)) == 1 and not negated:
        return [*_called(syntax, names, made, score, "logsigmoid", False), *_renamed(syntax, made, call, name)]
    if not stays(syntax, score, made):
        raise NoFix("what the sigmoid was given is not there any more, or would be computed twice")
    return _called_elsewhere(syntax, names, call, score, negated)


def _renamed(syntax: Syntax, made: cst.Call, call: cst.Call, name: cst.Name) -> list[Edit]:
    """The edits that leave of a logarithm its variable, which says from now on that it holds one."""
    instead = f"log_{name.value}"
    assignment = syntax.parent(made)
    whole: cst.CSTNode = syntax.function(name) or syntax.module
    is_taken = any(isinstance(part, cst.Name) and part.value == instead for part in syntax.within(whole))
    if name.value.startswith("log") or is_taken or not isinstance(assignment, cst.Assign):
        return syntax.instead(call, name)
    target = assignment.targets[0].target
    return [syntax.edit(syntax.range(target), instead), syntax.edit(syntax.range(call), instead)]


def _called_elsewhere(
    syntax: Syntax, names: Names, call: cst.Call, score: cst.BaseExpression, negated: bool
) -> list[Edit]:
    written, edits = names.spelled(PLACES["logsigmoid"], call)
    _without_comments(syntax, call)
    sign = "-" if negated else ""
    return [syntax.edit(syntax.range(call), f"{written}({sign}{syntax.code(score)})"), *edits]


def _softplus(syntax: Syntax, names: Names, call: cst.Call, inner: cst.BaseExpression) -> list[Edit]:
    """`torch.log(1 + torch.exp(x))` and `torch.log1p(torch.exp(x))` are `F.softplus(x)`."""
    if isinstance(inner, cst.BinaryOperation) and isinstance(inner.operator, cst.Add):
        if _is_one(inner.left):
            inner = inner.right
        elif _is_one(inner.right):
            inner = inner.left
        else:
            raise NoFix(NOT_THE_FORM)
    elif applied_to(names, call, "log1p") is None:
        raise NoFix(NOT_THE_FORM)
    score = applied_to(names, inner, "exp")
    if score is None:
        raise NoFix(NOT_THE_FORM)
    return _called(syntax, names, call, score, "softplus", False)


def _log_sum_exp(syntax: Syntax, names: Names, call: cst.Call, inner: cst.BaseExpression) -> list[Edit]:
    """`torch.log(torch.sum(torch.exp(x), dim=1))` and `x.exp().sum(1).log()` are `torch.logsumexp(x, dim=1)`."""
    summed = applied_to(names, inner, "sum")
    exponential = applied_to(names, summed, "exp") if summed is not None else None
    if exponential is None or not isinstance(inner, cst.Call):
        raise NoFix(NOT_THE_FORM)
    is_function = summed is not (inner.func.value if isinstance(inner.func, cst.Attribute) else None)
    settings = inner.args[1:] if is_function else inner.args
    if any(arg.star for arg in settings) or keyword(inner, "dtype") is not None:
        raise NoFix(NOT_THE_FORM)
    written, edits = names.spelled(PLACES["logsumexp"], call)
    score = syntax.code(exponential)
    if not settings:
        flat = f"{score if is_atom(exponential) else f'({score})'}.flatten()"
        said = f"{flat}, dim=0"
    else:
        listed = [
            f"{'dim' if arg.keyword.value == 'axis' else arg.keyword.value}={syntax.code(arg.value)}"
            if arg.keyword is not None
            else syntax.code(arg.value)
            for arg in settings
        ]
        said = ", ".join([score, *listed])
    _without_comments(syntax, call)
    return [syntax.edit(syntax.range(call), f"{written}({said})"), *edits]


def _called(
    syntax: Syntax, names: Names, call: cst.Call, score: cst.BaseExpression, function: str, negated: bool
) -> list[Edit]:
    """The edits that leave a function of torch around a score."""
    written, edits = names.spelled(PLACES[function], call)
    code = _bare(syntax, score)
    if negated:
        if isinstance(score, cst.UnaryOperation) and isinstance(score.operator, cst.Minus) and not score.lpar:
            code = _bare(syntax, score.expression)
        else:
            code = f"-{syntax.code(score)}" if is_atom(score) else f"-({code})"
    _without_comments(syntax, call, score)
    return [syntax.edit(syntax.range(call), f"{written}({code})"), *edits]


def _bare(syntax: Syntax, node: cst.BaseExpression) -> str:
    """An expression as the only argument of a call: the parentheses of the call are enough."""
    if isinstance(node, (cst.Tuple, cst.NamedExpr, cst.Yield, cst.GeneratorExp)):
        return syntax.code(node)
    return syntax.text(syntax.range(node))


def _without_comments(syntax: Syntax, call: cst.Call, kept: cst.BaseExpression | None = None) -> None:
    if syntax.has_comment(syntax.range(call)) and not (kept is not None and syntax.has_comment(syntax.whole(kept))):
        raise NoFix("a comment stands in what would be written anew")


def from_one(node: cst.BaseExpression) -> cst.BaseExpression | None:
    """`x` of `1 - x`."""
    if isinstance(node, cst.BinaryOperation) and isinstance(node.operator, cst.Subtract) and _is_one(node.left):
        return node.right
    return None


def _is_one(node: cst.BaseExpression) -> bool:
    return isinstance(node, (cst.Integer, cst.Float)) and node.evaluated_value == 1
