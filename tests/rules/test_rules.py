"""Rules as functions: which codes hand-made observations get, what the messages say, and what stays quiet."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from losslint.rules.registry import names
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.meaning import COMPLEMENT, Meaning
from losslint.vocabulary.observations import UNSETTLED, LossCall, OperationCall, Writing
from losslint.vocabulary.shapes import Shape

from . import test_values_and_shapes
from .calls import HERE, codes, constructor, declared, findings, loss, made, of_library, of_project, operation

CE, NLL, BCE, LOGITS_BCE, KL = "CrossEntropyLoss", "NLLLoss", "BCELoss", "BCEWithLogitsLoss", "KLDivLoss"
SOFT, MULTI_SOFT, MSE = "SoftMarginLoss", "MultiLabelSoftMarginLoss", "MSELoss"

SCORES = made(Kind.LOGITS, 10, open=True, dtype="float32")
MATRIX = made(Kind.LOGITS, "N", 10, dtype="float32")
ONE = made(Kind.LOGITS, 1, open=True)
SOFTMAX = made(Kind.PROBABILITIES, 10, open=True)
LOG_SOFTMAX = made(Kind.LOG_PROBABILITIES, 10, open=True)
SIGMOID = made(Kind.SIGMOID, 1, open=True)
LOG_SIGMOID = made(Kind.LOG_SIGMOID)
INDICES = made(Kind.CLASS_INDEX, "N", dtype="int64")
FLOAT_ONE_HOT = made(Kind.ONE_HOT, "N", 10, dtype="float32")
SAME: dict[str, Any] = {"identity": 7}

#: An observation, the codes that it has to get (advice included), and a part of the first message.
MISUSES: list[tuple[LossCall, str, str]] = [
    (loss(CE, SOFTMAX), "LL101", "With 10 classes this loss cannot fall below 1.461,"),
    (loss(CE, SOFTMAX, reduction="sum"), "LL101", "cannot fall below 1.461 a sample,"),
    (loss(CE, SOFTMAX, weight=made(Kind.REAL)), "LL101", "cannot fall below 1.461 before weighting,"),
    (loss(CE, made(Kind.PROBABILITIES)), "LL101", "cannot fall to 0 (for 10 classes, for instance, not below 1.461)"),
    (loss(CE, made(Kind.PROBABILITIES, "N", 2, "H", "W")), "LL101", "With 2 classes this loss cannot fall below 0.313"),
    (loss(CE, SOFTMAX.but(factor=2.0)), "LL101", "cannot fall below 0.797"),
    (loss(CE, SOFTMAX.but(factor=4.99)), "LL101", ""),
    (loss(CE, LOG_SOFTMAX), "LL102", "the work is done twice"),
    (loss(CE, made(Kind.SIGMOID, 3, open=True)), "LL103", "With 3 classes this loss cannot fall below 0.551"),
    (loss(CE, made(Kind.TANH, 10, open=True)), "LL104", "cannot fall below 0.797"),
    (loss(CE, made(Kind.CLAMPED, 10, open=True, bounds=(0.0, 6.0))), "LL104", "cannot fall below 0.022"),
    (loss(CE, made(Kind.NON_NEGATIVE, 10, open=True, made_by="F.relu")), "LL104", "stays at 2.303"),
    (loss(CE, made(Kind.NON_NEGATIVE, 4, open=True, bounds=(0.0, 1.0), made_by=COMPLEMENT)), "LL104", "below 0.744"),
    (loss(NLL, SOFTMAX), "LL105", "lies between -1 and 0"),
    (loss(NLL, SIGMOID.but(shape=None)), "LL105", "sigmoid probabilities"),
    (loss(NLL, SCORES), "LL106", "no lower bound"),
    (loss(NLL, made(Kind.NON_NEGATIVE)), "LL106", "never above 0"),
    (loss(NLL, made(Kind.TANH)), "LL106", "tanh outputs"),
    (loss(NLL, LOG_SIGMOID), "LL107", "not normalised"),
    (loss(CE, ONE), "LL108", "has size 1"),
    (loss(CE, made(Kind.LOGITS, "N", 1), made(dtype="float32")), "LL108", "With a float target of the same shape"),
    (loss(CE, made(Kind.LOGITS, "N", 1), INDICES), "LL108", "any other label raises"),
    (loss(CE, made(Kind.UNKNOWN, "N", 1, "H", "W")), "LL108", ""),
    (loss(NLL, made(Kind.LOG_PROBABILITIES, "N", 1, dim=1)), "LL108", ""),
    (loss(CE, SCORES, made(Kind.CLASS_INDEX, dtype="float32")), "LL109", "but got Float"),
    (loss(CE, SCORES, made(Kind.CLASS_INDEX, dtype="float64")), "LL109", "but got Double"),
    (loss(CE, MATRIX, made(Kind.UNKNOWN, "N", dtype="float32")), "LL109", "too few dimensions"),
    (loss(CE, SCORES, made(Kind.UNKNOWN, 32, dtype="float32")), "LL109", "too few dimensions"),
    (loss(CE, SCORES, made(Kind.UNKNOWN, "N", dtype="float")), "LL109", "floating-point"),
    (loss(CE, made(Kind.LOGITS, "N"), made(Kind.UNKNOWN, "N", dtype="float32")), "LL109", "over the batch"),
    (loss(CE, made(Kind.LOGITS, None), made(Kind.UNKNOWN, None, dtype="float32")), "LL109", "over the batch"),
    (loss(NLL, LOG_SOFTMAX, made(dtype="float32")), "LL109", "torch raises"),
    (loss(CE, SCORES, made(Kind.ONE_HOT, dtype="int64")), "LL110", "of dtype int64"),
    (loss(CE, MATRIX, made(Kind.UNKNOWN, "N", 10, dtype="bool")), "LL110", "of the shape of the scores"),
    (loss(NLL, LOG_SOFTMAX, made(Kind.ONE_HOT, dtype="int64")), "LL110", "wants class indices"),
    (loss(CE, MATRIX, made(Kind.UNKNOWN, "N", 1)), "LL111", "[N, 1] for scores [N, 10]"),
    (loss(CE, SCORES, made(Kind.CLASS_INDEX, None, 1)), "LL111", ""),
    (loss(CE, made(Kind.LOGITS, "N", 3, 8, 8), made(Kind.UNKNOWN, "N", 1, 8, 8)), "LL111", ""),
    (loss(CE, SCORES, FLOAT_ONE_HOT), "LL112", "less work"),
    (loss(CE, SCORES, FLOAT_ONE_HOT, weight=made()), "LL112", "number of samples"),
    (loss(CE, SCORES, made(Kind.MULTI_HOT, dtype="float32")), "LL113", "1.386"),
    (loss(CE, SCORES, made(Kind.MULTI_HOT, dtype="int64")), "LL113", "torch raises"),
    (loss(CE, made(Kind.LOGITS, 8, 20, 100), made(Kind.CLASS_INDEX, 8, 20)), "LL114", "[8, 20, 100]"),
    (loss(CE, made(Kind.LOGITS, "N", "T", 100), made(Kind.CLASS_INDEX, "N", "T")), "LL114", ""),
    (loss(CE, made(Kind.LOGITS, 8, 5, 5), made(Kind.PROBABILITIES, 8, 5, 5, dim=-1)), "LL114", "in silence"),
    (loss(CE, INDICES, SCORES), "LL115", "the target comes second. It raises"),
    (loss(CE, made(Kind.ONE_HOT, dtype="float32"), SOFTMAX), "LL115", "in silence"),
    (loss(BCE, made(Kind.CONSTANT, bounds=(1.0, 1.0)), SIGMOID), "LL115", ""),
    (loss(LOGITS_BCE, made(dtype="int64"), ONE), "LL115", ""),
    (loss(NLL, made(Kind.LOG_PROBABILITIES, "N", 10, dim=0)), "LL116", "over the batch"),
    (loss(NLL, LOG_SOFTMAX.but(dim=0), INDICES), "LL116", "over the batch"),
    (loss(NLL, made(Kind.LOG_PROBABILITIES, "N", 5, 7, dim=-1)), "LL116", "over dimension 2"),
    (loss(BCE, made(Kind.PROBABILITIES, 1, open=True, dim=-1)), "LL116", "always 1"),
    (loss(CE, made(Kind.LOG_PROBABILITIES, "N", 10, dim=0)), "LL116", ""),
    (loss(CE, SCORES, made(Kind.PROBABILITIES), ignore_index=0), "LL117", "ignore_index=0"),
    (loss(NLL, LOG_SOFTMAX, made(Kind.CONSTANT, bounds=(-100.0, -100.0))), "LL117", "nan"),
    (loss(CE, SCORES, weight=made(Kind.UNKNOWN, 3)), "LL118", "3 entries for 10 classes"),
    (loss(CE, SCORES, weight=made(dtype="int64")), "LL118", "its dtype is int64"),
    (loss(CE, SCORES, weight=made(dtype="float64")), "LL118", "that of the scores float32"),
    (loss(CE, SCORES, weight=made(Kind.UNKNOWN, 10, 1)), "LL118", "2 dimensions"),
    (loss(CE, SCORES, weight=[1.0, 2.0]), "LL118", "is a list, not a tensor"),
    (loss(MSE, size_average="sum"), "LL119", "'sum' lands in size_average"),
    (loss(MSE, reduction="avg"), "LL119", "reduction='avg'"),
    (loss(MSE, reduction="batchmean"), "LL119", ""),
    (loss(CE, reduction=None), "LL119", "reduction=None"),
    (loss(CE, label_smoothing=-0.1), "LL119", "ignored in silence"),
    (loss(CE, label_smoothing=2), "LL119", "outside 0 … 1"),
    (loss("HuberLoss", delta=0), "LL119", "not above 0"),
    (loss("SmoothL1Loss", beta=-1.0), "LL119", "below 0"),
    (loss(CE, SCORES.but(device="cuda:0"), INDICES.but(device="cpu")), "LL120", "torch raises where"),
    (loss(MSE, made(device="cpu"), made(device="cuda")), "LL120", ""),
    (loss(BCE, made(), written=Writing.NAMED_SWAPPED), "LL115", "named like labels first"),
    (loss(LOGITS_BCE, made(Kind.BOOLEAN, source=SIGMOID)), "LL201", "predictions of 0 and 1"),
    (loss(CE, made(Kind.BOOLEAN, source=SCORES)), "LL103", "predictions of 0 and 1"),
    (loss(LOGITS_BCE, SIGMOID), "LL201", "0.3133 for a positive and 0.6931 for a negative."),
    (loss(LOGITS_BCE, SIGMOID, pos_weight=made()), "LL201", "before weighting"),
    (loss(LOGITS_BCE, SOFTMAX), "LL202", "cannot fall below 0.655"),
    (loss(SOFT, made(Kind.PROBABILITIES)), "LL202", "0.3133"),
    (loss(MULTI_SOFT, SOFTMAX), "LL202", ""),
    (loss(BCE, ONE), "LL203", "raw scores"),
    (loss(BCE, made(Kind.TANH)), "LL203", "tanh"),
    (loss(BCE, SIGMOID), "LL204", "That is right"),
    (loss(BCE, LOG_SIGMOID), "LL206", "log-sigmoid values"),
    (loss(BCE, LOG_SOFTMAX), "LL206", "log-probabilities"),
    (loss(BCE, made(), written=Writing.LOGARITHM), "LL206", "is given a logarithm"),
    (loss("NLLLoss", made(), written=Writing.EXPONENTIAL), "LL105", "which lies above 0"),
    (loss(KL, made(), written=Writing.EXPONENTIAL, reduction="sum"), "LL301", "which lies above 0"),
    (loss(KL, made(), written=Writing.TARGET_LOGARITHM, reduction="sum"), "LL305", "is a logarithm"),
    (loss(KL, made(), written=Writing.TARGET_EXPONENTIAL, reduction="sum", log_target=True), "LL305", "an exponential"),
    (loss(KL, made(), written=Writing.NORMALISED_ALONE, reduction="sum"), "LL306", "the two sides do not fit"),
    (loss(BCE, SOFTMAX), "LL207", "exclude each other"),
    (loss(LOGITS_BCE, ONE, made(dtype="int64")), "LL208", "dtype int64"),
    (loss(LOGITS_BCE, ONE, made(dtype="bool")), "LL208", "dtype bool"),
    (loss(LOGITS_BCE, ONE, made(dtype="int")), "LL208", "dtype integer"),
    (loss(LOGITS_BCE, made(Kind.LOGITS, "N", 1), made(Kind.UNKNOWN, "N")), "LL209", "[N, 1] and a target [N]"),
    (loss(LOGITS_BCE, ONE, made(Kind.UNKNOWN, "N")), "LL209", ""),
    (loss(LOGITS_BCE, made(Kind.LOGITS, 2, open=True), made(Kind.UNKNOWN, "N", 1)), "LL209", ""),
    (loss(LOGITS_BCE, made(Kind.LOGITS, None, 1), made(Kind.UNKNOWN, None)), "LL209", "Squeeze"),
    (loss(LOGITS_BCE, made(Kind.LOGITS, 2, open=True), made(Kind.UNKNOWN, None, 1)), "LL209", "the same shape"),
    (loss(LOGITS_BCE, made(Kind.LOGITS, 2, None), made(Kind.UNKNOWN, 6, 1)), "LL209", "the same shape"),
    (loss(LOGITS_BCE, ONE, pos_weight=made(Kind.UNKNOWN, 2)), "LL210", "2 entries for 1 output."),
    (loss(LOGITS_BCE, ONE, pos_weight=made(Kind.CONSTANT, 1, bounds=(0.0, 0.0))), "LL210", "cost nothing"),
    (loss(LOGITS_BCE, ONE, pos_weight=3.0), "LL210", "is a float, not a tensor"),
    (loss(LOGITS_BCE, ONE, weight=made(Kind.UNKNOWN, 2)), "LL210", "single output"),
    (loss(LOGITS_BCE, ONE, written=Writing.WEIGHT_OF_POSITIVES), "LL210", "what the negatives cost as well"),
    (loss(LOGITS_BCE, ONE, made(Kind.SIGNS)), "LL212", "-1 and 1"),
    (loss(BCE, made(), made(Kind.BOOLEAN, factor=255.0, bounds=(0.0, 255.0))), "LL212", "from 0 to 255"),
    (loss(LOGITS_BCE, ONE, made(Kind.CLASS_INDEX, bounds=(0.0, 9.0))), "LL212", "in silence"),
    (loss(LOGITS_BCE, ONE, written=Writing.INVERTED), "LL211", "learns the opposite"),
    (loss(SOFT, SIGMOID), "LL213", "0.6931"),
    (loss(LOGITS_BCE, ONE, written=Writing.MASKED), "LL215", "costs 0.6931"),
    (loss(CE, SCORES, written=Writing.MASKED, reduction="sum"), "LL215", "ln C"),
    (loss(BCE, SIGMOID.but(source=SIGMOID)), "LL214", "between 0.5 and 0.7311"),
    (loss(MSE, made(), LOG_SIGMOID.but(source=SIGMOID)), "LL214", "The target of MSELoss"),
    (loss(NLL, LOG_SOFTMAX.but(source=SOFTMAX)), "LL307", "With 10 classes it gives no class more than 0.232"),
    (loss(NLL, LOG_SOFTMAX.but(source=SOFTMAX, dim=1)), "LL307", "With 10 classes it gives no class more than 0.232"),
    (loss(KL, LOG_SOFTMAX, SOFTMAX.but(source=SIGMOID), reduction="sum"), "LL307", "came out of a sigmoid"),
    (
        loss(KL, LOG_SOFTMAX, SOFTMAX.but(source=SIGMOID, dim=1), reduction="sum"),
        "LL307",
        "With 10 classes, for instance, it gives no class more than 0.232",
    ),
    (loss(NLL, LOG_SOFTMAX.but(source=made(Kind.NON_NEGATIVE, made_by="relu"))), "LL104", "the log-softmax of"),
    (loss(KL, SOFTMAX, reduction="sum"), "LL301", "below 0"),
    (loss(KL, SIGMOID, reduction="sum"), "LL301", ""),
    (loss(KL, SCORES, reduction="sum"), "LL302", "no lower bound"),
    (loss(KL, made(Kind.LOGITS, "N", 1, 8, 8), reduction="sum"), "LL302", "a log_softmax of one class is 0"),
    (loss(KL, made(Kind.LOGITS, "N", 3, 8, 8), reduction="sum"), "LL302", "Apply log_softmax"),
    (loss(KL, SOFTMAX, LOG_SOFTMAX, reduction="sum"), "LL303", "nan"),
    (loss(KL, LOG_SOFTMAX), "LL304", "1/10 of it"),
    (loss(KL, LOG_SOFTMAX, SOFTMAX, reduction="mean"), "LL304", ""),
    (loss(KL, LOG_SOFTMAX, SOFTMAX, Writing.TIMES_SAMPLES), "LL304", "take away the factor of the batch size at"),
    (loss(KL, made(Kind.LOG_PROBABILITIES, "N", 10)), "LL304", 'Write reduction="batchmean".'),
    (loss(KL, made(Kind.LOG_PROBABILITIES)), "LL304", "flatten sequences and maps to [N * positions, C] first"),
    (loss(KL, made(Kind.LOG_PROBABILITIES, 4, 7, 5, dim=-1)), "LL304", "1/5 of it"),
    (loss(KL, made(Kind.LOG_PROBABILITIES, 4, 7, 5, dim=-1)), "LL304", "Flatten both"),
    (loss(KL, made(Kind.LOG_PROBABILITIES, 5, dim=-1)), "LL304", 'Write reduction="sum".'),
    (loss(KL, LOG_SOFTMAX.but(shape=None, dim=0)), "LL304", 'Write reduction="sum", of a single distribution [C].'),
    (loss(KL, made(Kind.LOG_PROBABILITIES, 5, "H", "W", dim=-3)), "LL304", "Move the classes to the end"),
    (loss(KL, LOG_SOFTMAX, LOG_SOFTMAX, reduction="sum"), "LL305", "nan"),
    (loss(KL, LOG_SOFTMAX, SOFTMAX, reduction="sum", log_target=True), "LL305", "says log-probabilities"),
    (loss(KL, LOG_SOFTMAX, SCORES, reduction="sum"), "LL306", "nan"),
    (loss(MSE, made(**SAME), made(**SAME)), "LL308", "always 0"),
    (loss(KL, made(**SAME), made(**SAME), reduction="sum", log_target=True), "LL308", ""),
    (loss(MSE, made(Kind.UNKNOWN, 32, 1), made(Kind.UNKNOWN, 32)), "LL401", "32x32"),
    (loss(MSE, made(Kind.UNKNOWN, None, 1), made(Kind.UNKNOWN, None)), "LL401", "NxN"),
    (loss(MSE, ONE, made(Kind.UNKNOWN, "N")), "LL401", "only warns"),
    (loss(MSE, ONE, made(Kind.CONSTANT, "N")), "LL401", "comes out right here"),
    (loss("PoissonNLLLoss", made(Kind.UNKNOWN, "N"), made(Kind.UNKNOWN, "N", 1)), "LL401", "says nothing"),
    (loss(MSE, LOG_SOFTMAX, SOFTMAX), "LL402", "never above 0"),
    (loss(MSE, SCORES, SIGMOID.but(shape=None)), "LL402", "raw scores anywhere"),
    (loss(MSE, SOFTMAX, made(Kind.CLASS_INDEX)), "LL402", "count classes"),
    (
        loss(CE, SCORES, INDICES.but(made_by="arange"), written=Writing.SELF_SIMILARITY),
        "LL504",
        "each sample is its own positive",
    ),
    (loss(LOGITS_BCE, ONE, written=Writing.USED_AS_PROBABILITY), "LL604", "one of the two is wrong"),
    (loss(BCE, made(), written=Writing.USED_AS_SCORES), "LL604", "applies a sigmoid to it as well"),
    (loss(BCE, made(), written=Writing.SOURCE_USED_AS_PROBABILITY), "LL604", "the tensor itself as a probability"),
    (
        loss(MSE, made(detached_by="argmax"), INDICES, written=Writing.TRAINED_ON),
        "LL702",
        "went through argmax: it has no",
    ),
    (
        loss(MSE, made(detached_by=">"), made(Kind.BOOLEAN), written=Writing.TRAINED_ON),
        "LL702",
        "through the comparison",
    ),
    (loss(MSE, written=Writing.BOOTSTRAPPED), "LL711", "learns to move the target"),
    (loss(BCE, made(detached_by="round"), written=Writing.TRAINED_ON), "LL702", "its gradient is 0 everywhere"),
    (loss(CE, SCORES.but(detached_by="detach"), written=Writing.TRAINED_ON), "LL703", "but .detach() cut it off"),
    (loss(MSE, made(detached_by="data"), made(detached_by="item"), written=Writing.TRAINED_ON), "LL703", ".data"),
    (loss(CE, SCORES, written=Writing.BACKPROPAGATED, reduction="none"), "LL706", "one value for each sample"),
    (loss(MSE, made(Kind.LOGITS, 3, open=True), written=Writing.BACKPROPAGATED, reduction="none"), "LL706", "element"),
    (loss(CE, SCORES, written=Writing.FOCAL_WEIGHT), "LL605", "the batch's mean loss"),
    (loss(KL, LOG_SOFTMAX, SOFTMAX, size_average=False), "LL710", "reduction='sum'"),
    (loss(CE, size_average=False), "LL710", "Write reduction='sum' instead"),
    (loss(MSE, size_average=True, reduction="none"), "LL710", "reduction='none', which is given as well, does nothing"),
    (loss(KL, reduce=False, size_average=True), "LL710", "size_average=True and reduce=False of KLDivLoss are"),
    (loss(MSE, size_average=UNSETTLED, reduce=True), "LL710", "Write reduction= instead"),
    (loss(CE, SCORES, written=Writing.FOCAL_WEIGHT, reduction="sum"), "LL605", "the batch's summed loss"),
    (loss(CE, made(Kind.COSINE)), "LL505", "with 32 pairs not below 2.488"),
    (loss(CE, made(Kind.COSINE, 64, 64, factor=0.1)), "LL505", "multiplied by 0.1"),
    (loss(CE, made(Kind.COSINE, factor=float("inf"))), "LL505", "divided by 0"),
    (loss(CE, SCORES.but(device="cuda"), INDICES.but(device="cpu", made_by="torch.arange")), "LL506", "torch.arange"),
    (of_library("torchvision.sigmoid_focal_loss", SIGMOID), "LL601", "Its sigmoid gives 0.5 to 0.7311 for them"),
    (of_library("torchvision.sigmoid_focal_loss", SOFTMAX), "LL601", "softmax probabilities, but applies the sigmoid"),
    (of_library("kornia.FocalLoss", SOFTMAX), "LL601", "With 10 classes its softmax gives no class more than 0.232"),
    (of_library("kornia.FocalLoss", SOFTMAX.but(shape=None)), "LL601", "With 10 classes, for instance, its softmax"),
    (of_library("monai.FocalLoss", SOFTMAX, use_softmax=True), "LL601", "applies the softmax itself"),
    (of_library("smp.FocalLoss", SIGMOID, mode="binary"), "LL601", "or give the loss from_logits=False"),
    (of_project("losses.Balanced", SIGMOID, Writing.FOCAL), "LL601", "The focal loss losses.Balanced is given sigmoid"),
    (of_library("smp.DiceLoss", SIGMOID, mode="binary"), "LL602", "or give the loss from_logits=False"),
    (of_library("smp.DiceLoss", SOFTMAX, mode="multiclass"), "LL602", "applies the softmax itself"),
    (of_library("smp.DiceLoss", SOFTMAX, mode=UNSETTLED), "LL602", "takes raw scores. They lie between 0 and 1"),
    (of_library("smp.DiceLoss", SCORES, from_logits=False, mode=UNSETTLED), "LL602", "Give the loss from_logits=True"),
    (of_library("smp.DiceLoss", LOG_SOFTMAX, from_logits=0), "LL602", "log-probabilities, but takes probabilities"),
    (of_library("smp.FocalLoss", SCORES, from_logits=False), "LL602", "raw scores, but takes probabilities"),
    (of_library("smp.LovaszLoss", SIGMOID, mode="binary"), "LL602", "It calls negative what is below 0, and nothing"),
    (of_library("smp.MCCLoss", SCORES), "LL602", "Activate the scores made"),
    (of_library("monai.DiceLoss", SCORES), "LL602", "Give the loss sigmoid=True or softmax=True for the scores made"),
    (of_library("monai.DiceLoss", SIGMOID, sigmoid=True), "LL602", "or give the loss sigmoid=False"),
    (of_library("monai.TverskyLoss", SOFTMAX, softmax=True), "LL602", "no class more than 0.232"),
    (of_library("monai.DiceLoss", made(Kind.SIGMOID, "N", 3, "H", "W"), softmax=True), "LL602", "With 3 classes"),
    (of_library("monai.DiceCELoss", SCORES), "LL602", "its Dice part takes probabilities"),
    (of_library("monai.DiceCELoss", SOFTMAX), "LL602", "its cross-entropy takes raw scores"),
    (of_library("monai.DiceFocalLoss", SIGMOID, sigmoid=True), "LL602", "applies the sigmoid itself"),
    (of_library("kornia.DiceLoss", SOFTMAX), "LL602", "applies the softmax itself"),
    (of_library("timm.BinaryCrossEntropy", SIGMOID), "LL602", "applies the sigmoid itself"),
    (of_library("timm.SoftTargetCrossEntropy", SIGMOID), "LL602", "sigmoid outputs, but applies the softmax itself"),
    (declared(SOFTMAX, input="logits"), "LL603", "mylib.Loss is given softmax probabilities as its input, but takes"),
    (declared(SIGMOID, input="logits", target="class-index"), "LL603", "takes logits: so says its contract"),
    (declared(SCORES, input="probabilities"), "LL603", "but takes probabilities"),
    (declared(LOG_SOFTMAX, input="sigmoid-probabilities"), "LL603", "given log-probabilities"),
    (declared(SOFTMAX, input="log-probabilities"), "LL603", "but takes log-probabilities"),
    (declared(SCORES, FLOAT_ONE_HOT, input="logits", target="class-index"), "LL603", "one-hot labels as its target"),
    (declared(SCORES, INDICES, target="one-hot"), "LL603", "class indices as its target"),
    (declared(SCORES, INDICES.but(bounds=(0, 9)), target="multi-hot"), "LL603", "but takes multi-hot"),
    (declared(SCORES, made(Kind.MULTI_HOT), target="signs"), "LL603", "but takes signs"),
]

#: Observations that look like a misuse and are none.
RIGHT: list[LossCall] = [
    loss(MSE, made(), made(detached_by="torch.no_grad"), written=Writing.BOOTSTRAPPED),
    loss(CE, SCORES.but(detached_by="detach")),
    loss(CE, SCORES, written=Writing.TRAINED_ON),
    loss(CE, SCORES.but(detached_by="torch.set_grad_enabled"), written=Writing.TRAINED_ON),
    loss(CE, SCORES.but(detached_by="detach"), SOFTMAX, written=Writing.TRAINED_ON),
    loss(MSE, made(detached_by="detach"), written=Writing.TRAINED_ON),
    loss(MSE, made(detached_by="argmax"), made(Kind.LOGITS), written=Writing.TRAINED_ON),
    loss("TripletMarginLoss", made(detached_by="detach"), INDICES, written=Writing.TRAINED_ON),
    loss(CE, SCORES, written=Writing.BACKPROPAGATED),
    loss(CE, SCORES, written=Writing.BACKPROPAGATED, reduction=UNSETTLED),
    loss(CE, made(Kind.LOGITS, 10), written=Writing.BACKPROPAGATED, reduction="none"),
    loss(CE, made(Kind.LOGITS, 1, 10), written=Writing.BACKPROPAGATED, reduction="none"),
    loss(MSE, made(Kind.LOGITS), written=Writing.BACKPROPAGATED, reduction="none"),
    loss(MSE, made(Kind.LOGITS, 1), written=Writing.BACKPROPAGATED, reduction="none"),
    loss(MSE, size_average=None, reduce=None),
    loss(MSE, size_average=UNSETTLED),
    loss(CE, SCORES, written=Writing.FOCAL_WEIGHT, reduction="none"),
    loss(CE, SCORES, written=Writing.FOCAL_WEIGHT, reduction=UNSETTLED),
    loss(CE, made(Kind.LOGITS, 1, 10), written=Writing.FOCAL_WEIGHT),
    loss(CE, SCORES, INDICES),
    loss(CE, SOFTMAX.but(factor=5.0)),
    loss(CE, SOFTMAX.but(factor=-20.0)),
    loss(CE, made(Kind.TANH, factor=10.0, bounds=(-10.0, 10.0))),
    loss(CE, made(Kind.CLAMPED, bounds=(-50.0, 50.0))),
    loss(CE, made(Kind.CLAMPED)),
    loss(CE, made(Kind.NON_NEGATIVE, made_by="exp")),
    loss(CE, made(Kind.NON_NEGATIVE, made_by="nn.LeakyReLU")),
    loss(CE, made(Kind.COSINE, factor=2.0)),
    loss(CE, SCORES, INDICES, written=Writing.SELF_SIMILARITY),
    loss(LOGITS_BCE, ONE, written=Writing.MASKED, reduction="none"),
    loss(NLL, LOG_SOFTMAX.but(source=SOFTMAX.but(factor=10.0))),
    loss(NLL, LOG_SOFTMAX.but(source=SCORES)),
    loss(NLL, LOG_SOFTMAX.but(source=made(Kind.NON_NEGATIVE, made_by="exp"))),
    loss(MSE, SIGMOID.but(source=SIGMOID.but(factor=20.0))),
    loss(CE, made(Kind.COSINE, factor=14.3)),
    loss(CE, SCORES, made(Kind.PROBABILITIES, dtype="float32")),
    loss(CE, SCORES, made(dtype="float32")),
    loss(CE, MATRIX, made(Kind.UNKNOWN, "N", 10, dtype="float32")),
    loss(CE, SCORES, made(Kind.UNKNOWN, None, dtype="float32")),
    loss(CE, SCORES, made(Kind.UNKNOWN, 10, dtype="float32")),
    loss(CE, made(Kind.LOGITS, 5), made(Kind.UNKNOWN, 5, dtype="float32")),
    loss(CE, made(Kind.LOGITS), made(Kind.UNKNOWN, "N", 1, dtype="int64")),
    loss(CE, made(Kind.LOGITS, "N", 10, "T"), made(Kind.UNKNOWN, "N", 1, dtype="int64")),
    loss(CE, made(Kind.LOGITS, 1), made(Kind.UNKNOWN)),
    loss(CE, made(Kind.LOGITS, "N", 10, 1)),
    loss(CE, made(Kind.LOGITS, 3, 1, open=True)),
    loss(CE, made(Kind.LOGITS, 8, 100, 20), made(Kind.CLASS_INDEX, 8, 20)),
    loss(CE, made(Kind.LOGITS, None, None, 100), made(Kind.CLASS_INDEX, None, None)),
    loss(CE, made(Kind.LOGITS, 2, 21, 8, 8), made(Kind.CLASS_INDEX, 2, 8, 8)),
    loss(CE, made(Kind.LOGITS, 8, 5, 5), made(Kind.PROBABILITIES, 8, 5, 5, dim=1)),
    loss(CE, SCORES, made(Kind.PROBABILITIES), ignore_index=-1),
    loss(CE, SCORES, INDICES, ignore_index=255, weight=UNSETTLED, reduction=UNSETTLED, label_smoothing=UNSETTLED),
    loss(CE, SCORES, weight=made(Kind.UNKNOWN, 10, dtype="float32"), label_smoothing=0.1),
    loss(CE, SCORES, made(Kind.CONSTANT, bounds=(0.0, 0.0), dtype="int64")),
    loss(CE, SCORES.but(device="cuda:0"), INDICES.but(device="cuda:1")),
    loss(CE, SCORES.but(device="cuda:0"), INDICES),
    loss(NLL, LOG_SOFTMAX, INDICES),
    loss(NLL, made(Kind.LOG)),
    loss(NLL, SOFTMAX.but(factor=-1.0)),
    loss(NLL, made(Kind.LOG_PROBABILITIES, "N", 10, dim=-1), INDICES),
    loss(NLL, made(Kind.LOG_PROBABILITIES, 10, dim=0)),
    loss(NLL, LOG_SOFTMAX.but(dim=0)),
    loss(NLL, made(Kind.UNKNOWN, "N", 1)),
    loss(BCE, made(), made(dtype="float32")),
    loss(BCE, made(Kind.PROBABILITIES, "N")),
    loss(BCE, made(Kind.CLAMPED, bounds=(0.0, 1.0))),
    loss(BCE, made(Kind.NON_NEGATIVE)),
    loss(LOGITS_BCE, ONE, made(Kind.UNKNOWN, None)),
    loss(LOGITS_BCE, ONE, made(Kind.UNKNOWN, "N", None)),
    loss(LOGITS_BCE, made(Kind.LOGITS, "N", 1), made(Kind.UNKNOWN, 32, 1)),
    loss(LOGITS_BCE, SIGMOID.but(factor=10.0)),
    loss(LOGITS_BCE, ONE, made(Kind.CLASS_INDEX, bounds=(0.0, 1.0))),
    loss(LOGITS_BCE, ONE, made(Kind.REAL, bounds=(-3.0, 3.0))),
    loss(LOGITS_BCE, ONE, made(Kind.SIGMOID)),
    loss(LOGITS_BCE, made(Kind.LOGITS, "N", 4, 8, 8), pos_weight=made(Kind.UNKNOWN, 4, 1, 1)),
    loss(SOFT, ONE, made(Kind.SIGNS)),
    loss(KL, LOG_SOFTMAX, SOFTMAX, reduction="batchmean"),
    loss(KL, LOG_SOFTMAX, LOG_SOFTMAX, reduction="none", log_target=True),
    loss(KL, LOG_SOFTMAX, LOG_SOFTMAX, reduction="none", log_target=UNSETTLED),
    loss(KL, LOG_SOFTMAX, SOFTMAX, reduction=UNSETTLED),
    loss(KL, made(Kind.LOG), SOFTMAX, reduction="sum"),
    loss(KL, made(Kind.LOG_PROBABILITIES, 4, 5, 7, 7, dim=1), reduction="mean"),
    loss(MSE, SOFTMAX, SOFTMAX),
    loss(MSE, SCORES, SCORES),
    loss(MSE, SIGMOID, made()),
    loss(MSE, SIGMOID, made(Kind.UNKNOWN, 1)),
    loss(MSE, made(Kind.UNKNOWN, "N", 1), made(Kind.UNKNOWN, 1)),
    loss(MSE, made(Kind.UNKNOWN, 1, 1), made(Kind.UNKNOWN, 4)),
    loss(MSE, made(Kind.UNKNOWN, "N", 5), made(Kind.UNKNOWN, "N")),
    loss(MSE, ONE, made(Kind.UNKNOWN, None)),
    loss(MSE, made(identity=1), made(identity=2)),
    loss(BCE, made(Kind.UNKNOWN, **SAME), made(Kind.UNKNOWN, **SAME)),
    loss(MSE, made(device="cuda"), made(device="cpu").but(shape=Shape(()))),
    loss("HuberLoss", reduction="sum", delta=0.5),
    loss(KL, LOG_SOFTMAX, reduction="batchmean"),
    of_library("torchvision.sigmoid_focal_loss", SCORES),
    of_library("torchvision.sigmoid_focal_loss", made()),
    of_library("torchvision.sigmoid_focal_loss", SIGMOID.but(factor=20.0)),
    of_library("torchvision.sigmoid_focal_loss", SIGMOID.but(factor=-1.0)),
    of_library("kornia.FocalLoss", LOG_SOFTMAX),
    of_library("smp.FocalLoss", SIGMOID, from_logits=False),
    of_library("smp.FocalLoss", SIGMOID, from_logits=UNSETTLED),
    of_project("losses.Balanced", SCORES, Writing.FOCAL),
    of_project("losses.Balanced", SIGMOID),
    of_library("smp.DiceLoss", SCORES, mode="binary"),
    of_library("smp.DiceLoss", SIGMOID, from_logits=False),
    of_library("smp.DiceLoss", SIGMOID, from_logits=UNSETTLED),
    of_library("smp.DiceLoss", SCORES, from_logits=UNSETTLED),
    of_library("smp.DiceLoss", SCORES, from_logits=made()),
    of_library("smp.LovaszLoss", SCORES, from_logits=False),
    of_library("smp.MCCLoss", SIGMOID),
    of_library("monai.DiceLoss", SOFTMAX),
    of_library("monai.DiceLoss", SCORES, softmax=True),
    of_library("monai.DiceLoss", SCORES, sigmoid=UNSETTLED),
    of_library("monai.DiceLoss", SCORES, other_act=UNSETTLED),
    of_library("monai.DiceLoss", SCORES, other_act="anything"),
    of_library("monai.DiceLoss", made(Kind.SIGMOID, "N", 1, "H", "W"), softmax=True),
    of_library("monai.DiceLoss", SIGMOID.but(shape=None), softmax=True),
    of_library("monai.DiceCELoss", SCORES, softmax=True),
    of_library("monai.DiceCELoss", made(Kind.NON_NEGATIVE)),
    of_library("pytorch_metric_learning.NTXentLoss", SOFTMAX),
    of_library("timm.BinaryCrossEntropy", SCORES),
    of_library("nobody.DiceLoss", SIGMOID),
    declared(SCORES, INDICES, input="logits", target="class-index"),
    declared(made(Kind.TANH), input="logits"),
    declared(SIGMOID.but(factor=10.0), input="logits"),
    declared(LOG_SOFTMAX, input="logits"),
    declared(made(), made(), input="logits", target="class-index"),
    declared(SIGMOID, input="probabilities"),
    declared(SOFTMAX, input="sigmoid-probabilities"),
    declared(SCORES, INDICES, target="multi-hot"),
    declared(SCORES, INDICES.but(bounds=(0, 1)), target="multi-hot"),
    declared(SCORES, made(Kind.BOOLEAN), target="class-index"),
    declared(SOFTMAX, SCORES, input="real", target="real"),
    declared(SOFTMAX),
]


@pytest.mark.parametrize(("call", "code", "words"), MISUSES, ids=lambda value: value if str(value)[:2] == "LL" else "")
def test_a_misuse_gets_its_code_alone(call: LossCall, code: str, words: str) -> None:
    found = findings(call)
    assert [finding.code for finding in found] == [code]
    assert words in found[0].message
    assert "  " not in found[0].message
    assert found[0].message.endswith(".")
    assert ".." not in found[0].message
    assert found[0].place == HERE


@pytest.mark.parametrize("call", RIGHT, ids=lambda call: call.loss)
def test_a_look_alike_stays_quiet(call: LossCall) -> None:
    assert not codes(call)


def test_a_divergence_of_nobody_knows_how_many_dimensions_has_no_fix() -> None:
    (matrix,) = findings(loss(KL, made(Kind.LOG_PROBABILITIES, "N", 10)))
    (unknown,) = findings(loss(KL, LOG_SOFTMAX.but(shape=None)))
    (several,) = findings(loss(KL, made(Kind.LOG_PROBABILITIES, 4, 7, 5, dim=-1)))
    assert matrix.repair is not None
    assert unknown.repair is None
    assert several.repair is None


def test_every_loss_rule_is_in_the_table() -> None:
    objects_and_operations = {
        "LL701",
        "LL704",
        "LL705",
        "LL707",
        "LL708",
        "LL709",
        "LL801",
        "LL802",
        "LL803",
        "LL804",
        "LL805",
        "LL806",
        "LL807",
    }
    tested = {code for _, code, _ in (*MISUSES, *test_values_and_shapes.MISUSES)} | objects_and_operations
    assert tested == {code for code in names() if not code.startswith("LL9")}


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (operation("log", made(Kind.PROBABILITIES, made_by="nn.Softmax")), {"LL801"}),
        (operation("log", made(Kind.PROBABILITIES)), {"LL801"}),
        (operation("log", made(Kind.SIGMOID)), {"LL802"}),
        (operation("log", made(Kind.SIGMOID), "1 - x"), {"LL802"}),
        (operation("log", made(Kind.SIGMOID), "binary cross-entropy"), {"LL803"}),
        (operation("log", made(Kind.UNKNOWN), "binary cross-entropy"), {"LL803"}),
        (operation("log", made(Kind.SIGMOID), "focal binary cross-entropy"), {"LL802"}),
        (operation("log", made(Kind.UNKNOWN), "focal binary cross-entropy"), {"LL803"}),
        (operation("log", made(Kind.SIGMOID, bounds=(0.01, 0.99)), "binary cross-entropy"), set()),
        (operation("logsumexp", made(Kind.LOGITS)), {"LL804"}),
        (operation("softplus", made(Kind.LOGITS)), {"LL805"}),
        (operation("log", made(Kind.PROBABILITIES, made_by="nn.Softmax"), "picked"), {"LL806"}),
        (operation("log", made(Kind.UNKNOWN), "picked"), set()),
        (operation("entropy", made(), "opposite signs"), {"LL807"}),
        (operation("log", made(Kind.PROBABILITIES), "1 - x"), set()),
        (operation("log", made(Kind.PROBABILITIES, made_by="gumbel_softmax")), set()),
        (operation("log", made(Kind.PROBABILITIES, made_by="exp / sum")), set()),
        (operation("log", made(Kind.PROBABILITIES, factor=0.5)), set()),
        (operation("log", made(Kind.UNKNOWN)), set()),
        (operation("exp", made(Kind.SIGMOID)), set()),
    ],
)
def test_logarithms(call: OperationCall, expected: set[str]) -> None:
    assert codes(call) == expected


@pytest.mark.parametrize(
    "given",
    [
        SOFTMAX,
        made(Kind.SIGMOID, 3, open=True),
        made(Kind.NON_NEGATIVE, made_by="F.relu"),
        SCORES.but(shape=Shape(("N", 1))),
    ],
    ids=["LL101", "LL103", "LL104", "LL108"],
)
def test_a_loss_without_a_gradient_is_not_said_to_lose_one(given: Meaning) -> None:
    (trained,) = findings(loss(CE, given))
    (cut,) = findings(replace(loss(CE, given), untrained=lambda: True))
    assert "gradient" in trained.message
    assert "gradient" not in cut.message.replace("nothing that is read trains on it, but the number is wrong", "")


@pytest.mark.parametrize("inner", ["", "picked"])
def test_a_logarithm_of_what_has_no_gradient_says_nothing_of_one(inner: str) -> None:
    made_by = "nn.Softmax"
    (trained,) = findings(operation("log", made(Kind.PROBABILITIES, made_by=made_by), inner))
    (cut,) = findings(operation("log", made(Kind.PROBABILITIES, made_by=made_by, detached_by="no_grad"), inner))
    assert "gradient" in trained.message
    assert "inf" in cut.message
    assert "gradient" not in cut.message


@pytest.mark.parametrize(
    ("name", "arguments", "tensors", "found"),
    [
        ("CrossEntropyLoss", [SCORES, Meaning()], (True, False), True),
        ("CrossEntropyLoss", [Meaning(), Meaning()], (False, False), True),
        ("MSELoss", [made(), made()], (True, True), True),
        ("BCELoss", [SIGMOID], (True,), True),
        ("PoissonNLLLoss", [ONE, Meaning()], (True, False), True),
        ("CTCLoss", [LOG_SOFTMAX, Meaning(), Meaning(), Meaning()], (True, False, False, False), True),
        ("LogSoftmax", [SCORES], (True,), True),
        ("Softmax", [Meaning(), Meaning()], (False, False), True),
        ("Sigmoid", [ONE], (True,), True),
        ("CrossEntropyLoss", [made(Kind.REAL, 10)], (True,), False),
        ("CrossEntropyLoss", [made(Kind.UNKNOWN, 10)], (True,), False),
        ("CrossEntropyLoss", [Meaning()], (False,), False),
        ("CrossEntropyLoss", [Meaning(), Meaning(Kind.CONSTANT)], (False, False), False),
        ("MultiMarginLoss", [Meaning(), Meaning(), made(Kind.REAL, 10)], (False, False, True), False),
        ("TripletMarginLoss", [Meaning()], (False,), False),
        ("Softmax", [Meaning()], (False,), False),
        ("CrossEntropyLoss", [], (), False),
    ],
)
def test_constructors(name: str, arguments: list[Meaning], tensors: tuple[bool, ...], found: bool) -> None:
    assert codes(constructor(name, *arguments, tensors=tensors)) == ({"LL701"} if found else set())
