"""Layers beside torch's modules: shapes, kinds, and what each makes of what goes in."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from losslint.contracts import lookup
from losslint.contracts.torch.layers import LAYERS
from losslint.contracts.transfer import apply_layer
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.meaning import Meaning, unknown
from losslint.vocabulary.observations import UNSETTLED
from losslint.vocabulary.shapes import Shape
from tests.contracts.beside_torch import KNOWLEDGE, Given, _untrue, meaning_of, probabilities, real, scores

N = 7
nn = torch.nn

#: (module, constructor's keywords, inputs, the kind of what comes out)
CASES: list[tuple[str, dict[str, Any], tuple[Given, ...], Kind]] = [
    ("Linear", {"in_features": 4, "out_features": 3}, (real(N, 4),), Kind.LOGITS),
    ("Linear", {"in_features": 4, "out_features": 3}, (real(2, N, 4),), Kind.LOGITS),
    ("LazyLinear", {"out_features": 3}, (real(N, 4),), Kind.LOGITS),
    ("Bilinear", {"in1_features": 4, "in2_features": 5, "out_features": 3}, (real(N, 4), real(N, 5)), Kind.LOGITS),
    ("Conv1d", {"in_channels": 2, "out_channels": 4, "kernel_size": 3}, (real(N, 2, 9),), Kind.LOGITS),
    (
        "Conv2d",
        {"in_channels": 2, "out_channels": 4, "kernel_size": (3, 2), "stride": 2, "padding": 1},
        (real(N, 2, 9, 8),),
        Kind.LOGITS,
    ),
    ("Conv2d", {"in_channels": 2, "out_channels": 4, "kernel_size": 3, "padding": "same"}, (real(N, 2, 9, 8),),
     Kind.LOGITS),
    ("Conv3d", {"in_channels": 2, "out_channels": 4, "kernel_size": 2}, (real(N, 2, 5, 9, 8),), Kind.LOGITS),
    ("LazyConv2d", {"out_channels": 4, "kernel_size": 3}, (real(N, 2, 9, 8),), Kind.LOGITS),
    ("ConvTranspose1d", {"in_channels": 2, "out_channels": 4, "kernel_size": 3}, (real(N, 2, 9),), Kind.LOGITS),
    (
        "ConvTranspose2d",
        {"in_channels": 2, "out_channels": 4, "kernel_size": 3, "stride": 2, "groups": 2},
        (real(N, 2, 9, 8),),
        Kind.LOGITS,
    ),
    ("Embedding", {"num_embeddings": 10, "embedding_dim": 4},
     (Given(torch.randint(0, 10, (N, 5)), Kind.CLASS_INDEX),), Kind.REAL),
    ("EmbeddingBag", {"num_embeddings": 10, "embedding_dim": 4},
     (Given(torch.randint(0, 10, (N, 5)), Kind.CLASS_INDEX),), Kind.REAL),
    ("BatchNorm1d", {"num_features": 3}, (scores(N, 3),), Kind.LOGITS),
    ("BatchNorm1d", {"num_features": 3, "affine": False}, (scores(N, 3),), Kind.REAL),
    ("BatchNorm2d", {"num_features": 3}, (scores(N, 3, 4, 4),), Kind.LOGITS),
    ("LayerNorm", {"normalized_shape": 3}, (scores(N, 3),), Kind.LOGITS),
    ("LayerNorm", {"normalized_shape": 3, "elementwise_affine": False}, (scores(N, 3),), Kind.REAL),
    ("RMSNorm", {"normalized_shape": 3}, (scores(N, 3),), Kind.LOGITS),
    ("GroupNorm", {"num_groups": 2, "num_channels": 4}, (scores(N, 4),), Kind.LOGITS),
    ("InstanceNorm1d", {"num_features": 4}, (scores(N, 4, 5),), Kind.REAL),
    ("InstanceNorm2d", {"num_features": 4, "affine": True}, (scores(N, 4, 5, 5),), Kind.LOGITS),
    ("Dropout", {"p": 0.5}, (scores(N, 3),), Kind.LOGITS),
    ("Dropout2d", {}, (scores(N, 3, 4, 4),), Kind.LOGITS),
    ("Softmax", {"dim": 1}, (scores(N, 3),), Kind.PROBABILITIES),
    ("Softmax", {"dim": -1}, (scores(N, 3),), Kind.PROBABILITIES),
    ("Softmax2d", {}, (scores(N, 3, 4, 4),), Kind.PROBABILITIES),
    ("LogSoftmax", {"dim": -1}, (scores(N, 3),), Kind.LOG_PROBABILITIES),
    ("Softmin", {"dim": -1}, (scores(N, 3),), Kind.PROBABILITIES),
    ("Sigmoid", {}, (scores(N, 3),), Kind.SIGMOID),
    ("LogSigmoid", {}, (scores(N, 3),), Kind.LOG_SIGMOID),
    ("Hardsigmoid", {}, (scores(N, 3),), Kind.CLAMPED),
    ("Tanh", {}, (scores(N, 3),), Kind.TANH),
    ("Hardtanh", {}, (scores(N, 3),), Kind.CLAMPED),
    ("Hardtanh", {"min_val": 0.0, "max_val": 2.0}, (scores(N, 3),), Kind.CLAMPED),
    ("Softsign", {}, (scores(N, 3),), Kind.CLAMPED),
    ("ReLU", {}, (scores(N, 3),), Kind.NON_NEGATIVE),
    ("ReLU6", {}, (scores(N, 3),), Kind.CLAMPED),
    ("Softplus", {}, (scores(N, 3),), Kind.NON_NEGATIVE),
    *((name, {}, (scores(N, 3),), Kind.REAL) for name in (
        "LeakyReLU", "RReLU", "PReLU", "ELU", "SELU", "CELU", "GELU", "SiLU", "Mish", "Hardswish", "Tanhshrink",
        "Softshrink", "Hardshrink")),
    ("Threshold", {"threshold": 0.1, "value": 20.0}, (scores(N, 3),), Kind.UNKNOWN),
    ("GLU", {}, (scores(N, 4),), Kind.UNKNOWN),
    ("Identity", {}, (scores(N, 3),), Kind.LOGITS),
    ("Identity", {}, (probabilities(N, 3),), Kind.PROBABILITIES),
    ("MaxPool1d", {"kernel_size": 2}, (scores(N, 3, 9),), Kind.LOGITS),
    ("MaxPool2d", {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True}, (scores(N, 3, 9, 8),), Kind.LOGITS),
    ("MaxPool3d", {"kernel_size": 2}, (scores(N, 3, 4, 4, 4),), Kind.LOGITS),
    ("AvgPool1d", {"kernel_size": 2}, (scores(N, 3, 9),), Kind.LOGITS),
    ("AvgPool2d", {"kernel_size": 2}, (scores(N, 3, 9, 8),), Kind.LOGITS),
    ("AvgPool3d", {"kernel_size": 2}, (scores(N, 3, 4, 4, 4),), Kind.LOGITS),
    ("AdaptiveAvgPool1d", {"output_size": 1}, (scores(N, 3, 9),), Kind.LOGITS),
    ("AdaptiveAvgPool2d", {"output_size": (1, 1)}, (scores(N, 3, 9, 8),), Kind.LOGITS),
    ("AdaptiveAvgPool3d", {"output_size": 1}, (scores(N, 3, 4, 4, 4),), Kind.LOGITS),
    ("AdaptiveMaxPool2d", {"output_size": 1}, (scores(N, 3, 9, 8),), Kind.LOGITS),
    ("Flatten", {}, (scores(N, 3, 4),), Kind.LOGITS),
    ("Flatten", {"start_dim": 0}, (scores(N, 3),), Kind.LOGITS),
    ("Unflatten", {"dim": 1, "unflattened_size": (2, 3)}, (scores(N, 6),), Kind.LOGITS),
    ("Upsample", {"scale_factor": 2}, (scores(N, 3, 4, 4),), Kind.LOGITS),
    ("UpsamplingNearest2d", {"size": (8, 8)}, (scores(N, 3, 4, 4),), Kind.LOGITS),
    ("PixelShuffle", {"upscale_factor": 2}, (scores(N, 8, 4, 4),), Kind.LOGITS),
    ("PixelUnshuffle", {"downscale_factor": 2}, (scores(N, 8, 4, 4),), Kind.LOGITS),
    ("ZeroPad2d", {"padding": 1}, (scores(N, 3, 4, 4),), Kind.LOGITS),
    ("ZeroPad2d", {"padding": (1, 2, 0, 3)}, (scores(N, 3, 4, 4),), Kind.LOGITS),
    ("ConstantPad1d", {"padding": 1, "value": 2.0}, (scores(N, 3, 4),), Kind.LOGITS),
    ("ReflectionPad2d", {"padding": 1}, (scores(N, 3, 4, 4),), Kind.LOGITS),
    ("ReplicationPad1d", {"padding": (1, 0)}, (scores(N, 3, 4),), Kind.LOGITS),
    ("CosineSimilarity", {}, (real(N, 4), real(N, 4)), Kind.COSINE),
    ("PairwiseDistance", {}, (real(N, 4), real(N, 4)), Kind.NON_NEGATIVE),
    ("LSTM", {"input_size": 4, "hidden_size": 5, "batch_first": True}, (real(N, 3, 4),), Kind.UNKNOWN),
    ("LSTM", {"input_size": 4, "hidden_size": 5, "bidirectional": True}, (real(3, N, 4),), Kind.UNKNOWN),
    ("GRU", {"input_size": 4, "hidden_size": 5}, (real(3, N, 4),), Kind.UNKNOWN),
    ("RNN", {"input_size": 4, "hidden_size": 5}, (real(3, N, 4),), Kind.UNKNOWN),
    ("LSTMCell", {"input_size": 4, "hidden_size": 5}, (real(N, 4),), Kind.UNKNOWN),
    ("GRUCell", {"input_size": 4, "hidden_size": 5}, (real(N, 4),), Kind.UNKNOWN),
    ("MultiheadAttention", {"embed_dim": 4, "num_heads": 2}, (real(3, N, 4),) * 3, Kind.REAL),
    ("TransformerEncoderLayer", {"d_model": 4, "nhead": 2, "dim_feedforward": 8}, (real(3, N, 4),), Kind.REAL),
    ("Transformer", {"d_model": 4, "nhead": 2, "num_encoder_layers": 1, "num_decoder_layers": 1,
                     "dim_feedforward": 8}, (real(3, N, 4), real(2, N, 4)), Kind.REAL),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "settings", "inputs", "kind"), CASES, ids=[f"{one[0]}-{index}" for index, one in enumerate(CASES)]
)
def test_layers_beside_torch(name: str, settings: dict[str, Any], inputs: tuple[Given, ...], kind: Kind) -> None:
    layer = lookup.layer(f"torch.nn.{name}")
    assert layer is not None
    results = getattr(nn, name)(**settings)(*(given.tensor for given in inputs))
    for knowledge in KNOWLEDGE:
        claimed = apply_layer(layer, settings, [meaning_of(given, knowledge) for given in inputs])
        first = claimed[0] if isinstance(claimed, tuple) else claimed
        if knowledge != "no kind":
            assert first.kind is kind
        if first.kind is Kind.UNKNOWN:
            assert first.reason or knowledge == "no kind"
        tensors = list(results) if isinstance(results, tuple) else [results]
        for tensor, meaning in zip(tensors, claimed if isinstance(claimed, tuple) else [claimed], strict=True):
            if isinstance(tensor, torch.Tensor):
                assert not list(_untrue(tensor, meaning)), knowledge


@pytest.mark.parametrize(
    ("name", "settings", "inputs", "kind"), CASES, ids=[f"{one[0]}-{index}" for index, one in enumerate(CASES)]
)
def test_a_layer_that_is_trained_has_a_gradient_whatever_goes_in(
    name: str, settings: dict[str, Any], inputs: tuple[Given, ...], kind: Kind
) -> None:
    layer = lookup.layer(f"torch.nn.{name}")
    assert layer is not None
    results = getattr(nn, name)(**settings)(*(given.tensor for given in inputs))
    cut = [meaning_of(given, KNOWLEDGE[0]).but(detached_by="detach") for given in inputs]
    claimed = apply_layer(layer, settings, cut)
    first = claimed[0] if isinstance(claimed, tuple) else claimed
    tensor = results[0] if isinstance(results, tuple) else results
    if tensor.requires_grad:
        assert first.detached_by is None
    elif kind is not Kind.UNKNOWN:
        assert first.detached_by == "detach"


def test_no_layer_raises_on_odd_settings() -> None:
    odd: list[dict[str, object]] = [{}]
    for value in (UNSETTLED, None, "x", -1, (), [1, 2], unknown("?"), 3.5):
        odd.append({name: value for layer in LAYERS for name in layer.constructor})
    for layer in LAYERS:
        for settings in odd:
            given = {name: value for name, value in settings.items() if name in layer.constructor}
            for inputs in ([], [Meaning()], [Meaning(shape=Shape(()))], [Meaning(shape=Shape((3,), open=True))] * 4):
                apply_layer(layer, given, inputs)


def test_layers_are_named_as_a_reader_writes_them() -> None:
    layer = lookup.layer("torch.nn.modules.activation.Softmax")
    assert layer is not None
    result = apply_layer(layer, {"dim": 1}, [Meaning(Kind.LOGITS)])
    assert isinstance(result, Meaning)
    assert result.made_by == "nn.Softmax"
    assert result.dim == 1


def test_what_is_known_of_a_head_without_its_input() -> None:
    linear, conv = lookup.layer("torch.nn.Linear"), lookup.layer("torch.nn.Conv2d")
    assert linear is not None and conv is not None
    scores_ = apply_layer(linear, {"in_features": 4, "out_features": 10}, [unknown("features")])
    assert isinstance(scores_, Meaning)
    assert (scores_.kind, scores_.shape) == (Kind.LOGITS, Shape((10,), open=True))
    maps = apply_layer(conv, {"in_channels": 3, "out_channels": 8, "kernel_size": 3}, [unknown("image")])
    assert isinstance(maps, Meaning)
    assert maps.shape == Shape((None, 8, None, None))
    settled = apply_layer(linear, {"in_features": 4, "out_features": UNSETTLED}, [Meaning(shape=Shape(("N", 4)))])
    assert isinstance(settled, Meaning)
    assert settled.shape == Shape(("N", None))
