"""Projects with more files than are searched one and all for who calls something."""

from __future__ import annotations

import pytest

from losslint.static.evaluation.searching import MOST_FILES

from .programs import judged

LOSSES = """
import torch.nn as nn

class SegmentationLoss(nn.Module):
    def __init__(self):
        super().__init__()
        self.bce = nn.BCEWithLogitsLoss()

    def forward(self, output, mask):
        return self.bce(output, mask)

def get_loss(config):
    return SegmentationLoss()
"""

TRAIN = """
import torch.nn as nn
from engine import run
from losses import get_loss

def main(config, loader):
    net = nn.Sequential(nn.Conv2d(3, 1, 1), nn.Sigmoid())
    objective = get_loss(config)
    run(config, net, {objective}, loader=loader)
"""

ENGINE = """
from loops import one_epoch

def run(config, net, objective, loader):
    for epoch in range(config.epochs):
        one_epoch(net, objective, loader)
"""

LOOPS = """
def one_epoch(net, objective, loader):
    for x, mask in loader:
        objective(net(x), mask).backward()
"""


@pytest.mark.parametrize("given", ["objective", "objective=objective"])
def test_a_loss_is_followed_into_the_files_that_it_is_handed_to(given: str) -> None:
    others = {f"other/part{number}.py": "def unused():\n    pass\n" for number in range(MOST_FILES)}
    train = TRAIN.replace("{objective}", given)
    files = {"losses.py": LOSSES, "train.py": train, "engine.py": ENGINE, "loops.py": LOOPS, **others}
    assert judged(files) == {("losses.py", 10, "LL201")}
