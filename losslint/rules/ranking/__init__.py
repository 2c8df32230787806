"""LL5: ranking, embedding, sequence and contrastive losses."""

LOSSES = frozenset({"CrossEntropyLoss"})
