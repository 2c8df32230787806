"""Training scripts as people write them run to their end under `losslint run`, and nothing is found in them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.runtime.test_running import installed, python

#: A classifier that ends in a log-softmax, and a test loss that is summed without gradients.
CLASSIFIER = """\
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.drop, self.head = nn.Conv2d(1, 4, 3), nn.Dropout(0.2), nn.Linear(4 * 13 * 13, 10)

    def forward(self, x):
        x = self.drop(F.max_pool2d(F.relu(self.conv(x)), 2))
        return F.log_softmax(self.head(torch.flatten(x, 1)), dim=1)

def batches():
    return DataLoader(TensorDataset(torch.rand(40, 1, 28, 28), torch.randint(10, (40,))), batch_size=16, shuffle=True)

net = Net()
optimizer = torch.optim.Adadelta(net.parameters())
for epoch in range(2):
    net.train()
    for images, labels in batches():
        optimizer.zero_grad()
        F.nll_loss(net(images), labels).backward()
        optimizer.step()
    net.eval()
    total = 0.0
    with torch.no_grad():
        for images, labels in batches():
            total += F.nll_loss(net(images), labels, reduction="sum").item()
"""

#: An autoencoder: images in [0, 1] are the targets of a sigmoid, and the divergence is written by hand.
AUTOENCODER = """\
import torch
import torch.nn.functional as F
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner, self.mean, self.log_variance = nn.Linear(64, 16), nn.Linear(16, 2), nn.Linear(16, 2)
        self.outer = nn.Linear(2, 64)

    def forward(self, x):
        h = F.relu(self.inner(x.view(-1, 64)))
        mean, log_variance = self.mean(h), self.log_variance(h)
        z = mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean)
        return torch.sigmoid(self.outer(z)), mean, log_variance

net = Net()
optimizer = torch.optim.Adam(net.parameters())
for _ in range(10):
    images = torch.rand(8, 1, 8, 8)
    rebuilt, mean, log_variance = net(images)
    loss = F.binary_cross_entropy(rebuilt, images.view(-1, 64), reduction="sum")
    loss = loss - 0.5 * torch.sum(1 + log_variance - mean.pow(2) - log_variance.exp())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""

#: A recurrent regression in double precision, with an optimiser that calls the loss itself.
SEQUENCE = """\
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell, self.head = nn.LSTMCell(1, 5), nn.Linear(5, 1)

    def forward(self, given, future=0):
        state, outputs = None, []
        for value in given.split(1, dim=1):
            state = self.cell(value, state)
            outputs.append(self.head(state[0]))
        for _ in range(future):
            state = self.cell(outputs[-1], state)
            outputs.append(self.head(state[0]))
        return torch.cat(outputs, dim=1)

data = torch.sin(torch.arange(12, dtype=torch.double) + torch.randn(4, 1, dtype=torch.double))
net, criterion = Net().double(), nn.MSELoss()
optimizer = torch.optim.LBFGS(net.parameters(), lr=0.8, max_iter=4)

def closure():
    optimizer.zero_grad()
    loss = criterion(net(data[1:, :-1]), data[1:, 1:])
    loss.backward()
    return loss

for _ in range(2):
    optimizer.step(closure)
    with torch.no_grad():
        criterion(net(data[:1, :-1], future=3)[:, :-3], data[:1, 1:])
"""

#: A polynomial, fitted without an optimiser.
REGRESSION = """\
import torch
import torch.nn.functional as F

weight, bias = torch.randn(4, 1), torch.randn(1)
layer = torch.nn.Linear(4, 1)
for _ in range(20):
    x = torch.cat([torch.randn(32).unsqueeze(1) ** power for power in range(1, 5)], 1)
    layer.zero_grad()
    loss = F.smooth_l1_loss(layer(x), x.mm(weight) + bias.item())
    loss.backward()
    for parameter in layer.parameters():
        parameter.data.add_(-0.1 * parameter.grad)
"""

#: Processes that train one model in shared memory, each with its own batches.
SHARED = """\
import torch
import torch.multiprocessing as mp
import torch.nn.functional as F
from torch import nn

def train(rank, net):
    torch.manual_seed(rank)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.5)
    for _ in range(4):
        optimizer.zero_grad()
        F.cross_entropy(net(torch.randn(8, 5)), torch.randint(3, (8,))).backward()
        optimizer.step()

if __name__ == "__main__":
    mp.set_start_method("spawn")
    net = nn.Linear(5, 3)
    net.share_memory()
    processes = [mp.Process(target=train, args=(rank, net)) for rank in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    with torch.no_grad():
        F.cross_entropy(net(torch.randn(8, 5)), torch.randint(3, (8,)))
"""


@pytest.mark.parametrize(
    ("script", "calls"),
    [(CLASSIFIER, 2), (AUTOENCODER, 1), (SEQUENCE, 2), (REGRESSION, 1), (SHARED, 2)],
    ids=["classifier", "autoencoder", "sequence", "regression", "shared"],
)
def test_nothing_is_found(tmp_path: Path, script: str, calls: int) -> None:
    (tmp_path / "train.py").write_text(script)
    ended = python(tmp_path, "-m", "losslint", "run", "train.py", more=installed(tmp_path))
    assert ended.returncode == 0, ended.stderr
    summary = ended.stderr.splitlines()[-1]
    assert summary.startswith(f"No problems found. {calls} loss call")
    # The first loss of each is trained on: it is known to be right. Those without gradients are not known.
    assert ": 0 misused, 1 clean, " in summary
