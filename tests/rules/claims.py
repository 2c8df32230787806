"""The checks that hold each rule's text to what torch does, by the rule's code."""

from __future__ import annotations

import warnings
from collections.abc import Callable

Check = Callable[[], None]

CLAIMS: dict[str, list[Check]] = {}


def claim(*codes: str) -> Callable[[Check], Check]:
    """Register a check under the rules whose text it holds to."""

    def register(check: Check) -> Check:
        for code in codes:
            CLAIMS.setdefault(code, []).append(check)
        return check

    return register


def of_module(module: str) -> dict[str, Check]:
    """The checks that a module registered, by the code and the name that tell them apart."""
    return {
        f"{code}-{check.__name__}": check
        for code, registered in sorted(CLAIMS.items())
        for check in registered
        if check.__module__ == module
    }


def run(check: Check) -> None:
    """Run a check with the same random numbers each time, and without torch's warnings."""
    import torch

    torch.manual_seed(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        check()
