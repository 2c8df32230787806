"""LL1: cross-entropy and negative log-likelihood."""

LOSSES = frozenset(
    {
        "CrossEntropyLoss",
        "NLLLoss",
        "NLLLoss2d",
        "MultiMarginLoss",
        "MultiLabelMarginLoss",
        "AdaptiveLogSoftmaxWithLoss",
        "LinearCrossEntropyLoss",
    }
)

#: The rules of this family that speak of any loss.
EVERY_LOSS = frozenset({"LL104", "LL115", "LL116", "LL119", "LL120", "LL122"})
