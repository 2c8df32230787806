"""Image classifiers: torchvision, timm, efficientnet_pytorch and pretrainedmodels.

Source: the constructors of torchvision 0.28, timm 1.0, efficientnet_pytorch 0.7 and pretrainedmodels 0.7. All of them
end in an affine layer over the features and return raw scores `[N, C]`, C being 1000 unless it is given.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Head:
    """Where the last layer of a model is.

    `attributes` are the names under which it may be replaced, the usual one first. `place` counts, where the attribute
    is a Sequential, the layers up to and with the last one (0: the attribute is the layer itself). `classes` is the
    argument with the class count. `auxiliary` says that a call returns more than the scores while training.
    """

    attributes: tuple[str, ...]
    place: int = 0
    classes: str = "num_classes"
    auxiliary: bool = False


FC = Head(("fc",))

#: torchvision's architectures by the beginning of their names.
TORCHVISION: dict[str, Head] = {
    "resnet": FC,
    "resnext": FC,
    "wide_resnet": FC,
    "shufflenet": FC,
    "regnet": FC,
    "googlenet": Head(("fc",), auxiliary=True),
    "inception_v3": Head(("fc",), auxiliary=True),
    "alexnet": Head(("classifier",), 7),
    "vgg": Head(("classifier",), 7),
    "densenet": Head(("classifier",)),
    "mobilenet_v2": Head(("classifier",), 2),
    "mobilenet_v3": Head(("classifier",), 4),
    "mnasnet": Head(("classifier",), 2),
    "efficientnet": Head(("classifier",), 2),
    "convnext": Head(("classifier",), 3),
    "swin": Head(("head",)),
    "vit_": Head(("heads",)),
}

#: timm names the last layer after the architecture; `reset_classifier` and num_classes=0 are seen to elsewhere.
TIMM = Head(("fc", "classifier", "head", "last_linear"))

#: A model that is chosen by its name: any of them, whose head has one of these names.
CHOSEN = Head(("fc", "classifier", "head", "heads", "last_linear"))

OTHERS: dict[str, Head] = {
    "torchvision.models.__dict__": CHOSEN,
    "torchvision.models.get_model": CHOSEN,
    "pretrainedmodels.__dict__": CHOSEN,
    "timm.models.__dict__": CHOSEN,
    "efficientnet_pytorch.EfficientNet.from_pretrained": Head(("_fc",)),
    "efficientnet_pytorch.EfficientNet.from_name": Head(("_fc",)),
    "timm.create_model": TIMM,
    "timm.models.create_model": TIMM,
}


def head_of(name: str) -> Head | None:
    """The head of the model that a function of a library makes, None when it is none that is known."""
    if name in OTHERS:
        return OTHERS[name]
    if name.startswith("torchvision.models."):
        short = name.rpartition(".")[2]
        if "." in name.removeprefix("torchvision.models.") and ".segmentation." in name + ".":
            return None
        if any(
            part in name for part in (".detection.", ".segmentation.", ".video.", ".optical_flow.", ".quantization.")
        ):
            return None
        if short[:1].isupper():
            return None
        return next((head for start, head in TORCHVISION.items() if short.startswith(start)), None)
    if name.startswith("pretrainedmodels.") and name.rpartition(".")[2][:1].islower():
        return Head(("last_linear",))
    return None
