"""Losses that are multiplied by the number of classes, of which what "mean" divided by them is whole again, or by the
number of samples."""

from __future__ import annotations

import re
from collections.abc import Iterator

from losslint.static.lowering import forms as f
from losslint.static.lowering.forms import bare
from losslint.static.signs.patterns import CLASS_DIMENSIONS, factors

#: Names of the number of classes, as `num_classes`, `n_cls`, `nc_per_task` and `vocab_size` are.
_CLASS_COUNT = re.compile(r"(?i)class|(?:^|_)(?:cls|nc|vocab)(?:_|$)")

#: Names of the number of samples, as `batch_size` and `bs` are.
_BATCH_SIZE = re.compile(r"(?i)^(?:cur_?|this_?)?batch_?size$|^bsz?$")

#: Methods that give the number of elements of a tensor.
_COUNTING = frozenset({"numel", "nelement"})

#: Losses that are looked for behind a name that was bound in several places.
_MOST_NAMES = 16


def by_the_class_count(graph: f.Graph, call: f.Call, given: f.Form) -> f.Form | None:
    """The product of a loss, by itself or with other factors, with the number of classes of what it is given, or with
    that of all its elements: `* x.numel() / x.size(0)`."""
    cuts = {f.written(bare(width)) for width in _widths(given)}
    for product, parts in _products(graph, call):
        if any(_is_class_count(part, cuts) or _is_element_count(part) for part in parts):
            return product
    return None


def by_the_batch_size(graph: f.Graph, call: f.Call) -> f.Form | None:
    """The product of a loss, by itself or with other factors, with the number of samples."""
    for product, parts in _products(graph, call):
        if any(_is_batch_size(part) for part in parts):
            return product
    return None


def _products(graph: f.Graph, call: f.Call) -> Iterator[tuple[f.Form, list[f.Form]]]:
    """The products that a call is a factor of, each with all of its factors."""
    for form in graph.arithmetic:
        if form.operator == "*":
            parts = [bare(part) for part in factors(form)]
            if call in parts:
                yield form, parts


def _is_element_count(form: f.Form) -> bool:
    """`x.numel()` and `x.numel() / x.size(0)`, which is the number of classes of a matrix."""
    if isinstance(form, f.Binary) and form.operator in ("/", "//"):
        form = bare(form.left)
    return isinstance(form, f.Call) and form.callee_name in _COUNTING


def _is_batch_size(form: f.Form) -> bool:
    if _is_size(form, (0,)):
        return True
    if isinstance(form, f.Call):
        return form.callee_name == "len" and len(form.arguments) == 1
    return isinstance(form, (f.Param, f.Global, f.Attr)) and _BATCH_SIZE.search(form.name) is not None


def _is_size(form: f.Form, dims: tuple[int, ...]) -> bool:
    """`x.shape[1]` and `x.size(1)`, for some dimensions."""
    if isinstance(form, f.Item):
        sizes, dim = bare(form.base), bare(form.key)
        is_size = isinstance(sizes, f.Attr) and sizes.name == "shape"
        return is_size and isinstance(dim, f.Const) and dim.value in dims
    if isinstance(form, f.Call) and form.callee_name == "size" and len(form.arguments) == 1:
        dim = bare(form.arguments[0].form)
        return isinstance(dim, f.Const) and dim.value in dims
    return False


def _is_class_count(form: f.Form, cuts: set[str]) -> bool:
    if _is_size(form, CLASS_DIMENSIONS):
        return True
    written = f.written(form)
    if not written:
        return False
    return written in cuts or (
        isinstance(form, (f.Param, f.Global, f.Attr)) and _CLASS_COUNT.search(form.name) is not None
    )


def _widths(form: f.Form) -> Iterator[f.Form]:
    """How many classes are cut out on the way to what a loss is given: `n` of `log_softmax(x[:, :n] / T, dim=1)`."""
    pending = [form]
    for _ in range(_MOST_NAMES):
        if not pending:
            return
        here = bare(pending.pop())
        if isinstance(here, f.Item):
            key = bare(here.key)
            cut = bare(key.elements[-1]) if isinstance(key, f.Sequence) and key.elements else key
            if isinstance(cut, f.Slice) and cut.upper is not None:
                yield cut.upper
            pending.append(here.base)
        elif isinstance(here, f.Binary):
            pending.append(here.left)
        elif isinstance(here, f.Call):
            pending += [argument.form for argument in here.arguments[:1]]
            if isinstance(here.function, f.Attr):
                pending.append(here.function.base)
