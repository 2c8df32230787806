"""Runs the documented examples of rules: what their functions take is made up, from names and from the layers' sizes.

Nobody wrote down what `target` is in an example, so several things are tried: labels, numbers, masks, of the sizes that
the layers of the example have. What torch refuses is no run, except on a line that is marked: there it may be the very
misuse, and the run goes on behind it.
"""

from __future__ import annotations

import ast
import inspect
import io
import itertools
import random
import re
import sys
import types
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, redirect_stdout
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import torch

import losslint
from losslint.rules.rule import files_of
from losslint.runtime.session import Session
from losslint.vocabulary.findings import Severity

#: As often as values have to be looked at, and as many sorts of arguments as are tried for one function.
OFTEN, MOST_TRIED = 9, 240
#: Combinations that those are drawn from.
MOST_MADE = 20000

_LAYER = re.compile(r"\b(Linear|Conv1d|Conv2d|Conv3d|Embedding|LSTM|GRU|Bilinear)\(\s*(\d+)(?:,\s*(\d+))?")
_MARK = re.compile(r"#.*\b(LL\d{3})\b")

#: Parameters that a model is given, and those that are numbers, strings or flags.
_INPUTS = """
    hidden x xs image images batch state states next_state features volume source weak strong real noise points inputs
    candidates keys code
"""
INPUTS = frozenset(_INPUTS.split())
PLAIN: dict[str, tuple[object, ...]] = {
    "temperature": (0.1,),
    "gamma": (0.9,),
    "smoothing": (0.1,),
    "share": (0.5,),
    "steps": (3,),
    "count": (8,),
    "classes": (10, 3),
    "device": ("cpu",),
    "use_amp": (False,),
    "log_input": (True, False),
    "train": (True,),
    "use_copy": (False,),
    "history": ([],),
    "epochs": (1,),
    "activate": (False,),
    "radius": (1.0,),
    "lr": (0.01,),
}
_MODELS = "model net student teacher encoder decoder critic generator frozen head backbone"
MODELS = frozenset(_MODELS.split())


class Optimizer:
    """An optimiser that leaves the parameters alone."""

    def step(self) -> None: ...

    def zero_grad(self, set_to_none: bool = True) -> None: ...


@dataclass
class Outcome:
    """What came of an example, over all arguments that were tried."""

    #: (file, row, code) that were told in any run, and by the runs that went through to the end
    told: set[tuple[str, int, str]] = field(default_factory=set)
    ended: list[set[tuple[str, int, str]]] = field(default_factory=list)
    #: why an entry was never run to its end
    errors: dict[str, str] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)


def marks(example: str) -> set[tuple[str, int, str]]:
    """The lines of an example that a rule has to speak of."""
    return {
        (name, row, found[1])
        for name, text in files_of(example).items()
        for row, line in enumerate(text.splitlines(), 1)
        if (found := _MARK.search(line)) and name.endswith(".py")
    }


class _GoesOn(ast.NodeTransformer):
    """Has the run go on behind the statements in some rows, whatever they raise."""

    def __init__(self, rows: set[int]) -> None:
        self._rows = rows

    def visit(self, node: ast.AST) -> ast.AST:
        if isinstance(node, ast.Expr | ast.Assign | ast.AugAssign | ast.Return | ast.AnnAssign):
            if any(row in self._rows for row in range(node.lineno, (node.end_lineno or node.lineno) + 1)):
                handler = ast.ExceptHandler(ast.Name("Exception", ast.Load()), None, [ast.Pass()])
                return ast.fix_missing_locations(ast.copy_location(ast.Try([node], [handler], [], []), node))
        return self.generic_visit(node)


@contextmanager
def loaded(folder: Path, example: str) -> Iterator[list[types.ModuleType]]:
    """The modules of an example, from files in a folder that is gone from the path afterwards."""
    files = {name: text for name, text in files_of(example).items() if name.endswith(".py")}
    rows = {name: {row for file, row, _ in marks(example) if file == name} for name in files}
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    before = set(sys.modules)
    modules = []
    try:
        for name in _in_order(files):
            tree = _GoesOn(rows[name]).visit(ast.parse(files[name]))
            assert isinstance(tree, ast.Module)
            module = types.ModuleType(name.removesuffix(".py").replace("/", "."))
            module.__file__ = str(folder / name)
            sys.modules[module.__name__] = module
            exec(compile(tree, str(folder / name), "exec"), module.__dict__)
            modules.append(module)
        yield modules
    finally:
        for name in set(sys.modules) - before:
            if getattr(sys.modules[name], "__file__", None) in {str(folder / file) for file in files}:
                del sys.modules[name]


def _in_order(files: dict[str, str]) -> Iterator[str]:
    """Files before those that import them."""
    pending = list(files)
    while pending:
        for name in pending:
            wanted = [other for other in pending if other != name and _imports(files[name], other)]
            if not wanted:
                break
        else:
            name = pending[0]
        pending.remove(name)
        yield name


def _imports(text: str, file: str) -> bool:
    module = re.escape(file.removesuffix(".py").replace("/", "."))
    return re.search(rf"(from|import) \.?{module}\b", text) is not None


def entries(module: types.ModuleType) -> Iterator[tuple[str, Callable[..., Any], dict[str, inspect.Parameter]]]:
    """The functions of a module, and the methods of its classes that are no networks, with what they take."""
    for name, value in list(vars(module).items()):
        if getattr(value, "__module__", None) != module.__name__:
            continue
        if inspect.isfunction(value):
            yield name, value, _parameters(value)
        elif inspect.isclass(value) and not issubclass(value, torch.nn.Module):
            made = _parameters(value.__init__) if "__init__" in vars(value) else {}
            made.pop("self", None)
            for method, function in vars(value).items():
                if inspect.isfunction(function) and (method == "__call__" or not method.startswith("_")):
                    given = _parameters(function)
                    given.pop("self", None)
                    yield f"{name}.{method}", _bound(value, method, tuple(made)), {**made, **given}


def _bound(kind: type, method: str, made: tuple[str, ...]) -> Callable[..., Any]:
    def call(**given: Any) -> Any:
        instance = kind(**{name: given[name] for name in made})
        return getattr(instance, method)(**{name: value for name, value in given.items() if name not in made})

    return call


def _parameters(function: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    found = inspect.signature(function).parameters
    return {
        name: each
        for name, each in found.items()
        if each.default is inspect.Parameter.empty and each.kind in (each.POSITIONAL_OR_KEYWORD, each.KEYWORD_ONLY)
    }


def run(folder: Path, example: str, code: str, given: dict[str, str] | None = None) -> Outcome:
    """Run an example with all arguments that are made up for it, or with those that are `given`, as expressions."""
    outcome = Outcome()
    text = "\n".join(files_of(example).values())
    torch.manual_seed(0)
    with warnings.catch_warnings(), ExitStack() as stack:
        warnings.simplefilter("ignore")
        with losslint.watch("record", advice=True) as session:
            modules = stack.enter_context(loaded(folder, example))
        _note(outcome, session, folder, code, through=bool(session.calls))
        for module in modules:
            for name, function, parameters in entries(module):
                made = _given(list(parameters), given) if given else _arguments(list(parameters), text)
                _drive(outcome, name, function, made, folder, code)
    return outcome


def _note(outcome: Outcome, session: Session, folder: Path, code: str, through: bool) -> None:
    here = folder.resolve()
    told = {
        (str(file.relative_to(here)), finding.place.row, finding.code)
        for finding in session.findings
        if (file := Path(finding.place.filename).resolve()).is_relative_to(here)
        and (finding.severity is not Severity.ADVICE or finding.code == code)
    }
    outcome.told |= told
    outcome.failures += session.failures
    if through:
        outcome.ended.append(told)


def _given(names: list[str], given: dict[str, str]) -> Iterator[Callable[[], dict[str, Any]]]:
    """The arguments that somebody wrote down, made anew for each call."""
    if set(names) <= set(given):
        known = {"torch": torch, "nn": torch.nn, "Optimizer": Optimizer}
        # What is made once stays the same: the network that is trained.
        kept = {name: eval(given[name], known) for name in names if given[name].startswith("nn.")}
        yield lambda: {name: kept[name] if name in kept else eval(given[name], known) for name in names}


def _drive(
    outcome: Outcome,
    name: str,
    function: Callable[..., Any],
    arguments: Iterator[Callable[[], dict[str, Any]]],
    folder: Path,
    code: str,
) -> None:
    tried = list(itertools.islice(arguments, MOST_MADE))
    if len(tried) > MOST_TRIED:
        tried = tried[: MOST_TRIED // 4] + random.Random(0).sample(tried, MOST_TRIED - MOST_TRIED // 4)
    last, ended = "nothing was tried", False
    for make in tried:
        with losslint.watch("record", advice=True) as session, redirect_stdout(io.StringIO()):
            try:
                for _ in range(OFTEN):
                    function(**make())
                through = True
            except Exception as error:
                through, last = False, f"{type(error).__name__}: {error}"
        ended = ended or through
        _note(outcome, session, folder, code, through and bool(session.calls))
    if not ended:
        outcome.errors[name] = last


def _arguments(names: list[str], text: str) -> Iterator[Callable[[], dict[str, Any]]]:
    layers = [(kind, int(one), int(other or one)) for kind, one, other in _LAYER.findall(text)]
    pools = [_candidates(name, layers) for name in names]
    for chosen in itertools.product(*pools):
        yield partial(_made, names, chosen)


Maker = Callable[[], Any]


def _made(names: list[str], makers: tuple[Maker, ...]) -> dict[str, Any]:
    return {name: make() for name, make in zip(names, makers, strict=True)}


def _always(value: object) -> Maker:
    return lambda: value


def _loader(input: Maker, target: Maker) -> list[tuple[Any, Any]]:
    """A loader of a single batch."""
    return [(input(), target())]


def _loaders(input: Maker, target: Maker) -> dict[str, list[tuple[Any, Any]]]:
    return {"train": _loader(input, target), "val": []}


def _zeros_and_ones(shape: tuple[int, ...]) -> torch.Tensor:
    return (torch.rand(shape) > 0.5).float()


def _signs(shape: tuple[int, ...]) -> torch.Tensor:
    return _zeros_and_ones(shape) * 2 - 1


def _distributions(shape: tuple[int, ...]) -> torch.Tensor:
    return torch.randn(shape).softmax(1)


def _candidates(name: str, layers: list[tuple[str, int, int]]) -> list[Maker]:
    if name in PLAIN:
        return [_always(value) for value in PLAIN[name]]
    if name == "optimizer" or name.endswith("_optimizer"):
        return [Optimizer]
    if name == "self":
        return [_always(None)]
    inputs, targets = _inputs(layers), _targets(layers)
    if name in MODELS:
        first = layers[0] if layers else ("Linear", 64, 10)
        return [lambda: torch.nn.Linear(first[1], 10), lambda: torch.nn.Linear(first[1], 1)]
    if name == "loader":
        return [partial(_loader, a, b) for a in inputs for b in targets]
    if name == "loaders":
        return [partial(_loaders, a, b) for a in inputs for b in targets]
    if name in ("input_lengths", "target_lengths"):
        size = 12 if name == "input_lengths" else 3
        return [lambda: torch.full((8,), size)]
    if name in INPUTS:
        return inputs
    if name == "batch":
        return inputs
    return targets


def _inputs(layers: list[tuple[str, int, int]]) -> list[Maker]:
    shapes: list[tuple[int, ...]] = []
    for kind, size, _ in layers or [("Linear", 64, 10)]:
        if kind in ("Linear", "Bilinear"):
            shapes += [(8, size), (8, 6, size)]
        elif kind.startswith("Conv"):
            shapes.append((8, size, *(12,) * int(kind[4])))
        elif kind in ("LSTM", "GRU"):
            shapes += [(8, 6, size), (12, 8, size)]
    unique = list(dict.fromkeys(shapes)) or [(8, 64)]
    made: list[Maker] = [partial(torch.randn, shape) for shape in unique[:4]]
    for kind, size, _ in layers:
        if kind == "Embedding":
            made.append(partial(torch.randint, 0, size, (8, 6)))
            break
    return made


def _targets(layers: list[tuple[str, int, int]]) -> list[Maker]:
    """What a loss may be given beside the outputs of the last layers: labels and numbers of fitting sizes."""
    outs = list(dict.fromkeys(out for _, _, out in reversed(layers)))[:3] or [10]
    space: tuple[int, ...] = ()
    for kind, _, _ in layers:
        if kind.startswith("Conv"):
            space = (12,) * int(kind[4])
    made: list[Maker] = []
    for out in outs:
        high = max(out, 2)
        for shape in dict.fromkeys([(8, *space), (8, out, *space), (8, 1, *space), (8, 6), (8, 6, out), (8, 3)]):
            flat = shape in ((8, *space), (8, 6))
            if flat:
                made.append(partial(torch.randint, 0, high, shape))
            made += [
                partial(torch.rand, shape),
                partial(_zeros_and_ones, shape),
                partial(torch.randn, shape),
                partial(_signs, shape),
            ]
            if not flat:
                made.append(partial(torch.randint, 0, 2, shape))
        if out > 1:
            made.append(partial(_distributions, (8, out, *space)))
    return made
