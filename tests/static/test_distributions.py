"""Distributions, replay buffers and lists: what is known of their shapes is what torch and numpy make."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.observations import LossCall, OperationCall

from .programs import observed

SETUP = """
import torch
import numpy as np
import torch.nn.functional as F
from torch import nn
import torch.distributions as D

head = nn.Linear(4, 3)
x = torch.randn(32, 4)
"""

#: What a distribution is made of, and what is asked of it.
ASKED = {
    "D.Categorical(logits=head(x))": ("sample()", "log_prob(d.sample())", "entropy()", "probs", "logits"),
    "D.Categorical(F.softmax(head(x), -1))": ("sample()", "log_prob(d.sample().unsqueeze(1))", "probs", "logits"),
    "D.OneHotCategorical(logits=head(x))": ("sample()", "log_prob(d.sample())", "entropy()", "probs"),
    "D.Bernoulli(logits=head(x))": ("sample()", "log_prob(d.sample())", "entropy()", "probs", "logits"),
    "D.Bernoulli(torch.sigmoid(head(x)))": ("log_prob(d.sample())", "probs", "logits"),
    "D.Normal(head(x), 1.0)": ("rsample()", "sample((5,))", "log_prob(d.sample())", "entropy()", "mean"),
    "D.Normal(head(x)[:, :1], torch.ones(3))": ("rsample()", "log_prob(torch.zeros(3))", "entropy()"),
    "D.Beta(head(x).exp(), head(x).exp())": ("sample()", "log_prob(d.sample())", "entropy()"),
    "D.Independent(D.Normal(head(x), torch.ones(3)), 1)": ("rsample()", "log_prob(d.rsample())", "entropy()"),
    "D.MultivariateNormal(head(x), torch.eye(3))": ("rsample()", "log_prob(d.sample())", "entropy()", "mean"),
    "D.MultivariateNormal(torch.zeros(3), torch.eye(3))": ("sample((7,))", "log_prob(torch.zeros(7, 3))", "entropy()"),
    "D.Dirichlet(head(x).exp())": ("rsample()", "log_prob(d.sample())", "entropy()"),
    "D.TransformedDistribution(D.Normal(head(x), 1.0), [D.TanhTransform()])": ("rsample()", "log_prob(d.rsample())"),
    "D.Uniform(torch.zeros(3), torch.ones(3))": ("sample()", "log_prob(torch.ones(4, 1) / 2)"),
}
QUESTIONS = [(made, asked) for made, each in ASKED.items() for asked in each]

#: Lists and arrays, as torch takes them.
MADE = (
    "torch.tensor([float(i) for i in range(len(x))])",
    "torch.tensor([[float(i)] for i in range(len(x))])",
    "torch.FloatTensor([1.0, abs(-2.0)]).unsqueeze(1)",
    "torch.stack([torch.tensor(float(i)) for i in range(3)])",
    "torch.from_numpy(np.vstack([float(i) for i in range(3)]))",
    "torch.from_numpy(np.zeros_like([float(i) for i in range(3)]))",
    "torch.FloatTensor(x.size(0), 1)",
    "torch.tensor(np.zeros(50)[np.random.choice(50, 8)])",
    "torch.tensor(np.zeros((50, 1))[np.random.randint(0, 50, size=8)])",
    "torch.tensor(list(map(float, range(6))))",
    "torch.tensor(list(zip(*[(1.0, 2.0), (3.0, 4.0), (5.0, 6.0)]))[0])",
)


def meaning_of(made: str, asked: str = "") -> Meaning:
    """What is known of an expression, or of an attribute of what it makes."""
    program = f"{SETUP}\ndef step():\n    d = {made}\n    return F.mse_loss(d{asked}, x)\n"
    (call,) = [each for each in observed({"a.py": program}) if isinstance(each, LossCall)]
    return call.argument("input")


def made_by_torch(made: str, asked: str = "") -> torch.Tensor:
    names: dict[str, object] = {}
    exec(f"{SETUP}\nd = {made}\nresult = d{asked}", names)
    result = names["result"]
    assert isinstance(result, torch.Tensor)
    return result


@pytest.mark.parametrize(("made", "asked"), QUESTIONS)
def test_what_a_distribution_gives_is_what_torch_makes(made: str, asked: str) -> None:
    real, known = made_by_torch(made, f".{asked}"), meaning_of(made, f".{asked}")
    assert known.shape is not None
    assert not known.shape.open
    assert known.shape.sizes == tuple(real.shape)
    assert (known.detached_by is None) or not real.requires_grad
    if "sample(" in asked and "rsample(" not in asked and not asked.startswith("log_prob"):
        assert known.detached_by == "sample"
    if known.kind in (Kind.PROBABILITIES, Kind.ONE_HOT):
        assert known.dim is not None
        assert torch.allclose(real.sum(known.dim), torch.ones(()), atol=1e-5)
    if known.bounds is not None:
        real = real.detach()
        assert known.bounds[0] <= float(real.min()) <= float(real.max()) <= known.bounds[1]


@pytest.mark.parametrize("expression", MADE)
def test_lists_and_arrays_have_the_dimensions_that_torch_gives_them(expression: str) -> None:
    real, known = made_by_torch(expression), meaning_of(expression)
    assert known.shape is not None
    assert known.rank == real.dim()
    for size, there in zip(known.shape.sizes, real.shape, strict=True):
        assert size == there or (not isinstance(size, int) and there != 1)


def test_a_log_probability_of_a_column_is_a_matrix() -> None:
    """What LL401 says of `[N, 1]` and `[N]`, of torch itself."""
    policy = torch.distributions.Categorical(logits=nn.Linear(4, 2)(torch.randn(8, 4)))
    chosen, advantages = policy.log_prob(policy.sample()), torch.randn(8, 1)
    assert (chosen * advantages).shape == (8, 8)
    assert np.shape(np.zeros(8) + np.zeros((8, 1))) == (8, 8)


def test_a_target_that_two_losses_share_is_spoken_of_once() -> None:
    program = f"""{SETUP}
one, two = nn.Linear(4, 1), nn.Linear(4, 1)

def step(rewards, best):
    goal = rewards.view(-1) + best.view(-1, 1)
    return F.mse_loss(one(x), goal) + F.mse_loss(two(x), goal)
"""
    seen = [each for each in observed({"a.py": program}) if isinstance(each, OperationCall)]
    assert [each.operation for each in seen] == ["meeting"]
