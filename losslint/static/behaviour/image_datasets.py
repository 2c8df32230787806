"""Items of torchvision's datasets: an image, as a tensor where transforms make it one, and its label."""

from __future__ import annotations

from typing import TYPE_CHECKING

from losslint.contracts.libraries import datasets_torchvision as contracts
from losslint.static.behaviour.rows import some_number
from losslint.static.evaluation.values import ConstV, ExternalV, Lazy, ObjectV, SeqV, TensorV, UnknownV, Value, given
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.shapes import Shape, Size

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

#: Transforms of one list that are followed.
MOST_TRANSFORMS = 32


def item_of(ev: Evaluator, dataset: ObjectV) -> Value | None:
    """`dataset[i]` of a dataset of torchvision, None for another one."""
    if not dataset.name.startswith(contracts.PREFIX):
        return None
    name = dataset.name.rpartition(".")[2]
    images = contracts.DATASETS.get(name)
    if images is None or not dataset.arguments.complete:
        return None
    image = None if contracts.PICTURES & dataset.attributes.keys() else _image(ev, dataset, images)
    label = None if contracts.LABELS & dataset.attributes.keys() else _label(ev, dataset, images, name)
    shown = UnknownV(f"what the transforms make of an image of {name}", symbol=("image of", id(dataset.origin)))
    other = UnknownV(f"what is made of a label of {name}", symbol=("label of", id(dataset.origin)))
    return SeqV("tuple", (given(image or shown), given(label or other)))


def _setting(ev: Evaluator, dataset: ObjectV, images: contracts.Images, name: str) -> Lazy | None:
    """An argument of the constructor, None where it is not given, or is None."""
    place = images.parameters.index(name) if name in images.parameters else len(dataset.arguments.positional)
    lazy = dataset.arguments.get(place, name)
    if lazy is None:
        return None
    value = ev.value(lazy)
    return None if isinstance(value, ConstV) and value.value is None else lazy


def _label(ev: Evaluator, dataset: ObjectV, images: contracts.Images, name: str) -> Value | None:
    if _setting(ev, dataset, images, "target_transform") is not None:
        return None
    reason = f"a label of {name}"
    number = some_number(reason).but(dtype="int64")
    return UnknownV(reason, symbol=("label of", id(dataset.origin)), tensor=number)


def _image(ev: Evaluator, dataset: ObjectV, images: contracts.Images) -> Value | None:
    transform = _setting(ev, dataset, images, "transform")
    if transform is None or not images.channels or _setting(ev, dataset, images, "loader") is not None:
        return None
    side = images.side or None
    found = _through(ev, ev.value(transform), Meaning(shape=Shape((images.channels, side, side))))
    # What has no dtype is an image of PIL's still.
    return TensorV(found.but(reason="an image")) if found is not None and found.dtype is not None else None


def _through(ev: Evaluator, transform: Value, image: Meaning) -> Meaning | None:
    """An image after a transform, None where it is not known which or what that makes of it."""
    if not isinstance(transform, ObjectV) or not transform.name.startswith(contracts.TRANSFORMS):
        return None
    name = transform.name.rpartition(".")[2]
    if transform.attributes or not transform.arguments.complete:
        return None
    if name == "Compose":
        return _through_all(ev, transform, image)
    if name in contracts.TO_TENSOR:
        return image.but(dtype=contracts.TO_TENSOR[name])
    if name in ("ConvertImageDtype", "ToDtype"):
        return image.but(dtype="float" if _is_float(ev, transform) else None)
    if name in contracts.KEEPING:
        return image
    if name in contracts.RESIZING:
        return _sized(image, None, None)
    if name in contracts.CROPPING or name == "Resize":
        return _asked(ev, transform, image, square=name != "Resize")
    if name == "Grayscale":
        lazy = transform.arguments.get(0, "num_output_channels")
        count = ev.value(lazy) if lazy is not None else ConstV(1)
        assert image.shape is not None
        channels = count.value if isinstance(count, ConstV) and type(count.value) is int else None
        return image.but(shape=Shape((channels, *image.shape.sizes[1:])))
    return None


def _through_all(ev: Evaluator, compose: ObjectV, image: Meaning) -> Meaning | None:
    lazy = compose.arguments.get(0, "transforms")
    steps = ev.value(lazy) if lazy is not None else None
    if not isinstance(steps, SeqV) or not steps.complete or len(steps.items) > MOST_TRANSFORMS:
        return None
    made: Meaning | None = image
    for step in steps.items:
        if made is None:
            return None
        made = _through(ev, ev.value(step), made)
    return made


def _is_float(ev: Evaluator, transform: ObjectV) -> bool:
    lazy = transform.arguments.get(0, "dtype")
    dtype = ev.value(lazy) if lazy is not None else None
    return lazy is None or (isinstance(dtype, ExternalV) and dtype.name in ("torch.float", "torch.float32"))


def _asked(ev: Evaluator, transform: ObjectV, image: Meaning, square: bool) -> Meaning:
    """An image of the size that a transform is given. One number makes a square of it, or the shorter side so long."""
    lazy = transform.arguments.get(0, "size")
    size = ev.value(lazy) if lazy is not None else None
    assert image.shape is not None
    _, high, wide = image.shape.sizes
    if isinstance(size, ConstV) and type(size.value) is int:
        is_square = square or (high is not None and high == wide)
        return _sized(image, size.value, size.value) if is_square else _sized(image, None, None)
    if isinstance(size, SeqV) and size.complete and len(size.items) == 2:
        sides = [ev.value(each) for each in size.items]
        return _sized(
            image, *(each.value if isinstance(each, ConstV) and type(each.value) is int else None for each in sides)
        )
    return _sized(image, None, None)


def _sized(image: Meaning, high: Size, wide: Size) -> Meaning:
    assert image.shape is not None
    return image.but(shape=Shape((image.shape.sizes[0], high, wide)))
