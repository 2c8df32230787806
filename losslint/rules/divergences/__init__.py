"""LL3: divergences and distillation."""

LOSSES = frozenset({"KLDivLoss"})

#: The rules of this family that speak of any loss.
EVERY_LOSS = frozenset({"LL307", "LL308"})

#: Those that are right for the losses of libraries, too.
LIBRARY_LOSSES = frozenset({"LL307"})

#: The operations that a rule of this family speaks of.
OPERATIONS = frozenset({"divergence"})
