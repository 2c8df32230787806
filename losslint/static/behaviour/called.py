"""What something is taken for by its name, where nothing else is known of it: a temperature, a mask, a device."""

from __future__ import annotations

import re
from collections.abc import Iterator

from losslint.static.evaluation.values import Lazy, MethodV, TensorV, UnknownV, Value
from losslint.static.lowering import forms as f
from losslint.vocabulary.kinds import Kind

#: What a temperature is called.
_TEMPERATURE = re.compile(r"(?i)t|kd_?t|(?:\w*_)?(?:temp|temperature|tau)(?:_\w*)?\d?")

#: What a mask is called.
MASK = re.compile(r"(?i)(?:^|_)masks?$")

#: The same where its name says besides what it leaves out: `mask_cls`.
_SOME_MASK = re.compile(
    r"(?i)(?:^|_)masks?(?:$|_(?!prob|logit|score|pred|out|feat|head|token"
    r"|scale|temp|weight|ratio|coef|alpha|beta|gamma|lambda|factor|std|value|dim|size))"
)

#: What goes by the name of a device, or of a process that has one.
_DEVICE = re.compile(r"(?i)dev(?!el)|cuda|accelerator|placement|(?:^|_)(?:[gcxnth]pu|ctx|rank|mps|d|where)(?:_|s?$)")

#: Methods that leave a mask one.
_STILL_A_MASK = frozenset(
    {
        "bool", "byte", "clone", "contiguous", "cpu", "cuda", "detach", "double", "expand", "expand_as", "flatten",
        "float", "half", "int", "long", "permute", "repeat", "reshape", "squeeze", "t", "to", "transpose", "type",
        "type_as", "unsqueeze", "view", "view_as",
    }
)  # fmt: skip


def is_temperature(form: f.Form, value: Value) -> bool:
    """Whether something that is not known is a number that scores are divided by, by what it is called: `args.T`."""
    if not isinstance(value, UnknownV) or (value.tensor is not None and value.tensor.rank != 0):
        return False
    name = form.name if isinstance(form, (f.Named, f.Attr, f.Param, f.Global)) else ""
    if isinstance(form, f.Item) and isinstance(key := f.bare(form.key), f.Const) and isinstance(key.value, str):
        name = key.value
    return _TEMPERATURE.fullmatch(name) is not None


def is_mask(form: f.Form, value: Value) -> bool:
    """Whether a factor that is not known sets some elements to 0 and leaves the others, by what it is called:
    `batch["mask"].float()`, `(1 - padding_mask)[:, None]`."""
    if isinstance(value, TensorV):
        unknown = value.meaning.kind is Kind.UNKNOWN and value.meaning.factor is None
    else:
        unknown = isinstance(value, UnknownV)
    return unknown and any(_SOME_MASK.search(name) is not None for name in _names(form))


def is_device(lazy: Lazy, value: Value) -> bool:
    """Whether what `.to(x)` is given, of which nothing is known, goes by the name of a device. It may be a dtype as
    well, or a tensor, whose dtype the result takes."""
    if isinstance(value, MethodV) or lazy.form is None:
        return False
    form = lazy.form
    while isinstance(form, f.Named):
        if _DEVICE.search(form.name) is not None:
            return True
        form = form.form
    if isinstance(form, f.Call):
        return _DEVICE.search(form.callee_name) is not None
    if isinstance(form, f.Item) and isinstance(form.key, f.Const) and isinstance(form.key.value, str):
        return _DEVICE.search(form.key.value) is not None
    return _DEVICE.search(f.last_name(form)) is not None


def _names(form: f.Form) -> Iterator[str]:
    """The names that a mask goes by, before it was cast, moved, given another shape, or taken from 1."""
    while True:
        if isinstance(form, f.Named):
            yield form.name
            form = form.form
        elif isinstance(form, f.Call) and isinstance(form.function, f.Attr) and form.function.name in _STILL_A_MASK:
            form = form.function.base
        elif isinstance(form, f.Binary) and form.operator == "-" and isinstance(f.bare(form.left), f.Const):
            form = form.right
        elif isinstance(form, f.Item):
            key = f.bare(form.key)
            if isinstance(key, f.Const) and isinstance(key.value, str):
                yield key.value
                return
            form = form.base
        else:
            if isinstance(form, (f.Param, f.Attr, f.Global)):
                yield f.last_name(form)
            return
