"""Methods that a framework calls on an object with what the object was made with: the model of a trainer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from losslint.static.evaluation.arguments import bindings
from losslint.static.evaluation.makers import makers
from losslint.static.evaluation.values import ClassV, Lazy
from losslint.static.lowering import forms as f

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

#: Trainers whose hooks get the model as their first argument. Source: transformers 4.57, `trainer.py`.
TRAINERS = frozenset({"transformers.Trainer", "transformers.Seq2SeqTrainer", "transformers.trainer.Trainer"})
HOOKS = frozenset({"compute_loss", "training_step", "prediction_step"})


def model(ev: Evaluator, graph: f.Graph, name: str) -> Lazy | None:
    """What a trainer is made with as its model, where a hook of it is given that and all of the class are made in one
    place. None for another parameter, or another method."""
    unit = graph.unit
    if graph.name not in HOOKS or not unit.owner or len(graph.parameters) < 2 or graph.parameters[1].name != name:
        return None
    cls = ClassV(unit.file, unit.file.index.classes[unit.owner])
    if TRAINERS.isdisjoint(ev.classes.outside_bases(cls)):
        return None
    found: Lazy | None = None
    for each in (cls, *ev.classes.subclasses(cls)):
        for made in makers(ev, each):
            given = made.arguments or bindings(ev, made.call, made.frame)
            # A constructor of its own may take something else first.
            own = ev.classes.method(each, "__init__") is not None
            lazy = given.keywords.get("model") if own else given.get(0, "model")
            if lazy is None or found is not None:
                return None
            found = lazy
    return found
