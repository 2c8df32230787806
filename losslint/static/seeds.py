"""Seeds: the few files and calls that can hold what rules look for, found by scanning bytes and indexes."""

from __future__ import annotations

import re
from functools import cache

from losslint.static.project import File, Project

#: Suffixes of what may hold Python.
READ = (".py", ".ipynb", ".md", ".markdown")

#: Files that are searched for what holds the result of one function.
MOST_FILES = 12

#: What every spelling of a loss's name holds.
LOSS_PARTS = (b"Loss", b"_loss", b"cross_entropy", b"kl_div")

#: Names under which losses are called when nobody can see where they come from.
USUAL = re.compile(r"(?i)loss|crit|objective|entropy|^(?:bce|ce|nll|mse|mae|kld?|l1|huber)$")

#: Activations that are modules: giving them a tensor when they are made is a mistake.
ACTIVATIONS = frozenset(
    {
        "Softmax",
        "LogSoftmax",
        "Softmin",
        "Sigmoid",
        "LogSigmoid",
        "Tanh",
        "ReLU",
        "ReLU6",
        "LeakyReLU",
        "ELU",
        "SELU",
        "GELU",
        "SiLU",
        "Mish",
        "Softplus",
        "Hardtanh",
        "Hardsigmoid",
        "Hardswish",
        "Softsign",
        "PReLU",
        "RReLU",
        "CELU",
        "Softmax2d",
        "Threshold",
    }
)
_MADE_WITH_TENSORS = re.compile(
    rb"\b(?:"
    + b"|".join(sorted(name.encode() for name in ACTIVATIONS))
    + rb")\(\s*(?![\s)\d.-]|dim|inplace|True|False|None|\*|approximate)"
)

#: The logarithm of a tensor, not of a logger.
_LOGARITHM = re.compile(rb"\.log\(\)|torch\.log\(|import[^\n]*\blog\b")

#: Logarithms of what need not be an activation's output: `log(1 - p)`, `log(sum(exp(x)))`, `log(1 + exp(x))`.
_WRITTEN_OUT = re.compile(rb"\blog\(\s*1(?:\.0?)?\s*[-+]|\bexp\(")


@cache
def loss_names() -> frozenset[str]:
    """The last names of torch's losses, as modules and as functions."""
    from losslint.contracts.torch.losses import LOSSES

    names = {loss.module.rpartition(".")[2] for loss in LOSSES} | {loss.function.rpartition(".")[2] for loss in LOSSES}
    return frozenset(names - {""})


@cache
def _named_losses() -> re.Pattern[bytes]:
    return re.compile(rb"\b(?:" + b"|".join(sorted(map(str.encode, loss_names()), reverse=True)) + rb")\b")


class Seeds:
    """What is looked at in a project: files by why they are, and the names under which losses are held."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.losses: list[str] = []
        self.logarithms: list[str] = []
        self.constructors: list[str] = []
        activated = False
        read = [name for name in project.names if name.endswith(READ) or name in project.asked]
        for name in read:
            data = project.data(name)
            if (
                (b"oss" in data or b"kl_div" in data)
                and any(part in data for part in LOSS_PARTS)
                and _named_losses().search(data) is not None
            ):
                self.losses.append(name)
            if b"torch" in data:
                activated = activated or b"oftmax" in data or b"igmoid" in data
                if _MADE_WITH_TENSORS.search(data) is not None:
                    self.constructors.append(name)
        for name in read:
            data = project.data(name)
            taken = _LOGARITHM.search(data) is not None or b"log1p(" in data
            if taken and (activated or (b"torch" in data and _WRITTEN_OUT.search(data) is not None)):
                self.logarithms.append(name)

    def __bool__(self) -> bool:
        """Whether there is anything to look at."""
        return bool(self.losses or self.logarithms or self.constructors)

    def held_names(self) -> set[str]:
        """Names that losses are bound to, or passed under, anywhere in the project."""
        held: set[str] = set()
        makers: set[str] = set()
        known = loss_names()
        for name in self.losses:
            file = self.project.file(name)
            if file is None:
                continue
            index = file.index
            for callee, names in index.held_as.items():
                if callee in known:
                    held |= names
            for definition in index.classes.values():
                if any(base.rpartition(".")[2] in known for base in definition.bases):
                    makers.add(definition.name)
            for callee in known & index.calls.keys():
                # A function that makes a loss may be the one that chooses it for everybody.
                makers.update(q for q in index.calls[callee] if q in index.functions and "." not in q and ":" not in q)
        for maker in sorted(makers):
            for name in self.project.mentioning(maker)[:MOST_FILES]:
                file = self.project.file(name)
                if file is not None:
                    held |= file.index.held_as.get(maker, set())
        return held

    def units(self, file: File, held: set[str]) -> dict[str, set[str]]:
        """The units of a file that may call a loss (or make or take the logarithm of something), with the names."""
        from losslint.static.index import Import

        index = file.index
        known = loss_names()
        aliases = {
            alias
            for alias, bound in index.names.items()
            if isinstance(bound, Import) and bound.attribute in known and bound.attribute != alias
        }
        found: dict[str, set[str]] = {}
        for name, qualnames in index.calls.items():
            if name.startswith("&"):
                continue
            interesting = name in known or name in held or name in aliases or name in ("()", "forward")
            if not interesting:
                interesting = USUAL.search(name) is not None or name in ("log", "log1p") or name in ACTIVATIONS
            if interesting:
                for qualname in qualnames:
                    found.setdefault(qualname, set()).add(name)
        return found

    def files(self, held: set[str]) -> list[str]:
        """Every file that may hold a call of interest, in the project's order."""
        chosen = {*self.losses, *self.logarithms, *self.constructors}
        if self.losses:
            words = sorted(name.encode() for name in held)
            pattern = re.compile(
                rb"(?:riterion|loss)\w*\s*[(\[.]|\b(?:" + b"|".join(map(re.escape, words)) + rb")\s*[(\[.]"
            )
            for name in self.project.names:
                if name not in chosen and pattern.search(self.project.data(name)) is not None:
                    chosen.add(name)
        return [name for name in self.project.names if name in chosen]
