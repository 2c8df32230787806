"""Rules about indices, shapes, settings and finiteness: the codes of hand-made observations, and what stays quiet."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.observations import UNSETTLED, LossCall
from losslint.vocabulary.places import Trail

from .calls import HERE, OBJECT, codes, findings, loss, made, shape

CE, NLL, BCE, MSE, SOFT = "CrossEntropyLoss", "NLLLoss", "BCELoss", "MSELoss", "SoftMarginLoss"

SCORES = made(Kind.LOGITS, 10, open=True, dtype="float32")
ONE = made(Kind.LOGITS, 1, open=True)
SOFTMAX = made(Kind.PROBABILITIES, 10, open=True)
LOG_SOFTMAX = made(Kind.LOG_PROBABILITIES, 10, open=True)
SIGMOID = made(Kind.SIGMOID, 1, open=True)
OBSERVED = made(Kind.CLASS_INDEX, "N", dtype="int64")

#: Of the loss that holds its last layer: 4 samples of 8 features, and a layer to 5 classes.
LINEAR, ADAPTIVE = "LinearCrossEntropyLoss", "AdaptiveLogSoftmaxWithLoss"
FEATURES, FIVE = made(Kind.REAL, 4, 8, dtype="float32"), made(Kind.REAL, 5, 8)

#: Of CTCLoss: 50 steps of 16 samples over 29 labels, targets of 9 labels a row, and lengths.
TIMES = made(Kind.LOG_PROBABILITIES, 50, 16, 29, dim=2)
LABELS = made(Kind.CLASS_INDEX, 16, 9, dtype="int64", made_by="randint")
FIFTY = made(Kind.CONSTANT, 16, dtype="int64", bounds=(50.0, 50.0))


def given(name: str, settings: dict[str, object] | None = None, **arguments: Meaning) -> LossCall:
    """A call of a loss whose arguments have other names than input and target."""
    return LossCall(name, f"nn.{name}", HERE, arguments, settings or {}, Trail(OBJECT, f"nn.{name} made here"))


#: An observation, the code that it has to get (advice included), and a part of the message.
MISUSES: list[tuple[LossCall, str, str]] = [
    (
        loss(
            CE, made(Kind.LOGITS, "N", 3), made(Kind.CLASS_INDEX, "N", dtype="int64", bounds=(1.0, 3.0), reached=True)
        ),
        "LL121",
        "count from 1: subtract 1",
    ),
    (loss(CE, SCORES, OBSERVED.but(bounds=(0.0, 10.0), reached=True)), "LL121", "Let the model tell 11 classes apart"),
    (loss(CE, SCORES, OBSERVED.but(bounds=(-1.0, 9.0), reached=True)), "LL121", "Give ignore_index=-1"),
    (loss(NLL, LOG_SOFTMAX, OBSERVED.but(bounds=(-100.0, 10.0), reached=True)), "LL121", "from 0 to 9"),
    (loss("MultiMarginLoss", SCORES, OBSERVED.but(bounds=(-100.0, 3.0), reached=True)), "LL121", "from -100 to 3"),
    (loss("MultiLabelMarginLoss", SCORES, OBSERVED.but(bounds=(-1.0, 10.0), reached=True)), "LL121", "from -1 to 10"),
    (
        loss("AdaptiveLogSoftmaxWithLoss", SCORES, OBSERVED.but(bounds=(0.0, 20.0), reached=True), n_classes=20),
        "LL121",
        "20 classes",
    ),
    (
        loss(
            "LinearCrossEntropyLoss",
            SCORES,
            OBSERVED.but(bounds=(0.0, 5.0), reached=True),
            linear_weight=made(Kind.REAL, 5, 10),
        ),
        "LL121",
        "5 classes",
    ),
    (loss(CE, SCORES, made(Kind.CONSTANT, "N", dtype="int64", bounds=(10.0, 10.0))), "LL121", "class indices 10, but"),
    (loss(CE, made(Kind.LOGITS, 4, 5), made(Kind.CLASS_INDEX, 3)), "LL122", "batch sizes 4 and 3 differ"),
    (loss(CE, made(Kind.LOGITS, 4, 5, 8, 8), made(Kind.CLASS_INDEX, 4, 8, 9)), "LL122", "8 and 9 differ"),
    (loss(CE, made(Kind.LOGITS, "N", 5), made(Kind.CLASS_INDEX, "N", 8, 8)), "LL122", "1 instead of 3"),
    (loss(CE, made(Kind.LOGITS, 5), made(Kind.CLASS_INDEX, 3, dtype="int64")), "LL122", "single sample"),
    (loss(CE, made(Kind.LOGITS, 5), made(Kind.CLASS_INDEX, 3, 5)), "LL122", "more dimensions than the scores"),
    (
        loss(CE, made(Kind.LOGITS, 4, 5), made(Kind.PROBABILITIES, 4, 6, dtype="float32", dim=1)),
        "LL122",
        "have the shape",
    ),
    (loss(CE, made(Kind.LOGITS, 0, 5)), "LL122", "is nan"),
    (loss(MSE, made(Kind.LOGITS, 4, 5), made(Kind.REAL, 3, 5)), "LL122", "sizes 4 and 3 do not broadcast"),
    (loss(MSE, made(Kind.LOGITS, 5, open=True), made(Kind.REAL, "N", 4)), "LL122", "sizes 5 and 4"),
    (loss(SOFT, made(Kind.LOGITS, "N", 1), made(Kind.SIGNS, "N")), "LL122", "not broadcast to the target"),
    (loss(SOFT, made(Kind.LOGITS, 5), made(Kind.SIGNS, 4, 5)), "LL122", "not broadcast to the target"),
    (
        loss("MultiMarginLoss", made(Kind.LOGITS, 4, 5), made(Kind.CLASS_INDEX, 4, 1)),
        "LL122",
        "one class index a sample",
    ),
    (loss("MultiMarginLoss", made(Kind.LOGITS, 4, 5, 7)), "LL122", "nothing of more dimensions"),
    (loss("MultiLabelMarginLoss", made(Kind.LOGITS, 4, 5), made(Kind.CLASS_INDEX, 4)), "LL122", "shape of the scores"),
    (loss("MultiMarginLoss", made(Kind.LOGITS, 4, 0)), "LL122", "there is no class"),
    (loss(LINEAR, FEATURES, linear_weight=made(Kind.REAL, 5, 9)), "LL122", "the layer takes 9 features"),
    (loss(LINEAR, FEATURES, in_features=9, num_classes=5), "LL122", "the layer takes 9 features"),
    (loss(LINEAR, made(Kind.REAL, 2, 4, 8)), "LL122", "the F features of one sample"),
    (loss(LINEAR, FEATURES, linear_weight=made(Kind.REAL, 8)), "LL122", "linear_weight [8]: the weight of its layer"),
    (loss(LINEAR, made(Kind.REAL, 8), linear_weight=made(Kind.REAL, 5, 2, 8)), "LL122", "takes a batch"),
    (
        loss(LINEAR, FEATURES, linear_weight=made(Kind.REAL, 5, 8), linear_bias=made(Kind.REAL, 4)),
        "LL122",
        "linear_bias [4] and linear_weight [5, 8]",
    ),
    (loss(LINEAR, FEATURES, made(Kind.CLASS_INDEX, 3), in_features=8, num_classes=5), "LL122", "sizes 4 and 3 differ"),
    (loss(LINEAR, FEATURES, made(Kind.REAL, 4, 6, dtype="float32"), linear_weight=FIVE), "LL122", "have the shape"),
    (loss(LINEAR, FEATURES, made(Kind.UNKNOWN, 4, 5, dtype="int64"), linear_weight=FIVE), "LL110", "floating-point"),
    (
        loss(LINEAR, FEATURES, made(Kind.UNKNOWN, 4, 5, dtype="float32"), linear_weight=FIVE, ignore_index=-100),
        "LL117",
        "ignore_index=-100",
    ),
    (loss(LINEAR, FEATURES, made(Kind.CLASS_INDEX, 4, dtype="float32"), linear_weight=FIVE), "LL109", "as float32"),
    (loss(LINEAR, FEATURES, made(Kind.UNKNOWN, 4, 1, dtype="int64"), linear_weight=FIVE), "LL111", "[4, 1]"),
    (loss(LINEAR, FEATURES, made(Kind.CLASS_INDEX, 4, dtype="int32"), linear_weight=FIVE), "LL109", "int64 or uint8"),
    (loss(ADAPTIVE, FEATURES, made(Kind.UNKNOWN, 4, dtype="int16"), n_classes=5), "LL109", "int64 or int32"),
    (loss(ADAPTIVE, FEATURES, made(Kind.UNKNOWN, 4, dtype="bool"), n_classes=5), "LL109", "dtype bool"),
    (loss(ADAPTIVE, FEATURES, made(Kind.UNKNOWN, 4, 5, dtype="int64"), n_classes=5), "LL110", "wants class indices"),
    (loss(ADAPTIVE, FEATURES, made(Kind.UNKNOWN, 4, 1, dtype="int64"), n_classes=5), "LL111", "[4, 1]"),
    (loss(ADAPTIVE, FEATURES, made(Kind.UNKNOWN, 3, dtype="int64"), n_classes=5), "LL122", "batch sizes 4 and 3"),
    (loss(ADAPTIVE, FEATURES, n_classes=5, in_features=9), "LL122", "takes 9 features"),
    (
        loss("NLLLoss", made(Kind.LOG_PROBABILITIES, 32, 10), made(Kind.UNKNOWN, 32, 10, dtype="int64")),
        "LL110",
        "wants class indices",
    ),
    (loss(LINEAR, num_classes=5, weight=made(Kind.REAL, 3)), "LL118", "3 entries for 5 classes"),
    (loss(LINEAR, num_classes=5, label_smoothing=-0.1), "LL119", "torch raises"),
    (loss("MultiMarginLoss", SCORES, made(dtype="float32")), "LL109", "wants int64"),
    (loss("MultiMarginLoss", SCORES, weight=made(Kind.REAL, 3)), "LL118", "3 entries for 10 classes"),
    (loss("HuberLoss", delta=1j), "LL119", "no real number"),
    (loss("MultiMarginLoss", made(finite=False)), "LL712", "NaN or infinite"),
    (replace(loss(MSE, made(finite=False)), batch=7), "LL712", "at call 7 of this line"),
    (loss("BCELoss", made(bounds=(-1.0, 2.0), reached=True)), "LL203", "values from -1 to 2"),
    (loss("BCEWithLogitsLoss", SCORES, made(bounds=(-1.0, 2.0), reached=True)), "LL212", "from -1 to 2"),
    (loss("PoissonNLLLoss", made(bounds=(-1.0, 2.0), reached=True), log_input=False), "LL404", "holds -1"),
    (given("GaussianNLLLoss", input=made(Kind.REAL, 4, 5), var=made(Kind.NON_NEGATIVE, 5)), "LL122", "lacks its last"),
    (given("GaussianNLLLoss", input=made(Kind.REAL, 4, 5), var=made(Kind.NON_NEGATIVE, 3, 5)), "LL122", ""),
    (given("GaussianNLLLoss", input=made(Kind.REAL, 4, 5), var=made(Kind.CONSTANT, shape=shape())), "LL122", ""),
    (
        given("MarginRankingLoss", input1=made(Kind.REAL, "N", 1), target=made(Kind.SIGNS, "N")),
        "LL122",
        "same number of",
    ),
    (
        given("TripletMarginLoss", anchor=made(Kind.REAL, 4, 8), negative=made(Kind.REAL, 4, 9)),
        "LL122",
        "anchor [4, 8] and",
    ),
    (given("CosineEmbeddingLoss", input1=made(Kind.REAL, 4, 8), input2=made(Kind.REAL, 4, 9)), "LL122", "8 and 9"),
    (
        given("CosineEmbeddingLoss", input1=made(Kind.REAL, 4, 8), target=made(Kind.SIGNS, 4, 1)),
        "LL122",
        "one number a pair",
    ),
    (given("CosineEmbeddingLoss", input2=made(Kind.REAL, 4, 8), target=made(Kind.SIGNS, 3)), "LL122", "4 and 3 differ"),
    (given("CosineEmbeddingLoss", input1=made(Kind.REAL, 8), target=made(Kind.SIGNS, 4)), "LL122", "inputs of 2"),
    (given("CTCLoss", log_probs=TIMES, input_lengths=made(Kind.COUNT, 50)), "LL122", "16 samples for 50 lengths"),
    (given("CTCLoss", log_probs=TIMES, targets=made(Kind.CLASS_INDEX, 50, 9)), "LL122", "16 samples for 50 targets"),
    (given("CTCLoss", log_probs=made(Kind.LOG_PROBABILITIES, 2, 3, 4, 5)), "LL122", "time first"),
    (given("CTCLoss", targets=made(Kind.CLASS_INDEX, 16, 9, 1)), "LL122", "in one dimension"),
    (replace(loss(BCE, SIGMOID), autocast="cuda"), "LL205", "autocast of cuda"),
    (replace(loss(BCE, SIGMOID.but(device="xpu:1")), autocast="xpu"), "LL205", ""),
    (given("GaussianNLLLoss", var=SCORES), "LL403", "an unbounded output"),
    (given("GaussianNLLLoss", var=made(Kind.LOG)), "LL403", "is logarithms"),
    (given("GaussianNLLLoss", var=made(Kind.NON_NEGATIVE, made_by="std")), "LL403", "standard deviation"),
    (given("GaussianNLLLoss", var=made(Kind.CONSTANT, bounds=(-1.0, -1.0))), "LL403", "is below 0"),
    (given("GaussianNLLLoss", var=made(Kind.REAL, bounds=(-0.5, 2.0), reached=True)), "LL403", "is below 0"),
    (loss("PoissonNLLLoss", made(Kind.NON_NEGATIVE, made_by="nn.Softplus")), "LL404", "made by nn.Softplus"),
    (loss("PoissonNLLLoss", SIGMOID.but(made_by="sigmoid")), "LL404", "below 1"),
    (loss("PoissonNLLLoss", SCORES, log_input=False), "LL404", "raw scores"),
    (loss("PoissonNLLLoss", made(Kind.LOG), log_input=False), "LL404", "logarithms"),
    (loss("HuberLoss", SCORES, made(dtype="int64")), "LL405", "backward raises"),
    (
        loss("HuberLoss", made(dtype="float16"), made(dtype="float32")),
        "LL405",
        "float32 for a prediction of dtype float16",
    ),
    (loss("L1Loss", SCORES, made(Kind.BOOLEAN, dtype="bool")), "LL405", "cannot be subtracted"),
    (loss(MSE, made(dtype="int64"), made(dtype="uint8")), "LL405", "two tensors of integers"),
    (given("CosineEmbeddingLoss", target=made(Kind.BOOLEAN, bounds=(0.0, 1.0))), "LL501", "costs nothing"),
    (given("MarginRankingLoss", target=made(Kind.CONSTANT, bounds=(0.0, 0.0))), "LL501", "are 0, but"),
    (
        given("HingeEmbeddingLoss", target=made(Kind.CLASS_INDEX, bounds=(0.0, 1.0), reached=True)),
        "LL501",
        "both sides",
    ),
    (loss(SOFT, ONE, made(Kind.MULTI_HOT)), "LL501", "costs 0.693"),
    (given("CTCLoss", log_probs=SCORES), "LL502", "negative, in silence"),
    (given("CTCLoss", log_probs=SIGMOID), "LL502", "in place of the sigmoid"),
    (given("CTCLoss", log_probs=TIMES.but(dim=1)), "LL502", "over dimension 1"),
    (
        given("CTCLoss", log_probs=TIMES, targets=LABELS.but(bounds=(0.0, 28.0), reached=True)),
        "LL503",
        "0 is the blank",
    ),
    (
        given("CTCLoss", log_probs=TIMES, targets=LABELS.but(bounds=(1.0, 29.0), reached=True)),
        "LL503",
        "with 29 classes",
    ),
    (given("CTCLoss", targets=LABELS.but(bounds=(-1.0, 5.0), reached=True)), "LL503", "beside the scores"),
    (
        given("CTCLoss", targets=LABELS.but(bounds=(1.0, 5.0), reached=True), settings={"blank": 5}),
        "LL503",
        "5 is the blank",
    ),
    (given("CTCLoss", targets=SOFTMAX), "LL503", "softmax probabilities, but have to be labels"),
    (given("CTCLoss", input_lengths=made(Kind.CONSTANT, dtype="float32")), "LL503", "wants integers"),
    (given("CTCLoss", log_probs=TIMES, input_lengths=FIFTY.but(bounds=(51.0, 51.0))), "LL503", "there are 50 steps"),
    (given("CTCLoss", targets=made(Kind.UNKNOWN, 16, 9), target_lengths=FIFTY), "LL503", "there are 9 labels"),
    (given("CTCLoss", input_lengths=FIFTY, target_lengths=FIFTY.but(bounds=(60.0, 60.0))), "LL503", "is infinite"),
    (loss("MultiLabelMarginLoss", SCORES, made(Kind.MULTI_HOT, dtype="int64")), "LL507", "read as the labels 1 and 0"),
    (loss("MultiLabelMarginLoss", SCORES, made(Kind.BOOLEAN, dtype="float32")), "LL507", "torch raises"),
    (loss("MultiLabelMarginLoss", SCORES, made(dtype="int32")), "LL507", "given int32"),
    (loss(MSE, made(finite=False, made_by="log")), "LL712", "made by log, holds NaN"),
    (loss(CE, SCORES, weight=made(finite=False)), "LL712", "The weight of"),
    (loss(CE, made(finite=False, bounds=(0.0, math.inf))), "LL712", ""),
    (
        loss(NLL, LOG_SOFTMAX, made(Kind.CLASS_INDEX, dtype="int64", bounds=(255.0, 255.0)), ignore_index=255),
        "LL117",
        "nan",
    ),
    (loss("MarginRankingLoss", margin="sum"), "LL119", "'sum' lands in margin"),
    (loss("KLDivLoss", log_target="sum"), "LL119", "'sum' lands in log_target"),
    (loss("TripletMarginLoss", margin=0), "LL119", "margin=0 of TripletMarginLoss is not above 0"),
    (loss("MultiMarginLoss", p=3), "LL119", "neither 1 nor 2"),
    (given("CTCLoss", log_probs=TIMES, settings={"blank": 29}), "LL119", "none of the labels 0 to 28"),
    (given("CTCLoss", settings={"blank": -1}), "LL119", "none of the labels"),
    (loss(CE, ignore_index=None), "LL119", "no integer"),
]

#: What looks like one of them and is right, or is not known to be wrong.
RIGHT: list[LossCall] = [
    loss(CE, SCORES, OBSERVED.but(bounds=(0.0, 10.0))),
    loss(CE, SCORES, OBSERVED.but(bounds=(0.0, 9.0), reached=True)),
    loss(CE, SCORES, OBSERVED.but(bounds=(-100.0, 9.0), reached=True)),
    loss(CE, SCORES, OBSERVED.but(bounds=(0.0, 255.0), reached=True), ignore_index=255),
    loss(CE, SCORES, OBSERVED.but(bounds=(0.0, 255.0), reached=True), ignore_index=UNSETTLED),
    loss(
        CE,
        made(Kind.LOGITS, 10, open=True),
        made(Kind.CLASS_INDEX, 8, 20, dtype="int64", bounds=(0.0, 19.0), reached=True),
    ),
    loss("MultiLabelMarginLoss", SCORES, OBSERVED.but(bounds=(-1.0, 9.0), reached=True)),
    loss(CE, made(Kind.LOGITS, "N", 5), made(Kind.CLASS_INDEX, 32)),
    loss(CE, made(Kind.LOGITS, 1, 5), made(Kind.CLASS_INDEX, "N")),
    loss(CE, made(Kind.LOGITS, 5), made(Kind.CLASS_INDEX, 1, dtype="int64")),
    loss(CE, made(Kind.LOGITS, 0, 5), reduction="sum"),
    loss(CE, made(Kind.LOGITS, 0, open=True)),
    loss(MSE, made(Kind.LOGITS, 4, 1), made(Kind.REAL, 1, 5)),
    loss(MSE, made(Kind.LOGITS, 4, 5), made(Kind.REAL, shape=shape())),
    loss(SOFT, made(Kind.LOGITS, 4, 5), made(Kind.SIGNS, 5)),
    given("GaussianNLLLoss", input=made(Kind.REAL, 4, 5), var=made(Kind.NON_NEGATIVE, 4)),
    given("GaussianNLLLoss", input=made(Kind.REAL, 4, 5), var=made(Kind.NON_NEGATIVE, 4, 1)),
    given("GaussianNLLLoss", input=made(Kind.REAL, 4, 5), var=made(Kind.CONSTANT, bounds=(1.0, 1.0))),
    given("TripletMarginLoss", anchor=made(Kind.REAL, 4, 8), negative=made(Kind.REAL, 1, 8)),
    given("CosineEmbeddingLoss", input1=made(Kind.REAL, 4, 8), target=made(Kind.SIGNS, 1)),
    given("CTCLoss", log_probs=TIMES, targets=made(Kind.CLASS_INDEX, 160), input_lengths=made(Kind.COUNT, 16)),
    loss(BCE, SIGMOID),
    replace(loss(BCE, SIGMOID), autocast="cpu"),
    replace(loss(BCE, SIGMOID.but(device="cpu")), autocast="cuda"),
    given(
        "GaussianNLLLoss", var=made(Kind.NON_NEGATIVE, made_by="sqrt", source=made(Kind.NON_NEGATIVE, made_by="pow"))
    ),
    given("GaussianNLLLoss", var=SCORES.but(bounds=(0.0, math.inf))),
    loss("PoissonNLLLoss", SCORES),
    loss("PoissonNLLLoss", made(Kind.NON_NEGATIVE, made_by="log1p")),
    loss("PoissonNLLLoss", made(Kind.NON_NEGATIVE, made_by="exp"), log_input=UNSETTLED),
    loss("HuberLoss", SCORES.but(detached_by="torch.no_grad"), made(dtype="int64")),
    loss("HuberLoss", made(dtype="float"), made(dtype="float32")),
    replace(loss("HuberLoss", made(dtype="float16"), made(dtype="float32")), autocast="cuda"),
    loss(MSE, SCORES, made(dtype="int64")),
    given("MarginRankingLoss", target=made(Kind.CONSTANT, bounds=(1.0, 1.0))),
    given("HingeEmbeddingLoss", target=made(Kind.BOOLEAN, bounds=(0.0, 2.0), factor=2.0)),
    given("CosineEmbeddingLoss", target=made(Kind.SIGNS)),
    given("CTCLoss", log_probs=TIMES),
    given("CTCLoss", log_probs=TIMES.but(dim=-1)),
    given("CTCLoss", log_probs=TIMES, targets=LABELS.but(bounds=(0.0, 28.0), made_by="tensor")),
    given(
        "CTCLoss", log_probs=TIMES, targets=LABELS.but(bounds=(0.0, 28.0), reached=True), settings={"blank": UNSETTLED}
    ),
    given("CTCLoss", targets=LABELS.but(dtype="float32")),
    given("CTCLoss", log_probs=TIMES, input_lengths=FIFTY, target_lengths=FIFTY),
    loss("MultiLabelMarginLoss", SCORES, made(Kind.CLASS_INDEX, dtype="int64")),
    loss(
        LINEAR, FEATURES, made(Kind.CLASS_INDEX, 4, 2, dtype="int64"), in_features=8, num_classes=5, out_features=(2,)
    ),
    loss(LINEAR, FEATURES, made(Kind.PROBABILITIES, 4, 5, dtype="float32", dim=1), linear_weight=FIVE),
    loss(LINEAR, FEATURES, made(Kind.CLASS_INDEX, 4, dtype="int64"), linear_weight=FIVE, ignore_index=0),
    loss(LINEAR, FEATURES, in_features=UNSETTLED, num_classes=UNSETTLED, out_features=UNSETTLED),
    loss("MultiMarginLoss", made(Kind.LOGITS, "N", 0)),
    loss(MSE, made(finite=True)),
    loss("MultiMarginLoss", made(finite=False, bounds=(-math.inf, 3.0))),
    given("HingeEmbeddingLoss", input=made(finite=False, bounds=(0.0, math.inf))),
    loss("BCELoss", made(bounds=(0.0, 1.0), reached=True), made(bounds=(0.0, 1.0), reached=True)),
    loss("BCELoss", made(bounds=(-1.0, 2.0))),
    loss("BCEWithLogitsLoss", SCORES, made(bounds=(-1.0, 2.0))),
    loss("PoissonNLLLoss", made(bounds=(-1e-9, 2.0), reached=True), log_input=False),
    loss("PoissonNLLLoss", made(bounds=(-1.0, 2.0), reached=True)),
    loss(CE, made(finite=False, bounds=(-math.inf, 3.0))),
    loss("TripletMarginLoss", margin=0.2),
    given("CTCLoss", log_probs=TIMES, settings={"blank": 28}),
]


@pytest.mark.parametrize(("call", "code", "said"), MISUSES)
def test_a_misuse_gets_its_code_alone(call: LossCall, code: str, said: str) -> None:
    (found,) = findings(call)
    assert found.code == code
    assert said in found.message
    assert found.message.endswith(".")
    assert "  " not in found.message
    assert ".." not in found.message


@pytest.mark.parametrize("call", RIGHT, ids=lambda call: call.loss)
def test_a_look_alike_stays_quiet(call: LossCall) -> None:
    assert codes(call) <= {"LL204"}
