"""What becomes of a name between one place and the end of its function: bound anew, or the same object, changed."""

from __future__ import annotations

from losslint.static.lowering.forms import (
    Carried,
    Choice,
    Form,
    LoopOut,
    Mutated,
    Named,
    Path,
    SetAttr,
    SetItem,
    Skip,
    Within,
)

#: What changes an object and leaves it the same one.
CHANGES = (SetAttr, SetItem, Mutated, Within)


def behind(seen: Form, at_the_end: Form | None, path: Path) -> list[SetAttr | SetItem | Mutated | Within] | None:
    """What is changed, until the end, of what a name held that was `seen` under some conditions; None when the name is
    bound anew.

    A name that the end does not know was deleted, or belonged to a comprehension: it is what it was.
    """
    changes: list[SetAttr | SetItem | Mutated | Within] = []
    pending, looked_at = [at_the_end], set[Form]()
    while pending:
        form = pending.pop()
        if form is None or form is seen or form in looked_at:
            continue
        looked_at.add(form)
        if isinstance(form, Named):
            pending.append(form.form)
        elif isinstance(form, CHANGES):
            changes.append(form)
            pending.append(form.base)
        elif isinstance(form, Skip):
            pending.append(form.other)  # the round that goes on to its end
        elif isinstance(form, Choice):
            taken = next((wanted for condition, wanted in path if condition is form.condition), None)
            if taken is not False:
                pending.append(form.then)
            if taken is not True:
                pending.append(form.other)
        elif isinstance(form, LoopOut):
            pending.append(form.loop.after.get(form.name, form.before))
        elif isinstance(form, Carried):
            pending.append(form.before)
        else:
            return None
    return changes
