"""What an observer hands to the judge: a call that was seen, with the meanings of what went in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.places import Spot, Trail


class Unsettled(Enum):
    """The one value of a setting that was given but could not be worked out."""

    UNSETTLED = "unsettled"


UNSETTLED: Final = Unsettled.UNSETTLED


class Whose(Enum):
    """Who wrote a loss, and so which rules can speak of it."""

    TORCH = "torch"
    LIBRARY = "a library that a table speaks of"
    PROJECT = "the code that is read: what it computes says which loss it is"
    DECLARED = "anybody: the configuration says what it takes"


#: Losses over exclusive classes, by their contracts' names.
OVER_CLASSES = frozenset({"CrossEntropyLoss", "NLLLoss", "NLLLoss2d"})


class Writing(Enum):
    """What only the text of an argument tells."""

    #: the input is used as a probability in the same function
    USED_AS_PROBABILITY = "used as a probability"
    #: a sigmoid is applied to the input in the same function
    USED_AS_SCORES = "used as raw scores"
    #: what the sigmoid that made the input is applied to is used as a probability in the same function
    SOURCE_USED_AS_PROBABILITY = "used as a probability, and given to a sigmoid"
    #: the input is a product with a mask of zeros and ones
    MASKED = "multiplied by a mask"
    #: the target is `a * y + (1 - a) * (1 - y)` with a small `a`
    INVERTED = "smoothed the wrong way round"
    #: the input is the product of a matrix with its own transpose
    SELF_SIMILARITY = "compared with itself"
    #: the cross-entropy is weighted by a power of the prediction
    FOCAL = "weighted by the prediction"
    #: the loss weighs itself by a power of `1 - exp(-loss)`, as in a focal loss
    FOCAL_WEIGHT = "weighed by itself"
    #: `backward()` of the result itself, or of what arithmetic makes of it that leaves it as many values
    BACKPROPAGATED = "backpropagated as it is"
    #: minus the result stands where it is used: with one loss for each sample it is what stands at the target
    NEGATED = "negated"
    #: `backward` of something that the result is a part of
    TRAINED_ON = "trained on"
    #: the target is a reward plus the discounted best value of the next state, by the very network that is trained
    BOOTSTRAPPED = "made by the trained network itself"
    #: the same, where the target is given in place of the input
    BOOTSTRAPPED_INPUT = "made by the trained network itself, and given first"
    #: the input was flattened to a matrix where it stands, the target was not
    FLATTENED = "flattened"
    #: the input was flattened to `[-1, C]` while its classes stood in the second of three dimensions or more
    CLASSES_MIXED = "flattened across the classes"
    #: the result is multiplied by the number of classes
    TIMES_CLASSES = "multiplied by the class count"
    #: the result is multiplied by the number of samples
    TIMES_SAMPLES = "multiplied by the batch size"
    #: the input comes out of a network that is given the target
    REBUILT = "made from the target"
    #: the same, where the target is given in place of the input
    REBUILT_TARGET = "made from the input"
    #: the input, or the target, is the logarithm of something that nobody knows
    LOGARITHM = "a logarithm"
    TARGET_LOGARITHM = "a logarithm, as the target"
    #: the same for an exponential
    EXPONENTIAL = "an exponential"
    TARGET_EXPONENTIAL = "an exponential, as the target"
    #: the input is the log-softmax of what a function returns, the target another result of that function as it is
    NORMALISED_ALONE = "normalised on the other side alone"
    #: the input goes by a name for labels, the target by one for predictions, and nothing else is known of them
    NAMED_SWAPPED = "named like the other"
    #: the loss was made with what goes by the name of a weight of the positives in the place of `weight`
    WEIGHT_OF_POSITIVES = "a weight of the positives, given as that of all"
    #: `size_average`, or `reduce`, of the loss was set to False after it was made, where nothing reads it
    SIZE_AVERAGE_SET = "size_average set later"
    REDUCE_SET = "reduce set later"
    #: the target comes out of a loop over the batches of a loader: it has no gradient
    TARGET_LOADED = "loaded"
    #: nothing in the project speaks of double precision: what layers compute is float32, or half of that
    SINGLE_PRECISION = "in single precision"


@dataclass(frozen=True, slots=True)
class LossCall:
    """A loss that was called.

    `loss` is the contract's name (`"CrossEntropyLoss"`), whichever spelling was used; `spelling` is what a reader
    sees (`"F.cross_entropy"`, `"nn.CrossEntropyLoss"`). `arguments` maps the contract's argument names to meanings.
    `settings` holds only what was given: a Python constant, a Meaning for a tensor, or UNSETTLED.
    `loss_trail` tells where the loss object came from. `written` holds what the way an argument is written tells beyond
    its meaning, with the place where it is written so. `whose` says who wrote the loss, and `declared` the
    words that the configuration has for its arguments, where it has any. `autocast` is the sort of device (`"cuda"`)
    whose mixed precision is known to be on around the call, None where none is known to be. `ways` holds, for an
    argument that is one of several by conditions that nobody knows, all kinds that it can be, where each is known.
    `batch` says which call of its line it is, from 1, where values were looked at. `untrained` tells, when somebody
    asks, whether no run is known in which a gradient is taken: what a misuse does to one is then no cost.
    """

    loss: str
    spelling: str
    spot: Spot
    arguments: Mapping[str, Meaning]
    settings: Mapping[str, object] = field(default_factory=dict)
    loss_trail: Trail | None = None
    written: Mapping[Writing, Trail] = field(default_factory=dict)
    whose: Whose = Whose.TORCH
    declared: Mapping[str, str] = field(default_factory=dict)
    autocast: str | None = None
    ways: Mapping[str, frozenset[Kind]] = field(default_factory=dict)
    batch: int | None = None
    untrained: Callable[[], bool] | None = field(default=None, compare=False)

    def argument(self, name: str) -> Meaning:
        """The meaning of an argument; an argument that was not given is unknown."""
        return self.arguments.get(name) or Meaning(reason=f"the call gives no {name}")

    def setting(self, name: str, default: object = None) -> object:
        """A setting as given, or the default of the contract that the caller names."""
        return self.settings.get(name, default)


@dataclass(frozen=True, slots=True)
class ConstructorCall:
    """A loss or activation module that was constructed with what look like its call's arguments.

    `target` is the module's qualified name (`"torch.nn.CrossEntropyLoss"`), `arguments` the meanings of what was
    given by position; `tensors` says which of them are provably tensors.
    """

    target: str
    spelling: str
    spot: Spot
    arguments: tuple[Meaning, ...]
    tensors: tuple[bool, ...]


#: Operations that are calls of losses, seen by how they are written: what they are given is not what they are for. What
#: becomes of a result (`"unused"`) says nothing of that.
GIVEN_WRONGLY = frozenset({"divergence"})


#: How the argument of a logarithm is told that a number smaller than float32's step below 1 was to keep away from 0:
#: `1 - p.clamp(max=1 - 1e-10)`, `1 + 1e-10 - p`.
KEPT_IN_VAIN: Final = "1 - x, kept from 0 in vain"


@dataclass(frozen=True, slots=True)
class OperationCall:
    """A torch operation that rules speak of by itself (the logarithm of a softmax …).

    `operation` is the contract's name (`"log"`); `arguments` are by position. `inner` says how the argument was
    written, or what becomes of it, when it matters for the rule (`"1 - x"` for the logarithm of a complement).
    `untrained` tells, when somebody asks, whether no run is known in which a gradient is taken: what a rule objects to
    is then no problem. `in_test` says that it stands in a test, where the plain form is there to be compared with.
    """

    operation: str
    spelling: str
    spot: Spot
    arguments: tuple[Meaning, ...]
    inner: str = ""
    untrained: Callable[[], bool] | None = field(default=None, compare=False)
    in_test: bool = False


#: How a `backward` is spelled of which only the tensor is known, and not what was written.
BACKWARD: Final = "backward"

Observation = LossCall | ConstructorCall | OperationCall
