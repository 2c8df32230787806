"""What the models of other libraries return: one table a library.

losslint reads no code of installed packages. A table says of a library's model which attribute is its head, which
argument gives the class count, and what a call returns when nobody touched the head.
"""

from __future__ import annotations

from losslint.contracts.libraries.graphs import READOUTS, Convolution, convolution_of
from losslint.contracts.libraries.language import answer_of, layer_of
from losslint.contracts.libraries.medical import Network, network_of
from losslint.contracts.libraries.segmentation import SEGMENTATION_ACTIVATIONS, is_segmentation_model
from losslint.contracts.libraries.vision import Head, head_of

#: Libraries that the tables speak of: other names are not looked up.
LIBRARIES = (
    "torchvision.", "timm.", "transformers.", "segmentation_models_pytorch.", "efficientnet_pytorch.",
    "pretrainedmodels.", "torch_geometric.", "dgl.nn.", "cnn_finetune.", "monai.networks.", "torch.hub.load",
)  # fmt: skip

__all__ = [
    "LIBRARIES",
    "READOUTS",
    "SEGMENTATION_ACTIVATIONS",
    "Convolution",
    "Head",
    "Network",
    "answer_of",
    "convolution_of",
    "head_of",
    "is_segmentation_model",
    "layer_of",
    "network_of",
]
