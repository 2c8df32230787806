"""Attributes of values: of tensors, modules and classes, and of what stands outside the project."""

from __future__ import annotations

from typing import TYPE_CHECKING

from losslint.contracts import lookup
from losslint.static.behaviour import distributions, environments, experiments, tabular
from losslint.static.evaluation import namespaces
from losslint.static.evaluation.objects import class_attribute, class_of, instance_attribute, method
from losslint.static.evaluation.values import (
    ClassV,
    ConstV,
    ContainerV,
    DictV,
    ExternalV,
    FunctionV,
    HolderV,
    InstanceV,
    Lazy,
    MemberV,
    MethodV,
    ModuleV,
    ObjectV,
    SeqV,
    SizeV,
    SuperV,
    TensorV,
    UnknownV,
    Value,
    given,
    passed_on,
)
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.meaning import Meaning

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

#: Attributes of a tensor that are tensors.
TENSOR_ATTRIBUTES = frozenset({"data", "T", "mT", "H", "real"})


def attribute(ev: Evaluator, base: Value, name: str) -> Value:
    """`base.name` of a value."""
    if isinstance(base, InstanceV):
        return instance_attribute(ev, base, name)
    if isinstance(base, HolderV) and name in base.attributes:
        return ev.value(base.attributes[name])
    if isinstance(base, UnknownV):
        symbol = ("attr", base.symbol, name) if base.symbol is not None else None
        return UnknownV(base.reason, base.open, symbol)
    if isinstance(base, ExternalV):
        if name == "__name__" and lookup.is_class(base.name):
            return ConstV(base.name.rpartition(".")[2])
        module = ev.project.imports.in_a_plain_folder(f"{base.name}.{name}")
        return ModuleV(module) if module is not None else ev.external(f"{base.name}.{name}")
    if isinstance(base, ModuleV):
        if name == "__dict__":
            return namespaces.of(ev, base)
        value = ev.bound(ev.project.imports.module_name(base.file, name))
        if value is None:
            submodule = ev.project.imports.package_file(base.file, name)
            value = ModuleV(submodule) if submodule is not None else None
        if value is None:
            from losslint.static.behaviour import library_models

            parts = base.file.name.removesuffix(".py").removesuffix("/__init__").split("/")
            value = library_models.by_name(ev, *(".".join((*parts[at:], name)) for at in range(len(parts))))
        if value is None and base.file.name.split("/")[-2:] == [name, f"{name}.py"]:
            return base  # `import builder.builder`, of a folder that is no package
        return value if value is not None else UnknownV(f"`{name}` is not found in {base.file.name}")
    if isinstance(base, TensorV):
        return _tensor_attribute(ev, base, name)
    if isinstance(base, MemberV) and name in ("name", "value"):
        return ConstV(base.name) if name == "name" else base.holds
    if isinstance(base, ClassV):
        return class_attribute(ev, base, name)
    if isinstance(base, SuperV):
        found = ev.classes.method(class_of(base.instance) or base.cls, name, after=base.cls)
        if found is not None:
            owner, definition = found
            return method(ev, owner, definition.qualname, base.instance)
        return MethodV(base, name)
    if isinstance(base, ObjectV):
        lazy = base.attributes.get(name)
        if lazy is not None:
            return passed_on(ev.value(lazy), base)
        table = tabular.attribute(base, name)
        if table is not None:
            return table
        environment = environments.attribute(base, name)
        if environment is not None:
            return environment
        settings = experiments.attribute(ev, base, name)
        if settings is not None:
            return settings
        parameter = distributions.attribute(ev, base, name)
        if parameter is not None:
            return parameter
        from losslint.static.behaviour import library_models

        head = library_models.attribute(ev, base, name)
        if head is not None:
            return head
        part = library_models.trunk(base, name)
        if part is not None:
            return part
        if name == "training":
            return ConstV(True)
        if name == "module":
            return base
        if name == "__class__":
            return ExternalV(base.name)
        if name in ("weight", "bias") and lookup.layer(base.name) is not None and base.origin is not None:
            made_by = f"the {name} of {base.name.rpartition('.')[2]}"
            return TensorV(Meaning(Kind.REAL, dtype="float", made_by=made_by, identity=(name, id(base.origin))))
        return MethodV(base, name, base.trail)
    if isinstance(base, ContainerV):
        for child, lazy in base.children:
            if child == name:
                return passed_on(ev.value(lazy), base)
        if base.owner is not None:
            return instance_attribute(ev, base.owner, name)
        if name == "training":
            return ConstV(True)
        return base if name in ("module", "_modules") else MethodV(base, name, base.trail)
    if isinstance(base, SeqV):
        if name in base.names:
            return passed_on(ev.value(base.items[base.names.index(name)]), base)
        if name in ("values", "indices") and len(base.items) == 2 and base.sort == "tuple":
            return ev.value(base.items[0 if name == "values" else 1])
        return MethodV(base, name)
    if isinstance(base, DictV) and name in base.items:
        return ev.value(base.items[name])
    if isinstance(base, FunctionV) and name == "__name__":
        return ConstV(base.graph.name)
    if isinstance(base, MethodV):
        column = tabular.of_a_column(ev, base, name)
        if column is not None:
            return column
    return MethodV(base, name)


def _tensor_attribute(ev: Evaluator, base: TensorV, name: str) -> Value:
    meaning = base.meaning
    if name in TENSOR_ATTRIBUTES:
        from losslint.contracts.lookup import operation_by_method
        from losslint.contracts.transfer import apply_operation

        operation = operation_by_method(name)
        if operation is not None:
            result = apply_operation(operation, [meaning], {})
            if not isinstance(result, tuple):
                return TensorV(result, base.open)
    if name == "shape":
        return sizes(meaning.shape.sizes if meaning.rank is not None and meaning.shape is not None else None)
    if name == "ndim":
        return ConstV(meaning.rank) if meaning.rank is not None else UnknownV("the rank is not known")
    if name == "dtype" and meaning.dtype not in (None, "float", "int"):
        return ExternalV(f"torch.{meaning.dtype}")
    return MethodV(base, name)


def sizes(known: tuple[int | str | None, ...] | None) -> Value:
    """A shape as Python sees it."""
    if known is None:
        return UnknownV("the shape is not known")
    items: list[Lazy] = []
    for size in known:
        if isinstance(size, int):
            items.append(given(ConstV(size)))
        else:
            items.append(given(SizeV("a size that is not known", symbol=("size", size) if size else None)))
    return SeqV("tuple", tuple(items))
