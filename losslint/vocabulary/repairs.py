"""What could be done about a finding: changes to the code at spots, in words that need no syntax."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from losslint.vocabulary.places import Spot


class Applicability(Enum):
    """Whether a repair keeps what the program computes (`safe`) or changes it, which is the point (`unsafe`)."""

    SAFE = "safe"
    UNSAFE = "unsafe"


class Action(Enum):
    """What to do at a spot. `Change.name` and `Change.value` say what exactly."""

    #: take the activation `name` away that is made or applied at the spot
    REMOVE = "remove"
    #: the activation `name` that is made or applied at the spot becomes `value`, behind which the
    #: dimension can be written anew (`softmax;dim=1`) or taken away (`sigmoid;dim`)
    REPLACE = "replace"
    #: the loss `name` that is constructed or called at the spot becomes the loss `value`
    EXCHANGE = "exchange"
    #: the loss `name` that is constructed or called at the spot gets a setting: `value` is `setting=expression`, or
    #: `setting` alone to take it away; several are separated by `;`
    SETTINGS = "settings"
    #: the same for a setting that depends on what the loss is given: each of its calls has to want it
    AGREED_SETTINGS = "agreed settings"
    #: the argument `name` of the loss call at the spot is followed by `value` (`.float()`)
    FOLLOW = "follow"
    #: the same where it would spoil an argument that is right (`.log_softmax(-1)`): each run of the call has to want
    #: it. Behind a `/` in `name`, what it takes the place of (`KLDivLoss:input/log`)
    AGREED_FOLLOW = "agreed follow"
    #: the side `name` (`left` or `right`) of the operator at the spot is followed by `value`
    FOLLOW_SIDE = "follow side"
    #: what is given to the constructor `name` at the spot is given to a call of what it makes
    CALL = "call"
    #: the expression at the spot is written in its stable form, `name` says which
    STABLE = "stable"
    #: the constructor of a tensor at the spot gets the device of the argument `name` of the loss call
    DEVICE = "device"
    #: what is added up at the spot is detached
    DETACH = "detach"
    #: the two arguments of the loss call at the spot change places: each run of the call has to want it
    SWAP = "swap"
    #: the text at the spot becomes `value`: for comments, which no syntax speaks of
    TEXT = "text"
    #: the weights of the two products that are added up at the spot change places
    WEIGHTS = "weights"


@dataclass(frozen=True, slots=True)
class Change:
    """One thing to do to the code at one spot."""

    action: Action
    spot: Spot
    name: str = ""
    value: str = ""

    def placed(self) -> Change:
        """The same change, with the place in the place of the spot: it outlives the observer."""
        return replace(self, spot=self.spot.place())


@dataclass(frozen=True, slots=True)
class Repair:
    """What mends a finding: all of its changes together, or none. `message` is an imperative for people."""

    applicability: Applicability
    message: str
    changes: tuple[Change, ...]

    def placed(self) -> Repair:
        """The same repair with places for spots."""
        return replace(self, changes=tuple(change.placed() for change in self.changes))
