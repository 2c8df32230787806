"""Where branches meet: one value that stands for two, and when two forms or values are the same."""

from __future__ import annotations

from losslint.contracts.transfer import literals
from losslint.contracts.wrappers import LOADING
from losslint.static.behaviour.activations import is_activation
from losslint.static.behaviour.rows import one_of, own_shape
from losslint.static.evaluation.values import (
    ClassV,
    ConstV,
    ExternalV,
    FunctionV,
    HolderV,
    InstanceV,
    Lazy,
    ModuleV,
    ObjectV,
    Open,
    PartialV,
    TensorV,
    UnknownV,
    Value,
    given,
    is_object,
    unknown_result,
)
from losslint.static.lowering import forms as f
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.shapes import Shape

#: Why nothing is known of what comes out of a file that an earlier run has written, and of its entries:
#: `checkpoint["model"]`. The first run has made it.
LOADED = frozenset(map(unknown_result, LOADING))

#: Why a call is undecided whose branches differ.
UNDECIDED = "it depends on a condition that the code alone does not decide"


def meet(left: Value, right: Value, question: Open) -> Value:
    """A value that is one of two, by a condition that is not known."""
    if isinstance(left, ConstV) and left.value is None and not isinstance(right, ConstV):
        return or_none(right)
    if isinstance(right, ConstV) and right.value is None and not isinstance(left, ConstV):
        return or_none(left)
    same = merged(left, right)
    if same is not None:
        return _one_of_two(same, left, right, question)
    number = one_of((left, right), UNDECIDED, question)
    if number is not None:
        return number
    if isinstance(left, TensorV) and isinstance(right, TensorV) and _is_number(left) and _is_number(right):
        return TensorV(Meaning(reason=UNDECIDED, quantity=True, shape=_common_shape(left, right)), question)
    options = question.chosen and is_option(left) and is_option(right) and not _is_one_object(left, right)
    open_question = Open(question.key, question.count, question.may or options, question.chosen)
    shape = _common_shape(left, right)
    tensor = Meaning(reason=UNDECIDED, shape=shape) if shape is not None else None
    return UnknownV(UNDECIDED, open_question, tensor=tensor)


def _one_of_two(same: Value, left: Value, right: Value, question: Open) -> Value:
    """What stands for two unknown values, marked as the same wherever it is read: `self.flag = first or second`."""
    if isinstance(left, ObjectV) and isinstance(right, ObjectV) and left.attributes != right.attributes:
        return _set_on_one(left, right, question)
    if type(same) is not UnknownV or same.symbol is not None:
        return same
    sides = [each for each in (left, right) if isinstance(each, UnknownV) and each.symbol is not None]
    if len(sides) < 2 or any(each.offset for each in sides):
        return same
    return UnknownV(same.reason, same.open, ("either", question.key, *(each.symbol for each in sides)))


def _set_on_one(left: ObjectV, right: ObjectV, question: Open) -> ObjectV:
    """One object, of which nobody knows what was set on one side only: `if scripted: net.fc = head`."""
    one, other = left.attributes, right.attributes
    unsure = given(UnknownV(UNDECIDED, question))
    both = {name: one[name] if one.get(name) == other.get(name) else unsure for name in {**one, **other}}
    return ObjectV(left.name, left.arguments, left.origin, left.trail, both)


def _common_shape(left: Value, right: Value) -> Shape | None:
    """The shape that two tensors or numbers have, as far as it is one."""
    one, other = own_shape(left), own_shape(right)
    if one is None or other is None or one.rank != other.rank:
        return None
    return Shape(tuple(size if size == at else None for size, at in zip(one.sizes, other.sizes, strict=True)))


def _held_by_both(left: UnknownV, right: UnknownV) -> UnknownV:
    """One thing that is not known, with what was set on it on both sides: a framework that chooses among many models
    would be asked for each of them wherever it is passed on."""
    one = left.attributes if isinstance(left, HolderV) else {}
    other = right.attributes if isinstance(right, HolderV) else {}
    both = {name: lazy for name, lazy in one.items() if other.get(name) == lazy}
    return left if len(both) == len(one) == len(other) else HolderV(left, both)


def or_none(value: Value) -> Value:
    """A value in whose place there may be None, which cannot be called or trained on: reading it means the value."""
    either = value.copy()
    either.absent = True
    return either


def _is_number(value: TensorV) -> bool:
    """Whether a tensor is known to hold numbers, whatever they mean."""
    return value.meaning.kind is not Kind.UNKNOWN or value.meaning.quantity


def _is_one_object(left: Value, right: Value) -> bool:
    """Whether two values are one object, of which something was set on one side only."""
    if isinstance(left, (InstanceV, ObjectV)) and isinstance(right, (InstanceV, ObjectV)):
        return left.origin is right.origin and (
            not isinstance(left, InstanceV) or not isinstance(right, InstanceV) or left.cls.key == right.cls.key
        )
    return False


def is_option(value: Value) -> bool:
    """Whether a value is something a person chooses for a run: a model, a loss, a function. Layers are not, and neither
    are functions that do what they do: a flag that adds an activation is usually set to suit the loss."""
    if isinstance(value, UnknownV):
        return (value.open is not None and value.open.may) or value.reason in LOADED
    if isinstance(value, (ObjectV, ExternalV)):
        from losslint.contracts import lookup

        return lookup.layer(value.name) is None and lookup.operation_by_function(value.name) is None
    if isinstance(value, (FunctionV, PartialV)):
        return not is_activation(value)
    return is_object(value) or isinstance(value, ModuleV)


def _made_alike(left: ObjectV, right: ObjectV) -> bool:
    """Whether two layers, or two losses, are made with the same arguments: `nn.Linear(a, b)` on both sides of a
    branch."""
    from losslint.contracts import lookup

    if lookup.layer(left.name) is None and lookup.loss_by_module(left.name) is None:
        return False
    if left.attributes or right.attributes:
        return False
    one, other = left.arguments, right.arguments
    return (
        len(one.positional) == len(other.positional)
        and one.keywords.keys() == other.keywords.keys()
        and all(map(_alike, one.positional, other.positional))
        and all(_alike(lazy, other.keywords[name]) for name, lazy in one.keywords.items())
    )


def _alike(left: Lazy, right: Lazy) -> bool:
    """Whether two lazy values are surely the same, without working them out."""
    if left.form is None or right.form is None:
        return left.value is right.value or (
            isinstance(left.value, ConstV) and isinstance(right.value, ConstV) and left.value.value == right.value.value
        )
    return left.frame is right.frame and same_form(left.form, right.form)


def same_form(left: f.Form, right: f.Form) -> bool:
    """Whether two forms are surely the same value."""
    while isinstance(left, f.Named):
        left = left.form
    while isinstance(right, f.Named):
        right = right.form
    if left is right:
        return True
    if isinstance(left, f.Const) and isinstance(right, f.Const):
        return type(left.value) is type(right.value) and left.value == right.value
    if isinstance(left, f.Attr) and isinstance(right, f.Attr):
        return left.name == right.name and same_form(left.base, right.base)
    if isinstance(left, (f.Param, f.Global)) and isinstance(right, (f.Param, f.Global)):
        return type(left) is type(right) and left.name == right.name
    if isinstance(left, f.Unary) and isinstance(right, f.Unary):
        return left.operator == right.operator and same_form(left.operand, right.operand)
    if isinstance(left, f.Binary) and isinstance(right, f.Binary):
        return (
            left.operator == right.operator and same_form(left.left, right.left) and same_form(left.right, right.right)
        )
    return False


def _in_either_mode(left: InstanceV, right: InstanceV) -> InstanceV | None:
    """One module that is in training on one side and not on the other, None for two that differ in more."""
    one = {name: lazy for name, lazy in left.attributes.items() if name != "training"}
    other = {name: lazy for name, lazy in right.attributes.items() if name != "training"}
    if one != other:
        return None
    mode = given(UnknownV("which mode it is in hangs on a condition", symbol=("mode", id(left.origin))))
    return InstanceV(left.cls, left.origin, left.frame, {**one, "training": mode}, left.trail, left.arguments)


def _either(left: TensorV, right: TensorV) -> TensorV | None:
    """A tensor of one number or another: `torch.ones(n) if same else torch.zeros(n)`."""
    a, b = left.meaning, right.meaning
    if a.bounds is None or b.bounds is None:
        return None
    meaning = literals.one_of((*a.bounds, *b.bounds))
    if meaning.kind is Kind.UNKNOWN:
        return None
    dtype = a.dtype if a.dtype == b.dtype else None
    device = a.device if a.device == b.device else None
    made = meaning.but(shape=_common_shape(left, right), dtype=dtype, device=device, trail=a.trail, made_by=a.made_by)
    return TensorV(made.but(detached_by=a.detached_by if b.detached_by is not None else None))


def merged(left: Value, right: Value) -> Value | None:
    """One value that stands for both, when they mean the same."""
    if left is right:
        return left
    if type(left) is not type(right) and not (isinstance(left, UnknownV) and isinstance(right, UnknownV)):
        return None
    if isinstance(left, ConstV) and isinstance(right, ConstV):
        return left if type(left.value) is type(right.value) and left.value == right.value else None
    if isinstance(left, TensorV) and isinstance(right, TensorV):
        a, b = left.meaning, right.meaning
        if a.kind is b.kind is Kind.CONSTANT and a.bounds != b.bounds and a.factor is b.factor is None:
            return _either(left, right)
        if a.kind is not b.kind or a.kind is Kind.UNKNOWN or a.factor != b.factor or a.bounds != b.bounds:
            return None
        shape = a.shape
        if a.shape != b.shape:
            shape = None
            if (
                a.shape is not None
                and b.shape is not None
                and a.shape.rank == b.shape.rank
                and a.shape.rank is not None
            ):
                sizes = zip(a.shape.sizes, b.shape.sizes, strict=True)
                shape = Shape(tuple(x if x == y else None for x, y in sizes))
        return TensorV(
            a.but(
                shape=shape,
                dtype=a.dtype if a.dtype == b.dtype else None,
                dim=a.dim if a.dim == b.dim else None,
                reached=a.reached and b.reached,
                detached_by=a.detached_by if b.detached_by is not None else None,
                identity=a.identity if a.identity == b.identity else None,
                scores=a.scores if a.scores == b.scores else None,
                device=a.device if a.device == b.device else None,
                source=a.source
                if a.source is not None and b.source is not None and a.source.kind is b.source.kind
                else None,
            )
        )
    if isinstance(left, InstanceV) and isinstance(right, InstanceV):
        if left.cls.key != right.cls.key or left.origin is not right.origin:
            return None
        if left.attributes == right.attributes:
            return left
        return _in_either_mode(left, right)
    if isinstance(left, ObjectV) and isinstance(right, ObjectV):
        return left if left.name == right.name and (left.origin is right.origin or _made_alike(left, right)) else None
    if isinstance(left, FunctionV) and isinstance(right, FunctionV):
        return left if left.graph is right.graph else None
    if isinstance(left, ClassV) and isinstance(right, ClassV):
        return left if left.key == right.key else None
    if isinstance(left, ExternalV) and isinstance(right, ExternalV):
        return left if left.name == right.name else None
    if isinstance(left, UnknownV) and isinstance(right, UnknownV):
        if left.symbol is not None and left.symbol == right.symbol:
            return _held_by_both(left, right)
        return UnknownV(left.reason, left.open or right.open)
    return None
