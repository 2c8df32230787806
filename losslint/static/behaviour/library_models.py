"""Models of other libraries: made, changed at the head, and called."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from losslint.contracts import libraries, lookup
from losslint.contracts.libraries import language, segmentation
from losslint.static.behaviour.tensors import operate
from losslint.static.evaluation.frames import Frame
from losslint.static.evaluation.values import (
    Bindings,
    ClassV,
    ConstV,
    ContainerV,
    DictV,
    InstanceV,
    Lazy,
    ObjectV,
    SeqV,
    TensorV,
    UnknownV,
    Value,
    given,
)
from losslint.static.lowering import forms as f
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.places import Trail
from losslint.vocabulary.shapes import Shape

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

READOUTS = libraries.READOUTS

#: The name of a part of a model whose layers are not known: features go in and come out.
TRUNK = "a part of a model"

#: The names of the layers of a segmentation model's head that say something of its masks.
MASK_SCORES = "the last convolution of a segmentation model"
MASK_ACTIVATION = "the activation of a segmentation model"

#: How many classes an image classifier has when nobody says.
IMAGENET = 1000


def by_name(ev: Evaluator, *names: str) -> Value | None:
    """A layer that a library puts in its place while it is imported, so that its own code does not show it."""
    known = next((name for name in names if libraries.convolution_of(name) is not None), None)
    return ev.external(known) if known is not None else None


def made(ev: Evaluator, name: str, arguments: Bindings, form: f.Call) -> ObjectV | None:
    """The model that a function of a library makes, None when no table knows it."""
    if not name.startswith(libraries.LIBRARIES):
        return None
    if name == "torch.hub.load":
        name = _from_hub(ev, arguments)
    if name == "torchvision.models.get_model":
        chosen = ev.value(arguments.positional[0]) if arguments.positional else None
        if isinstance(chosen, ConstV):
            name = f"torchvision.models.{chosen.value}"
        arguments = Bindings(arguments.positional[1:], arguments.keywords, arguments.complete)
    if libraries.head_of(name) is None:
        owner, _, maker = name.rpartition(".")
        if maker in language.MAKERS and libraries.answer_of(owner) is not None:
            name = owner
        elif not _is_segmenter(name) and not segmentation.is_segmentation_model(name):
            return None
    shown = name.removeprefix("torchvision.")
    return ObjectV(name, arguments, form, Trail(ev.spot(form), f"`{shown}` is made here"))


def _from_hub(ev: Evaluator, arguments: Bindings) -> str:
    """`torch.hub.load("pytorch/vision", "resnet18")`"""
    texts = [ev.value(lazy) for lazy in arguments.positional[:2]]
    if len(texts) == 2 and all(isinstance(text, ConstV) for text in texts):
        repository, model = (text.value for text in texts if isinstance(text, ConstV))
        if isinstance(repository, str) and repository.startswith("pytorch/vision"):
            return f"torchvision.models.{model}"
    return ""


def _is_segmenter(name: str) -> bool:
    return name.startswith("torchvision.models.segmentation.") and name.rpartition(".")[2][:1].islower()


def attribute(ev: Evaluator, model: ObjectV, name: str) -> Value | None:
    """The head of a model, as it is before anybody changes it; None for other attributes."""
    if name == segmentation.HEAD and segmentation.is_segmentation_model(model.name):
        return _segmentation_head(model)
    head = libraries.head_of(model.name)
    if head is None or name not in head.attributes:
        return None
    if name != head.attributes[0] and model.name != "timm.create_model":
        return None
    layer = _affine(ev, model, head)
    if not head.place:
        return layer
    hidden = given(UnknownV("a layer of a model that losslint does not read"))
    children = tuple((str(place), hidden) for place in range(head.place - 1))
    return ContainerV("sequential", (*children, (str(head.place - 1), given(layer))), True, model.trail)


def inherited(instance: InstanceV, bases: Iterable[str], name: str) -> Value | None:
    """A part of an object that a model of transformers among its bases makes: its last layer, or the dropout before
    that. None for other attributes."""
    for base in bases:
        if language.is_last_layer(base, name):
            unknown = given(UnknownV("how many classes a model has"))
            return ObjectV("torch.nn.Linear", Bindings((unknown, unknown)), instance.origin, instance.trail)
        if name == "dropout" and libraries.answer_of(base) is not None:
            return ObjectV("torch.nn.Dropout", Bindings(), instance.origin, instance.trail)
    return None


def _affine(ev: Evaluator, model: ObjectV, head: libraries.Head) -> Value:
    lazy = model.arguments.keywords.get(head.classes)
    classes: Value = ev.value(lazy) if lazy is not None else ConstV(IMAGENET)
    if lazy is None and not model.arguments.complete:
        classes = UnknownV("the class count is passed through `**`")
    if isinstance(classes, ConstV) and classes.value in (0, None):
        return ObjectV("torch.nn.Identity", Bindings(), model.origin, model.trail)
    features = UnknownV("how many features a model has")
    return ObjectV("torch.nn.Linear", Bindings((given(features), given(classes))), model.origin, model.trail)


#: Parts of a classifier in front of its head.
TRUNKS = frozenset(
    {"features", "layer1", "layer2", "layer3", "layer4", "forward_features", "extract_features", "trunk"}
)


def trunk(model: ObjectV, name: str) -> ObjectV | None:
    """A part of a library's classifier in front of its head; None for other attributes and other models."""
    if name not in TRUNKS or not model.name.startswith(libraries.LIBRARIES) or libraries.head_of(model.name) is None:
        return None
    return ObjectV(TRUNK, Bindings(), model.origin, model.trail)


def name_of(cls: ClassV) -> str | None:
    """The name under which a library gives a class of its own, if a table of convolutions knows it: the project is that
    library, or holds a copy of it."""
    if "/nn/" not in cls.file.name:
        return None
    parts = cls.file.name.removesuffix(".py").split("/")
    for home in range(len(parts) - 1):
        # Packages hand the classes of their modules on.
        name = ".".join([*parts[home:-1], cls.definition.qualname])
        if libraries.convolution_of(name) is not None:
            return name
    return None


def called(ev: Evaluator, model: ObjectV, arguments: Bindings, form: f.Call, frame: Frame) -> Value | None:
    """What a call of a library's model returns; None when no table knows the model."""
    name = model.name
    if name == TRUNK:
        features = Meaning(dtype="float", reason="features of a model that losslint does not read", quantity=True)
        return TensorV(features.but(identity=("features", id(form), id(frame))))
    if name == MASK_SCORES:
        return _raw_masks(ev, model, form, frame)
    if name == MASK_ACTIVATION:
        maps = ev.value(arguments.positional[0]) if arguments.positional else UnknownV("nothing is given")
        return _with_its_activation(ev, model, maps, form, frame)
    if not name.startswith(libraries.LIBRARIES):
        return None
    head = libraries.head_of(name)
    if head is not None:
        return _classified(ev, model, head, form, frame)
    if libraries.answer_of(name) is not None:
        return _answered(ev, model, arguments, form, frame)
    if segmentation.is_segmentation_model(name):
        return _segmented(ev, model, form, frame)
    network = libraries.network_of(name)
    if network is not None:
        return _medical(ev, model, network, form, frame)
    if _is_segmenter(name):
        scores = _scores(ev, model, model.arguments.keywords.get("num_classes"), 4, form, frame, 21)
        return DictV({"out": given(scores)}, False, (given(UnknownV("an output that is not known")),), model.trail)
    rank = libraries.layer_of(name)
    if rank is not None:
        return _scores(ev, model, None, rank, form, frame, None)
    convolution = libraries.convolution_of(name)
    if convolution is not None:
        return _convolved(ev, model, convolution, arguments, form, frame)
    return None


def _convolved(
    ev: Evaluator, model: ObjectV, convolution: libraries.Convolution, arguments: Bindings, form: f.Call, frame: Frame
) -> Value:
    """What a convolution over a graph returns: scores, or what the activation that it is given makes of them."""
    from losslint.static.evaluation.calls import call

    made = model.arguments
    unsettled = UnknownV("a convolution with settings that are not known")
    for name in convolution.others:
        lazy = made.keywords.get(name)
        value = ev.value(lazy) if lazy is not None else ConstV(None)
        if not isinstance(value, ConstV) or value.value:
            return unsettled
    place, name = convolution.width
    width = made.get(place, name)
    if not made.complete or width is None or "return_attention_weights" in arguments.keywords:
        return unsettled
    if convolution.heads[1] and not _is_one_head(ev, made, convolution):
        width = None
    scores = _scores(ev, model, width, 2, form, frame, None)
    if convolution.ranked:
        scores = TensorV(scores.meaning.but(shape=Shape((None, None, scores.meaning.size(1)))))
    place, name = convolution.activation
    lazy = made.get(place, name) if name else None
    activation = ev.value(lazy) if lazy is not None else ConstV(None)
    if isinstance(activation, ConstV) and activation.value is None:
        return scores
    return call(ev, activation, Bindings((given(scores),)), form, frame, direct=False)


def _is_one_head(ev: Evaluator, made: Bindings, convolution: libraries.Convolution) -> bool:
    """Whether the columns of a convolution are those that it was asked for, and not so many for each head."""
    heads, concat = made.get(*convolution.heads), made.get(*convolution.concat)
    count = ev.value(heads) if heads is not None else ConstV(1)
    beside = ev.value(concat) if concat is not None else ConstV(True)
    return (isinstance(count, ConstV) and count.value == 1) or (isinstance(beside, ConstV) and beside.value is False)


def readout(ev: Evaluator, name: str, arguments: Bindings, form: f.Call, frame: Frame) -> Value:
    """`global_mean_pool(x, batch)`: one row for each graph, made of the rows of its nodes."""
    lazy = arguments.get(0, "x")
    operation = lookup.operation_by_name(libraries.READOUTS[name])
    if lazy is None or operation is None:
        return UnknownV("a readout of nothing that is known")
    over = {"dim": given(ConstV(0)), "keepdim": given(ConstV(True))}
    value = operate(ev, operation, f"`{name.rpartition('.')[2]}`", Bindings((lazy,), over), form, frame, None)
    if isinstance(value, TensorV) and value.meaning.shape is not None and value.meaning.rank:
        shape = Shape((None, *value.meaning.shape.sizes[1:]))
        return TensorV(value.meaning.but(shape=shape), value.open)
    return value


def _classified(ev: Evaluator, model: ObjectV, head: libraries.Head, form: f.Call, frame: Frame) -> Value:
    from losslint.static.evaluation.calls import call

    changed = [each for each in head.attributes if each in model.attributes]
    if len(changed) > 1:
        # `if "resnet" in arch: model.fc = … elif "vgg" in arch: model.classifier = …`: the branch says which it is.
        heads = (ev.value(model.attributes[each]) for each in changed)
        question = next((each.open for each in heads if isinstance(each, UnknownV) and each.open is not None), None)
        return UnknownV("a model with several heads", question)
    layer = ev.value(model.attributes[changed[0]]) if changed else attribute(ev, model, head.attributes[0])
    if layer is None:
        return UnknownV("a model without a head that is known")
    features = TensorV(
        Meaning(
            Kind.REAL,
            dtype="float",
            shape=Shape((None, None)),
            made_by=model.name.rpartition(".")[2],
            identity=("features", id(form), id(frame)),
        )
    )
    scores = call(ev, layer, Bindings((given(features),)), form, frame, direct=False)
    if head.auxiliary:
        unknown = given(UnknownV("the scores of an auxiliary head"))
        return SeqV("tuple", (given(scores), unknown), True, model.trail, ("logits", "aux_logits"))
    return scores


def _answered(ev: Evaluator, model: ObjectV, arguments: Bindings, form: f.Call, frame: Frame) -> Value:
    rank = libraries.answer_of(model.name)
    count = model.arguments.keywords.get("num_labels")
    scores = _scores(ev, model, count, rank or 2, form, frame, None)
    hidden = given(UnknownV("an output of the model that is not known"))
    if not arguments.complete or "labels" in arguments.keywords:
        from losslint.static.behaviour.modules import scalar

        # With labels the loss comes first; with `**batch` nobody knows whether there are any.
        names = ("loss", "logits")
        items = (given(scalar(form, frame)), given(scores))
        return SeqV("tuple" if arguments.complete else "output", (*items, hidden), True, model.trail, names)
    return SeqV("tuple", (given(scores), hidden), True, model.trail, ("logits",))


def _segmented(ev: Evaluator, model: ObjectV, form: f.Call, frame: Frame) -> Value:
    """The masks of a segmentation model; with `aux_params`, a label of the whole image beside them."""
    masks = _masks(ev, model, form, frame)
    lazy = model.arguments.keywords.get("aux_params")
    second = ev.value(lazy) if lazy is not None else ConstV(None)
    if not model.arguments.complete and lazy is None:
        return UnknownV("a model that may have a second head")
    if isinstance(second, ConstV) and second.value is None:
        return masks
    if not isinstance(second, DictV):
        return UnknownV("a model that may have a second head")
    labels = given(UnknownV("the labels of a second head"))
    return SeqV("tuple", (given(masks), labels), True, model.trail)


def _masks(ev: Evaluator, model: ObjectV, form: f.Call, frame: Frame) -> Value:
    changed = model.attributes.get(segmentation.HEAD)
    if changed is not None:
        from losslint.static.evaluation.calls import call

        features = Meaning(Kind.REAL, dtype="float", shape=Shape((None,) * 4))
        return call(ev, ev.value(changed), Bindings((given(TensorV(features)),)), form, frame, direct=False)
    return _with_its_activation(ev, model, _raw_masks(ev, model, form, frame), form, frame)


def _segmentation_head(model: ObjectV) -> ContainerV:
    """The head of a segmentation model as it is made: a convolution, what scales its maps up, and the activation."""
    scores, activation = (
        ObjectV(name, model.arguments, model.origin, model.trail) for name in (MASK_SCORES, MASK_ACTIVATION)
    )
    scaled = ObjectV("torch.nn.Identity", Bindings(), model.origin)
    children = (("0", given(scores)), ("1", given(scaled)), ("2", given(activation)))
    return ContainerV("sequential", children, True, model.trail)


def _raw_masks(ev: Evaluator, model: ObjectV, form: f.Call, frame: Frame) -> Value:
    if len(model.arguments.positional) > segmentation.FIRST_SETTINGS:
        return UnknownV("a model whose settings are given by position")
    return _scores(ev, model, model.arguments.keywords.get("classes"), 4, form, frame, 1)


def _with_its_activation(ev: Evaluator, model: ObjectV, scores: Value, form: f.Call, frame: Frame) -> Value:
    """Scores after the activation that a segmentation model, or the last layer of its head, was made with."""
    changed = model.attributes.get("activation")
    if changed is not None:
        from losslint.static.evaluation.calls import call

        return call(ev, ev.value(changed), Bindings((given(scores),)), form, frame, direct=False)
    lazy = model.arguments.keywords.get("activation")
    activation = ev.value(lazy) if lazy is not None else ConstV(None)
    unsettled = UnknownV("a model whose activation is not known")
    if not isinstance(activation, ConstV) or not (activation.value is None or isinstance(activation.value, str)):
        return unsettled
    name = libraries.SEGMENTATION_ACTIVATIONS.get(activation.value)
    if name is None or (not model.arguments.complete and lazy is None):
        return unsettled
    if not name:
        return scores
    operation = lookup.operation_by_name(name)
    assert operation is not None
    keywords: dict[str, Lazy] = {"dim": given(ConstV(1))} if "softmax" in name else {}
    spelled = f"`activation={activation.value!r}`"
    return operate(ev, operation, spelled, Bindings((given(scores),), keywords), form, frame, None)


def _medical(ev: Evaluator, model: ObjectV, network: libraries.Network, form: f.Call, frame: Frame) -> Value:
    """The scores of a network of monai."""
    given_by_name = model.arguments.keywords
    if not model.arguments.complete or any(name in given_by_name for name in network.alone):
        return UnknownV("a network with settings that are not known")
    if network.classes < 0 and model.arguments.positional:
        return UnknownV("a network whose settings are given by position")
    dims: Value = ConstV(network.dims)
    if network.dims != 0:
        lazy = given_by_name.get("spatial_dims")
        if lazy is None and network.classes > 1 and model.arguments.positional:
            lazy = model.arguments.positional[0]
        dims = ev.value(lazy) if lazy is not None else dims
    scores = _scores(ev, model, model.arguments.get(network.classes, "out_channels"), 2, form, frame, network.default)
    if isinstance(dims, ConstV) and dims.value in (0, 2, 3) and isinstance(dims.value, int):
        classes = scores.meaning.size(1)
        return TensorV(scores.meaning.but(shape=Shape((None, classes, *[None] * dims.value))))
    return TensorV(scores.meaning.but(shape=None))


def _scores(
    ev: Evaluator, model: ObjectV, count: Lazy | None, rank: int, form: f.Call, frame: Frame, default: int | None
) -> TensorV:
    """Raw scores with the classes in the second dimension (the last one, of sequences)."""
    value = ev.value(count) if count is not None else ConstV(default)
    classes = value.value if isinstance(value, ConstV) and isinstance(value.value, int) else None
    if count is None and not model.arguments.complete:
        classes = None
    sizes: list[int | str | None] = [None] * rank
    sizes[-1 if rank == 3 else 1] = classes
    return TensorV(
        Meaning(
            Kind.LOGITS,
            dtype="float",
            shape=Shape(tuple(sizes)),
            made_by=model.name.rpartition(".")[2],
            identity=("scores", id(form), id(frame)),
            trail=Trail(ev.spot(form), "called here: it returns raw scores", model.trail),
        )
    )
