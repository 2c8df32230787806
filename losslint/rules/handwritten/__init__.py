"""LL8: losses written by hand."""

OPERATIONS = frozenset({"log"})
