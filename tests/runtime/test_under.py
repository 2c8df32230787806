"""What else runs, changes or records torch's functions goes on as it did."""

from __future__ import annotations

import gc
import re
import warnings
from collections.abc import Callable, Iterator
from types import FunctionType
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.fx.experimental.proxy_tensor import make_fx
from torch.utils.checkpoint import checkpoint

import losslint
from losslint.runtime.interception import watched
from losslint.runtime.session import Session
from tests.runtime.calls import CALLS

#: Losses in which Dynamo breaks the graph by itself.
BREAKS = {"CTCLoss", "GaussianNLLLoss"}

LABELS = torch.tensor([0, 1, 2, 0])


@pytest.fixture
def session() -> Iterator[Session]:
    with losslint.watch("record") as session:
        yield session
    assert session.failures == []


def scores(*sizes: int) -> torch.Tensor:
    torch.manual_seed(0)
    return torch.randn(*(sizes or (4, 3)), requires_grad=True)


def codes(session: Session) -> list[str]:
    return [finding.code for finding in session.findings]


def loss(given: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    return F.cross_entropy(given, labels)


class Net(nn.Module):
    """Two losses of the same value."""

    def __init__(self) -> None:
        super().__init__()
        self.criterion = nn.CrossEntropyLoss()

    def forward(self, given: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        return self.criterion(given, labels) + F.nll_loss(F.log_softmax(given, 1), labels)


def wrong(given: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    return F.cross_entropy(given.softmax(1), labels)


# torch 2.13 warns that TorchScript is deprecated.
@pytest.mark.filterwarnings("ignore")
class TestTorchScript:
    @pytest.mark.parametrize("name", ["cross_entropy", "mse_loss", "nll_loss", "soft_margin_loss"])
    def test_a_function_is_compiled_as_without(self, name: str) -> None:
        def compiled() -> str:
            function = getattr(F, name)
            # Another function of the same code each time: TorchScript remembers those that it compiled.
            anew = FunctionType(function.__code__, vars(F), name, function.__defaults__)
            anew.__annotations__ = function.__annotations__
            return re.sub(r"warn_id=\d+", "warn_id", str(torch.jit.script(anew).graph))

        alone = compiled()
        with losslint.watch("record"):
            assert compiled() == alone

    def test_a_module_is_compiled_and_gives_the_same(self, session: Session) -> None:
        scripted = torch.jit.script(Net())
        for _ in range(4):
            given = scores()
            assert scripted(given, LABELS).item() == pytest.approx(2 * loss(given, LABELS).item())

    def test_a_trace_records_what_it_did(self) -> None:
        alone = str(torch.jit.trace(loss, (scores(), LABELS)).graph)
        with losslint.watch("record") as session:
            assert str(torch.jit.trace(loss, (scores(), LABELS)).graph) == alone
        assert session.failures == []


class TestCompile:
    @pytest.mark.parametrize("name", sorted(watched()))
    def test_no_graph_break_is_added(self, name: str) -> None:
        arguments, keywords = CALLS[name]()
        function = watched()[name].function

        def step(*given: Any) -> torch.Tensor:
            return function(*given, **keywords)

        def compiled() -> tuple[int, list[str], torch.Tensor]:
            torch._dynamo.reset()
            explained = torch._dynamo.explain(step)(*arguments)
            torch._dynamo.reset()
            with warnings.catch_warnings(record=True) as said:
                warnings.simplefilter("always")
                value = torch.compile(step, backend="eager")(*arguments)
            return explained.graph_break_count, [str(each.message) for each in said], value

        breaks, said, value = compiled()
        with losslint.watch("record") as session:
            watched_breaks, watched_said, watched_value = compiled()
        assert (watched_breaks, watched_said) == (breaks, said)
        assert torch.equal(watched_value, value)
        assert session.failures == []

    @pytest.mark.parametrize("name", sorted(set(watched()) - BREAKS))
    def test_it_compiles_in_one_graph(self, session: Session, name: str) -> None:
        torch._dynamo.reset()
        arguments, keywords = CALLS[name]()
        function = watched()[name].function

        def step(*given: Any) -> torch.Tensor:
            return function(*given, **keywords)

        assert torch.equal(torch.compile(step, backend="eager", fullgraph=True)(*arguments), step(*arguments))

    def test_a_misuse_is_seen_where_the_backend_calls_by_name(self, session: Session) -> None:
        torch._dynamo.reset()
        compiled = torch.compile(wrong, backend="eager", fullgraph=True)
        compiled(scores(), LABELS)
        assert codes(session) == ["LL101"]

    def test_what_is_compiled_before_runs_on(self) -> None:
        torch._dynamo.reset()
        compiled = torch.compile(loss, backend="aot_eager", fullgraph=True)
        expected = compiled(scores(), LABELS)
        with losslint.watch("record"):
            assert torch.equal(compiled(scores(), LABELS), expected)
        assert torch.equal(compiled(scores(), LABELS), expected)

    def test_an_exported_program_is_the_same(self) -> None:
        def nodes() -> list[str]:
            program = torch.export.export(Net(), (scores(), LABELS))
            return [f"{node.op} {node.target}" for node in program.graph.nodes]

        alone = nodes()
        with losslint.watch("record") as session:
            assert nodes() == alone
        assert session.failures == []


class TestTracing:
    def test_symbolic_trace_records_the_function_itself(self, session: Session) -> None:
        graph = torch.fx.symbolic_trace(loss).graph
        called = [node.target for node in graph.nodes if node.op == "call_function"]
        assert called == [F.cross_entropy]

    @pytest.mark.parametrize("mode", ["real", "fake", "symbolic"])
    def test_make_fx_records_what_it_did(self, mode: str) -> None:
        def traced() -> list[str]:
            graph = make_fx(wrong, tracing_mode=mode)(scores().detach(), LABELS).graph  # type: ignore[arg-type]
            return [str(node.target) for node in graph.nodes]

        alone = traced()
        with losslint.watch("record") as session:
            assert traced() == alone
        assert session.failures == []

    def test_fake_tensors_are_left_alone(self, session: Session) -> None:
        with FakeTensorMode():
            value = F.cross_entropy(torch.randn(4, 3), torch.zeros(4, dtype=torch.int64))
        assert type(value).__name__ == "FakeTensor"
        assert session.calls == ()

    def test_a_mode_sees_the_call_once(self, session: Session) -> None:
        from torch.overrides import TorchFunctionMode

        called: list[object] = []

        class Listening(TorchFunctionMode):
            def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
                called.append(func)
                return func(*args, **(kwargs or {}))

        given = scores().softmax(1)
        with Listening():
            F.cross_entropy(given, LABELS)
        assert called == [F.cross_entropy]
        assert [call.count for call in session.calls] == [1]
        assert codes(session) == ["LL101"]

    def test_a_dispatch_mode_hears_of_nothing_but_the_loss(self) -> None:
        from torch.utils._python_dispatch import TorchDispatchMode

        class Listening(TorchDispatchMode):
            def __init__(self) -> None:
                super().__init__()
                self.heard: list[str] = []

            def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
                self.heard.append(str(func))
                return func(*args, **(kwargs or {}))

        def heard() -> list[str]:
            with Listening() as mode:
                F.cross_entropy(scores().sigmoid() * 0.5, LABELS)
            return mode.heard

        alone = heard()
        with losslint.watch("record"):
            assert heard() == alone

    def test_a_subclass_stays_one(self, session: Session) -> None:
        class Named(torch.Tensor):
            pass

        given = scores().softmax(1).as_subclass(Named)
        assert type(F.cross_entropy(given, LABELS)) is Named
        assert codes(session) == ["LL101"]
        assert [call.count for call in session.calls] == [1]


class TestTransforms:
    @pytest.mark.parametrize(
        "computed",
        [
            lambda: torch.vmap(loss)(scores(2, 4, 3).detach(), LABELS.expand(2, 4)),
            lambda: torch.func.grad(loss)(scores().detach(), LABELS),
            lambda: torch.vmap(torch.func.grad(wrong))(scores(2, 4, 3).detach(), LABELS.expand(2, 4)),
            lambda: torch.func.jacrev(loss)(scores().detach(), LABELS),
        ],
    )
    def test_they_give_the_same(self, computed: Callable[[], torch.Tensor]) -> None:
        alone = computed()
        with losslint.watch("record") as session:
            for _ in range(10):  # as often as values are looked at
                assert torch.equal(computed(), alone)
        assert session.failures == []

    @pytest.mark.parametrize(
        ("computed", "found"),
        [
            (lambda: torch.func.grad(wrong)(scores().detach(), LABELS), ["LL101"]),
            (lambda: torch.vmap(torch.func.grad(wrong))(scores(2, 4, 3).detach(), LABELS.expand(2, 4)), ["LL101"]),
            (lambda: torch.func.jacrev(wrong)(scores().detach(), LABELS), ["LL101"]),
            (lambda: torch.func.grad(loss)(scores().detach(), LABELS), []),
            (lambda: torch.vmap(loss)(scores(2, 4, 3).detach(), LABELS.expand(2, 4)), []),
            (lambda: torch.vmap(F.mse_loss)(torch.randn(3, 4, 1), torch.randn(3, 4)), ["LL401"]),
            (lambda: torch.vmap(F.mse_loss)(torch.randn(3, 4), torch.randn(3, 4)), []),
        ],
    )
    @pytest.mark.filterwarnings("ignore:Using a target size")
    def test_what_can_be_seen_is_seen(self, computed: Callable[[], torch.Tensor], found: list[str]) -> None:
        with losslint.watch("record") as session:
            for _ in range(10):
                computed()
        assert codes(session) == found
        assert [call.count for call in session.calls] == [10]
        assert session.failures == []

    def test_autocast(self, session: Session) -> None:
        layer = nn.Linear(5, 3)
        with torch.autocast("cpu", torch.bfloat16):
            given = layer(torch.randn(4, 5))
            assert given.dtype == torch.bfloat16
            # The weight is no bfloat16 either: autocast takes care of both.
            value = F.cross_entropy(given, LABELS, weight=torch.ones(3))
            F.cross_entropy(given.softmax(1), LABELS)
        assert value.dtype == torch.float32
        assert codes(session) == ["LL101"]

    def test_a_weight_of_another_dtype_without_autocast(self, session: Session) -> None:
        with pytest.raises(RuntimeError):
            F.cross_entropy(scores().double(), LABELS, weight=torch.ones(3))
        assert codes(session) == ["LL118"]

    @pytest.mark.parametrize("reentrant", [False, True])
    def test_checkpoint(self, session: Session, reentrant: bool) -> None:
        layer = nn.Sequential(nn.Linear(5, 3), nn.Softmax(1))
        given = torch.randn(4, 5, requires_grad=True)
        runs = []
        layer.register_forward_hook(lambda *_: runs.append(1))
        out = checkpoint(layer, given, use_reentrant=reentrant)
        value = F.cross_entropy(out * 1.0, LABELS)
        assert runs == [1]  # looking at the graph computes nothing again
        value.backward()
        assert given.grad is not None
        assert codes(session) == ([] if reentrant else ["LL101"])
        if reentrant:
            assert "checkpoint" in session.calls[0].reason

    def test_saved_tensors_are_not_unpacked(self, session: Session) -> None:
        unpacked: list[torch.Tensor] = []

        def unpack(kept: torch.Tensor) -> torch.Tensor:
            unpacked.append(kept)
            return kept

        factor = torch.tensor(3.0)
        with torch.autograd.graph.saved_tensors_hooks(lambda tensor: tensor, unpack):
            given = scores().sigmoid() * factor
        F.cross_entropy(given, LABELS)
        assert unpacked == []

    def test_a_graph_that_was_freed(self, session: Session) -> None:
        given = scores().sigmoid() * torch.tensor(0.5)
        given.sum().backward()
        F.cross_entropy(given, LABELS)
        assert codes(session) in ([], ["LL103"])

    def test_data_parallel(self, session: Session) -> None:
        model = nn.DataParallel(nn.Sequential(nn.Linear(5, 3), nn.Softmax(1)))
        F.cross_entropy(model(torch.randn(4, 5)), LABELS)
        assert codes(session) == ["LL101"]

    def test_distributed_data_parallel(self, session: Session, tmp_path: Any) -> None:
        import torch.distributed as dist

        if not dist.is_available():
            pytest.skip("a build without torch.distributed")
        dist.init_process_group("gloo", init_method=f"file://{tmp_path / 'store'}", rank=0, world_size=1)
        net = nn.Sequential(nn.Linear(5, 3), nn.Softmax(1))

        def step(**more: Any) -> None:
            model = nn.parallel.DistributedDataParallel(net, **more)
            F.cross_entropy(model(torch.randn(4, 5)), LABELS).backward()

        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                for more in ({}, {"find_unused_parameters": True}):
                    # No model may be left behind: one that is the last to hold the group waits, with the interpreter
                    # locked, for a thread that needs the interpreter.
                    step(**more)
                    gc.collect()
        finally:
            dist.destroy_process_group()
        assert codes(session) == ["LL101"]
        assert session.calls[0].count == 2
