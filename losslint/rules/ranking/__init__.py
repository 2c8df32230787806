"""LL5: ranking, embedding, sequence and contrastive losses."""

LOSSES = frozenset(
    {
        "CrossEntropyLoss",
        "CTCLoss",
        "CosineEmbeddingLoss",
        "HingeEmbeddingLoss",
        "MarginRankingLoss",
        "MultiLabelMarginLoss",
        "SoftMarginLoss",
    }
)

#: The operations that a rule of this family speaks of.
OPERATIONS = frozenset({"contrastive quotient"})
