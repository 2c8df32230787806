"""The tables of "Which loss for which task", run in torch: each loss takes what its row says, and each misuse does what
its row says."""

from __future__ import annotations

import ast
import math
import re
import warnings
from collections.abc import Callable

import pytest

from losslint.rules.registry import load
from tests.docs.pages import DOCS

pytest.importorskip("torch")
import torch
import torch.nn.functional as F
from torch import Tensor, nn

TEXT = (DOCS / "which-loss.md").read_text(encoding="utf-8")
SIZES = {"N": 4, "C": 5, "D": 3, "T": 12, "L": 4, "H": 2, "W": 3}
_ARGUMENT = re.compile(r"([^,`]+?) `\[([A-Z, ]+)\]` (\w+)")


def table(heading: str) -> list[list[str]]:
    """The rows of the table whose first row begins with these cells."""
    _, _, after = TEXT.partition(f"| {heading} |")
    rows = after.partition("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in row.strip("| ").split(" | ")] for row in rows]


TASKS = {row[0]: row[1:] for row in table("task | loss | input | target | to read the result")}
MISUSES = table("task | misuse | in torch | rules")


def made(sort: str, shape: list[int], dtype: str, seed: int) -> Tensor:
    """A tensor of that sort, as the table calls it."""
    generator = torch.Generator().manual_seed(seed)
    noise = torch.randn(shape, generator=generator)
    tensors: dict[str, Callable[[], Tensor]] = {
        "raw scores": lambda: noise,
        "real numbers": lambda: noise,
        "embeddings": lambda: noise,
        "log-rates": lambda: noise,
        "variances": lambda: noise.exp(),
        "probabilities": lambda: noise.sigmoid(),
        "class probabilities": lambda: noise.softmax(dim=1),
        "log-probabilities": lambda: noise.log_softmax(dim=-1),
        "cosine similarities over a temperature": lambda: noise.tanh() / 0.07,
        "zeros and ones": lambda: noise > 0,
        "signs": lambda: (noise > 0) * 2 - 1,
        "counts": lambda: noise.exp().floor(),
        "class indices": lambda: torch.randint(0, SIZES["N"], shape, generator=generator),
        "labels other than the blank": lambda: torch.randint(1, SIZES["C"], shape, generator=generator),
    }
    return tensors[sort]().to(getattr(torch, dtype))


def arguments(cell: str, seed: int = 0) -> list[Tensor]:
    """The tensors that a cell of the table speaks of."""
    found: list[Tensor] = []
    for sort, shape, dtype in _ARGUMENT.findall(cell):
        sizes = [SIZES[size] for size in shape.split(", ")]
        if sort.strip() == "lengths":
            length = SIZES["L"] if found and len(found) == 2 else SIZES["T"]
            found.append(torch.full(sizes, length, dtype=getattr(torch, dtype)))
        else:
            found.append(made(sort.strip(), sizes, dtype, seed + len(found)))
    assert found or cell == "none", cell
    return found


def loss_of(task: str) -> nn.Module:
    """The loss of a row, made as the row writes it."""
    spelled = TASKS[task][0].strip("`")
    name, _, settings = spelled.partition("(")
    given = ast.parse(f"f({settings or ')'}", mode="eval").body
    assert isinstance(given, ast.Call)
    return getattr(nn, name)(**{each.arg: ast.literal_eval(each.value) for each in given.keywords if each.arg})


def flow(given: Tensor) -> float:
    """How large the gradient is that came."""
    assert given.grad is not None
    return float(given.grad.abs().sum())


@pytest.mark.parametrize("task", TASKS)
def test_each_loss_takes_what_its_row_says(task: str) -> None:
    _, given, wanted, _ = TASKS[task]
    inputs = [each.requires_grad_() for each in arguments(given)]
    targets = arguments(wanted, seed=10)
    if TASKS[task][0] == "`GaussianNLLLoss`":
        inputs, targets = inputs[:1], [*targets, inputs[1]]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        loss = loss_of(task)(*inputs, *targets)
        loss.backward()
    assert loss.shape == () and math.isfinite(float(loss.detach()))
    for each in inputs:
        assert flow(each) > 0


def readings() -> list[tuple[str, str]]:
    return [(task, code) for task, row in TASKS.items() for code in re.findall(r"`([^`]+)`", row[3])]


@pytest.mark.parametrize(("task", "code"), readings())
def test_what_reads_the_result_can_be_run(task: str, code: str) -> None:
    inputs = arguments(TASKS[task][1])
    names = {"x": inputs[0], "a": inputs[0], "b": inputs[-1], "cosine_similarity": F.cosine_similarity}
    shown = code if re.match(r"[xab(]|cos", code) and not code.startswith("argmax") else f"x.{code}"
    read = eval(shown, {"__builtins__": {}}, names)
    if "softmax" in code or (code == "x.exp()" and "log-prob" in TASKS[task][1]):
        assert torch.allclose(read.sum(dim=1), torch.ones(()))
    elif "sigmoid" in code:
        assert bool(((read >= 0) & (read <= 1)).all())
    else:
        assert len(read) == SIZES["N"]


# ---------------------------------------------------------------- misuses: what comes out, or what torch says


def cross_entropy_floor() -> float:
    target = torch.arange(10)
    return float(F.cross_entropy((F.one_hot(target, 10).float() * 100).softmax(1), target))


def of_a_single_class() -> float:
    scores = torch.randn(4, 1, requires_grad=True)
    loss = F.cross_entropy(scores, torch.rand(4, 1))
    loss.backward()
    return float(loss.detach().abs()) + flow(scores)


def sigmoid_floors() -> tuple[float, float]:
    positive, negative = (
        float(F.binary_cross_entropy_with_logits(torch.tensor([sure]).sigmoid(), torch.tensor([label])))
        for sure, label in ((100.0, 1.0), (-100.0, 0.0))
    )
    return positive, negative


def broadcast() -> int:
    with pytest.warns(UserWarning, match="broadcast"):
        each = F.mse_loss(torch.randn(4, 1), torch.randn(4), reduction="none")
    with pytest.warns(UserWarning, match="broadcast"):
        assert F.smooth_l1_loss(torch.randn(4, 1), torch.randn(4), reduction="none").shape == each.shape
    return each.numel()


def best(loss: Callable[[Tensor], Tensor], start: float) -> float:
    """Where a loss of one number is least."""
    grid = torch.linspace(start, start + 12, 12001, dtype=torch.float64)
    return float(grid[loss(grid).argmin()])


def best_variance() -> float:
    zero = torch.zeros(12001, dtype=torch.float64)
    error = zero + 3
    return best(lambda deviation: F.gaussian_nll_loss(zero, error, deviation, reduction="none"), 0.5)


def best_rate() -> float:
    return best(lambda rate: F.poisson_nll_loss(rate, torch.full_like(rate, 10.0), reduction="none"), 0.0)


def agreeing() -> float:
    same = torch.randn(4, 5).softmax(1)
    return float(F.kl_div(same, same, reduction="batchmean"))


def ranking_gradient() -> float:
    scores = torch.randn(4, requires_grad=True)
    F.margin_ranking_loss(scores, torch.randn(4), torch.zeros(4), margin=1.0).backward()
    return flow(scores)


def cosine_gradient() -> float:
    first = torch.randn(4, 3, requires_grad=True)
    F.cosine_embedding_loss(first, torch.randn(4, 3), torch.zeros(4)).backward()
    return flow(first)


def self_similarity() -> float:
    features = torch.randn(256, 128, generator=torch.Generator().manual_seed(0))
    return float(F.cross_entropy(features @ features.T, torch.arange(256)))


def without_temperature() -> float:
    """Each sample's own partner at a cosine of 1, all others as far from it as 256 directions can be."""
    similarities = torch.full((256, 256), -1 / 255)
    return float(F.cross_entropy(similarities.fill_diagonal_(1.0), torch.arange(256)))


def raw_ctc() -> float:
    scores = torch.randn(12, 4, 5, generator=torch.Generator().manual_seed(0)) + 5
    lengths = torch.full((4,), 12), torch.full((4,), 4)
    return float(F.ctc_loss(scores, torch.randint(1, 5, (4, 4)), *lengths))


Measured = Callable[[], object]
SCORES = torch.zeros(4, 5)
MEASURED: dict[tuple[str, str], Measured] = {
    ("CrossEntropyLoss", "probabilities in place of scores"): cross_entropy_floor,
    ("CrossEntropyLoss", "indices as floats"): lambda: F.cross_entropy(SCORES, torch.zeros(4)),
    ("CrossEntropyLoss", "a column of indices, `[N, 1]`"): lambda: F.cross_entropy(SCORES, torch.zeros(4, 1).long()),
    ("CrossEntropyLoss", "a single output, with targets of the same shape"): of_a_single_class,
    ("CrossEntropyLoss", "one-hot masks, classes last, `[N, H, W, C]`"): lambda: F.cross_entropy(
        torch.zeros(4, 5, 2, 3), torch.zeros(4, 2, 3, 5).long()
    ),
    ("CrossEntropyLoss", "one-hot labels as integers"): lambda: F.cross_entropy(SCORES, F.one_hot(torch.arange(4), 5)),
    ("NLLLoss", "raw scores"): lambda: float(F.nll_loss(torch.full((4, 5), 26.0), torch.arange(4))),
    ("NLLLoss", "probabilities"): lambda: tuple(
        float(F.nll_loss(torch.eye(4), (torch.arange(4) + off) % 4)) for off in (0, 1)
    ),
    ("BCEWithLogitsLoss", "a sigmoid in front"): sigmoid_floors,
    ("BCEWithLogitsLoss", "labels as integers"): lambda: F.binary_cross_entropy_with_logits(SCORES, SCORES.long()),
    ("BCEWithLogitsLoss", "signs in place of zeros and ones"): lambda: float(
        F.binary_cross_entropy_with_logits(torch.tensor([-20.0]), torch.tensor([-1.0]))
    ),
    ("BCEWithLogitsLoss", "`[N, 1]` against `[N]`"): lambda: F.binary_cross_entropy_with_logits(
        torch.zeros(4, 1), torch.zeros(4)
    ),
    ("BCELoss", "raw scores"): lambda: F.binary_cross_entropy(torch.tensor([-2.0, 3.0]), torch.tensor([0.0, 1.0])),
    ("MSELoss", "`[N, 1]` against `[N]`"): broadcast,
    ("SmoothL1Loss", "`[N, 1]` against `[N]`"): broadcast,
    ("GaussianNLLLoss", "the standard deviation as the variance"): best_variance,
    ("PoissonNLLLoss", "rates in place of their logarithms"): best_rate,
    ("KLDivLoss", "probabilities in place of their logarithms"): agreeing,
    ("MarginRankingLoss", "zeros and ones"): ranking_gradient,
    ("CosineEmbeddingLoss", "zeros and ones"): cosine_gradient,
    ("TripletMarginLoss", "a margin of 0"): lambda: nn.TripletMarginLoss(margin=0),
    ("CrossEntropyLoss", "the batch with itself, `f @ f.T`"): self_similarity,
    ("CrossEntropyLoss", "no temperature"): without_temperature,
    ("CTCLoss", "raw scores"): raw_ctc,
}


def name_of(task: str) -> str:
    return TASKS[task][0].strip("`").partition("(")[0]


def test_every_misuse_was_measured_and_every_task_has_one() -> None:
    assert {(name_of(task), misuse) for task, misuse, _, _ in MISUSES} == set(MEASURED)
    assert {task for task, *_ in MISUSES} == set(TASKS)


@pytest.mark.parametrize(("task", "misuse", "does"), [row[:3] for row in MISUSES])
def test_a_misuse_does_what_its_row_says(task: str, misuse: str, does: str) -> None:
    measured = MEASURED[name_of(task), misuse]
    if raised := re.fullmatch(r"raises: `(.+)`", does):
        with pytest.raises((RuntimeError, ValueError), match=re.escape(raised[1])):
            measured()
        return
    result = measured()
    if does == "quiet: below 0" or does.startswith("quiet: below 0 "):
        assert isinstance(result, float) and result < 0
    elif isinstance(result, int):
        assert f" {result} differences" in does
    else:
        numbers = [float(number) for number in re.findall(r"-?\d+\.\d{3}\b", does)]
        results = result if isinstance(result, tuple) else (result,)
        assert numbers == pytest.approx(list(results), abs=1e-3)


@pytest.mark.parametrize(("task", "codes"), [(row[0], row[3]) for row in MISUSES])
def test_the_rules_of_a_row_speak_of_its_loss(task: str, codes: str) -> None:
    named = re.findall(r"LL\d{3}", codes)
    assert named
    for code in named:
        rule = load(code)
        assert not rule.losses or name_of(task) in rule.losses, code
