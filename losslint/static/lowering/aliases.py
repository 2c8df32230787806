"""Aliases: what is changed under one name is changed wherever it is held.

`inner = model.module` and then `inner.head = …` changes the model, and so does a loop over `model.modules()` that sets
something on each. Where it is known what became of the holder it is bound to that, otherwise to a form that says that
something within it is another.
"""

from __future__ import annotations

from collections.abc import Callable

from losslint.static.lowering.forms import (
    Argument,
    Attr,
    Boolean,
    Call,
    Carried,
    Choice,
    Element,
    Form,
    Global,
    Graph,
    Imported,
    Item,
    LoopOut,
    Mutated,
    Named,
    Outer,
    Param,
    Sequence,
    SetAttr,
    SetItem,
    Slice,
    Unpacked,
    Within,
    bare,
)

Env = dict[str, Form]
Path = tuple[str, ...]

#: Methods of a module that give modules within it.
PARTS = frozenset(
    {"modules", "children", "named_modules", "named_children", "values", "items", "get_submodule", "parts"}
)

#: Functions and methods that hand on what they are given, or something within it.
HANDING_ON = frozenset(
    {
        "getattr", "next", "iter", "list", "tuple", "reversed", "enumerate", "zip", "sorted", "chain", "vars",
        "DataParallel", "DistributedDataParallel", "unwrap_model", "tqdm",
    }
)  # fmt: skip

#: Methods of a module that return the module.
THE_SAME = frozenset({"to", "cuda", "cpu", "train", "eval", "requires_grad_", "apply", "float", "half", "double"})

#: Methods of a tensor that give another look at the same memory.
VIEWS = frozenset(
    {
        "view", "view_as", "reshape", "flatten", "ravel", "squeeze", "unsqueeze", "t", "transpose", "permute", "narrow",
        "select", "expand", "expand_as", "diagonal", "detach", "movedim", "swapaxes", "unfold", "chunk", "split",
        "unbind", "tensor_split",
    }
)  # fmt: skip

#: Methods in place that leave the numbers of a tensor as they are.
OF_SHAPE = frozenset(
    {
        "squeeze_", "unsqueeze_", "transpose_", "t_", "swapaxes_", "swapdims_", "resize_", "detach_", "requires_grad_",
        "rename_", "share_memory_", "retain_grad_",
    }
)  # fmt: skip

#: Attributes of layers that hold numbers or say how they train: whatever is set there, what the layer returns means
#: the same.
OF_TRAINING = frozenset(
    {
        "weight", "bias", "data", "grad", "requires_grad", "eps", "momentum", "p", "inplace", "training", "affine",
        "running_mean", "running_var", "num_batches_tracked", "track_running_stats", "padding_mode", "dtype", "device",
        "_buffers",
    }
)  # fmt: skip

#: Marks the argument of a form that says what an object keeps that was changed.
KEPT = "kept"

#: Longer chains of changes and of holders are not followed.
FURTHEST = 60
DEEPEST = 6


def _is_parted(form: Form) -> bool:
    """`x.chunk(2)`: several looks at one tensor."""
    return isinstance(form, Call) and form.callee_name in VIEWS


def origin(form: Form) -> Form:
    """What a chain of changes began with."""
    for _ in range(FURTHEST):
        before = _before(form)
        if before is None:
            break
        form = before
    return form


def _before(form: Form) -> Form | None:
    """What a name or a change was made of; None for what is neither."""
    if isinstance(form, Named):
        return form.form
    if isinstance(form, (SetAttr, SetItem, Mutated, Within)):
        return form.base
    if isinstance(form, (Carried, LoopOut)):
        return form.before
    return None


def _weights(form: Form) -> Path:
    """The attribute that holds the numbers of a layer, if that is what was changed: `layer.weight.detach().zero_()`."""
    for _ in range(FURTHEST):
        form = origin(form)
        if isinstance(form, Attr) and form.name in OF_TRAINING and form.name not in ("data", "grad"):
            return (form.name,)
        if isinstance(form, Call) and form.callee_name in VIEWS:
            form = bare(form.function)
        if not isinstance(form, Attr):
            break
        form = form.base
    return ()


class Aliases:
    """What else changes along with one object, in a function where some names are in force.

    `path` holds the attributes from the object to what was set; it is empty for a change of another sort. `arguments`
    are those of the method that changes it, whose name is the path then.
    """

    def __init__(
        self, env: Env, graph: Graph, new: Callable[[Form], Form], path: Path, arguments: tuple[Argument, ...]
    ) -> None:
        self.env = env
        self.graph = graph
        self.new = new
        self.path = path
        self.arguments = arguments

    def changed(self, before: Form, after: Form) -> None:
        """An object is another one now."""
        self.path = self.path or _weights(before)
        start = bare(before)
        for name, bound in self.env.items():
            if bound is not after and not isinstance(start, Global) and bare(bound) is start:
                self.env[name] = after
        root = origin(start)
        self._note(root)
        self._holders(root, after, DEEPEST)
        if self.path and not isinstance(root, Global):
            self._keepers(root, after)

    def _keepers(self, root: Form, after: Form) -> None:
        """What was made of an object may keep it: `trainer = Trainer(model)`, and then `model.head = …`."""
        for name, bound in list(self.env.items()):
            made = origin(bound)
            if isinstance(made, Call) and any(origin(argument.form) is root for argument in made.arguments):
                self.env[name] = self.new(
                    Within(self.new(Named(bound, name)), self.path[-1], (Argument(after, KEPT, ""),))
                )

    def _note(self, root: Form) -> None:
        if isinstance(root, (Param, Global, Outer, Imported)):
            self.graph.changes.append((root, self.path))

    def _holders(self, part: Form, after: Form, depth: int) -> None:
        """What an object was taken out of holds the changed object now."""
        if isinstance(part, Attr):
            place = part.name
            self._became(part.base, lambda base: SetAttr(base, place, after), depth)
        elif isinstance(part, Item) and not isinstance(part.key, Slice):
            key = part.key
            self._became(part.base, lambda base: SetItem(base, key, after), depth)
        else:
            self._some(part, depth, itself=False)

    def _some(self, form: Form, depth: int, itself: bool = True) -> None:
        """Something within what a form gives is another: which, is not followed."""
        form = origin(form)
        if depth <= 0:
            return
        if isinstance(form, Attr):
            # Of the object that holds it, this attribute alone has become another.
            place, part = form.name, form
            name = self.path[-1] if self.path else ""
            changed = self.new(Within(part, name, self.arguments))
            self._became(form.base, lambda base: SetAttr(base, place, changed), depth)
        elif isinstance(form, Item):
            self._within(form.base, depth)
        elif isinstance(form, Choice):
            for way in (form.then, form.other):
                self._some(way, depth - 1)
        elif isinstance(form, Boolean):
            for way in (form.left, form.right):
                self._some(way, depth - 1)
        elif isinstance(form, Element):
            if form.loop.iterable is not None:
                self._some(form.loop.iterable, depth - 1)
        elif isinstance(form, Unpacked) and (isinstance(origin(form.base), Element) or _is_parted(origin(form.base))):
            self._some(form.base, depth - 1)
        elif isinstance(form, Sequence) and (itself or len(self.path) > 1):
            if itself:
                self._within(form, depth)
            for element in form.elements:
                self._some(element, depth - 1)
        elif isinstance(form, Call) and self._handed_on(form, depth):
            pass
        elif itself:
            self._within(form, depth)

    def _handed_on(self, call: Call, depth: int) -> bool:
        """Whether a call gives something within, or a view of, what it is given or called on."""
        function, name = bare(call.function), call.callee_name
        if isinstance(function, Attr) and (name in PARTS or name in VIEWS or name in THE_SAME):
            self._within(function.base, depth)
            return True
        if name not in HANDING_ON:
            return False
        for argument in call.arguments:
            self._some(argument.form, depth - 1)
        return True

    def _within(self, holder: Form, depth: int) -> None:
        name = self.path[-1] if self.path else ""
        self._became(holder, lambda base: Within(base, name, self.arguments), depth)

    def _became(self, holder: Form, make: Callable[[Form], Form], depth: int) -> None:
        """Every name that holds an object holds it changed."""
        root = origin(holder)
        for name, bound in list(self.env.items()):
            if not isinstance(root, Global) and self._grew_from(bound, root):
                self.env[name] = self.new(make(self.new(Named(bound, name))))
        self._note(root)
        if depth > 0 and not isinstance(root, (Param, Global, Outer)):
            self._holders(root, self.new(make(root)), depth - 1)

    def _grew_from(self, bound: Form, root: Form) -> bool:
        form: Form | None = bound
        for _ in range(FURTHEST):
            if form is root or form is None:
                return form is root
            form = _before(form)
        return False
