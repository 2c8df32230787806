"""Classes of the project and their objects: what `self.x` and `Class.x` are."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from losslint.static.behaviour import environments, loss_settings
from losslint.static.evaluation import appended, enumerations, factories, patches, registries, worked_out
from losslint.static.evaluation.classes import BARE, OF_FRAMEWORKS
from losslint.static.evaluation.constructors import receiver_frame
from losslint.static.evaluation.identity import instance_key
from losslint.static.evaluation.stored import class_variable, field_of, stored
from losslint.static.evaluation.values import ClassV, ConstV, FunctionV, InstanceV, Open, UnknownV, Value, passed_on
from losslint.static.files.index import SOME_NAME

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator


def by_name(value: Value, name: str) -> Value:
    """A constant that may be another one by now: attributes are set by names that are worked out."""
    if isinstance(value, ConstV):
        return UnknownV(f"`{name}` may be set by its name", symbol=("by name", name))
    return value


def class_of(value: Value) -> ClassV | None:
    if isinstance(value, InstanceV):
        return value.cls
    return value if isinstance(value, ClassV) else None


def method(ev: Evaluator, owner: ClassV, qualname: str, instance: Value) -> Value:
    """A method as it is read from an object: bound, called if it is a property."""
    unit = owner.file.function(qualname)
    if unit is None:
        return UnknownV(f"`{qualname}` is not found")
    definition = owner.file.index.functions[qualname]
    decorators = {decorator.rpartition(".")[2] for decorator in definition.decorators}
    graph = unit.graph()
    if decorators & {"property", "cached_property", "lazy_property"}:
        from losslint.static.evaluation.calls import run

        frame = receiver_frame(ev, graph, instance)
        return run(ev, graph, frame)
    if "staticmethod" in decorators:
        return FunctionV(graph)
    if "classmethod" in decorators:
        cls = class_of(instance)
        return FunctionV(graph, None, cls if cls is not None else owner)
    return FunctionV(graph, None, instance, instance.trail if isinstance(instance, InstanceV) else None)


def class_attribute(ev: Evaluator, cls: ClassV, name: str) -> Value:
    """`Class.name`"""
    if name == "__name__":
        return ConstV(cls.definition.name)
    for base in ev.classes.order(cls):
        if isinstance(base, str):
            continue
        patched = patches.of_class(ev, base, name)
        if patched is not None:
            return patched
        definition = base.definition.methods.get(name)
        if definition is not None:
            found = method(ev, base, definition.qualname, cls)
            # Read from the class a method is a plain function.
            if isinstance(found, FunctionV) and found.bound is cls and "classmethod" not in definition.decorators:
                return FunctionV(found.graph)
            return found
        value = class_variable(ev, base, name)
        if value is not None:
            return enumerations.member(ev, base, name, value) or patches.by_name(ev, base, name, value)
    return UnknownV(f"`{cls.definition.name}.{name}` is not found", symbol=("class", cls.key, name))


#: Outside classes of which objects hold settings, by what they are called: `pydantic.BaseModel`, `yacs.config.CfgNode`.
_OF_SETTINGS = re.compile(r"(?i)(?:config|cfg\w*|dict|settings?|basemodel|namespace|params|options?|munch|bunch|args)$")


def _is_setting(ev: Evaluator, instance: InstanceV, value: Value) -> bool:
    """Whether a constant of a class is the default of a setting that a base may replace which is not read, as
    `num_labels = 1` is in `class Config(PretrainedConfig)`: by what its constructor is given, or from a file."""
    return isinstance(value, ConstV) and any(map(_OF_SETTINGS.search, ev.classes.outside_bases(instance.cls)))


def is_open(ev: Evaluator, instance: InstanceV, name: str) -> bool:
    """Whether what some object of a class computes may be what a subclass says, and it is not asked yet of which class
    the object is: a base that computes its own loss hands that down along with its `forward`, or with another one. So
    is any method of a class that stands in a table beside one that has another."""
    is_called = name in ("forward", "__call__")
    return (
        ev.classes.may_be_overridden(instance.cls, name) if is_called else ev.classes.is_kept_beside(instance.cls, name)
    ) and ev.answer(("subclass", instance.cls.key)) is None


def _given_by_subclasses(ev: Evaluator, instance: InstanceV, name: str) -> UnknownV:
    """An attribute of some object that is another one in each class which its class may be."""
    return UnknownV(
        f"`{name}` is given by the subclasses of `{instance.cls.definition.name}`",
        Open(("subclass", instance.cls.key), 1 + len(ev.classes.subclasses(instance.cls)), may=True),
        ("attr", instance_key(instance), name),
    )


def _is_left_to_subclasses(ev: Evaluator, instance: InstanceV, name: str, value: Value | None) -> bool:
    """Whether what a class has put into an attribute is a place for what its subclasses put there: `self.model = None`
    in the constructor of a base of which nobody makes objects, or it is not asked yet of which class the object is."""
    if not isinstance(value, ConstV) or value.value is not None or instance.origin is not None:
        return False
    cls = instance.cls
    if not ev.classes.is_set_by_subclasses(cls, name):
        return False
    return ev.answer(("subclass", cls.key)) is None or bool(ev.classes.only_subclasses(cls))


def instance_attribute(ev: Evaluator, instance: InstanceV, name: str) -> Value:
    """`object.name`"""
    lazy = instance.attributes.get(name)
    if lazy is not None:
        order = list(instance.attributes)
        behind = SOME_NAME in instance.attributes and order.index(SOME_NAME) > order.index(name)
        return by_name(ev.value(lazy), name) if behind else ev.value(lazy)
    if SOME_NAME in instance.attributes:
        as_made = {other: each for other, each in instance.attributes.items() if other != SOME_NAME}
        plain = InstanceV(instance.cls, instance.origin, instance.frame, as_made, instance.trail, instance.arguments)
        return by_name(instance_attribute(ev, plain, name), name)
    if instance.origin is None and (ev.classes.overridden(instance.cls, name) or is_open(ev, instance, name)):
        # Nobody makes an object of the class itself: what it has of that name is not what is used.
        return _given_by_subclasses(ev, instance, name)
    if instance.origin is None and factories.overrides(ev, instance.cls, name):
        return UnknownV(
            f"`{name}` is given by a class that a function derives from `{instance.cls.definition.name}`",
            symbol=("attr", instance_key(instance), name),
        )
    if name == "__class__":
        return instance.cls
    value = stored(ev, instance, name)
    if _is_left_to_subclasses(ev, instance, name, value):
        return _given_by_subclasses(ev, instance, name)
    if value is not None:
        value = appended.filled(ev, instance, name, registries.filled(ev, instance, name, value))
        return passed_on(value, instance) if instance.origin is not None else value
    for base in ev.classes.order(instance.cls):
        if isinstance(base, str):
            continue
        patched = patches.of_class(ev, base, name)
        if patched is not None:
            return patched
        definition = base.definition.methods.get(name)
        if definition is not None:
            return method(ev, base, definition.qualname, instance)
        value = class_variable(ev, base, name)
        if value is not None:
            value = patches.by_name(ev, base, name, value)
            if SOME_NAME in instance.cls.definition.stores or _is_setting(ev, instance, value):
                value = by_name(value, name)
        if value is not None and not (isinstance(value, ConstV) and name in base.definition.fields):
            return value
        field = field_of(ev, instance, base, name)
        if field is not None:
            return field
        if value is not None and instance.origin is not None:
            return value
    if name == "training":
        return ConstV(True)
    named = worked_out.attribute(ev, instance, name)
    if named is not None:
        return named
    outside = ev.classes.outside_bases(instance.cls)
    step = environments.inherited(outside, name)
    if step is not None:
        return step
    setting = loss_settings.inherited(ev, instance, outside, name)
    if setting is not None:
        return setting
    from losslint.static.behaviour import library_models

    part = library_models.inherited(instance, outside, name)
    if part is not None:
        return part
    if name == "module":
        return instance
    if instance.origin is None:
        if ev.classes.subclasses(instance.cls):
            return _given_by_subclasses(ev, instance, name)
    return UnknownV(
        f"`{instance.cls.definition.name}.{name}` is not set in code that is read",
        symbol=("attr", instance_key(instance), name),
        unset=BARE.issuperset(outside) and not instance.attributes and not _is_filled_by_name(ev, instance),
        missing=OF_FRAMEWORKS.issuperset(outside) and not instance.attributes,
    )


def _is_filled_by_name(ev: Evaluator, instance: InstanceV) -> bool:
    """Whether the class of an object gives it attributes whose names stand elsewhere, as a class of settings does that
    reads a file: `setattr(self, key, value)`."""
    known = [base.definition for base in ev.classes.order(instance.cls) if not isinstance(base, str)]
    return any(SOME_NAME in each.stores or "__getattr__" in each.methods for each in known)
