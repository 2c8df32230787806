"""Exchanging the weights of two products that are added up: `a * y + (1 - a) * (1 - y)`."""

from __future__ import annotations

import libcst as cst

from losslint.fixes.edits import Edit
from losslint.fixes.stable import from_one
from losslint.fixes.syntax import NoFix, Syntax


def exchanged(syntax: Syntax, total: cst.CSTNode | None) -> list[Edit]:
    """The edits by which the weights of a label and of its complement change places. Raises NoFix when the sum is not
    written so. Where the weights are each other's complement too, it does not matter which pair is taken."""
    if isinstance(total, cst.BinaryOperation) and isinstance(total.operator, cst.Add):
        one, other = _factors(total.left), _factors(total.right)
        for place in (1, 0):
            for other_place in (1, 0):
                if one and other and _complementary(syntax, one[place], other[other_place]):
                    weight, other_weight = one[1 - place], other[1 - other_place]
                    return [
                        syntax.edit(syntax.whole(weight), syntax.code(other_weight)),
                        syntax.edit(syntax.whole(other_weight), syntax.code(weight)),
                    ]
    raise NoFix("the sum is not written as expected")


def _factors(node: cst.BaseExpression) -> tuple[cst.BaseExpression, cst.BaseExpression] | None:
    if isinstance(node, cst.BinaryOperation) and isinstance(node.operator, cst.Multiply):
        return node.left, node.right
    return None


def _complementary(syntax: Syntax, one: cst.BaseExpression, other: cst.BaseExpression) -> bool:
    """Whether one of two expressions is written as 1 minus the other."""
    return any(
        inner is not None and syntax.text(syntax.range(inner)) == syntax.text(syntax.range(plain))
        for inner, plain in ((from_one(one), other), (from_one(other), one))
    )
