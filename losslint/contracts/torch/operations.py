"""torch's operations: what each does to a meaning, in one tuple."""

from __future__ import annotations

from losslint.contracts.schema import Operation
from losslint.contracts.torch import operations_elementwise as elementwise
from losslint.contracts.torch import operations_makers as makers
from losslint.contracts.torch import operations_reductions as reductions
from losslint.contracts.torch import operations_shape as shape

OPERATIONS: tuple[Operation, ...] = (
    *elementwise.ACTIVATIONS,
    *elementwise.FUNCTIONS,
    *elementwise.ARITHMETIC,
    *elementwise.COMPARISONS,
    *elementwise.CASTS,
    *shape.VIEWS,
    *shape.PARTS,
    *shape.JOINS,
    *shape.PRODUCTS,
    *reductions.REDUCTIONS,
    *reductions.INDICES,
    *reductions.DISTANCES,
    *reductions.POOLS,
    *reductions.NORMS,
    *makers.CONSTANTS,
    *makers.RANGES,
    *makers.NOISE,
    *makers.DATA,
)
