"""The contracts of the configuration, at the classes and functions of the project that their names mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from losslint.contracts.declared import WORDS, DeclaredContracts, DeclaredLoss, DeclaredModel
from losslint.contracts.schema import LossArgument, LossContract, Role
from losslint.static.behaviour.tensors import said
from losslint.static.evaluation.values import (
    ClassV,
    ExternalV,
    FunctionV,
    InstanceV,
    ObjectV,
    SeqV,
    TensorV,
    Value,
    given,
)
from losslint.static.files.file import File
from losslint.static.files.imports import Bound
from losslint.static.files.project import Project
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.places import Trail

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator
    from losslint.static.evaluation.frames import Frame
    from losslint.static.lowering import forms as f

#: A definition of the project, or the qualified name of something outside.
Key = tuple[str, str] | str


class Declared:
    """Which declared loss or model a value is."""

    def __init__(self, project: Project, contracts: DeclaredContracts) -> None:
        self._losses = {key: loss for loss in contracts.losses for key in _keys(project, loss.name)}
        self._models = {key: model for model in contracts.models for key in _keys(project, model.name)}

    def loss(self, ev: Evaluator, value: Value) -> tuple[DeclaredLoss, LossContract] | None:
        """The loss that calling a value computes, if the configuration speaks of it."""
        found: DeclaredLoss | None = None
        parameters: tuple[str, ...] = ()
        if isinstance(value, (ObjectV, ExternalV)):
            found = self._losses.get(value.name)
        elif isinstance(value, FunctionV) and value.graph.outer is None:
            found = self._losses.get((value.graph.unit.file.name, value.graph.unit.qualname))
            skipped = 1 if value.bound is not None else 0
            parameters = tuple(each.name for each in value.graph.parameters if not each.sort)[skipped:]
        elif isinstance(value, InstanceV):
            found = self._of_class(ev, value.cls, self._losses)
            graph = ev.classes.graph(value.cls, "forward" if ev.classes.method(value.cls, "forward") else "__call__")
            if graph is not None:
                parameters = tuple(each.name for each in graph.parameters if not each.sort)[1:]
        return (found, _contract(found, parameters)) if found is not None else None

    def model(self, ev: Evaluator, value: Value) -> DeclaredModel | None:
        """What the configuration says of a model that is called."""
        if isinstance(value, ObjectV):
            return self._models.get(value.name)
        if isinstance(value, InstanceV):
            return self._of_class(ev, value.cls, self._models)
        return None

    def makes_model(self, name: str) -> bool:
        """Whether a function of another package makes a model of which the configuration speaks."""
        return name in self._models

    def made_by(self, function: FunctionV) -> DeclaredModel | None:
        """What the configuration says of the model that a function of the project makes."""
        if not self._models or function.graph.outer is not None:
            return None
        return self._models.get((function.graph.unit.file.name, function.graph.unit.qualname))

    def _of_class(self, ev: Evaluator, cls: ClassV, of: dict[Key, _Any]) -> _Any | None:
        """What is said of a class, or of the base whose `forward` it runs."""
        for base in ev.classes.order(cls):
            found = of.get(base if isinstance(base, str) else base.key)
            if found is not None:
                return found
            if not isinstance(base, str) and not base.definition.methods.keys().isdisjoint(("forward", "__call__")):
                return None
        return None


if TYPE_CHECKING:
    from typing import TypeVar

    _Any = TypeVar("_Any", DeclaredLoss, DeclaredModel)


def _keys(project: Project, name: str) -> list[Key]:
    """What a qualified name may mean: the name itself, for another package, and the definitions of the project."""
    keys: list[Key] = [name]
    parts = name.split(".")
    for split in range(len(parts) - 1, 0, -1):
        for file in project.imports.modules_named(parts[:split]):
            bound = _within(project, file, parts[split:])
            if isinstance(bound, tuple):
                keys.append((bound[0].name, bound[1]))
            elif isinstance(bound, str):
                keys.append(bound)
    return keys


def _within(project: Project, file: File, names: list[str]) -> Bound:
    bound = project.imports.module_name(file, names[0])
    for name in names[1:]:
        if not isinstance(bound, tuple):
            return None
        file, qualname = bound[0], f"{bound[1]}.{name}"
        if qualname not in file.index.classes and qualname not in file.index.functions:
            return None
        bound = (file, qualname)
    return bound


def _contract(loss: DeclaredLoss, parameters: tuple[str, ...]) -> LossContract:
    """A contract in which the first argument is the input and the second the target, unless their names say so."""
    names = ("input", "target")
    order = names if set(names) <= set(parameters) else parameters[:2] if len(parameters) >= 2 else names
    arguments = []
    for name, word, role in zip(names, (loss.input, loss.target), (Role.INPUT, Role.TARGET), strict=True):
        arguments.append(LossArgument(name, role, WORDS[word].fits if word else frozenset()))
    if set(names) <= set(parameters):
        arguments.sort(key=lambda argument: parameters.index(argument.name))
    return LossContract(
        name=loss.name,
        module="",
        function="",
        arguments=tuple(arguments),
        function_parameters=parameters or names,
        forward_parameters=order if set(order) != set(names) else (),
        library=loss.name.partition(".")[0],
    )


def returned(ev: Evaluator, model: DeclaredModel, value: Value, form: f.Call, frame: Frame) -> Value:
    """What a model returns, as the configuration says."""
    if isinstance(model.returns, str):
        return _tensor(ev, model, model.returns, value, form, frame, -1)
    items = (_tensor(ev, model, word, value, form, frame, place) for place, word in enumerate(model.returns))
    return SeqV("tuple", tuple(map(given, items)), True)


def _tensor(
    ev: Evaluator, model: DeclaredModel, word: str, value: Value, form: f.Call, frame: Frame, place: int
) -> TensorV:
    known = WORDS[word]
    between = (0.0, 1.0) if known.kind in (Kind.PROBABILITIES, Kind.SIGMOID) else None
    meaning = Meaning(
        known.kind, dtype=known.dtype, bounds=between, made_by=model.name, identity=("made", id(form), id(frame), place)
    )
    trail = Trail(ev.spot(form), f"`{model.name}` returns {said(meaning)}, as the configuration says", value.trail)
    return TensorV(meaning.but(trail=trail))
