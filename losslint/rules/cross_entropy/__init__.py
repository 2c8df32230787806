"""LL1: cross-entropy and negative log-likelihood."""
