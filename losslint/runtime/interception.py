"""Sees the calls of torch's loss functions: what is put in front of each, and how all of it is taken out again."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import CodeType, FunctionType
from typing import Any, Protocol

import torch
import torch.nn.functional
import torch.overrides

from losslint.contracts.torch.losses import LOSSES
from losslint.runtime.injection import injected

#: The name under which the functions find whom to tell, among the globals of their module.
HOOK = "__losslint_seen__"

#: The same for what says that Dynamo is at work, which takes it for a constant.
COMPILING = "__losslint_compiling__"

#: The same for what says that a mode or a subclass takes a call over.
OVERRIDDEN = "__losslint_overridden__"

#: What modules know that have no function of their own: the settings that rules ask for, by the attributes they are in.
_KEPT: Mapping[str, Mapping[str, str]] = {
    "AdaptiveLogSoftmaxWithLoss": {name: f"self.{name}" for name in ("in_features", "n_classes")}
}

#: Parameters that are tensors beside those that a loss compares.
_WEIGHTS = frozenset({"weight", "pos_weight", "linear_weight", "linear_bias"})


#: What statements ask, by the names that they have for it.
_SAYING: Mapping[str, object] = {
    COMPILING: torch.compiler.is_compiling,
    OVERRIDDEN: torch.overrides.has_torch_function_variadic,
}


class Hook(Protocol):
    """Whom the functions tell that they were called: the loss, its tensors, its weights, and its other settings."""

    def __call__(
        self, loss: str, tensors: tuple[object, ...], weights: tuple[object, ...], settings: tuple[object, ...], /
    ) -> None:
        """A loss function was called, and has computed nothing yet."""


@dataclass(frozen=True, slots=True)
class Watched:
    """A loss function as this torch has it: its contract's name, and its parameters, by what they are. A loss without a
    function of its own is the `forward` of its module."""

    loss: str
    function: FunctionType
    tensors: tuple[str, ...]
    weights: tuple[str, ...]
    settings: tuple[str, ...]
    #: what the function calls what the contract calls otherwise
    spelled: Mapping[str, str] = field(default_factory=dict)

    def statement(self) -> str:
        """What is put in front of its body. Dynamo takes both conditions for constants, so it adds no graph break; a
        call that a mode or a subclass takes over comes again, with what they make of it."""
        tensors, weights, settings = map(self._written, (self.tensors, self.weights, self.settings))
        told = f"{self.loss!r}, {tensors}, {weights}, {settings}"
        return f"if not {COMPILING}() and not {OVERRIDDEN}{tensors}: {HOOK}({told})"

    def _written(self, names: tuple[str, ...]) -> str:
        return "(" + "".join(f"{self.spelled.get(name, name)}, " for name in names) + ")"


@functools.cache
def watched() -> dict[str, Watched]:
    """The loss functions that this torch has, by the names of their contracts."""
    found: dict[str, Watched] = {}
    for contract in LOSSES:
        function = getattr(torch.nn.functional, contract.function.rpartition(".")[2], None)
        if not isinstance(function, FunctionType) or not contract.function:
            continue
        code = function.__code__
        parameters = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        tensors = tuple(argument.name for argument in contract.arguments if argument.name in parameters)
        weights = tuple(name for name in parameters if name in _WEIGHTS)
        settings = tuple(name for name in parameters if name not in tensors + weights)
        found[contract.name] = Watched(contract.name, function, tensors, weights, settings)
    return found


@functools.cache
def watched_modules() -> dict[str, Watched]:
    """The losses that are modules alone, by the names of their contracts."""
    found: dict[str, Watched] = {}
    for contract in LOSSES:
        function = getattr(getattr(torch.nn, contract.name, None), "forward", None)
        kept = _KEPT.get(contract.name)
        if kept is None or not isinstance(function, FunctionType):
            continue
        tensors = tuple(argument.name for argument in contract.arguments)
        spelled = {**dict(zip(tensors, contract.forward_parameters, strict=True)), **kept}
        found[contract.name] = Watched(contract.name, function, tensors, (), tuple(kept), spelled)
    return found


@functools.cache
def all_watched() -> dict[str, Watched]:
    """The losses whose calls are seen, functions and modules, by the names of their contracts."""
    return {**watched(), **watched_modules()}


@dataclass(slots=True)
class Interception:
    """The functions whose calls are seen now. Nothing is changed before `install` and after `remove`.

    `hook` is told of the losses. `others` are more functions, each with the statement that is put in front of it, and
    `hooks` what those statements call, by its name.
    """

    hook: Hook
    others: Mapping[FunctionType, str] = field(default_factory=dict)
    hooks: Mapping[str, object] = field(default_factory=dict)
    #: the code that each function had, and the one that it was given
    _codes: dict[FunctionType, tuple[CodeType, CodeType]] = field(default_factory=dict)
    #: functions that stand in for one whose code cannot be replaced: the name, the stand-in, and the original
    _stand_ins: dict[str, tuple[Callable[..., Any], FunctionType]] = field(default_factory=dict)

    def install(self) -> None:
        """See the calls from now on."""
        losses = {each.function: each for each in all_watched().values()}
        names = {**_SAYING, HOOK: self.hook, **self.hooks}
        for home in _homes([*losses, *self.others]):
            home.update(names)
        made = injected({**{function: each.statement() for function, each in losses.items()}, **self.others})
        for function, code in made.items():
            self._replace(function, code)
        for each in watched().values():
            if each.function not in self._codes:
                self._stand_in(each)

    def _replace(self, function: FunctionType, code: CodeType) -> None:
        before = function.__code__
        try:
            function.__code__ = code
        except (TypeError, ValueError):
            return  # a build of Python that does not allow it
        self._codes[function] = (before, code)

    def _stand_in(self, each: Watched) -> None:
        """A function in place of the attribute: names that were imported before do not lead to it."""
        name, original = each.function.__name__, each.function
        signature = inspect.signature(original)

        @functools.wraps(original)
        def stand_in(*arguments: Any, **keywords: Any) -> Any:
            if not torch.compiler.is_compiling():
                try:
                    bound = signature.bind(*arguments, **keywords)
                except TypeError:
                    return original(*arguments, **keywords)  # torch says what is wrong with the call
                bound.apply_defaults()
                given = bound.arguments
                tensors = tuple(given[tensor] for tensor in each.tensors)
                if not torch.overrides.has_torch_function(tensors):
                    weights = tuple(given[weight] for weight in each.weights)
                    self.hook(each.loss, tensors, weights, tuple(given[name] for name in each.settings))
            return original(*arguments, **keywords)

        # TorchScript compiles what this gives, not the stand-in.
        stand_in.__prepare_scriptable__ = lambda: original  # type: ignore[attr-defined]
        self._stand_ins[name] = (stand_in, original)
        setattr(torch.nn.functional, name, stand_in)

    def remove(self) -> None:
        """Put everything back as it was. What somebody else has changed since is theirs: it stays as it is."""
        left: list[FunctionType] = []
        for function, (before, given) in self._codes.items():
            if function.__code__ is given:
                function.__code__ = before
            else:
                left.append(function)
        for name, (stand_in, original) in self._stand_ins.items():
            if getattr(torch.nn.functional, name, None) is stand_in:
                setattr(torch.nn.functional, name, original)
        names = (HOOK, *_SAYING, *self.hooks)
        for home in _homes([*(each.function for each in all_watched().values()), *self.others]):
            for name in names:
                home.pop(name, None)
        # A body that somebody copied meanwhile is still called, and still tells.
        for home in _homes(left):
            home.update(dict.fromkeys(names, _nobody))
        self._codes.clear()
        self._stand_ins.clear()


def _homes(functions: Iterable[FunctionType]) -> list[dict[str, Any]]:
    """The globals that functions look names up in, each once."""
    return list({id(function.__globals__): function.__globals__ for function in functions}.values())


def _nobody(*_: object) -> None:
    """Whom a body tells that is left behind."""
