"""Settings that losses of the project inherit: the constructor of a torch loss keeps what it is given in attributes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from losslint.contracts import lookup
from losslint.static.evaluation.values import ConstV, InstanceV, Value

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

#: Older spellings of the reduction: a constructor turns them into one, and nothing reads them as attributes.
LEGACY = ("size_average", "reduce")

#: The constructors of the classes that all of torch's losses derive from.
_BASES = {
    "torch.nn._Loss": (*LEGACY, "reduction"),
    "torch.nn._WeightedLoss": ("weight", *LEGACY, "reduction"),
}


def inherited(ev: Evaluator, instance: InstanceV, bases: Iterable[str], name: str) -> Value | None:
    """`self.reduction` of a class derived from a torch loss, None for what none of them keeps or nobody knows."""
    from losslint.static.behaviour.modules import base_arguments

    for base in bases:
        contract = lookup.loss_by_module(base)
        names = contract.constructor if contract is not None else _BASES.get(base, ())
        if name not in names or name in LEGACY:
            continue
        given = base_arguments(ev, instance)
        if not given.complete:
            return None
        if name == "reduction" and any(given.get(names.index(old), old) is not None for old in LEGACY):
            return None
        lazy = given.get(names.index(name), name)
        if lazy is not None:
            return ev.value(lazy)
        if name == "reduction":
            return ConstV("mean")
        return ConstV(contract.defaults[name]) if contract is not None and name in contract.defaults else None
    return None
