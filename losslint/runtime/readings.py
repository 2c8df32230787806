"""Numbers taken from tensors where they are: a few small reductions, fetched when the device has come to them.

Nothing is waited for. On the CPU the numbers are there at once. On a CUDA or XPU device they are copied into pinned
memory behind the work that is queued already, and an event says when; a later call collects them. Other devices have no
such way, and are not read. No gradient is recorded, no random number is drawn, and nobody who listens to torch's
functions hears of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

import torch

#: Elements of which the extremes are taken, and of which rows and single values are looked at.
MOST_WHOLE, MOST_SAMPLED = 1 << 16, 1 << 12

#: Devices whose memory can be copied without waiting, as torch's modules are called.
_QUEUED = frozenset({"cuda", "xpu"})

_transformations = torch._C._functorch.get_interpreter_stack
#: Those that have a loss computed as it is written: not the one that turns functions into graphs.
_OF_FUNCTIONS = frozenset(getattr(torch._C._functorch.TransformType, name) for name in ("Grad", "Jvp", "Vmap"))

#: How near to 0 and 1 the values of a sigmoid crowd as soon as it is sure of something.
EDGE = 0.02


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to read of one tensor: its extremes always.

    `dims` are the dimensions along which it may be a distribution. `labels` asks whether all of it is 0 and 1, or -1
    and 1. Of integers, `ignored` is a value that does not count, `lengths` how much
    of each row does. `diagonal` asks of a square matrix whether each row's greatest value is the one on the diagonal,
    and of labels whether they count its rows.
    """

    name: str
    tensor: torch.Tensor
    dims: tuple[int, ...] = ()
    labels: bool = False
    ignored: float | None = None
    lengths: torch.Tensor | None = None
    diagonal: bool = False


#: What was read, by the name of the argument and that of the number.
Numbers = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class _Part:
    labels: tuple[tuple[str, str], ...]
    numbers: torch.Tensor
    event: Any  # torch.cuda.Event and its like


@dataclass(frozen=True, slots=True)
class Reading:
    """Numbers on their way."""

    parts: tuple[_Part, ...]
    #: the numbers of tensors that were at hand
    at_hand: Numbers

    def ready(self) -> bool:
        """Whether all of them have arrived. Does not wait."""
        return all(part.event.query() for part in self.parts)

    def wait(self) -> None:
        """Wait for them: only when nothing is left to be delayed."""
        for part in self.parts:
            part.event.synchronize()

    def numbers(self) -> Numbers:
        """What was read, once it is ready."""
        found = {name: dict(numbers) for name, numbers in self.at_hand.items()}
        for part in self.parts:
            for (name, label), number in zip(part.labels, part.numbers.tolist(), strict=True):
                found.setdefault(name, {})[label] = number
        return found


def has_contents(value: object) -> TypeGuard[torch.Tensor]:
    """Whether something is a tensor with contents of its own: not a fake one, a proxy, or a wrapper whose operations
    somebody listens to."""
    if not isinstance(value, torch.Tensor):
        return False
    # Compared by what is called: a class has a method object of its own each time it is asked.
    return getattr(type(value), "__torch_dispatch__", None) is torch.Tensor.__torch_dispatch__


def is_transformed() -> bool:
    """Whether a transformation of functions is at work that takes samples or derivatives: what a loss is given then has
    a shape, a dtype and mostly a graph, as one of its samples would have, but no values of its own."""
    stack = _transformations()
    return stack is not None and all(each.key() in _OF_FUNCTIONS for each in stack)


def readable(value: object) -> bool:
    """Whether there is a way to the numbers of a tensor, and any number in it."""
    if not isinstance(value, torch.Tensor) or value.device.type not in ("cpu", *_QUEUED):
        return False
    plain = value.layout is torch.strided and not value.is_nested and not value.is_quantized
    return plain and not value.is_complex() and value.numel() > 0


def read(wanted: Iterable[Wanted]) -> Reading | None:
    """Begin to read some tensors; None when somebody would notice."""
    if torch._C._len_torch_dispatch_stack() > 0 or _transformations() is not None:
        return None  # somebody listens to what is computed, or it is computed for many at once
    by_device: dict[torch.device, list[Wanted]] = {}
    for each in wanted:
        if readable(each.tensor):
            by_device.setdefault(each.tensor.device, []).append(each)
    if not by_device or any(_recorded(device) for device in by_device):
        return None
    with torch._C.DisableTorchFunction(), torch.no_grad():
        here = by_device.pop(torch.device("cpu"), [])
        at_hand = {
            each.name: {label: float(number.item()) for label, number in _numbers(each).items()} for each in here
        }
        return Reading(tuple(_part(device, of_device) for device, of_device in by_device.items()), at_hand)


def _recorded(device: torch.device) -> bool:
    """Whether what the device is told is being written down, to be repeated."""
    return device.type == "cuda" and torch.cuda.is_current_stream_capturing()


def _part(device: torch.device, wanted: Iterable[Wanted]) -> _Part:
    labels: list[tuple[str, str]] = []
    numbers: list[torch.Tensor] = []
    for each in wanted:
        for label, number in _numbers(each).items():
            labels.append((each.name, label))
            # Not every XPU has float64; the extremes of indices are exact in float32 as far as 16 million classes go.
            numbers.append(number.to(torch.float64 if device.type == "cuda" else torch.float32))
    together = torch.stack(numbers)
    module = getattr(torch, device.type)
    here = torch.empty(together.shape, dtype=together.dtype, device="cpu", pin_memory=True)
    with module.device(device):
        here.copy_(together, non_blocking=True)
        event = module.Event()
        event.record()
    return _Part(tuple(labels), here, event)


def _numbers(wanted: Wanted) -> dict[str, torch.Tensor]:
    tensor = wanted.tensor.detach()
    if tensor.dtype == torch.bool:
        tensor = tensor.to(torch.uint8)
    whole = tensor if wanted.lengths is not None else few(tensor, MOST_WHOLE)
    counted = None
    if wanted.lengths is not None:
        # Rows that are padded, or all of them behind each other.
        lengths = wanted.lengths.sum() if tensor.dim() == 1 else wanted.lengths.unsqueeze(-1)
        counted = torch.arange(tensor.shape[-1], device=tensor.device) < lengths
    elif wanted.ignored is not None and tensor.device.type != "cpu":
        counted = whole != wanted.ignored  # nobody knows yet whether it is the least or the greatest
    else:
        low, high = whole.aminmax()
        if wanted.ignored is not None and wanted.ignored in (low.item(), high.item()):
            counted = whole != wanted.ignored
    if counted is not None:
        # Where nothing counts, the extremes are the other way round.
        info = torch.iinfo(tensor.dtype)
        low = torch.where(counted, whole, info.max).amin()
        high = torch.where(counted, whole, info.min).amax()
    found = {"low": low, "high": high}
    if wanted.ignored is not None:
        found["ignored"] = (whole == wanted.ignored).any()
    if wanted.diagonal:
        found["diagonal"] = _on_the_diagonal(tensor)
    if not wanted.dims and not wanted.labels:
        return found
    sample = few(tensor, MOST_SAMPLED, wanted.dims)
    ones = sample == 1
    found["zero_one"] = (ones | (sample == 0)).all()
    if wanted.labels:
        found["signs"] = (ones | (sample == -1)).all()
    if wanted.dims:
        sample = sample.float()
        found["near_zero"] = ((sample > 0) & (sample <= EDGE)).sum()
        found["near_one"] = ((sample >= 1 - EDGE) & (sample < 1)).sum()
        found["count"] = torch.full_like(found["near_one"], sample.numel())
        for dim in wanted.dims:
            sums, masses = sample.sum(dim), sample.exp().sum(dim)
            found[f"sum_low:{dim}"], found[f"sum_high:{dim}"] = sums.aminmax()
            found[f"mass_low:{dim}"], found[f"mass_high:{dim}"] = masses.aminmax()
    return found


def _on_the_diagonal(tensor: torch.Tensor) -> torch.Tensor:
    if tensor.dim() == 1:
        return (tensor == torch.arange(tensor.shape[0], device=tensor.device)).all()
    every = max(1, tensor.numel() // MOST_WHOLE)
    return (tensor[::every].amax(1) <= tensor.diagonal()[::every]).all()


def few(tensor: torch.Tensor, most: int, whole: tuple[int, ...] = ()) -> torch.Tensor:
    """At most about so many elements of a tensor, evenly spread: a view. The dimensions of `whole` are kept whole."""
    left = tensor.numel()
    for dim in range(tensor.dim()):
        if left <= most:
            break
        size = tensor.shape[dim]
        if dim in whole or size < 2:
            continue
        step = min(size, -(-left // most))
        tensor = tensor[(slice(None),) * dim + (slice(None, None, step),)]
        left = tensor.numel()
    return tensor
