"""Numbers that Python's and torch's modules have names for, as far as losses are masked with them."""

from __future__ import annotations

import math

NUMBERS: dict[str, float] = dict.fromkeys(
    ("torch.inf", "math.inf", "numpy.inf", "numpy.Inf", "numpy.infty", "numpy.PINF"), math.inf
)
NUMBERS["numpy.NINF"] = -math.inf
