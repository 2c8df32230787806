"""What the names of two arguments say where nothing else is known of them: labels first, and predictions second."""

from __future__ import annotations

import re

from losslint.static.lowering import forms as f
from losslint.static.signs.patterns import argument_of
from losslint.static.signs.unchanged import ARRANGED, CUT, MOVED, SHAPED, before, once_before

#: Words of a name that only labels have, and words that only predictions have.
_LABELS = frozenset({"label", "labels", "lbl", "target", "targets", "gt", "gts", "groundtruth", "truth", "true"})
_PREDICTIONS = frozenset(
    {
        "pred", "preds", "prediction", "predictions", "predicted", "output", "outputs", "out", "logit", "logits",
        "score", "scores", "yhat",
    }
)  # fmt: skip

#: Words that turn a name around: `pseudo_pred` is a label, `no_target` is anything.
_OTHERWISE = frozenset({"pseudo", "soft", "fake", "real", "teacher", "source", "domain", "no", "non", "not", "old"})

#: Methods and attributes that leave what something is for.
_SAME = MOVED | CUT | SHAPED | ARRANGED | {"long", "int"}

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def are_swapped(call: f.Call, is_prediction: bool = False) -> bool:
    """Whether a loss is given by position what goes by a name for labels, and then what goes by one for predictions,
    or is known to be one. There `y` is a name for labels, too, if it comes out of a loop over data."""
    given, target = argument_of(call, 0, "input"), argument_of(call, 1, "target")
    if given is None or target is None or given.keyword or target.keyword:
        return False
    first, second = _words(given.form), _words(target.form)
    labels = bool(first & _LABELS) or (is_prediction and first == {"y"} and _is_of_data(given.form))
    return (
        not (first | second) & _OTHERWISE
        and labels
        and not first & _PREDICTIONS
        and (is_prediction or bool(second & _PREDICTIONS))
        and not second & _LABELS
    )


def _is_of_data(form: f.Form) -> bool:
    """Whether something is one of what a loop goes through: `for x, y in loader`."""
    form = f.bare(before(form, _SAME))
    while isinstance(form, (f.Unpacked, f.Item)):
        form = f.bare(form.base)
    return isinstance(form, f.Element)


def _words(form: f.Form) -> set[str]:
    """The words of the name that something is read under: of an item the name of the whole."""
    while not isinstance(form, (f.Named, f.Param, f.Global)):
        form = f.bare(form)
        inner = form.base if isinstance(form, f.Item) else once_before(form, _SAME)
        if inner is form:
            break
        form = inner
    named = isinstance(form, (f.Named, f.Param, f.Global, f.Attr))
    return {word.lower() for word in _WORDS.findall(f.last_name(form))} if named else set()
