"""LL2: binary and multi-label losses."""

LOSSES = frozenset({"BCELoss", "BCEWithLogitsLoss", "SoftMarginLoss", "MultiLabelSoftMarginLoss"})

#: The rules of this family that speak of any loss.
EVERY_LOSS = frozenset({"LL214", "LL215"})

#: Those that are right for the losses of libraries, too.
LIBRARY_LOSSES = frozenset({"LL214"})
