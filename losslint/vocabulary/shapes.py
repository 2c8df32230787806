"""What is known of a tensor's shape."""

from __future__ import annotations

import math
from dataclasses import dataclass

#: One size: a number, a symbol that equals itself (`"N"`, the batch), or None when nothing is known of it.
Size = int | str | None


@dataclass(frozen=True, slots=True)
class Shape:
    """The sizes that are known. `open` means that any number of dimensions may stand before those of `sizes`.

    `Shape((None, 10))` is a matrix of ten columns; `Shape((10,), open=True)` is what `Linear(…, 10)` returns for an
    input of unknown rank.
    """

    sizes: tuple[Size, ...]
    open: bool = False

    @property
    def rank(self) -> int | None:
        """The number of dimensions, when it is known."""
        return None if self.open else len(self.sizes)

    @property
    def count(self) -> int | None:
        """The number of elements, when it is known: none at all, as soon as one size is 0."""
        if 0 in self.sizes:
            return 0
        known = [size for size in self.sizes if isinstance(size, int)]
        return None if self.open or len(known) < len(self.sizes) else math.prod(known)

    def size(self, dim: int) -> Size:
        """The size of a dimension counted from the front (0, 1 …) or from the back (-1, -2 …)."""
        if dim < 0:
            return self.sizes[dim] if -dim <= len(self.sizes) else None
        if self.open:
            return None
        return self.sizes[dim] if dim < len(self.sizes) else None

    def without_size(self, dim: int) -> Shape:
        """The same shape with one size that is not known, of a dimension that `size` knows."""
        sizes = list(self.sizes)
        sizes[dim] = None
        return Shape(tuple(sizes), self.open)

    def __str__(self) -> str:
        shown = ["…"] if self.open else []
        shown += ["?" if size is None else str(size) for size in self.sizes]
        return "[" + ", ".join(shown) + "]"
