"""LL2: binary and multi-label losses."""

LOSSES = frozenset({"BCELoss", "BCEWithLogitsLoss", "SoftMarginLoss", "MultiLabelSoftMarginLoss"})
