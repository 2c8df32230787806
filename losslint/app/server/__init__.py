"""The language server: findings while code is written, what tensors mean, and fixes at hand.

The event loop only talks: a single thread of its own lints, since what evaluates code keeps its symbols in one place.
Nothing here is imported unless `losslint server` runs.
"""
