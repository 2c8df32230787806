"""LL8: losses written by hand."""

OPERATIONS = frozenset({"entropy", "log", "logsumexp", "softplus"})
