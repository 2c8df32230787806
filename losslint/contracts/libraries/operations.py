"""Functions of other libraries that move elements: einops.

Source: einops 0.8, `einops.py`. What is summed or averaged along the way (`reduce`) is not here.
"""

from __future__ import annotations

from losslint.contracts.schema import Effect, Operation

OPERATIONS: dict[str, Operation] = {
    f"{module}.{name}": Operation(
        name, Effect.KEEP, functions=(f"einops.{name}",), method=False, parameters=("pattern",),
        names=("tensor",), shape="unknown",
    )
    for module in ("einops", "einops.einops")
    for name in ("rearrange", "repeat")
}  # fmt: skip
