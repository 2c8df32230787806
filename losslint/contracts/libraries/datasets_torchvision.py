"""The datasets of torchvision: what their items are, and what its transforms make of an image.

Source: torchvision 0.28, `datasets/*.py` and `transforms/transforms.py`. An item is a pair of an image of PIL's and a
label, which is a Python int unless a `target_transform` makes something else of it. Only an image that a transform
made a tensor of has a shape here.
"""

from __future__ import annotations

from dataclasses import dataclass

PREFIX = "torchvision.datasets."
TRANSFORMS = "torchvision.transforms."


@dataclass(frozen=True, slots=True)
class Images:
    """The images of a dataset: how many channels they have, and how high and wide all of them are, 0 where that is not
    the same for all. `parameters` are those of the constructor in their order, as far as they go by position."""

    channels: int
    side: int
    parameters: tuple[str, ...]


_TRAIN = ("root", "train", "transform", "target_transform")
_SPLIT = ("root", "split", "transform", "target_transform")
_ALL = ("root", "transform", "target_transform")
_NAMED = ("root", "split")

DATASETS: dict[str, Images] = {
    "MNIST": Images(1, 28, _TRAIN),
    "FashionMNIST": Images(1, 28, _TRAIN),
    "KMNIST": Images(1, 28, _TRAIN),
    "EMNIST": Images(1, 28, _NAMED),
    "USPS": Images(1, 16, _TRAIN),
    "CIFAR10": Images(3, 32, _TRAIN),
    "CIFAR100": Images(3, 32, _TRAIN),
    "SVHN": Images(3, 32, _SPLIT),
    "STL10": Images(3, 96, ("root", "split", "folds", "transform", "target_transform")),
    "EuroSAT": Images(3, 64, _ALL),
    "ImageFolder": Images(3, 0, (*_ALL, "loader")),
    "DatasetFolder": Images(0, 0, ("root", "loader", "extensions", "transform", "target_transform")),
    "ImageNet": Images(3, 0, _NAMED),
    "Food101": Images(3, 0, _SPLIT),
    "GTSRB": Images(3, 0, _SPLIT),
    "Country211": Images(3, 0, _SPLIT),
}

#: Attributes that labels are taken from, and those that images are: who sets one knows what is in it.
LABELS = frozenset({"target_transform", "targets", "labels", "samples", "imgs", "transforms"})
PICTURES = frozenset({"transform", "transforms", "data", "loader"})

#: Transforms that make a tensor of an image, with the dtype of that.
TO_TENSOR = {"ToTensor": "float32", "PILToTensor": "uint8", "ToImage": "uint8"}

#: Transforms of the values, or of places within an image that keeps its size.
KEEPING = frozenset(
    {
        "Normalize", "RandomHorizontalFlip", "RandomVerticalFlip", "RandomAffine", "RandomPerspective", "ColorJitter",
        "RandomErasing", "GaussianBlur", "GaussianNoise", "RandomInvert", "RandomPosterize", "RandomSolarize",
        "RandomAdjustSharpness", "RandomAutocontrast", "RandomEqualize", "ElasticTransform", "AutoAugment",
        "RandAugment", "TrivialAugmentWide", "AugMix", "RandomGrayscale",
    }
)  # fmt: skip

#: Transforms that keep the number of channels and give another size.
RESIZING = frozenset({"Pad", "RandomRotation"})

#: Transforms after which an image has the size that they are given: a pair, or one number for both sides.
CROPPING = frozenset({"CenterCrop", "RandomCrop", "RandomResizedCrop"})
