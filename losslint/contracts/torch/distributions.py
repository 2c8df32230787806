"""torch.distributions: what their parameters are, and the shapes of what they give.

A distribution has a batch shape (so many distributions side by side) and an event shape (what one of them draws).
`log_prob(value)` broadcasts the value against both and adds up over the event, so its shape is the batch shape where
the value has the shape of a sample, and one number too many for each pair where a value `[N, 1]` meets a batch `[N]`.
Source: torch.distributions.*, measured in tests/static/test_distributions.py.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from losslint.vocabulary.kinds import Kind

PREFIX = "torch.distributions."

#: Distributions around another one.
INDEPENDENT = "Independent"
TRANSFORMED = "TransformedDistribution"

#: Transforms that change each number by itself: the shapes of a distribution behind them stay as they are.
ELEMENTWISE = frozenset(
    {"TanhTransform", "SigmoidTransform", "ExpTransform", "AffineTransform", "SoftplusTransform", "PowerTransform"}
)

#: What gives one number for two distributions, in their batch shape.
DIVERGENCES = frozenset({"torch.distributions.kl_divergence", "torch.distributions.kl.kl_divergence"})


@dataclass(frozen=True, slots=True)
class Distribution:
    """A distribution: its parameters in positional order, with the dimensions that each has behind the batch shape
    where that is not none, how many of them are dimensions of the event, and what it draws.

    `normalised` says that `probs` and `logits` are made to sum up to 1 along the last dimension (otherwise each number
    is a chance by itself). `discrete` says that `log_prob` is the logarithm of a probability, not of a density.
    `named` maps attributes to the parameters that they are.
    """

    parameters: tuple[str, ...]
    behind: dict[str, int] = field(default_factory=dict)
    event: int = 0
    draws: Kind = Kind.REAL
    integral: bool = False
    discrete: bool = False
    normalised: bool = False
    reparameterised: bool = True
    named: dict[str, str] = field(default_factory=dict)


_CLASSES = ("probs", "logits")
_OF_CLASSES = {"probs": 1, "logits": 1}
_PLACE = ("loc", "scale")
_NORMAL = {"mean": "loc", "mode": "loc", "stddev": "scale"}

DISTRIBUTIONS: dict[str, Distribution] = {
    "Categorical": Distribution(
        _CLASSES, _OF_CLASSES, 0, Kind.CLASS_INDEX, integral=True, discrete=True, normalised=True, reparameterised=False
    ),
    "OneHotCategorical": Distribution(
        _CLASSES, _OF_CLASSES, 1, Kind.ONE_HOT, discrete=True, normalised=True, reparameterised=False
    ),
    "Bernoulli": Distribution(_CLASSES, {}, 0, Kind.BOOLEAN, discrete=True, reparameterised=False),
    "Normal": Distribution(_PLACE, named=_NORMAL),
    "Laplace": Distribution(_PLACE, named={"mean": "loc", "mode": "loc"}),
    "Cauchy": Distribution(_PLACE, named={"mode": "loc"}),
    "Gumbel": Distribution(_PLACE, named={"mode": "loc"}),
    "LogNormal": Distribution(_PLACE, draws=Kind.NON_NEGATIVE),
    "Uniform": Distribution(("low", "high")),
    "Beta": Distribution(("concentration1", "concentration0"), draws=Kind.NON_NEGATIVE),
    "Gamma": Distribution(("concentration", "rate"), draws=Kind.NON_NEGATIVE),
    "Exponential": Distribution(("rate",), draws=Kind.NON_NEGATIVE),
    "HalfNormal": Distribution(("scale",), draws=Kind.NON_NEGATIVE),
    "StudentT": Distribution(("df", "loc", "scale"), named={"mode": "loc"}),
    "Poisson": Distribution(("rate",), draws=Kind.COUNT, discrete=True, reparameterised=False),
    "Dirichlet": Distribution(("concentration",), {"concentration": 1}, 1, Kind.PROBABILITIES),
    "MultivariateNormal": Distribution(
        ("loc", "covariance_matrix", "precision_matrix", "scale_tril"),
        {"loc": 1, "covariance_matrix": 2, "precision_matrix": 2, "scale_tril": 2},
        1,
        named={"mean": "loc", "mode": "loc"},
    ),
}


def by_name(qualified: str) -> Distribution | None:
    """The distribution of a qualified name, wherever torch shows it (`torch.distributions.normal.Normal`)."""
    return DISTRIBUTIONS.get(qualified.rpartition(".")[2]) if qualified.startswith(PREFIX) else None
