"""What a data loader gives: the items of a dataset of the project, as batches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from losslint.contracts.transfer import index, literals
from losslint.static.behaviour import image_datasets, own_iterables
from losslint.static.behaviour.rows import LENGTH, some_number
from losslint.static.evaluation.arguments import bind
from losslint.static.evaluation.constructors import receiver_frame
from losslint.static.evaluation.frames import Frame
from losslint.static.evaluation.identity import instance_key, lazy_key
from losslint.static.evaluation.values import (
    Bindings,
    ConstV,
    DictV,
    ExternalV,
    FunctionV,
    InstanceV,
    Lazy,
    NumberV,
    ObjectV,
    PartialV,
    SeqV,
    TensorV,
    UnknownV,
    Value,
    given,
    identity,
    opened,
)
from losslint.static.lowering import forms as f
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.shapes import Shape, Size

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

LOADERS = frozenset({"torch.utils.data.DataLoader", "torch.utils.data.dataloader.DataLoader"})
TENSOR_DATASETS = frozenset({"torch.utils.data.TensorDataset", "torch.utils.data.dataset.TensorDataset"})
CONCATENATED = frozenset({"torch.utils.data.ConcatDataset", "torch.utils.data.dataset.ConcatDataset"})

#: What gives lists of places, one for each batch.
SAMPLERS_OF_BATCHES = frozenset({"torch.utils.data.BatchSampler", "torch.utils.data.sampler.BatchSampler"})

#: Samplers that give one place after the other.
SAMPLERS = frozenset(
    {"DistributedSampler", "RandomSampler", "SequentialSampler", "SubsetRandomSampler", "WeightedRandomSampler"}
)

#: What a batch of Python's numbers becomes.
FROM_PYTHON: dict[type, str] = {float: "float64", int: "int64", bool: "bool"}

#: The size of a batch: a symbol, never 1.
BATCH = "N"


def batch(ev: Evaluator, value: Value) -> Value:
    """One round over a data loader or a dataset."""
    if isinstance(value, ObjectV) and value.name in LOADERS:
        symbol = ("batch", id(value.origin))
        if not value.arguments.complete:
            return UnknownV("a data loader whose arguments are not known", symbol=symbol)
        unbatched = value.arguments.get(1, "batch_size")
        lazy = value.arguments.get(0, "dataset")
        if lazy is None:
            return UnknownV("a data loader without a dataset")
        size = ev.value(unbatched) if unbatched is not None else None
        item = item_of(ev, ev.value(lazy), _gives_places(ev, value))
        if isinstance(size, ConstV) and size.value is None:
            return item
        collate = value.arguments.get(6, "collate_fn")
        if collate is not None:
            made = _collated(ev, ev.value(collate), _lazy_item(ev, ev.value(lazy), item), value)
            return made if made is not None else UnknownV("batches made by a collate function", symbol=symbol)
        sampled = value.arguments.get(4, "batch_sampler")
        single = isinstance(size, ConstV) and size.value == 1 if size is not None else sampled is None
        return batched(ev, item, 1 if single else BATCH)
    if isinstance(value, ObjectV) and value.name in SAMPLERS_OF_BATCHES:
        return TensorV(Meaning(reason="the places of a batch", dtype="int64", shape=Shape((LENGTH,))))
    if isinstance(value, InstanceV):
        return own_iterables.element(ev, value) if own_iterables.has_its_own(ev, value) else item_of(ev, value)
    return UnknownV("what it gives when it is iterated over is not known", opened(value))


def _gives_places(ev: Evaluator, loader: ObjectV) -> bool:
    """Whether a loader asks its dataset for one item after the other: other samplers may give lists of places."""
    sampler = loader.arguments.get(3, "sampler")
    if sampler is None:
        return True
    found = ev.value(sampler)
    if isinstance(found, ConstV):
        return found.value is None
    module, _, name = found.name.rpartition(".") if isinstance(found, ObjectV) else ("", "", "")
    return name in SAMPLERS and module.startswith("torch.utils.data")


def item_of(ev: Evaluator, dataset: Value, by_place: bool = True) -> Value:
    """`dataset[i]`, for a number i unless `by_place` says that it may be something else."""
    if isinstance(dataset, InstanceV):
        found = ev.classes.method(dataset.cls, "__getitem__")
        if found is None and own_iterables.has_its_own(ev, dataset):
            return own_iterables.element(ev, dataset)  # an IterableDataset
        if found is not None:
            owner, definition = found
            unit = owner.file.function(definition.qualname)
            if unit is not None:
                from losslint.static.evaluation.calls import run

                graph = unit.graph()
                return run(ev, graph, _frame(ev, graph, dataset, by_place))
    if isinstance(dataset, SeqV) and dataset.items and dataset.sort in ("list", "tuple"):
        from losslint.static.evaluation.items import one_of_them

        reason = "the place of an item in its dataset"
        place = UnknownV(reason, symbol=("place", identity(dataset.items[0])), tensor=some_number(reason))
        return one_of_them(ev, dataset, place)
    if isinstance(dataset, TensorV) and by_place:
        return TensorV(index(dataset.meaning, 0), dataset.open)
    if isinstance(dataset, ObjectV) and dataset.name in TENSOR_DATASETS:
        items: list[Lazy] = []
        for lazy in dataset.arguments.positional:
            value = ev.value(lazy)
            items.append(given(TensorV(index(value.meaning, 0), value.open) if isinstance(value, TensorV) else value))
        return SeqV("tuple", tuple(items))
    if isinstance(dataset, ObjectV) and dataset.name in CONCATENATED:
        whole = dataset.arguments.get(0, "datasets")
        parts = ev.value(whole) if whole is not None else None
        if isinstance(parts, SeqV) and parts.items:
            return item_of(ev, ev.value(parts.items[-1]), by_place)  # those of each part come, one after the other
    if isinstance(dataset, ObjectV):
        item = image_datasets.item_of(ev, dataset)
        if item is not None:
            return item
    return UnknownV("the items of the dataset are not known", opened(dataset), ("items of", _symbol(dataset)))


def _frame(ev: Evaluator, graph: f.Graph, dataset: InstanceV, by_place: bool) -> Frame:
    """`__getitem__` of a dataset, in a call with the number of some item."""
    from losslint.static.evaluation.items import entered_by_key

    if not by_place:
        return receiver_frame(ev, graph, dataset)
    reason = "the place of an item in its dataset"
    key = UnknownV(reason, symbol=("place", identity(dataset)), tensor=some_number(reason).but(dtype="int64"))
    return entered_by_key(ev, graph, dataset, key, ("item of", graph, instance_key(dataset)))


def _lazy_item(ev: Evaluator, dataset: Value, item: Value) -> Lazy:
    """An item of a dataset, as something that is worked out where it is needed."""
    graph = ev.classes.graph(dataset.cls, "__getitem__") if isinstance(dataset, InstanceV) else None
    if not isinstance(dataset, InstanceV) or graph is None or graph.decorators:
        return given(item)
    return Lazy(graph.result, _frame(ev, graph, dataset, True))


def _collated(ev: Evaluator, function: Value, item: Lazy, loader: ObjectV) -> Value | None:
    """What a function of the project makes of a list of items, None for a function that is not read."""
    if (isinstance(function, ConstV) and function.value is None) or (
        isinstance(function, ExternalV)
        and function.name.startswith("torch.utils.data.")
        and function.name.endswith(".default_collate")
    ):
        return batched(ev, ev.value(item))
    given_before = Bindings()
    if isinstance(function, PartialV):
        given_before, function = function.arguments, function.function
    if isinstance(function, InstanceV):
        body = ev.classes.graph(function.cls, "__call__")
        if body is None:
            return None
        function = FunctionV(body, None, function)
    if not isinstance(function, FunctionV):
        return None
    from losslint.static.evaluation.calls import run

    graph = function.graph
    # What is not worked out anew may be another one in another world.
    key = ("collated", id(loader.origin), lazy_key(item), graph, instance_key(function.bound))
    frame = ev.notes.frames.get(key) if item.form is not None else None
    if frame is None:
        items = given(SeqV("list", (item,), False))
        arguments = Bindings((*given_before.positional, items), given_before.keywords, given_before.complete)
        named = bind(ev, graph, arguments, 1 if function.bound is not None else 0, None)
        frame = Frame(graph, named, function.bound, function.parent)
        if item.form is not None:
            ev.notes.frames[key] = frame
    return run(ev, graph, frame)


def _symbol(value: Value) -> object:
    return value.symbol if isinstance(value, UnknownV) and value.symbol is not None else identity(value)


def batched(ev: Evaluator, item: Value, size: Size = BATCH) -> Value:
    """Many items put together: tensors get a dimension in front, numbers become tensors."""
    if isinstance(item, NumberV):
        dtype = FROM_PYTHON[type(item.among[0])] if len(set(map(type, item.among))) == 1 else None
        return TensorV(_stacked(literals.one_of(item.among).but(dtype=dtype, trail=item.trail), size))
    if isinstance(item, ConstV) and type(item.value) in FROM_PYTHON:
        # Often a label that is there for the form's sake only.
        return TensorV(_stacked(some_number("the same number for all").but(dtype=FROM_PYTHON[type(item.value)]), size))
    if isinstance(item, TensorV):
        return TensorV(_stacked(item.meaning, size), item.open)
    if isinstance(item, UnknownV) and item.tensor is not None:
        return UnknownV(item.reason, item.open, tensor=_stacked(item.tensor, size))
    if isinstance(item, DictV):
        entries: dict[object, Lazy] = {
            key: given(batched(ev, ev.value(lazy), size)) for key, lazy in item.items.items()
        }
        return DictV(entries, item.complete, tuple(given(batched(ev, ev.value(lazy), size)) for lazy in item.rest))
    if isinstance(item, SeqV):
        return SeqV(item.sort, tuple(given(batched(ev, ev.value(lazy), size)) for lazy in item.items), item.complete)
    return item if isinstance(item, UnknownV) else UnknownV("a batch of something that is not a tensor")


def _stacked(meaning: Meaning, size: Size) -> Meaning:
    """A meaning with the batch as a dimension in front."""
    shape = meaning.shape
    if shape is not None and not shape.open:
        shape = Shape((size, *shape.sizes))
    dim = meaning.dim + 1 if meaning.dim is not None and meaning.dim >= 0 else meaning.dim
    likely = Shape((size, *meaning.likely.sizes)) if meaning.likely is not None else None
    return meaning.but(shape=shape, dim=dim, identity=None, likely=likely)
