"""What torch's losses, layers and operations mean: tables of facts, measured on torch 2.13."""
