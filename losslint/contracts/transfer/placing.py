"""The shape rules of operations: where the sizes go, and where the dimension of a softmax goes with them."""

from __future__ import annotations

from collections.abc import Callable

from losslint.contracts.transfer import dimensions, makers, plain, products, selections, windows
from losslint.contracts.transfer.bound import Bound
from losslint.contracts.transfer.placed import Placed

#: Each kind of rule stands with those that are like it.
RULES: dict[str, Callable[[Bound], Placed]] = {
    **dimensions.RULES,
    **makers.RULES,
    **plain.RULES,
    **products.RULES,
    **selections.RULES,
    **windows.RULES,
}


def place(bound: Bound) -> Placed:
    """The shape of an operation's result, by the operation's rule."""
    rule = RULES.get(bound.operation.shape)
    return (None, None) if rule is None else rule(bound)
