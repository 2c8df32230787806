"""LL8: losses written by hand."""

#: Those of a form that computes the right thing, but for some numbers: in a test it is what others are compared with.
HAZARDS = frozenset({"LL801", "LL802", "LL803", "LL804", "LL805", "LL806"})

OPERATIONS = frozenset({"entropy", "log", "logsumexp", "softplus"})
