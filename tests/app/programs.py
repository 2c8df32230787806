"""Small programs to lint."""

from __future__ import annotations

BAD = """\
import torch
import torch.nn.functional as F

def misuse(x, y):
    p = torch.softmax(x, dim=1)
    return F.cross_entropy(p, y)
"""
ADVISED = BAD.replace("torch.softmax", "torch.log_softmax")
FINE = """\
import torch.nn.functional as F
from torch import nn

head = nn.Linear(4, 10)

def fine(x, y):
    return F.cross_entropy(head(x), y)
"""
UNDECIDED = """\
import torch.nn.functional as F

def nobody_knows(p, y):
    return F.cross_entropy(p, y)
"""
NET = """\
def outputs(x):
    return x.softmax(dim=1)
"""
TRAIN = """\
import torch.nn.functional as F
from net import outputs

def train(x, y):
    return F.cross_entropy(outputs(x), y)
"""
BROKEN = "def f(:\n"
