"""A right call of every loss function: what is given by position, and by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

Call = tuple[tuple[Any, ...], dict[str, Any]]


def _floats(*sizes: int) -> torch.Tensor:
    return torch.randn(*sizes, generator=torch.Generator().manual_seed(sum(sizes)), requires_grad=True)


def _plain(*sizes: int) -> torch.Tensor:
    return _floats(*sizes).detach()


def _labels(count: int, classes: int) -> torch.Tensor:
    return torch.arange(count) % classes


def _zero_one(*sizes: int) -> torch.Tensor:
    return (_plain(*sizes) > 0).float()


def _signs(*sizes: int) -> torch.Tensor:
    return _zero_one(*sizes) * 2 - 1


#: By the name of the contract; made anew for each call.
CALLS: dict[str, Callable[[], Call]] = {
    "CrossEntropyLoss": lambda: ((_floats(6, 4), _labels(6, 4)), {"weight": torch.ones(4), "label_smoothing": 0.1}),
    "NLLLoss": lambda: ((_floats(6, 4).log_softmax(1), _labels(6, 4)), {"ignore_index": 2}),
    "BCELoss": lambda: ((_floats(6, 4).sigmoid(), _zero_one(6, 4)), {"weight": torch.ones(6, 4)}),
    "BCEWithLogitsLoss": lambda: ((_floats(6, 4), _zero_one(6, 4)), {"pos_weight": torch.ones(4)}),
    "KLDivLoss": lambda: ((_floats(6, 4).log_softmax(1), _plain(6, 4).softmax(1)), {"reduction": "batchmean"}),
    "MSELoss": lambda: ((_floats(6, 4), _plain(6, 4)), {}),
    "L1Loss": lambda: ((_floats(6, 4), _plain(6, 4)), {"reduction": "sum"}),
    "SmoothL1Loss": lambda: ((_floats(6, 4), _plain(6, 4)), {"beta": 0.5}),
    "HuberLoss": lambda: ((_floats(6, 4), _plain(6, 4)), {"delta": 2.0}),
    "PoissonNLLLoss": lambda: ((_floats(6, 4), _plain(6, 4).abs()), {}),
    "GaussianNLLLoss": lambda: ((_floats(6, 4), _plain(6, 4), _plain(6, 4).abs() + 1), {}),
    "CTCLoss": lambda: (
        (
            _floats(12, 2, 5).log_softmax(2),
            torch.tensor([[1, 2, 3], [3, 2, 1]]),
            torch.tensor([12, 12]),
            torch.tensor([3, 3]),
        ),
        {},
    ),
    "MarginRankingLoss": lambda: ((_floats(6), _floats(7)[:6], _signs(6)), {"margin": 0.1}),
    "HingeEmbeddingLoss": lambda: ((_floats(6), _signs(6)), {}),
    "CosineEmbeddingLoss": lambda: ((_floats(6, 4), _plain(4, 6).T, _signs(6)), {}),
    "SoftMarginLoss": lambda: ((_floats(6, 4), _signs(6, 4)), {}),
    "MultiLabelMarginLoss": lambda: ((_floats(2, 4), torch.tensor([[1, 2, -1, 0], [3, -1, 0, 0]])), {}),
    "MultiLabelSoftMarginLoss": lambda: ((_floats(6, 4), _zero_one(6, 4)), {}),
    "MultiMarginLoss": lambda: ((_floats(6, 4), _labels(6, 4)), {}),
    "TripletMarginLoss": lambda: ((_floats(6, 4), _plain(6, 4) + 1, _plain(6, 4) - 1), {"swap": True}),
    "TripletMarginWithDistanceLoss": lambda: ((_floats(6, 4), _plain(6, 4) + 1, _plain(6, 4) - 1), {}),
    "LinearCrossEntropyLoss": lambda: ((_floats(6, 4), _plain(3, 4), _labels(6, 3)), {}),
}
