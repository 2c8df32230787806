"""What operations make of the kind of what goes in: those whose result depends on it (`Effect.DERIVE`)."""

from __future__ import annotations

from typing import Final

from losslint.contracts.transfer import values
from losslint.contracts.transfer.bound import Bound, Derivation
from losslint.contracts.transfer.kinds import along, arithmetic, combined, elementwise, filling, joined, made, replaced
from losslint.vocabulary.meaning import Meaning

#: By the name of the operation.
RULES: Final[dict[str, Derivation]] = {
    **along.RULES,
    **arithmetic.RULES,
    **combined.RULES,
    **elementwise.RULES,
    **filling.RULES,
    **joined.RULES,
    **made.RULES,
    **replaced.RULES,
}


def derive(bound: Bound, moved: Meaning) -> Meaning:
    """The kind of an operation's result. `moved` is the first tensor with the result's shape, dim and dtype."""
    rule = RULES.get(bound.operation.name)
    if rule is None:
        return values.lost(f"losslint does not know what {bound.operation.name} makes", bound.first)
    return rule(bound, moved)
