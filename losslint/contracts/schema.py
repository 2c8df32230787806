"""What a contract is: the shape of the tables in this folder.

A table is Python literals of these classes, one file a library, compiled once and never parsed at start-up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from losslint.vocabulary.kinds import Kind


class Role(Enum):
    """What an argument of a loss is for."""

    INPUT = "input"  # the prediction: what is trained
    TARGET = "target"  # what the prediction is compared with
    OTHER = "other"  # lengths, variances, second predictions


@dataclass(frozen=True, slots=True)
class LossArgument:
    """One tensor argument of a loss, in the order of the module's `forward`.

    `accepts` are the kinds that fit. A kind outside it is no misuse by itself (a rule says so); it only keeps the
    verdict from being "clean".
    """

    name: str
    role: Role
    accepts: frozenset[Kind]


class Takes(Enum):
    """What a loss wants its input to be. The value is how a message names it."""

    SCORES = "raw scores"
    PROBABILITIES = "probabilities"
    #: an activation of the user's own is applied, or something else that no rule speaks of
    ANYTHING = "anything"
    #: the loss is a sum of two, of which one takes raw scores and the other probabilities
    BOTH = "raw scores and probabilities at once"


class Given(Enum):
    """The one condition on a setting that any value but None fulfils."""

    GIVEN = "given"


GIVEN: Final = Given.GIVEN


@dataclass(frozen=True, slots=True)
class Mode:
    """What a loss does with its input under some of its settings.

    `when` maps settings to the values that they need to have for this mode (GIVEN: any but None). `inside` names the
    activation that the loss applies in it. `other` is what to set for an input of the other sort, "" where nothing
    helps. `several` says that the activation is left out when there is a single channel.
    """

    takes: Takes
    inside: str = ""
    when: Mapping[str, object] = field(default_factory=dict)
    other: str = ""
    several: bool = False


@dataclass(frozen=True, slots=True)
class LossContract:
    """A loss: how it is spelled, what its arguments have to mean, what it does inside.

    `module` and `function` are canonical qualified names ("" where there is none). `constructor` and
    `function_parameters` list the parameters in positional order (the function's include the tensor arguments, under
    the names of `arguments`); neither holds what can only be given by name: that is in `keyword_only`.
    `forward_parameters` are the names of the module's `forward` where they differ from those of `arguments`. `inside`
    names the activation that the loss applies itself. `broadcasts` tells what unequal shapes do: "raises", "warns",
    "silent". `library` names the package of a loss that is not torch's. Where settings decide what the input has to
    be, `modes` say so: the first whose conditions hold counts. `focal` marks losses whose cross-entropy is weighted by
    how wrong each prediction is.
    """

    name: str
    module: str
    function: str
    arguments: tuple[LossArgument, ...]
    constructor: tuple[str, ...] = ()
    function_parameters: tuple[str, ...] = ()
    keyword_only: tuple[str, ...] = ()
    forward_parameters: tuple[str, ...] = ()
    defaults: Mapping[str, object] = field(default_factory=dict)
    inside: str = ""
    broadcasts: str = "raises"
    source: str = ""
    library: str = ""
    modes: tuple[Mode, ...] = ()
    focal: bool = False


class Effect(Enum):
    """What an operation does to the kind of its first tensor."""

    KEEP = "keep"  # the same values, perhaps in another shape, order, dtype or place
    MAKE = "make"  # another kind, given by `Operation.kind`
    LOSE = "lose"  # nothing can be said of the result's kind
    DERIVE = "derive"  # depends on the kind of what goes in: `transfer.py` says how (log, exp, neg, argmax …)


@dataclass(frozen=True, slots=True)
class Operation:
    """A torch operation: what it does to a meaning.

    `name` is the operation's own name ("softmax"). `functions` are its qualified names as a function; `method` says
    whether `tensor.name(…)` exists too (`methods` lists further method names, `sigmoid_` …). `parameters` are the
    parameters after the tensors, in positional order as a method. `tensors` counts the leading tensor arguments
    (the tensor itself included) and `names` are their names as keywords. A parameter `"*size"` takes all positional
    arguments that are left, or one sequence. `shape` and `dtype` name a rule of `transfer` ("same", "view" …).
    """

    name: str
    effect: Effect
    kind: Kind | None = None
    functions: tuple[str, ...] = ()
    method: bool = True
    methods: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    defaults: Mapping[str, object] = field(default_factory=dict)
    tensors: int = 1
    names: tuple[str, ...] = ("input", "other")
    shape: str = "same"
    dtype: str = "same"
    bounds: tuple[float, float] | None = None
    detaches: bool = False


@dataclass(frozen=True, slots=True)
class Layer:
    """A module of torch (or of a library) that is an operation with its settings given to the constructor.

    `operation` names the Operation that its call applies. `constructor` lists the constructor's parameters in
    positional order. `inputs` counts the tensors of the call.
    """

    module: str
    operation: str
    constructor: tuple[str, ...] = ()
    defaults: Mapping[str, object] = field(default_factory=dict)
    inputs: int = 1


@dataclass(frozen=True, slots=True)
class ModelContract:
    """A model that losslint does not read: what calling it returns.

    `constructor` is the qualified name of the class or factory function. `returns` is a kind, or a mapping from
    attribute, key or tuple index to a kind. `classes` names the constructor's parameter that gives the class count,
    with its default. `heads` are the attributes that hold the last layer (`fc`, `classifier.6`): replacing one
    replaces what the model returns.
    """

    constructor: str
    returns: Kind | Mapping[str | int, Kind]
    classes: str = ""
    default_classes: int | None = None
    heads: tuple[str, ...] = ()
    positional: tuple[str, ...] = ()
