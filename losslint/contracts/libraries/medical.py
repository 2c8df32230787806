"""monai's networks: segmentation and classification nets that end in a convolution or an affine layer.

Source: monai 1.6, `networks/nets/`. All of them return raw scores, `[N, C, …]`, whatever `act` is given: that is the
activation between the layers.
"""

from __future__ import annotations

from dataclasses import dataclass

PREFIX = "monai.networks.nets."


@dataclass(frozen=True, slots=True)
class Network:
    """Where a network's constructor has its settings.

    `classes` is the place of `out_channels` among the positional arguments (-1: it differs by version) and `default`
    the class count when nobody gives it. `dims` is the default of `spatial_dims`, None where it has to be given and 0
    for a classifier, whose scores are `[N, C]`. `alone` are settings under which something else is returned.
    """

    classes: int
    default: int | None = None
    dims: int | None = None
    alone: tuple[str, ...] = ()


_CLASSIFIER = Network(2, dims=0)

NETWORKS: dict[str, Network] = {
    "UNet": Network(2),
    "Unet": Network(2),
    "BasicUNet": Network(2, 2, 3),
    "BasicUnet": Network(2, 2, 3),
    "SegResNet": Network(3, 2, 3, alone=("use_conv_final",)),
    "VNet": Network(2, 1, 3),
    "UNETR": Network(1, dims=3),
    "SwinUNETR": Network(-1, dims=3),
    "AttentionUnet": Network(2),
    "DynUNet": Network(2, alone=("deep_supervision",)),
    "DynUnet": Network(2, alone=("deep_supervision",)),
    "DenseNet": _CLASSIFIER,
    "DenseNet121": _CLASSIFIER,
    "DenseNet169": _CLASSIFIER,
    "DenseNet201": _CLASSIFIER,
    "DenseNet264": _CLASSIFIER,
}


def network_of(name: str) -> Network | None:
    """The network that a qualified name makes, None when the table does not speak of it."""
    return NETWORKS.get(name.rpartition(".")[2]) if name.startswith(PREFIX) else None
