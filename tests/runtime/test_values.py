"""What values tell where nothing else does, after how many batches, and what they never claim."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext, suppress
from types import SimpleNamespace

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.checkpoint import checkpoint

import losslint
from losslint.runtime import readings
from losslint.runtime.evidence import BATCHES
from losslint.runtime.readings import Wanted
from losslint.runtime.session import Session
from losslint.vocabulary.findings import Finding, Verdict

NET, ONE = nn.Linear(5, 3), nn.Linear(5, 1)
#: A network that is sure of what it says, as after training.
SURE = nn.Linear(5, 3)
with torch.no_grad():
    SURE.weight.mul_(20)

pytestmark = pytest.mark.filterwarnings("ignore")  # torch's own

Program = Callable[[torch.Tensor, torch.Tensor], object]


def batches(number: int) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    for seed in range(number):
        drawn = torch.Generator().manual_seed(seed)
        yield torch.randn(32, 5, generator=drawn), torch.randint(0, 3, (32,), generator=drawn)


def watched(program: Program, number: int = BATCHES, *, grad: bool = True, advice: bool = False) -> Session:
    """A program run on some batches, all from the same line."""
    with losslint.watch("record", advice=advice) as session, torch.set_grad_enabled(grad):
        for x, y in batches(number):
            with suppress(RuntimeError, IndexError, ValueError):
                program(x, y)
    assert session.failures == []
    return session


def codes(session: Session) -> list[str]:
    return [finding.code for finding in session.findings]


def frozen() -> nn.Linear:
    return nn.Linear(5, 3).requires_grad_(False)


class ItsOwn(torch.autograd.Function):
    """A softmax that losslint does not follow."""

    @staticmethod
    def forward(ctx: object, given: torch.Tensor) -> torch.Tensor:
        return given.softmax(1)

    @staticmethod
    def backward(ctx: object, *gradients: torch.Tensor) -> torch.Tensor:
        return gradients[0]


#: What is provenance lost on, a program, and the code: at the eighth batch, and not before.
LOST: list[tuple[str, str, Program]] = [
    ("softmax and eps", "LL101", lambda x, y: F.cross_entropy(NET(x).softmax(1) + 1e-8, y)),
    ("a frozen network", "LL101", lambda x, y: F.cross_entropy(frozen()(x).softmax(1), y)),
    ("detached", "LL101", lambda x, y: F.cross_entropy(NET(x).softmax(1).detach(), y)),
    ("a function of its own", "LL101", lambda x, y: F.cross_entropy(ItsOwn.apply(NET(x)), y)),
    (
        "a checkpoint without a graph",
        "LL101",
        lambda x, y: F.cross_entropy(
            checkpoint(lambda z: NET(z).softmax(1), x.requires_grad_(), use_reentrant=True), y
        ),
    ),
    ("half precision", "LL101", lambda x, y: F.cross_entropy(NET(x).softmax(1).detach().bfloat16(), y)),
    (
        "some targets ignored",
        "LL101",
        lambda x, y: F.cross_entropy(NET(x).softmax(1).detach(), y.index_fill(0, y[:1] * 0, -100)),
    ),
    ("a map", "LL101", lambda x, y: F.cross_entropy(NET(x).detach()[:, :, None].softmax(1).expand(32, 3, 4), y4(y))),
    ("probabilities into NLL", "LL105", lambda x, y: F.nll_loss(NET(x).softmax(1).detach(), y)),
    ("scores into NLL", "LL106", lambda x, y: F.nll_loss(NET(x).detach(), y)),
    ("softmax into BCE with logits", "LL202", lambda x, y: bce(NET(x).softmax(1).detach(), one_hot(y))),
    ("sigmoid into cross-entropy", "LL103", lambda x, y: F.cross_entropy(SURE(x).sigmoid().detach(), y)),
    ("sigmoid into BCE with logits", "LL201", lambda x, y: bce(SURE(x).sigmoid().detach(), one_hot(y))),
    ("scores into CTC", "LL502", lambda x, y: ctc(NET(x).detach())),
    ("softmax into KL", "LL301", lambda x, y: kl(NET(x).softmax(1).detach(), x[:, :3].softmax(1))),
    ("logarithms as the target of KL", "LL305", lambda x, y: kl(NET(x).log_softmax(1), x[:, :3].log_softmax(1))),
    ("multi-hot targets", "LL113", lambda x, y: F.cross_entropy(NET(x), (x[:, :3] > -1).float())),
    ("0 and 1 into a soft margin", "LL501", lambda x, y: F.soft_margin_loss(NET(x), one_hot(y))),
    ("0 and 1 for pairs", "LL501", lambda x, y: F.margin_ranking_loss(ONE(x)[:, 0], x[:, 0], (y > 0).long())),
    ("-1 and 1 into BCE with logits", "LL212", lambda x, y: bce(NET(x), one_hot(y) * 2 - 1)),
    ("grey values into BCE with logits", "LL212", lambda x, y: bce(NET(x), one_hot(y) * 255)),
    ("nothing but the ignored index", "LL117", lambda x, y: F.cross_entropy(NET(x), y.fill_(-100))),
]


def y4(y: torch.Tensor) -> torch.Tensor:
    return y[:, None].expand(32, 4)


def one_hot(y: torch.Tensor) -> torch.Tensor:
    return F.one_hot(y, 3).float()


def bce(given: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    return F.binary_cross_entropy_with_logits(given, target)


def kl(given: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    return F.kl_div(given, target, reduction="batchmean")


def ctc(given: torch.Tensor, targets: object = None, inputs: object = None, lengths: object = None) -> torch.Tensor:
    """16 steps of 2 samples over 3 labels; 4 targets a sample, of which 2 count."""
    shown = torch.tensor([[1, 2, 9, 9], [2, 1, -1, -1]]) if targets is None else targets
    steps = torch.tensor([16, 16]) if inputs is None else inputs
    counting = torch.tensor([2, 2]) if lengths is None else lengths
    return F.ctc_loss(given.view(16, 2, 3), shown, steps, counting)  # type: ignore[arg-type]


@pytest.mark.parametrize(("code", "program"), [row[1:] for row in LOST], ids=[row[0] for row in LOST])
def test_values_take_over_after_eight_batches(code: str, program: Program) -> None:
    torch.manual_seed(0)
    assert codes(watched(program, BATCHES - 1)) == []
    torch.manual_seed(0)
    session = watched(program)
    assert codes(session) == [code]
    assert "in 8 batches" in session.findings[0].evidence[0].message or code == "LL212"


@pytest.mark.parametrize(
    "program",
    [
        # Scores of a young network that happen to lie in 0 … 1, and to be nearly alike.
        lambda x, y: F.cross_entropy(0.05 * NET(x).detach() + 0.5, y),
        lambda x, y: F.cross_entropy(0.01 * NET(x).detach() + 1 / 3, y),
        lambda x, y: bce(0.1 * ONE(x).detach() + 0.5, (y > 1)[:, None].float()),
        # Drawn evenly, as tests do.
        lambda x, y: F.cross_entropy(torch.rand(32, 3), y),
        lambda x, y: bce(torch.rand(512, 3), torch.ones(512, 3)),
        # A sigmoid that is sure of nothing is told from no scores.
        lambda x, y: F.cross_entropy((NET(x).detach() / 10).sigmoid(), y),
        # Zeros and ones in the place of scores.
        lambda x, y: F.cross_entropy(one_hot(y), y),
        lambda x, y: F.cross_entropy(NET(x).detach(), y),
        lambda x, y: F.cross_entropy(NET(x).detach(), torch.where(y > 1, -100, y)),
        lambda x, y: F.cross_entropy(NET(x).detach(), torch.where(y > 1, 255, y), ignore_index=255),
        lambda x, y: F.cross_entropy(NET(x), x[:, :3].softmax(1)),
        lambda x, y: F.nll_loss(NET(x).log_softmax(1).detach(), y),
        lambda x, y: F.nll_loss(NET(x).softmax(1).detach().log(), y),
        lambda x, y: F.binary_cross_entropy(SURE(x).sigmoid().detach(), one_hot(y)),
        lambda x, y: bce(NET(x).detach(), one_hot(y) * 0.9 + 0.05),
        # Resampled targets go a little beyond.
        lambda x, y: bce(NET(x).detach(), one_hot(y) * 1.2 - 0.1),
        lambda x, y: F.soft_margin_loss(NET(x), one_hot(y) * 2 - 1),
        lambda x, y: F.margin_ranking_loss(x[:, 0], x[:, 1], (y - 1).float()),
        lambda x, y: F.hinge_embedding_loss(x[:, 0], torch.ones(32)),
        lambda x, y: kl(NET(x).log_softmax(1).detach(), x[:, :3].softmax(1)),
        # The logarithm of a density lies on both sides of 0.
        lambda x, y: F.kl_div(NET(x).log_softmax(1), x[:, :3], reduction="sum", log_target=True),
        # Decisions beside labels, for a metric: neither has a gradient.
        lambda x, y: F.binary_cross_entropy((NET(x).detach() > 0).float(), one_hot(y)),
        # One batch of scores lies in 0 … 1, the next ones do not.
        lambda x, y: F.cross_entropy(x[:, :3].softmax(1) if y[0] == 0 else x[:, :3], y),
        lambda x, y: ctc(NET(x).log_softmax(1).detach()),
        lambda x, y: F.mse_loss(x[:, :3].softmax(1), one_hot(y)),
        lambda x, y: F.cross_entropy(
            NET(x).masked_fill(one_hot(y + 1 if y.max() < 2 else (y + 1) % 3) > 0, -math.inf), y
        ),
        # What is masked out afterwards may be anything.
        lambda x, y: F.mse_loss(NET(x), torch.full((32, 3), math.nan), reduction="none")[:0].sum(),
        # A row of NaN that is ignored, and no gradient to spoil.
        lambda x, y: F.cross_entropy(x.index_fill(0, y[:1] * 0, math.nan), y.index_fill(0, y[:1] * 0, -100)),
        # Infinitely far on the right side of a margin.
        lambda x, y: F.multi_margin_loss(NET(x).masked_fill(one_hot((y + 1) % 3) > 0, -math.inf), y),
        lambda x, y: F.hinge_embedding_loss(x[:, 0] + math.inf, -torch.ones(32)),
        # What stands beyond the lengths is no label.
        lambda x, y: ctc(NET(x).log_softmax(1), torch.tensor([1, 2, 2, 1, 0, 99])),
        lambda x, y: F.gaussian_nll_loss(x, x, x.abs() + 1),
        lambda x, y: F.poisson_nll_loss(x, x.abs()),
        lambda x, y: F.poisson_nll_loss(x.abs(), x.abs(), log_input=False),
    ],
)
def test_nothing_is_claimed(program: Program) -> None:
    torch.manual_seed(0)
    session = watched(program, 20)
    assert codes(session) == []
    assert session.calls[0].count == 20


#: What is wrong in a single batch, and a part of what is said.
AT_ONCE: list[tuple[str, str, Program]] = [
    ("LL121", "count from 1", lambda x, y: F.cross_entropy(NET(x), y + 1)),
    ("LL121", "ignore_index=-1", lambda x, y: F.cross_entropy(NET(x), y - 1)),
    ("LL121", "from 0 to 255", lambda x, y: F.nll_loss(NET(x).log_softmax(1), y.index_fill(0, y[:1] * 0, 255))),
    ("LL121", "class indices", lambda x, y: F.multi_margin_loss(NET(x), y + 1)),
    ("LL203", "values from", lambda x, y: F.binary_cross_entropy(NET(x).detach(), one_hot(y))),
    ("LL212", "It raises", lambda x, y: F.binary_cross_entropy(NET(x).sigmoid(), one_hot(y) * 2)),
    ("LL403", "below 0", lambda x, y: F.gaussian_nll_loss(x, x, x)),
    ("LL404", "logarithm", lambda x, y: F.poisson_nll_loss(x, x.abs(), log_input=False)),
    ("LL503", "the blank", lambda x, y: ctc(NET(x).log_softmax(1), torch.tensor([[1, 0, 2, 2], [1, 1, 1, 1]]))),
    ("LL503", "with 3 classes", lambda x, y: ctc(NET(x).log_softmax(1), torch.tensor([[1, 3, 0, 0], [1, 1, 0, 0]]))),
    ("LL503", "the blank", lambda x, y: ctc(NET(x).log_softmax(1), torch.tensor([1, 2, 0, 1]))),
    ("LL503", "a length of 17", lambda x, y: ctc(NET(x).log_softmax(1), inputs=torch.tensor([17, 16]))),
    ("LL503", "a length of 5", lambda x, y: ctc(NET(x).log_softmax(1), inputs=(16, 16), lengths=(5, 2))),
    ("LL712", "made by a linear layer", lambda x, y: F.cross_entropy(NET(x * math.nan), y)),
    ("LL712", "MulBackward0", lambda x, y: F.cross_entropy(NET(x) * x[:, :3].log(), y.index_fill(0, y[:1] * 0, -100))),
    ("LL712", "made by DivBackward0", lambda x, y: F.mse_loss(NET(x) / (x[:, :3] * 0), x[:, :3])),
    ("LL712", "The target", lambda x, y: F.mse_loss(NET(x), x[:, :3].log())),
    ("LL712", "The weight", lambda x, y: F.cross_entropy(NET(x), y, weight=torch.tensor([1.0, math.inf, 1.0]))),
    ("LL712", "+inf", lambda x, y: F.cross_entropy(NET(x) + torch.tensor([math.inf, 0, 0]), y)),
]


@pytest.mark.parametrize(("code", "said", "program"), AT_ONCE)
def test_one_batch_is_enough_for_what_is_wrong_in_it(code: str, said: str, program: Program) -> None:
    torch.manual_seed(0)
    session = watched(program, 1)
    assert codes(session) == [code]
    assert said in session.findings[0].message or said == "+inf"


def test_the_finding_comes_before_torchs_exception() -> None:
    with losslint.watch("raise"), pytest.raises(losslint.LossMisuseError, match="LL121"):
        F.cross_entropy(NET(torch.randn(2, 5)), torch.tensor([0, 3]))


def test_the_first_bad_batch_is_told() -> None:
    with losslint.watch("record") as session:
        for number in range(1, 7):
            given = torch.full((4, 5), math.nan) if number >= 5 else torch.randn(4, 5)
            F.mse_loss(NET(given), torch.zeros(4, 3))
    (finding,) = session.findings
    assert "at call 5 of this line" in finding.message


def test_a_line_of_many_inputs_is_claimed_nothing_of() -> None:
    def loss(given: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return F.cross_entropy(given, y)

    with losslint.watch("record") as session:
        for position, (x, y) in enumerate(batches(20)):
            scores = NET(x).detach()
            loss(scores.softmax(1) if position % 2 else scores, y)
    assert session.findings == ()


def test_what_values_prove_settles_the_verdict() -> None:
    session = watched(lambda x, y: F.nll_loss(NET(x).log_softmax(1), y), grad=False)
    assert [call.verdict for call in session.calls] == [Verdict.CLEAN]
    assert "log-probabilities" in session.calls[0].arguments["input"].kinds


def test_the_first_calls_are_looked_at_and_then_few(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    original = readings.read
    with losslint.watch("record") as session:

        def reading(wanted: Iterable[Wanted]) -> object:
            read.append(session.calls[0].count)
            return original(wanted)

        monkeypatch.setattr("losslint.runtime.values.read", reading)
        for _ in range(450):
            F.cross_entropy(NET(torch.zeros(2, 5)), torch.tensor([0, 1]))
    assert read == [1, 2, 3, 4, 5, 6, 7, 8, 200, 400]


def test_rows_are_summed_as_long_as_anything_may_come_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Values outside 0 … 1 whose exponentials do not sum to 1 never become probabilities."""
    summed: list[list[str]] = []
    original = readings.read

    def read(wanted: list[readings.Wanted]) -> readings.Reading | None:
        summed.append([each.name for each in wanted if each.dims])
        return original(wanted)

    monkeypatch.setattr("losslint.runtime.values.read", read)
    torch.manual_seed(0)
    watched(lambda x, y: F.cross_entropy(3 * x[:, :3], y), 4)
    scores, summed = summed, []
    watched(lambda x, y: F.cross_entropy(x[:, :3].softmax(1), y), 4)
    proved, summed = summed, []
    watched(lambda x, y: F.nll_loss(3 * x[:, :3], y), 4)
    assert scores == [["input"], [], [], []]
    assert proved == summed == [["input"]] * 4


def test_without_values_nothing_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("losslint.runtime.values.read", lambda wanted: pytest.fail("read"))
    with losslint.watch("record", values=False) as session, suppress(IndexError):
        F.cross_entropy(NET(torch.zeros(2, 5)), torch.tensor([0, 3]))
    assert session.findings == ()
    assert session.failures == []


def test_nobody_who_listens_hears_of_it() -> None:
    class Heard(TorchDispatchMode):
        def __init__(self) -> None:
            super().__init__()
            self.names: list[str] = []

        def __torch_dispatch__(self, function, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
            self.names.append(str(function))
            return function(*args, **(kwargs or {}))

    def heard() -> list[str]:
        with Heard() as mode:
            F.cross_entropy(NET(torch.zeros(2, 5)), torch.tensor([0, 1]))
        return mode.names

    class Functions(torch.overrides.TorchFunctionMode):
        def __init__(self) -> None:
            super().__init__()
            self.names: list[str] = []

        def __torch_function__(self, function, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
            self.names.append(getattr(function, "__name__", ""))
            return function(*args, **(kwargs or {}))

    def called() -> list[str]:
        with Functions() as mode:
            F.cross_entropy(torch.ones(2, 3), torch.tensor([0, 1]))
        return mode.names

    alone = heard(), called()
    with losslint.watch("record") as session:
        assert (heard(), called()) == alone
    assert session.failures == []


def test_gradients_numbers_and_modes_are_as_without() -> None:
    def trained() -> list[torch.Tensor]:
        torch.manual_seed(0)
        net = nn.Sequential(nn.Linear(5, 8), nn.Dropout(0.3), nn.Linear(8, 3))
        optimizer = torch.optim.SGD(net.parameters(), 0.1)
        for x, y in batches(12):
            optimizer.zero_grad()
            F.cross_entropy(net(x).softmax(1) + 1e-6, y).backward()
            optimizer.step()
        with torch.inference_mode():
            held = F.cross_entropy(net(x), y)
        return [*(each.detach().clone() for each in net.parameters()), torch.rand(3), held.clone()]

    alone = trained()
    with losslint.watch("record") as session:
        seen = trained()
    assert codes(session) == ["LL101"]
    assert session.failures == []
    assert all(torch.equal(one, other) for one, other in zip(alone, seen, strict=True))


def test_a_compiled_network() -> None:
    torch._dynamo.reset()
    compiled = torch.compile(nn.Sequential(nn.Linear(5, 3), nn.Softmax(1)), backend="aot_eager")
    assert codes(watched(lambda x, y: F.cross_entropy(compiled(x), y))) == ["LL101"]


@pytest.mark.parametrize(
    "given",
    [
        torch.zeros(0, 3),
        torch.zeros(2, 3, device="meta"),
        torch.zeros(2, 3, dtype=torch.complex64),
        torch.eye(3).to_sparse(),
    ],
    ids=["empty", "meta", "complex", "sparse"],
)
def test_what_cannot_be_read_is_left_alone(given: torch.Tensor) -> None:
    assert not readings.readable(given)
    assert readings.read([Wanted("input", given)]) is None


@pytest.mark.parametrize("sizes", [(1 << 20,), (4096, 1000), (2, 3, 512, 512), (1, 70_000), (70_000, 1)])
def test_few_elements_are_taken_of_many(sizes: tuple[int, ...]) -> None:
    tensor = torch.zeros(1).expand(sizes)
    part = readings.few(tensor, 4096, (1,))
    assert 0 < part.numel() <= 4096 + (sizes[1] if len(sizes) > 1 else 0)
    assert len(sizes) < 2 or part.shape[1] == sizes[1]
    assert part.data_ptr() == tensor.data_ptr()


class TestOnADevice:
    """Where numbers arrive later: a reading that is not ready stands in for a device, which not everybody has."""

    def test_numbers_that_come_later_are_judged_later(self, monkeypatch: pytest.MonkeyPatch) -> None:
        arrived = False
        monkeypatch.setattr(readings.Reading, "ready", lambda self: arrived)
        with losslint.watch("record") as session:
            for _ in range(3):
                F.mse_loss(NET(torch.full((4, 5), math.nan)), torch.zeros(4, 3))
            assert session.findings == ()
            arrived = True
            F.l1_loss(NET(torch.zeros(4, 5)), torch.zeros(4, 3))
            found: list[Finding] = list(session.findings)
            assert "at call 1 of this line" in found[0].message

    def test_the_end_waits_for_them(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(readings.Reading, "ready", lambda self: False)
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            with losslint.watch() as session:
                F.mse_loss(NET(torch.full((4, 5), math.nan)), torch.zeros(4, 3))
                assert said == []
        assert codes(session) == ["LL712"]
        assert [each.category for each in said] == [losslint.LossMisuseWarning]

    def test_a_misuse_of_another_line_is_not_raised_here(self, monkeypatch: pytest.MonkeyPatch) -> None:
        arrived = False
        monkeypatch.setattr(readings.Reading, "ready", lambda self: arrived)

        def wrong() -> torch.Tensor:
            return F.mse_loss(NET(torch.full((4, 5), math.nan)), torch.zeros(4, 3))

        with losslint.watch("raise"):
            wrong()
            arrived = True
            F.l1_loss(NET(torch.zeros(4, 5)), torch.zeros(4, 3))
            with pytest.raises(losslint.LossMisuseError, match="LL712"):
                wrong()

    def test_what_is_copied_behind_is_what_is_at_hand(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The way over a queue, with one that stands in for a device's."""

        class Event:
            def __init__(self) -> None:
                self.asked = 0

            def record(self) -> None:
                assert self.asked == 0

            def query(self) -> bool:
                self.asked += 1
                return self.asked > 1

            def synchronize(self) -> None:
                self.asked = 1

        empty, cpu = torch.empty, torch.device("cpu")
        monkeypatch.setattr(torch, "cpu", SimpleNamespace(Event=Event, device=lambda _: nullcontext()))
        monkeypatch.setattr(torch, "empty", lambda *sizes, pin_memory, **given: empty(*sizes, **given))
        wanted = [
            Wanted("input", torch.rand(6, 3, generator=torch.Generator().manual_seed(0)).softmax(1), dims=(1,)),
            Wanted("target", torch.tensor([0, 2, -100, 1]), ignored=-100),
        ]
        queued = readings.Reading((readings._part(cpu, wanted),), {})
        monkeypatch.undo()
        at_hand = readings.read(wanted)
        assert at_hand is not None
        assert at_hand.ready()
        assert [queued.ready(), queued.ready()] == [False, True]
        queued.wait()
        for name, numbers in at_hand.numbers().items():
            assert queued.numbers()[name] == pytest.approx(dict(numbers))
        assert queued.numbers()["target"] == {"low": 0, "high": 2, "ignored": 1}

    @pytest.mark.parametrize(
        "wanted",
        [
            Wanted("input", torch.empty(300, 7, device="meta"), dims=(0, 1), labels=True),
            Wanted("input", torch.empty(70000, 3, 2, device="meta"), dims=(1,)),
            Wanted("input", torch.empty(600, 600, device="meta"), dims=(1,), diagonal=True),
            Wanted("target", torch.empty(600, device="meta", dtype=torch.long), ignored=-100.0, diagonal=True),
            Wanted("target", torch.empty(8, 3, device="meta", dtype=torch.bool), labels=True),
            Wanted(
                "targets",
                torch.empty(4, 9, device="meta", dtype=torch.long),
                lengths=torch.empty(4, device="meta", dtype=torch.long),
            ),
            Wanted(
                "targets",
                torch.empty(30, device="meta", dtype=torch.long),
                lengths=torch.empty(4, device="meta", dtype=torch.long),
            ),
        ],
    )
    def test_no_number_decides_which_others_are_taken(self, wanted: Wanted) -> None:
        """On a device, asking for a number means waiting. On `meta` there is none, and torch raises."""
        numbers = readings._numbers(wanted)
        together = torch.stack([number.to(torch.float64) for number in numbers.values()])
        assert together.shape == (len(numbers),)
        with pytest.raises(RuntimeError, match="meta"):
            together.sum().item()

    @pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
    def test_nothing_is_waited_for(self) -> None:
        net = nn.Linear(5, 3, device="cuda")
        x, y = torch.randn(32, 5, device="cuda"), torch.arange(32, device="cuda") % 3
        torch.cuda.synchronize()
        with losslint.watch("record") as session:
            torch.cuda.set_sync_debug_mode("error")
            try:
                for _ in range(120):
                    F.cross_entropy(net(x).softmax(1) + 1e-8, y).backward()
            finally:
                torch.cuda.set_sync_debug_mode("default")
        assert session.failures == []
        assert codes(session) == ["LL101"]
