"""LL4: regression."""

LOSSES = frozenset(
    {
        "MSELoss",
        "L1Loss",
        "SmoothL1Loss",
        "HuberLoss",
        "PoissonNLLLoss",
        "GaussianNLLLoss",
        "HingeEmbeddingLoss",
        "KLDivLoss",
        "MultiLabelSoftMarginLoss",
        "MarginRankingLoss",
    }
)

OPERATIONS = frozenset({"difference", "meeting", "quantiles", "regression"})
