"""Similarities of a batch with itself, as contrastive losses written by hand take them by mistake: `z @ z.T`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from losslint.static.behaviour.tensors import meaning_of
from losslint.static.evaluation.frames import Frame
from losslint.static.evaluation.meeting import same_form
from losslint.static.lowering import forms as f
from losslint.static.lowering.forms import bare
from losslint.static.signs.overlaps import flat
from losslint.static.signs.patterns import number
from losslint.static.signs.unchanged import CUT, IN_ORDER, MOVED, before

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

#: Functions that push apart what they are given, and say so; and things of which there is one for each class, to be
#: pushed apart.
APART = re.compile(r"(?i)orth|uniform|repel|repuls|divers|decorrel|apart|spread")
PROTOTYPES = re.compile(r"(?i)proto|cent(?:er|re|roid)|means?$|anchor|codebook|weight")

#: Names of the transpose of a matrix, as a method or an attribute.
TRANSPOSED = frozenset({"T", "mT", "t", "transpose", "permute"})

#: Functions that multiply two matrices.
PRODUCTS = frozenset({"matmul", "mm", "inner"})

#: Functions whose result depends on nothing but what they are given.
_NORMALISING = frozenset({"normalize", "l2_normalize", "l2norm"})

#: How what a layer holds begins to say what it is: `embedding.weight`.
_WEIGHT = "the weight of "

#: An equation of `einsum` that multiplies each row of one matrix with each row of another.
_ROW_BY_ROW = re.compile(r"^(\w)(\w),(\w)\2->\1\3$")


def product(graph: f.Graph, given: f.Form) -> f.Form | None:
    """The similarities of a tensor with itself, maybe scaled, with a diagonal that nothing was done to, where nobody
    says that pushing apart is all that is wanted."""
    if APART.search(graph.unit.name):
        return None
    form = before(given, IN_ORDER)
    while isinstance(form, f.Binary) and form.operator in ("/", "*"):
        form = before(form.left, IN_ORDER)
    sides = _sides(form)
    if sides is None or PROTOTYPES.search(f.last_name(sides[0])) or not _are_the_same(*sides):
        return None
    changed = any(
        call.callee_name.endswith("_")
        and isinstance(call.function, f.Attr)
        and before(call.function.base, IN_ORDER) is form
        for call in graph.calls
    )
    return None if changed else form


def is_of_parameters(ev: Evaluator, form: f.Form, frame: Frame) -> bool:
    """Whether what is compared with itself is a parameter of a module, whose rows are no samples: of centres, or of
    factors, there is one view, and to push them apart is all that such a loss is for."""
    sides = _sides(form)
    if sides is None:
        return False
    rows = before(sides[0], MOVED | CUT)
    while True:
        if isinstance(rows, f.Binary) and rows.operator == "/":
            rows = before(rows.left, MOVED | CUT)
        elif isinstance(rows, f.Call) and rows.callee_name in _NORMALISING and rows.arguments:
            rows = before(rows.arguments[0].form, MOVED | CUT)
        else:
            break
    meaning = meaning_of(ev.force(rows, frame))
    return meaning.is_parameter or meaning.made_by.startswith(_WEIGHT)


def _sides(form: f.Form) -> tuple[f.Form, f.Form] | None:
    """What is multiplied with what, each row with each row."""
    sides = _by_operator(form)
    if sides is None and isinstance(form, f.Call):
        sides = _by_product(form) or _by_equation(form) or _by_cosine(form)
    return sides


def _are_the_same(one: f.Form, other: f.Form) -> bool:
    """Whether two forms are one tensor, or one that was normalised twice in the same way."""
    left, right = flat(one), flat(other)
    if left is right:
        return True
    if not isinstance(left, f.Call) or not isinstance(right, f.Call) or left.callee_name not in _NORMALISING:
        return False
    if (
        not left.arguments
        or len(left.arguments) != len(right.arguments)
        or not same_form(left.function, right.function)
    ):
        return False
    if any(each.star for each in (*left.arguments, *right.arguments)):
        return False
    (first, *rest), (second, *others) = left.arguments, right.arguments
    settings = all(a.keyword == b.keyword and same_form(a.form, b.form) for a, b in zip(rest, others, strict=True))
    return settings and same_form(first.form, second.form)


def _by_operator(form: f.Form) -> tuple[f.Form, f.Form] | None:
    """`z @ z.T`"""
    if isinstance(form, f.Binary) and form.operator == "@":
        return _untransposed(form.left, form.right)
    return None


def _by_product(form: f.Call) -> tuple[f.Form, f.Form] | None:
    """`torch.matmul(z, z.t())`, `z.mm(z.t())`"""
    if form.callee_name not in PRODUCTS or not isinstance(form.function, f.Attr):
        return None
    plain = _plain(form)
    if len(plain) == 2:
        return _untransposed(plain[0], plain[1])
    return _untransposed(form.function.base, plain[0]) if len(plain) == 1 else None


def _untransposed(left: f.Form, right: f.Form) -> tuple[f.Form, f.Form] | None:
    other = bare(right)
    if isinstance(other, f.Call) and isinstance(other.function, f.Attr):
        other = other.function
    return (left, other.base) if isinstance(other, f.Attr) and other.name in TRANSPOSED else None


def _by_equation(form: f.Call) -> tuple[f.Form, f.Form] | None:
    """`torch.einsum("id,jd->ij", z, z)`"""
    plain = _plain(form)
    if form.callee_name != "einsum" or len(plain) != 3:
        return None
    equation = bare(plain[0])
    if not isinstance(equation, f.Const) or not isinstance(equation.value, str):
        return None
    return (plain[1], plain[2]) if _ROW_BY_ROW.match(equation.value.replace(" ", "")) else None


def _by_cosine(form: f.Call) -> tuple[f.Form, f.Form] | None:
    """`F.cosine_similarity(z.unsqueeze(1), z.unsqueeze(0), dim=-1)`, also with `z[:, None]` and `z[None]`"""
    plain = _plain(form)
    if form.callee_name != "cosine_similarity" or len(plain) < 2:
        return None
    (one, first), (other, second) = _expanded(plain[0]), _expanded(plain[1])
    return (one, other) if {first, second} == {0, 1} else None


def _expanded(form: f.Form) -> tuple[f.Form, int | None]:
    """What was given another dimension, and where: in front, or behind the first."""
    form = bare(form)
    if isinstance(form, f.Call) and form.callee_name == "unsqueeze" and isinstance(form.function, f.Attr):
        given = [argument.form for argument in form.arguments]
        place = number(given[-1]) if given else None
        base = form.function.base if len(given) == 1 else given[0] if given else form
        return base, int(place) if place in (0, 1) else None
    if isinstance(form, f.Item):
        key = bare(form.key)
        parts = [bare(part) for part in key.elements] if isinstance(key, f.Sequence) else [key]
        added = [isinstance(part, f.Const) and part.value is None for part in parts]
        if added.count(True) == 1 and all(isinstance(part, f.Slice) for part in parts if not isinstance(part, f.Const)):
            return form.base, added.index(True)
    return form, None


def _plain(form: f.Call) -> list[f.Form]:
    return [argument.form for argument in form.arguments if not argument.keyword and not argument.star]
