"""Seeds: the few files and calls that can hold what rules look for, found by scanning bytes and indexes."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from functools import cache, cached_property

from losslint.contracts import library_losses
from losslint.static.files import received
from losslint.static.files.file import File
from losslint.static.files.holding import under_other_names
from losslint.static.files.index import Index
from losslint.static.files.mentions import may_be_bound
from losslint.static.files.project import Project
from losslint.static.files.words import is_name

#: Suffixes of what may hold Python.
READ = (".py", ".ipynb", ".md", ".markdown")

#: Files that are searched for what holds the result of one function.
MOST_FILES = 12

#: What the spelling of a loss's name holds, but for one: by what of it stands before `oss`, and all of it.
LOSS_PARTS = ((b"L", b"Loss"), (b"_l", b"_loss"), (b"cr", b"cross_entropy"), (b"timm.l", b"timm.loss"))
OTHER_PART = b"kl_div"

#: The table of torch's own losses.
TORCH = "torch"

#: Tables of the losses of libraries, and what a file holds that uses one.
LIBRARY_WORDS = tuple((table, word) for _, table, _, word in library_losses.TABLES)

#: Where something is called, or asked for an attribute, whose name says that it is a loss; what stands in each of them.
_CALLED_LOSS = re.compile(rb"(?:riterion|loss|LOSS)\w{0,100}\s*[(\[.]")
_LOSS_BY_NAME = (b"loss", b"riterion", b"LOSS")

#: A loop or comprehension over what is called a loss: `for fn, weight in zip(self.losses, weights)`.
_OVER_LOSSES = re.compile(rb"for\s{1,9}([\w ,()]{1,80}?)\s{1,9}in\s[^\n]{0,120}?(?:loss|riteri|LOSS)")

#: Names under which losses are called when nobody can see where they come from.
USUAL = re.compile(r"(?i)loss|crit|objective|entropy|^(?:bce|ce|nll|mse|mae|kld?|l1|huber)$")

#: Names of parameters that are called in a file of losses, and may be one.
BY_HABIT = re.compile(r"(?i)f$|fn$|func$|cost|metric$|obj$|measure$|dist(?:ance)?$")

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
    b"(?:"
    + b"|".join(sorted(name.encode() for name in ACTIVATIONS))
    + rb")\(\s*(?![\s)\d.-]|dim|inplace|True|False|None|\*|approximate)"
)

#: An import of the logarithm. With `.log()` and `torch.log(` these are those of a tensor, not of a logger.
#: Bounded, as all that follows is: a row of hostile code may be megabytes long.
_LOGARITHM = re.compile(rb"import[^\n]{0,400}?\blog\b")

#: Logarithms of what need not be an activation's output: `log(1 - p)`, `log(sum(exp(x)))`, `log(1 + exp(x))`.
_OF_A_COMPLEMENT = re.compile(rb"log\(\s*1(?:\.0?)?\s*[-+]")
_EXPONENT = re.compile(rb"exp\(")

#: An exponential of something that is scaled: contrastive losses written by hand are quotients of such.
_SCALED_EXPONENT = re.compile(rb"exp\([^()\n]*[\w\])]\s*/")

#: A square or an absolute value, and how much of a row behind it is looked at.
_SQUARES = (b"** 2", b"**2", b"pow(", b"square(", b"abs(")
LONGEST_ROW = 400

#: Errors below 0, as a mask: the weights of quantile regression.
_BELOW_ZERO = re.compile(rb"<=?\s{0,4}0\.?0?\s{0,4}\)\s{0,4}\.")

#: What makes one number of them.
AVERAGES = ("mean", "sum")

#: What a function calls that trains: the loss may come from another one, which has cut it off.
TRAINING = "backward"

#: Calls that are looked at wherever they stand: logarithms and exponents, what trains, and what has no name or
#: everybody's.
ALWAYS = frozenset({"log", "log1p", "exp", "()", "forward", TRAINING})

#: The bytes that names consist of.
_IN_NAMES = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")


def _begins_a_name(pattern: re.Pattern[bytes], data: bytes) -> bool:
    """Whether an expression is found where a name begins. One that says so itself (`\\b`) is tried at every byte; one
    that begins with letters jumps from one place where they stand to the next."""
    for found in pattern.finditer(data):
        start = found.start()
        if start == 0 or data[start - 1] not in _IN_NAMES:
            return True
    return False


@cache
def loss_names() -> frozenset[str]:
    """The last names of torch's losses, as modules and as functions."""
    from losslint.contracts.torch.losses import LOSSES

    names = {loss.module.rpartition(".")[2] for loss in LOSSES} | {loss.function.rpartition(".")[2] for loss in LOSSES}
    return frozenset(names - {""})


def may_be_loss(name: str) -> bool:
    """Whether something is called as losses are."""
    return name in loss_names() or USUAL.search(name) is not None


@cache
def _named_losses() -> re.Pattern[bytes]:
    return re.compile(rb"(?:" + b"|".join(sorted(map(str.encode, loss_names()), reverse=True)) + rb")\b")


@cache
def _of_library(table: str) -> re.Pattern[bytes]:
    names = sorted(map(str.encode, library_losses.names(table)), reverse=True)
    return re.compile(rb"(?:" + b"|".join(names) + rb")\b")


def tables_of(data: bytes) -> tuple[str, ...]:
    """The tables that have a loss which some bytes name: `TORCH` for torch's, and those of libraries."""
    if not (_has_a_part(data) or OTHER_PART in data):
        return ()
    libraries = tuple(
        table for table, word in LIBRARY_WORDS if word in data and _begins_a_name(_of_library(table), data)
    )
    return (TORCH, *libraries) if _begins_a_name(_named_losses(), data) else libraries


def _has_a_part(data: bytes) -> bool:
    """Whether there is what a loss's name holds. Nearly all that a run reads of a project without losses is read for
    this: it is gone through once, and not once a part."""
    at = data.find(b"oss")
    while at >= 0:
        for front, part in LOSS_PARTS:
            if data.endswith(front, 0, at) and data.startswith(part, at - len(front)):
                return True
        at = data.find(b"oss", at + 1)
    return False


#: What a file holds for which the signs below count.
TORCH_WORD = b"torch"


def _names_activation(data: bytes) -> bool:
    """Whether there is an activation whose logarithm has a better form."""
    return TORCH_WORD in data and (b"oftmax" in data or b"igmoid" in data)


def _makes_with_tensors(data: bytes) -> bool:
    return TORCH_WORD in data and _begins_a_name(_MADE_WITH_TENSORS, data)


def _scales_exponents(data: bytes) -> bool:
    return b"exp(" in data and TORCH_WORD in data and _begins_a_name(_SCALED_EXPONENT, data)


def _writes_out(data: bytes) -> bool:
    return TORCH_WORD in data and (
        (b"log(" in data and _begins_a_name(_OF_A_COMPLEMENT, data))
        or (b"exp(" in data and _begins_a_name(_EXPONENT, data))
    )


def _averages_squares(data: bytes) -> bool:
    """Whether a mean or a sum stands in a row with squares or absolute values, and with a difference or over all of
    them: a loss that is written out. What nobody takes the gradient of is none."""
    if TORCH_WORD not in data or not (b"backward(" in data or b"Module" in data):
        return False
    if b"mean(" not in data and b"sum(" not in data:
        return False
    for word in _SQUARES:
        at = data.find(word)  # an expression with five beginnings takes as long as all the rest of the search
        while at >= 0:
            front = data[max(0, at - LONGEST_ROW) : at].rpartition(b"\n")[2]
            row = front + data[at : at + LONGEST_ROW].partition(b"\n")[0]
            if (b"-" in row and (b"mean(" in row or b"sum(" in row)) or b".mean()" in row or b".sum()" in row:
                return True
            at = data.find(word, at + 1)
    return False


def _averages_choices(data: bytes) -> bool:
    """Whether there are a mean or a sum, and what a policy chose: the loss of a policy gradient is written out."""
    if TORCH_WORD not in data or b"log_prob" not in data or not (b"backward(" in data or b"Module" in data):
        return False
    return b"mean(" in data or b"sum(" in data


def _weighs_quantiles(data: bytes) -> bool:
    """Whether errors below 0 are picked, and absolute values taken: quantile regression is written out."""
    if TORCH_WORD not in data or b"abs(" not in data or not (b"backward(" in data or b"Module" in data):
        return False
    return _BELOW_ZERO.search(data) is not None


def _takes_logarithms(data: bytes) -> bool:
    return b"log" in data and (
        b".log()" in data or b"torch.log(" in data or b"log1p(" in data or _LOGARITHM.search(data) is not None
    )


#: All that a file is searched for, beside the names of losses: what `Seeds` asks has to stand here.
SIGNS = (
    _names_activation,
    _makes_with_tensors,
    _scales_exponents,
    _writes_out,
    _averages_squares,
    _averages_choices,
    _weighs_quantiles,
    _takes_logarithms,
)


def _calls_by_name(data: bytes) -> bool:
    """Whether something is called, or asked for an attribute, that is a loss by its name."""
    return any(part in data for part in _LOSS_BY_NAME) and _CALLED_LOSS.search(data) is not None


def _calls_held(names: Collection[str]) -> Callable[[bytes], bool]:
    """Whether something is called, or asked for an attribute, that is held under one of some names."""
    words = "|".join(re.escape(name) for name in sorted(names))
    by_name = re.compile(rf"(?:{words})\s*[(\[.]".encode()) if words else None
    return lambda data: by_name is not None and _begins_a_name(by_name, data)


def _looped(data: bytes) -> set[str]:
    """The names that stand for one loss after the other."""
    return {
        name.decode("ascii", "replace") for found in _OVER_LOSSES.findall(data) for name in re.findall(rb"\w+", found)
    }


def traits(names: Collection[str]) -> Callable[[bytes], str]:
    """What the search for seeds sees of a file, as a text: two files that give the same are alike to it. `names` are
    those under which losses are held."""
    is_held = _calls_held(names)

    def seen(data: bytes) -> str:
        signs = [sign(data) for sign in SIGNS]
        return repr((signs, TORCH_WORD in data, _calls_by_name(data), is_held(data), tables_of(data)))

    return seen


def _choosing(index: Index, known: Collection[str]) -> set[str]:
    """The functions of a file that make a loss, or return one or its class: each may be the one that chooses it for
    everybody, out of a table too."""
    held = under_other_names(index, index.taken_as.keys() & known)
    classes = under_other_names(index, (name for name in index.taken_as.keys() & known if name[:1].isupper()))
    makers = {maker for name in index.calls.keys() & classes.union(known) for maker in index.calls[name]}
    makers.update(maker for name in index.returned.keys() & held.union(known) for maker in index.returned[name])
    return {maker for maker in makers if maker in index.functions and "." not in maker and ":" not in maker}


class Seeds:
    """What is looked at in a project: files by why they are, and the names under which losses are held."""

    def __init__(self, project: Project, declared: Collection[str] = ()) -> None:
        self.project = project
        #: the last names of losses that the configuration declares
        self.declared = frozenset(declared)
        for name in declared:
            project.mentioning(name)  # what mentions one is a seed: the answers depend on it
        own = re.compile(rb"\b(?:" + b"|".join(sorted(map(str.encode, declared), reverse=True)) + rb")\b")
        #: functions and classes that make losses for others
        self._makers: set[str] = set()
        #: names under which a file may hold the losses that it makes beside those that it gives them at once
        self._within: dict[str, set[str]] = {}
        #: files with functions and classes that are given losses by their place
        self._receiving: set[str] = set()
        #: names of callees, and whether each is looked at in any file
        self._anywhere: dict[str, bool] = {}
        #: names under which losses are held, and whether the project defines functions of that name
        self._functions: dict[str, bool] = {}
        #: tables of libraries that some file mentions
        self.tables: set[str] = set()
        self.losses: list[str] = []
        self.logarithms: list[str] = []
        self.constructors: list[str] = []
        self.exponents: list[str] = []
        #: files with averages of squares, or of what a policy chose, or with weights of quantiles
        self.squares: set[str] = set()
        activated = False
        of_torch: list[str] = []
        read = [name for name in project.names if name.endswith(READ) or name in project.asked]
        for name in read:
            data = project.scanned(name)
            tables = tables_of(data)
            self.tables.update(tables)
            if tables or (declared and own.search(data) is not None):
                self.losses.append(name)
            if TORCH_WORD not in data:
                continue  # as all of these would say, each after a search of its own
            of_torch.append(name)
            activated = activated or _names_activation(data)
            if _makes_with_tensors(data):
                self.constructors.append(name)
            if _scales_exponents(data):
                self.exponents.append(name)
            if _averages_squares(data) or _averages_choices(data) or _weighs_quantiles(data):
                self.squares.add(name)
        for name in read if activated else of_torch:
            data = project.scanned(name)
            if (activated or _writes_out(data)) and _takes_logarithms(data):
                self.logarithms.append(name)

    @cached_property
    def known(self) -> frozenset[str]:
        """The last names of losses, torch's and those of the libraries that the project uses."""
        return loss_names().union(self.declared, *map(library_losses.names, self.tables - {TORCH}))

    def __bool__(self) -> bool:
        """Whether there is anything to look at."""
        return bool(self.losses or self.logarithms or self.constructors or self.exponents or self.squares)

    @property
    def chosen(self) -> list[str]:
        """The files that are looked at whatever the names are under which losses are held, in the project's order."""
        chosen = {*self.losses, *self.logarithms, *self.constructors, *self.exponents, *self.squares}
        return [name for name in self.project.names if name in chosen]

    def held_names(self) -> set[str]:
        """Names that losses are bound to, or passed under, anywhere in the project."""
        held: set[str] = set()
        makers: set[str] = set()
        given: set[tuple[str, int]] = set()
        known = self.known
        for name in self.losses:
            file = self.project.file(name)
            if file is None:
                continue
            index = file.index
            aliases = index.aliases(known)
            made = known | aliases
            direct = {
                held_name
                for names in (index.held_as, index.taken_as)
                for callee in made & names.keys()
                for held_name in names[callee]
            }
            held |= direct
            given.update(place for each in made & index.given_to.keys() for place in index.given_to[each])
            called = index.called_parameters
            self._within[name] = under_other_names(index, direct) - direct
            is_passed_on = direct or not made.isdisjoint(index.held_as)
            self._within[name].update(called if is_passed_on else filter(BY_HABIT.match, called))
            for definition in index.classes.values():
                if any(base.rpartition(".")[2] in known for base in definition.bases):
                    makers.add(definition.name)
            makers.update(_choosing(index, known))
        self._makers = makers
        for name, taken in received.names(self.project, given).items():
            self._within.setdefault(name, set()).update(taken)
            self._receiving.add(name)
        for maker in sorted(makers):
            for name in self.project.mentioning(maker)[:MOST_FILES]:
                if not may_be_bound(self.project.data(name), maker):
                    continue
                file = self.project.file(name)
                if file is not None:
                    held |= file.index.held_as.get(maker, set()) | file.index.taken_as.get(maker, set())
        return held | self._trainers()

    def _trainers(self) -> set[str]:
        """The classes of the project that derive from a library's trainer: making one brings a model and a loss
        together."""
        from losslint.contracts.trainers import DERIVED_FROM, TRAINERS

        files = map(self.project.file, self.project.mentioning(DERIVED_FROM)[:MOST_FILES])
        return {
            definition.name
            for file in files
            if file is not None
            for definition in file.index.classes.values()
            if any(base.rpartition(".")[2] in TRAINERS for base in definition.bases)
        }

    def units(self, file: File, held: set[str]) -> dict[str, set[str]]:
        """The units of a file that may call a loss (or make one, hand it to a trainer, or take the logarithm of
        something), with the names."""
        index = file.index
        aliases = index.aliases(self.known)
        found: dict[str, set[str]] = {}
        here = aliases | self._within.get(file.name, set()) | _looped(self.project.data(file.name))
        if file.name in self.squares:
            here.update(AVERAGES)
        if file.name not in self.losses:
            held = held if TORCH_WORD in self.project.data(file.name) else self._without_functions(held)
        for name, qualnames in index.calls.items():
            if name in here or name in held or self._is_anywhere(name):
                if name.startswith("&"):
                    continue
                for qualname in qualnames:
                    found.setdefault(qualname, set()).add(name)
        # What makes a loss matters where something is made and called at once: `make_loss(config)(x, y)`.
        at_once = index.calls.get("()", {}).keys()
        for name in self._makers & index.calls.keys():
            for qualname in index.calls[name].keys() & at_once:
                found.setdefault(qualname, set()).add(name)
        return found

    def _is_anywhere(self, name: str) -> bool:
        """Whether a call of that name is looked at in whichever file it stands."""
        looked_at = self._anywhere.get(name)
        if looked_at is None:
            from losslint.contracts.trainers import TRAINERS

            looked_at = name in self.known or name in ALWAYS or name in ACTIVATIONS or name in TRAINERS
            looked_at = self._anywhere[name] = looked_at or USUAL.search(name) is not None
        return looked_at

    def files(self, held: set[str]) -> list[str]:
        """Every file that may hold a call of interest, in the project's order."""
        chosen = {*self.chosen, *self._receiving}
        if self.losses:
            self.project.trace.held |= held
            is_held, is_own = _calls_held(held), _calls_held(self._without_functions(held))
            having = self._having(held)
            for name in self.project.names:
                if name not in chosen:
                    data = self.project.scanned(name)
                    held_here = having is None or name in having
                    if _calls_by_name(data) or (held_here and (is_held if TORCH_WORD in data else is_own)(data)):
                        chosen.add(name)
        return [name for name in self.project.names if name in chosen]

    def _without_functions(self, held: set[str]) -> set[str]:
        """The names under which losses are held that count where nobody speaks of torch: there `value` is rather the
        function of that name than what a test calls its loss."""
        return {name for name in held if not self._is_function(name)}

    def _is_function(self, name: str) -> bool:
        """Whether the project defines a function of some name."""
        known = self._functions.get(name)
        if known is None:
            known = self._functions[name] = bool(self.project.mentioning(f"def {name}(", name))
        return known

    def _having(self, held: set[str]) -> frozenset[str] | None:
        """The files in which one of some names stands, None for any file. An expression with dozens of names costs more
        than all that is looked up afterwards."""
        return self.project.words.holding_any([name.encode() for name in held]) if all(map(is_name, held)) else None
