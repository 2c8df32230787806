"""What is followed in the search for readers, and the words that decide what becomes of it."""

from __future__ import annotations

from dataclasses import dataclass

#: Attributes of a tensor that do not hang on its values.
ASIDE = frozenset({"shape", "dtype", "device", "ndim", "is_cuda", "requires_grad", "grad_fn"})
#: Methods and functions whose result does not change with a monotonous function of what they are called on.
ORDERED = frozenset({"argmax", "size", "dim", "numel", "nelement", "get_device", "is_floating_point", "argsort"})
#: Those of them that hang on the order of the values.
ARRANGED = frozenset({"argmax", "argsort", "max", "topk", "sort"})
#: Those that give values and indices: the indices stay.
WITH_INDICES = frozenset({"max", "topk", "sort"})
#: Methods and functions that hand on the values as they are.
PASSING = frozenset(
    {
        "view", "reshape", "squeeze", "unsqueeze", "flatten", "permute", "transpose", "contiguous", "clone", "detach",
        "cpu", "cuda", "to", "float", "double", "half", "type", "type_as", "data", "t", "T", "view_as", "reshape_as",
        "numpy", "expand", "expand_as", "swapaxes", "movedim", "requires_grad_", "retain_grad", "mT",
    }
)  # fmt: skip
#: Those of them after which a dimension may have another number.
RESHAPING = frozenset(
    {
        "view", "reshape", "squeeze", "unsqueeze", "flatten", "permute", "transpose", "t", "T", "mT", "view_as",
        "reshape_as", "expand", "expand_as", "swapaxes", "movedim",
    }
)  # fmt: skip
#: Activations that may be applied on top of one that goes, and whether each is one of each element by itself.
OUTER = {
    "softmax": False, "log_softmax": False, "Softmax": False, "LogSoftmax": False,
    "sigmoid": True, "logsigmoid": True, "Sigmoid": True, "LogSigmoid": True,
}  # fmt: skip
#: The dimensions along which classes lie: along them, the order stays when a softmax goes.
OF_CLASSES = frozenset({1, -1})
#: What a module hands on when it is asked for itself.
ITSELF = frozenset(
    {"to", "cuda", "cpu", "train", "eval", "float", "double", "half", "requires_grad_", "share_memory", "apply"}
    | {"module", "forward", "__call__", "type", "bfloat16"}
)
#: Wrappers that keep the module.
WRAPPERS = frozenset({"DataParallel", "DistributedDataParallel", "compile", "deepcopy", "script", "copy", "DDP"})
#: Functions that do not call what they are given, and do not read its values.
HARMLESS = frozenset({"isinstance", "type", "id", "len", "hasattr", "super", "issubclass", "callable"})
#: Functions that show a module or a loss, or count what it holds.
SHOWING = frozenset({"print", "str", "repr", "summary", "watch", "info", "count_parameters"})
#: What a trainer of Lightning is told: it calls the steps of the module, which are read.
TRAINING = frozenset({"fit", "validate", "test"})
#: Decorators that leave a function what it is.
PLAIN_DECORATORS = frozenset(
    {"staticmethod", "classmethod", "no_grad", "inference_mode", "override", "abstractmethod", "wraps", "enable_grad"}
)


@dataclass(frozen=True)
class Taint:
    """What is followed: a `value` (or the element of a tuple that is one), a `module` whose calls give the value,
    `modules` of which one is such (`ending` if it is the last), or a `loss` whose calls are asked for. Calls of a
    module give a value, or a tuple whose `element` is one."""

    sort: str
    element: int | None = None
    #: what was taken of a value: "" for all of it, "row" for one sample, "column" for anything else
    part: str = ""


VALUE, MODULE, LOSS = Taint("value"), Taint("module"), Taint("loss")

#: Several modules, in a list.
SEVERAL = frozenset({"modules", "ending"})
