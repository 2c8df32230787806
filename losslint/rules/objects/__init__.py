"""LL7: the loss object and its gradient."""

CONSTRUCTORS = True

OPERATIONS = frozenset({"quotient"})
