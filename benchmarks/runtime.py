"""What watching costs: calls of a loss and a small training step, with the watch off and on, in one process.

    python benchmarks/runtime.py [ROUNDS]

Blocks with and without the watch alternate, and what is told is the median over the pairs, so that a machine that is
busy with something else moves both. A ratio is what to compare between machines; the microseconds are for people.
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable
from time import thread_time

import torch
import torch.nn.functional as F
from torch import nn

import losslint


def per_run(block: Callable[[], object], runs: int) -> float:
    """Seconds of this thread for one run of a block: what others compute meanwhile does not count."""
    start = thread_time()
    for _ in range(runs):
        block()
    return (thread_time() - start) / runs


def compared(name: str, block: Callable[[], object], runs: int, rounds: int) -> None:
    """Tell what a block takes without and with the watch."""
    per_run(block, runs)
    without, difference, ratio = [], [], []
    for _ in range(rounds):
        off = per_run(block, runs)
        with losslint.watch("record"):
            per_run(block, runs)  # the first calls of a line are judged, later ones ever more rarely
            on = per_run(block, runs)
        without.append(off)
        difference.append(on - off)
        ratio.append(on / off)
    print(
        f"{name:32} {statistics.median(without) * 1e6:9.2f} us off, {statistics.median(difference) * 1e6:+7.2f} us on, "
        f"ratio {statistics.median(ratio):.3f}"
    )


def step(wide: int, deep: int, batch: int) -> Callable[[], object]:
    """A training step of a network of blocks."""
    blocks = [nn.Sequential(nn.Linear(wide, wide), nn.LayerNorm(wide), nn.GELU()) for _ in range(deep)]
    net = nn.Sequential(*blocks, nn.Linear(wide, 10))
    optimizer, criterion = torch.optim.SGD(net.parameters(), 0.01), nn.CrossEntropyLoss()
    x, y = torch.randn(batch, wide), torch.arange(batch) % 10

    def run() -> None:
        optimizer.zero_grad()
        criterion(net(x), y).backward()
        optimizer.step()

    return run


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    torch.set_num_threads(1)
    scores, labels = nn.Linear(5, 5)(torch.randn(8, 5)), torch.arange(8) % 5
    wide, wide_labels = nn.Linear(8, 1000)(torch.randn(1024, 8)), torch.arange(1024) % 1000
    criterion = nn.CrossEntropyLoss()
    compared("F.cross_entropy, 8x5", lambda: F.cross_entropy(scores, labels), 3000, rounds)
    compared("nn.CrossEntropyLoss, 8x5", lambda: criterion(scores, labels), 3000, rounds)
    compared("F.cross_entropy, 1024x1000", lambda: F.cross_entropy(wide, wide_labels), 60, rounds)
    compared("a step, 12 blocks of 64, batch 32", step(64, 12, 32), 30, rounds)


if __name__ == "__main__":
    main()
