"""Programs that misuse a loss while they run, each beside a twin that does not.

A row is a name, the codes that have to be found, the misuse, and the twin. Both are run with `x` ([8, 5] features),
`y` ([8] labels of 3 classes), `net` (5 to 3) and `one` (5 to 1), `copy`, and what torch's own names stand for. What
raises in torch raises here; the finding has come before.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    codes: tuple[str, ...]
    misuse: str
    twin: str


def row(name: str, codes: str, misuse: str, twin: str) -> Row:
    return Row(name, tuple(codes.split()), misuse, twin)


ROWS = (
    row(
        "softmax into cross-entropy",
        "LL101",
        "nn.CrossEntropyLoss()(net(x).softmax(1), y)",
        "nn.CrossEntropyLoss()(net(x), y)",
    ),
    row(
        "softmax of a map, permuted",
        "LL101",
        "F.cross_entropy(net(x.expand(2, 8, 5)).softmax(-1).permute(0, 2, 1), y.expand(2, 8))",
        "F.cross_entropy(net(x.expand(2, 8, 5)).permute(0, 2, 1), y.expand(2, 8))",
    ),
    row(
        "an output layer with its softmax",
        "LL101",
        "nn.CrossEntropyLoss()(nn.Sequential(net, nn.Softmax(dim=1))(x), y)",
        "nn.NLLLoss()(nn.Sequential(net, nn.LogSoftmax(dim=1))(x), y)",
    ),
    row(
        "probabilities for a label that is smoothed, halved",
        "LL101",
        "F.cross_entropy(net(x).softmax(1) / 2, y, label_smoothing=0.1)",
        "F.cross_entropy(net(x) / 2, y, label_smoothing=0.1)",
    ),
    row(
        "sigmoid into cross-entropy",
        "LL103",
        "F.cross_entropy(torch.sigmoid(net(x)), y)",
        "F.cross_entropy(torch.sigmoid(net(x)) * 20, y)",
    ),
    row(
        "tanh into cross-entropy",
        "LL104",
        "F.cross_entropy(net(x).tanh(), y)",
        "F.cross_entropy(10 * net(x).tanh(), y)",
    ),
    row("relu into cross-entropy", "LL104", "F.cross_entropy(net(x).relu(), y)", "F.cross_entropy(net(x.relu()), y)"),
    row(
        "probabilities into NLL",
        "LL105",
        "nn.NLLLoss()(net(x).softmax(1), y)",
        "nn.NLLLoss()(net(x).softmax(1).log(), y)",
    ),
    row("scores into NLL", "LL106", "F.nll_loss(net(x), y)", "F.nll_loss(net(x).log_softmax(1), y)"),
    row(
        "log-sigmoid into NLL",
        "LL107",
        "F.nll_loss(F.logsigmoid(net(x)), y)",
        "F.nll_loss(F.log_softmax(net(x), 1), y)",
    ),
    row(
        "one class",
        "LL108",
        "F.cross_entropy(one(x), torch.zeros(8, 1))",
        "F.binary_cross_entropy_with_logits(one(x), torch.zeros(8, 1))",
    ),
    row("float class indices", "LL109", "F.cross_entropy(net(x), y.float())", "F.cross_entropy(net(x), y)"),
    row("class indices of 32 bits", "LL109", "F.cross_entropy(net(x), y.int())", "F.cross_entropy(net(x), y.byte())"),
    row(
        "class indices of 16 bits for an adaptive softmax",
        "LL109",
        "nn.AdaptiveLogSoftmaxWithLoss(5, 4, [2])(x, y.short())",
        "nn.AdaptiveLogSoftmaxWithLoss(5, 4, [2])(x, y.int())",
    ),
    row(
        "a column for an adaptive softmax",
        "LL111",
        "nn.AdaptiveLogSoftmaxWithLoss(5, 4, [2])(x, y[:, None])",
        "nn.AdaptiveLogSoftmaxWithLoss(5, 4, [2])(x, y)",
    ),
    row(
        "labels counted from 1 for an adaptive softmax",
        "LL121",
        "nn.AdaptiveLogSoftmaxWithLoss(5, 3, [2])(x, y + 1)",
        "nn.AdaptiveLogSoftmaxWithLoss(5, 3, [2]).forward(x, y)",
    ),
    row(
        "features that the adaptive softmax does not take",
        "LL122",
        "nn.AdaptiveLogSoftmaxWithLoss(6, 4, [2])(x, y)",
        "nn.AdaptiveLogSoftmaxWithLoss(5, 4, [2])(x, y)",
    ),
    row(
        "integer one-hot labels",
        "LL110",
        "F.cross_entropy(net(x), F.one_hot(y, 3))",
        "F.cross_entropy(net(x), F.one_hot(y, 3).float())",
    ),
    row(
        "a column of labels",
        "LL111",
        "F.cross_entropy(net(x), y[:, None])",
        "F.cross_entropy(net(x), y[:, None].squeeze(1))",
    ),
    row(
        "classes last",
        "LL114",
        "F.cross_entropy(net(x.expand(2, 8, 5)), y.expand(2, 8))",
        "F.cross_entropy(net(x.expand(2, 8, 5)).transpose(1, 2), y.expand(2, 8))",
    ),
    row("swapped", "LL115", "F.cross_entropy(y, net(x))", "F.cross_entropy(net(x), y)"),
    row(
        "softmax over the batch",
        "LL116",
        "F.nll_loss(F.log_softmax(net(x), dim=0), y)",
        "F.nll_loss(F.log_softmax(net(x), dim=1), y)",
    ),
    row(
        "ignore_index with probabilities",
        "LL117",
        "F.cross_entropy(net(x), net(x).softmax(1).double(), ignore_index=0)",
        "F.cross_entropy(net(x), net(x).softmax(1).double())",
    ),
    row(
        "class weights of the wrong length",
        "LL118",
        "nn.CrossEntropyLoss(weight=torch.ones(4))(net(x), y)",
        "nn.CrossEntropyLoss(weight=torch.ones(3))(net(x), y)",
    ),
    row(
        "class weights as a list",
        "LL118",
        "F.cross_entropy(net(x), y, weight=[1.0, 2.0, 3.0])",
        "F.cross_entropy(net(x), y, weight=torch.tensor([1.0, 2.0, 3.0]))",
    ),
    row(
        "negative label smoothing",
        "LL119",
        "nn.CrossEntropyLoss(label_smoothing=-0.1)(net(x), y)",
        "nn.CrossEntropyLoss(label_smoothing=0.1)(net(x), y)",
    ),
    row(
        "a reduction that does not exist",
        "LL119",
        "F.mse_loss(one(x), x[:, :1], reduction='avg')",
        "F.mse_loss(one(x), x[:, :1])",
    ),
    row(
        "the reduction in another's place",
        "LL119",
        "F.mse_loss(one(x), x[:, :1], 'sum')",
        "F.mse_loss(one(x), x[:, :1], reduction='sum')",
    ),
    row(
        "sigmoid into BCE with logits",
        "LL201",
        "nn.BCEWithLogitsLoss()(one(x).sigmoid(), torch.ones(8, 1))",
        "nn.BCELoss()(one(x).sigmoid(), torch.ones(8, 1))",
    ),
    row(
        "softmax into BCE with logits",
        "LL202",
        "nn.BCEWithLogitsLoss()(net(x).softmax(1), F.one_hot(y, 3).float())",
        "nn.BCEWithLogitsLoss()(net(x), F.one_hot(y, 3).float())",
    ),
    row(
        "scores into BCE",
        "LL203",
        "F.binary_cross_entropy(one(x), torch.ones(8, 1))",
        "F.binary_cross_entropy(one(x).sigmoid(), torch.ones(8, 1))",
    ),
    row(
        "log-probabilities into BCE",
        "LL206",
        "F.binary_cross_entropy(F.logsigmoid(one(x)), torch.ones(8, 1))",
        "F.binary_cross_entropy(F.logsigmoid(one(x)).exp(), torch.ones(8, 1))",
    ),
    row(
        "integer labels into BCE",
        "LL208",
        "F.binary_cross_entropy_with_logits(one(x), torch.ones(8, 1).long())",
        "F.binary_cross_entropy_with_logits(one(x), torch.ones(8, 1).long().float())",
    ),
    row(
        "a column beside a row in BCE",
        "LL209",
        "nn.BCEWithLogitsLoss()(one(x), torch.ones(8))",
        "nn.BCEWithLogitsLoss()(one(x).squeeze(1), torch.ones(8))",
    ),
    row(
        "sigmoid into soft margin",
        "LL213",
        "F.multilabel_soft_margin_loss(net(x).sigmoid(), F.one_hot(y, 3).float())",
        "F.multilabel_soft_margin_loss(net(x), F.one_hot(y, 3).float())",
    ),
    row(
        "sigmoid twice before BCE",
        "LL214",
        "F.binary_cross_entropy(one(x).sigmoid().sigmoid(), torch.ones(8, 1))",
        "F.binary_cross_entropy(one(one(x).sigmoid().expand(8, 5)).sigmoid(), torch.ones(8, 1))",
    ),
    row(
        "probabilities into KL",
        "LL301",
        "F.kl_div(net(x).softmax(1), x[:, :3].softmax(1), reduction='batchmean')",
        "F.kl_div(net(x).log_softmax(1), x[:, :3].softmax(1), reduction='batchmean')",
    ),
    row(
        "scores into KL",
        "LL302",
        "F.kl_div(net(x), x[:, :3].softmax(1), reduction='sum')",
        "F.kl_div(F.log_softmax(net(x), -1), x[:, :3].softmax(1), reduction='sum')",
    ),
    row(
        "KL, the mean over everything",
        "LL304",
        "nn.KLDivLoss()(net(x).log_softmax(1), x[:, :3].softmax(1))",
        "nn.KLDivLoss(reduction='batchmean')(net(x).log_softmax(1), x[:, :3].softmax(1))",
    ),
    row(
        "log-probabilities as the target of KL",
        "LL305",
        "F.kl_div(net(x).log_softmax(1), net(x).log_softmax(1), reduction='batchmean')",
        "F.kl_div(net(x).log_softmax(1), net(x).log_softmax(1), reduction='batchmean', log_target=True)",
    ),
    row(
        "softmax twice",
        "LL307",
        "F.nll_loss(net(x).softmax(1).log_softmax(1), y)",
        "F.nll_loss(net(net(x).softmax(1).repeat(1, 2)[:, :5]).log_softmax(1), y)",
    ),
    row("a tensor with itself", "LL308", "s = net(x); F.mse_loss(s, s)", "s = net(x); F.mse_loss(s, s.detach() + 1)"),
    row("a column beside a row", "LL401", "F.mse_loss(one(x), x[:, 0])", "F.mse_loss(one(x), x[:, :1])"),
    row(
        "a column beside a row, silently",
        "LL401",
        "nn.PoissonNLLLoss()(one(x), x[:, 0].abs())",
        "nn.PoissonNLLLoss()(one(x).squeeze(-1), x[:, 0].abs())",
    ),
    row(
        "log-probabilities beside probabilities",
        "LL402",
        "F.mse_loss(net(x).log_softmax(1), net(x).softmax(1))",
        "F.mse_loss(net(x).softmax(1), net(x).softmax(1))",
    ),
    row("labels that count from 1", "LL121", "F.cross_entropy(net(x), y + 1)", "F.cross_entropy(net(x), y)"),
    row(
        "no label, and nothing that ignores it",
        "LL121",
        "F.nll_loss(net(x).log_softmax(1), y - 1)",
        "F.nll_loss(net(x).log_softmax(1), y - 1, ignore_index=-1)",
    ),
    row("a label too few", "LL122", "nn.CrossEntropyLoss()(net(x), y[:7])", "nn.CrossEntropyLoss()(net(x), y)"),
    row("a column too many", "LL122", "F.l1_loss(net(x), x[:, :4])", "F.l1_loss(net(x), x[:, :3])"),
    row(
        "one negative for all",
        "LL122",
        "F.triplet_margin_loss(net(x), net(x) + 1, net(x)[0])",
        "F.triplet_margin_loss(net(x), net(x) + 1, net(x)[:1])",
    ),
    row(
        "features that the last layer does not take",
        "LL122",
        "F.linear_cross_entropy(net(x), torch.ones(4, 5), y)",
        "F.linear_cross_entropy(x, torch.ones(4, 5), y)",
    ),
    row(
        "scores for a variance",
        "LL403",
        "F.gaussian_nll_loss(one(x), x[:, :1], one(x))",
        "F.gaussian_nll_loss(one(x), x[:, :1], one(x).exp())",
    ),
    row(
        "a rate where its logarithm belongs",
        "LL404",
        "F.poisson_nll_loss(one(x).exp(), x[:, :1].abs())",
        "F.poisson_nll_loss(one(x).exp(), x[:, :1].abs(), log_input=False)",
    ),
    row(
        "scores into CTC",
        "LL502",
        "F.ctc_loss(net(x)[:, None], torch.ones(1, 3).long(), (8,), (3,))",
        "F.ctc_loss(net(x)[:, None].log_softmax(2), torch.ones(1, 3).long(), (8,), (3,))",
    ),
    row(
        "the blank among the labels",
        "LL503",
        "F.ctc_loss(net(x)[:, None].log_softmax(2), y[None, :3], torch.tensor([8]), torch.tensor([3]))",
        "F.ctc_loss(net(x)[:, None].log_softmax(2), y[None, 1:4], torch.tensor([8]), torch.tensor([2]))",
    ),
    row(
        "multi-hot labels into multi-label margin",
        "LL507",
        "F.multilabel_margin_loss(net(x), F.one_hot(y, 3).float())",
        "F.multilabel_margin_loss(net(x), F.pad(y[:, None], (0, 2), value=-1))",
    ),
    row(
        "values outside 0 ... 1 into BCE, of unknown origin",
        "LL203",
        "F.binary_cross_entropy(5 * one(x).detach(), torch.ones(8, 1))",
        "F.binary_cross_entropy(one(x).sigmoid().detach(), torch.ones(8, 1))",
    ),
    row(
        "targets of 255 in BCE",
        "LL212",
        "F.binary_cross_entropy(one(x).sigmoid(), torch.full((8, 1), 255.0))",
        "F.binary_cross_entropy(one(x).sigmoid(), torch.full((8, 1), 255.0) / 255)",
    ),
    row("a NaN", "LL712", "F.mse_loss(one(x).log(), x[:, :1])", "F.mse_loss(one(x).exp().log(), x[:, :1])"),
    row(
        "an infinite target",
        "LL712",
        "F.smooth_l1_loss(one(x), x[:, :1] / 0)",
        "F.smooth_l1_loss(one(x), x[:, :1] / 2)",
    ),
    row(
        "similarities without a temperature",
        "LL505",
        "F.cross_entropy(F.normalize(net(x)) @ F.normalize(net(x)).T, torch.arange(8))",
        "F.cross_entropy(F.normalize(net(x)) @ F.normalize(net(x)).T / 0.07, torch.arange(8))",
    ),
    row(
        "each sample is its own positive",
        "LL504",
        "for _ in range(8): f = F.normalize(net(x)); F.cross_entropy(f @ f.T / 0.1, torch.arange(8))",
        "for _ in range(8): f = F.normalize(net(x)); F.cross_entropy(f @ f.T / 0.1, torch.arange(8).roll(4))",
    ),
    row(
        "rounded, and trained on",
        "LL702",
        "F.mse_loss(one(x).round(), x[:, :1]).add(one.weight.square().sum()).backward()",
        "F.mse_loss(one(x).round(), x[:, :1]); one.weight.square().sum().backward()",
    ),
    row(
        "a threshold that has no gradient, in a target that has none",
        "LL702",
        "F.binary_cross_entropy(one(x).sigmoid().round(), torch.ones(8, 1)).backward()",
        "F.binary_cross_entropy((p := one(x).sigmoid()) + (p.round() - p).detach(), torch.ones(8, 1)).backward()",
    ),
    row(
        "a value that chases itself",
        "LL711",
        "F.smooth_l1_loss(net(x)[range(8), y], x[:, 0] + 0.9 * net(x.flip(0)).max(1)[0]).backward()",
        "F.smooth_l1_loss(net(x)[range(8), y], x[:, 0] + 0.9 * net(x.flip(0)).max(1)[0].detach()).backward()",
    ),
    row(
        "a value that chases itself, the last states left out",
        "LL711",
        "v = torch.zeros(8); v[y > 0] = net(x[y > 0]).amax(1); F.mse_loss(net(x)[:, 0], x[:, 0] + v * 0.9).backward()",
        "v = torch.zeros(8); v[y > 0] = copy(net)(x[y > 0]).amax(1); "
        "F.mse_loss(net(x)[:, 0], x[:, 0] + v * 0.9).backward()",
    ),
    row(
        "scores of a teacher without a history",
        "LL306",
        "for _ in range(8): F.kl_div(net(x).log_softmax(1), 5 * net(x).detach(), reduction='batchmean')",
        "for _ in range(8): F.kl_div(net(x).log_softmax(1), net(x).detach().softmax(1), reduction='batchmean')",
    ),
    row(
        "swapped, and the labels have no history",
        "LL115",
        "for _ in range(8): F.binary_cross_entropy(torch.ones(8, 1), one(x).sigmoid())",
        "for _ in range(8): F.binary_cross_entropy(one(x).sigmoid(), torch.ones(8, 1))",
    ),
)


def run(program: str) -> None:
    """Run one side of a row, from the same start each time."""
    torch.manual_seed(0)
    names = {"torch": torch, "nn": nn, "F": F, "copy": deepcopy, "x": torch.randn(8, 5), "y": torch.arange(8) % 3}
    exec(program, {**names, "net": nn.Linear(5, 3), "one": nn.Linear(5, 1)})
