"""What rules propose to do about what they find, in the words of `vocabulary.repairs`."""

from __future__ import annotations

from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.observations import LossCall, OperationCall
from losslint.vocabulary.places import Spot
from losslint.vocabulary.repairs import Action, Applicability, Change, Repair


def source_of(meaning: Meaning) -> Spot | None:
    """Where a meaning began: the oldest step of its trail."""
    if meaning.trail is None:
        return None
    *_, source = meaning.trail
    return source.spot


def loss_of(call: LossCall) -> Spot:
    """Where the settings of a loss are given: its constructor, or the call of a loss that is a function."""
    if call.loss_trail is None:
        return call.spot
    *_, source = call.loss_trail
    return source.spot


def without_activation(call: LossCall, what: str, applicability: Applicability = Applicability.UNSAFE) -> Repair | None:
    """Take away the activation that made the input of a loss; `what` is how people call it. The fixes decide whether
    nobody else needs it. None when what it made was changed on the way: it is not the activation alone then."""
    given = call.argument("input")
    source = source_of(given)
    if source is None or given.factor is not None:
        return None
    return Repair(applicability, f"Remove the {what}", (Change(Action.REMOVE, source, what),))


def other_activation(meaning: Meaning, what: str, instead: str) -> Repair | None:
    """Another activation in the place of the one that made a tensor: `log_softmax` for `softmax`."""
    return _replaced(meaning, what, instead, f"Use {instead} in place of the {what}")


def other_dimension(meaning: Meaning, what: str, dim: int) -> Repair | None:
    """The same activation over another dimension."""
    return _replaced(meaning, what, f"{_function(what)};dim={dim}", f"Run the {what} over dimension {dim}")


def sigmoid_instead(meaning: Meaning, what: str) -> Repair | None:
    """A sigmoid, which needs no dimension, in the place of the activation that made a tensor."""
    return _replaced(meaning, what, "sigmoid;dim", f"Use a sigmoid in place of the {what}")


def _replaced(meaning: Meaning, what: str, instead: str, message: str) -> Repair | None:
    source = source_of(meaning)
    if source is None or meaning.factor is not None:
        return None
    return Repair(Applicability.UNSAFE, message, (Change(Action.REPLACE, source, what, instead),))


def _function(what: str) -> str:
    return what.replace("-", "_")


def without_inner_activation(inner: Meaning, what: str) -> Repair | None:
    """Take away the activation under another one: `inner` is what the other one is applied to."""
    source = source_of(inner)
    if source is None or inner.factor is not None:
        return None
    return Repair(Applicability.UNSAFE, f"Remove the {what}", (Change(Action.REMOVE, source, what),))


def other_loss(call: LossCall, instead: str, applicability: Applicability = Applicability.UNSAFE) -> Repair:
    """Another loss, whose settings mean the same, in the place of the one that is called."""
    return Repair(applicability, f"Use {instead}", (Change(Action.EXCHANGE, loss_of(call), call.loss, instead),))


def logits_form(call: LossCall) -> Repair | None:
    """The loss that holds the sigmoid, in the place of the sigmoid and BCELoss: the same function, only stable."""
    message = "Use BCEWithLogitsLoss and remove the sigmoid"
    return together(
        message, Applicability.SAFE, other_loss(call, "BCEWithLogitsLoss"), without_activation(call, "sigmoid")
    )


def together(message: str, applicability: Applicability, *repairs: Repair | None) -> Repair | None:
    """Several repairs as one, if all of them can be."""
    changes: dict[Change, None] = {}
    for repair in repairs:
        if repair is None:
            return None
        changes |= dict.fromkeys(repair.changes)
    return Repair(applicability, message, tuple(changes))


def settings(call: LossCall, *changed: str, applicability: Applicability, message: str, agreed: bool = False) -> Repair:
    """Settings of a loss written anew: each of `changed` is `name=expression`, or a name alone to take it away.
    `agreed` says that what the loss is given decides about them, so that each of its calls has to want them."""
    action = Action.AGREED_SETTINGS if agreed else Action.SETTINGS
    return Repair(applicability, message, (Change(action, loss_of(call), call.loss, ";".join(changed)),))


def followed(call: LossCall, argument: str, method: str, *, agreed: bool = False, instead_of: str = "") -> Repair:
    """An argument of a loss call with a method behind it: `.float()`. `agreed` says that it would spoil an argument
    that is right, so that each run of the call has to want it; `instead_of` names what is applied last, and goes."""
    what = f"{call.loss}:{argument}" + (f"/{instead_of}" if instead_of else "")
    message = f"Use {method} in place of {instead_of}" if instead_of else f"Add {method} to the {argument}"
    change = Change(Action.AGREED_FOLLOW if agreed else Action.FOLLOW, call.spot, what, method)
    return Repair(Applicability.UNSAFE, message, (change,))


def side_followed(call: OperationCall, side: str, method: str) -> Repair:
    """One side of an operator with a method behind it: `.squeeze(-1)`."""
    change = Change(Action.FOLLOW_SIDE, call.spot, side, method)
    return Repair(Applicability.UNSAFE, f"Add {method} to the {side} side", (change,))


def swapped(call: LossCall) -> Repair:
    """The two arguments of a loss call in the other order."""
    return Repair(Applicability.UNSAFE, "Swap the arguments", (Change(Action.SWAP, call.spot, call.loss),))


def stable(call: OperationCall, form: str, message: str) -> Repair:
    """A hand-written expression in its stable form, with what else the call speaks for."""
    others = [source_of(other) for other in call.arguments[1:]]
    spots = [call.spot, *(spot for spot in others if spot is not None)]
    return Repair(Applicability.SAFE, message, tuple(Change(Action.STABLE, spot, form) for spot in spots))
