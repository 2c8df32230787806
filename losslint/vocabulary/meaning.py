"""What is known of one tensor: its kind, dtype, shape, bounds, gradient and how it came about."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace
from typing import Any

from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.places import Trail
from losslint.vocabulary.shapes import Shape, Size

FLOATS = frozenset({"float", "float16", "bfloat16", "float32", "float64"})
INTEGERS = frozenset({"int", "uint8", "int8", "int16", "int32", "int64"})


#: What made the values that a recurrent layer ends in: they lie between -1 and 1, and are meant as features.
HIDDEN = "a recurrent layer"

#: What made a parameter that is not trained.
FIXED = "a fixed Parameter"

#: What made the complements of a distribution: they lie between 0 and 1, and add up to one less than there are classes.
COMPLEMENT = "1 - softmax"

#: What made a power of such complements, and what made log-probabilities weighted by one: a focal loss picks of those.
FOCAL_WEIGHT = "a power of 1 - softmax"
FOCAL = "log-probabilities times a power of 1 - softmax"

#: What made the difference of two outputs of sigmoids: it lies between -1 and 1.
DIFFERENCE = "a difference of sigmoids"

#: What made of raw scores what a ReLU leaves of them: all below 0, or more, is cut off.
CUT_SCORES = "clamp of raw scores"

#: What is written over elements that must not be chosen: so much, or less.
MASKED_OUT = -1e3


@dataclass(frozen=True, slots=True)
class Meaning:
    """Everything that an observer knows of a tensor when it reaches a loss.

    `dtype` is torch's name without `torch.` (`"int64"`), `"float"` or `"int"` when only the family is known, or None.
    `dim` is the dimension along which a softmax or a normalisation ran. `made_by` names the operation that gave the
    kind, as a reader would write it (`"nn.Softmax"`). `identity` is equal for two meanings only when they are the same
    tensor. `detached_by` names what cut the gradient, or is None while it flows as far as is known. `factor` is a known
    constant that the values were multiplied by after they were made. `source` is what the softmax, sigmoid, tanh or
    logarithm that gave the kind was applied to, or the output of a model that was rounded or compared with a number.
    `scores` is equal for what sigmoids of the same scores give, element by element
    (`contracts/transfer/complements.py`); a sigmoid, or the logarithm of one, has a `dim` where it and its complement
    were put together along that: where its size there is 2, both add up to 1. `bounds` hold all values; `reached` says
    that the least and the greatest of them are known to occur (written out, drawn from that range, or observed; for
    targets of CTCLoss: within the target lengths). `finite` is False where NaN or an infinity was observed, and True
    where values were looked at and none was. `reason` says why the kind is unknown; `quantity` says that the values are
    real numbers all the same, worked out from others: enough for a loss that takes any. `likely` is the shape of an
    entry of a column of a table, or of a batch of such, where the column holds numbers; one of lists leaves `shape`
    unknown.
    """

    kind: Kind = Kind.UNKNOWN
    dtype: str | None = None
    shape: Shape | None = None
    dim: int | None = None
    bounds: tuple[float, float] | None = None
    reached: bool = False
    finite: bool | None = None
    detached_by: str | None = None
    device: str | None = None
    made_by: str = ""
    factor: float | None = None
    identity: Hashable = None
    source: Meaning | None = None
    scores: Hashable = None
    trail: Trail | None = None
    reason: str = ""
    quantity: bool = False
    likely: Shape | None = None

    @property
    def is_floating(self) -> bool | None:
        """Whether the dtype is a floating one; None when the dtype is not known."""
        return None if self.dtype is None else self.dtype in FLOATS

    @property
    def is_integral(self) -> bool | None:
        """Whether the dtype is an integer or a boolean one; None when the dtype is not known."""
        return None if self.dtype is None else self.dtype in INTEGERS or self.dtype == "bool"

    @property
    def is_parameter(self) -> bool:
        """Whether it is a parameter of a module, as it is: whatever it starts as, it is trained away from that."""
        return self.kind is Kind.REAL and self.made_by.rpartition(".")[2] == "Parameter"

    @property
    def rank(self) -> int | None:
        """The number of dimensions, when it is known."""
        return None if self.shape is None else self.shape.rank

    def size(self, dim: int) -> Size:
        """The size of one dimension, when it is known."""
        return None if self.shape is None else self.shape.size(dim)

    def but(self, **changes: Any) -> Meaning:
        """The same meaning with some of it changed. Other bounds are not `reached` unless the change says so, and
        what is given another shape has no `likely` one."""
        if "bounds" in changes:
            changes.setdefault("reached", False)
        if "shape" in changes:
            changes.setdefault("likely", None)
        return replace(self, **changes)


def unknown(reason: str) -> Meaning:
    """A meaning of which nothing is known, and why."""
    return Meaning(reason=reason)
