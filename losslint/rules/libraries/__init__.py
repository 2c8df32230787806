"""LL6: losses of libraries, and contracts of the user."""

LOSSES: frozenset[str] = frozenset()
