"""segmentation_models_pytorch: an `activation` that is given is applied to what is returned.

Source: segmentation_models_pytorch 0.6, `base/modules.py`. Scores are `[N, classes, H, W]`; `classes` is 1 unless it is
given, and no activation is applied unless one is asked for. With `aux_params` a call returns the masks and a label.
"""

from __future__ import annotations

PREFIX = "segmentation_models_pytorch."

MODELS = frozenset(
    {
        "Unet", "UnetPlusPlus", "MAnet", "Linknet", "FPN", "PSPNet", "DeepLabV3", "DeepLabV3Plus", "PAN", "UPerNet",
        "Segformer", "DPT", "create_model",
    }
)  # fmt: skip

#: The attribute that holds the last layers: a convolution, an upsampling, and the activation.
HEAD = "segmentation_head"

#: How many settings may come by position without saying anything of the classes or the activation.
FIRST_SETTINGS = 4

#: The activation by its name, and the operation that it is.
SEGMENTATION_ACTIVATIONS: dict[str | None, str] = {
    None: "",
    "identity": "",
    "sigmoid": "sigmoid",
    "softmax": "softmax",
    "softmax2d": "softmax",
    "logsoftmax": "log_softmax",
    "tanh": "tanh",
}


def is_segmentation_model(name: str) -> bool:
    """Whether a qualified name is a model of segmentation_models_pytorch."""
    return name.startswith(PREFIX) and name.rpartition(".")[2] in MODELS
