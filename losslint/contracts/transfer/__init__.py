"""What operations make of meanings: pure functions that both observers' engines call.

Nothing here raises on odd input: what cannot be followed is an unknown Meaning with a short reason. Results carry the
trail of the tensor whose values they carry on; a kind that is made fresh (`Effect.MAKE`) has none, and the engine adds
the step.
"""

from __future__ import annotations

from losslint.contracts.transfer.applying import Repeated, apply_layer, apply_operation
from losslint.contracts.transfer.arithmetic import binary, unary
from losslint.contracts.transfer.bound import SOME_DEVICE, SOME_SIZE
from losslint.contracts.transfer.indexing import PLACE, index
from losslint.contracts.transfer.values import MASKED

__all__ = [
    "MASKED",
    "PLACE",
    "SOME_DEVICE",
    "SOME_SIZE",
    "Repeated",
    "apply_layer",
    "apply_operation",
    "binary",
    "index",
    "unary",
]
