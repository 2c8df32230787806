"""LL7: the loss object and its gradient."""

CONSTRUCTORS = True

OPERATIONS = frozenset({"accumulation", "backward", "overwritten", "quotient", "unused"})

#: The rules of this family that speak of any loss.
EVERY_LOSS = frozenset({"LL702", "LL703", "LL706", "LL710", "LL711", "LL712"})
