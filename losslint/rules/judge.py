"""The judge: runs the rules that speak of an observation, and says what became of each loss call."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module

from losslint.rules.registry import families, load
from losslint.rules.rule import Rule
from losslint.vocabulary.findings import Finding, Judgement, Problem, Severity, Verdict
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.meaning import FOCAL, Meaning
from losslint.vocabulary.observations import OVER_CLASSES, ConstructorCall, LossCall, Observation, OperationCall, Whose
from losslint.vocabulary.places import Place, Step, Trail

#: Where rules meet: a rule that speaks of an observation, and those that are silent there because it does.
SPEAKS_INSTEAD_OF: dict[str, frozenset[str]] = {
    # Both arguments are read by the wrong rule as long as they stand in each other's place.
    "LL115": frozenset(
        [
            "LL101",
            "LL102",
            "LL103",
            "LL104",
            "LL105",
            "LL106",
            "LL107",
            "LL109",
            "LL110",
            "LL112",
            "LL113",
            "LL201",
            "LL202",
            "LL203",
            "LL204",
            "LL206",
            "LL207",
            "LL208",
            "LL212",
            "LL213",
            "LL121",
            "LL122",
            "LL604",
        ]
    ),
    "LL108": frozenset({"LL109", "LL110", "LL111", "LL112", "LL113", "LL116", "LL121", "LL122"}),
    # Whose target is no class indices at all has none that is out of range, nor the dimensions of any.
    "LL109": frozenset({"LL121", "LL122"}),
    "LL110": frozenset({"LL121", "LL122"}),
    "LL111": frozenset({"LL110", "LL121", "LL122"}),
    "LL113": frozenset({"LL110", "LL112", "LL121", "LL122"}),
    "LL114": frozenset({"LL121", "LL122"}),
    # Time and batch in each other's place make the lengths wrong, too.
    "LL122": frozenset({"LL503"}),
    "LL101": frozenset({"LL116", "LL307"}),
    "LL103": frozenset({"LL214"}),
    "LL105": frozenset({"LL116", "LL307"}),
    "LL116": frozenset({"LL102", "LL202", "LL207"}),
    "LL201": frozenset({"LL214"}),
    "LL203": frozenset({"LL205"}),
    "LL205": frozenset({"LL204"}),
    "LL206": frozenset({"LL205"}),
    "LL213": frozenset({"LL214"}),
    "LL214": frozenset({"LL204"}),
    "LL202": frozenset({"LL307"}),
    "LL301": frozenset({"LL307"}),
    "LL303": frozenset({"LL301", "LL302", "LL305", "LL306", "LL711"}),
    "LL308": frozenset({"LL301", "LL302", "LL305", "LL306", "LL402", "LL711"}),
    "LL401": frozenset({"LL122"}),
    "LL402": frozenset({"LL405"}),
    "LL502": frozenset({"LL116"}),
    "LL507": frozenset({"LL121", "LL122"}),
    "LL504": frozenset({"LL301", "LL305", "LL505", "LL711"}),
    "LL505": frozenset({"LL104"}),
    "LL506": frozenset({"LL120"}),
    "LL601": frozenset({"LL214", "LL307"}),
    "LL602": frozenset({"LL214", "LL307"}),
    # What a logarithm is a part of says more than what it is of.
    "LL803": frozenset({"LL802"}),
    "LL806": frozenset({"LL801"}),
}

#: Where a family lists the rules that speak of any loss, by who wrote the loss.
_RULES_FOR = {
    Whose.TORCH: "EVERY_LOSS",
    Whose.LIBRARY: "LIBRARY_LOSSES",
    Whose.PROJECT: "PROJECT_LOSSES",
    Whose.DECLARED: "DECLARED_LOSSES",
}


class Judge:
    """Judges observations by the rules of some codes. A rule is loaded when a call that it speaks of was seen."""

    def __init__(self, codes: Iterable[str], observer: str = "", explicit: Iterable[str] = ()) -> None:
        """Judge by these codes. `observer` leaves only the rules that one observer can answer: "S" the static one, "R"
        the one at run time. `explicit` are the codes that somebody named, who wants them in tests, too."""
        self._codes = frozenset(codes)
        self._explicit = frozenset(explicit)
        self._observer = observer
        self._rules: dict[tuple[type[object], str, Whose], tuple[Rule, ...]] = {}

    def findings(self, observation: Observation) -> list[Finding]:
        """What the rules object to in one observation, in the order of their codes."""
        found: list[Finding] = []
        for rule in self._speaking_of(observation):
            found += [self._finding(rule, observation, problem) for problem in _problems(rule, observation)]
        if found and isinstance(observation, OperationCall) and observation.untrained and observation.untrained():
            return []
        if found and isinstance(observation, OperationCall) and observation.in_test:
            from losslint.rules.handwritten import HAZARDS

            found = [finding for finding in found if finding.code not in HAZARDS - self._explicit]
        silent = {code for finding in found for code in SPEAKS_INSTEAD_OF.get(finding.code, ())}
        return [finding for finding in found if finding.code not in silent]

    def verdict(self, call: LossCall, findings: Iterable[Finding], *, located: bool = True) -> Judgement:
        """What became of a loss call, given what the rules said of it. Its place is worked out if somebody asks for it:
        otherwise it is only known to be in its file."""
        place = call.spot.place() if located else Place(call.spot.filename, 0)
        if any(finding.severity is not Severity.ADVICE for finding in findings):
            return Judgement(place, call.loss, Verdict.MISUSED)
        reason = _undecided(call)
        return Judgement(place, call.loss, Verdict.UNDECIDED if reason else Verdict.CLEAN, reason)

    def _speaking_of(self, observation: Observation) -> tuple[Rule, ...]:
        whose = observation.whose if isinstance(observation, LossCall) else Whose.TORCH
        key = (type(observation), _subject(observation), whose)
        rules = self._rules.get(key)
        if rules is None:
            rules = self._rules[key] = tuple(
                rule
                for rule in map(load, sorted(self._asked(observation)))
                if self._observer in rule.observers and _checks(rule, observation)
            )
        return rules

    def _asked(self, observation: Observation) -> Iterable[str]:
        """The selected codes of the families that say they speak of such an observation."""
        subject = _subject(observation)
        for family, codes in families().items():
            chosen = codes & self._codes
            if not chosen:
                continue
            module = import_module(family)
            if isinstance(observation, LossCall):
                if observation.whose is not Whose.TORCH or subject not in getattr(module, "LOSSES", ()):
                    chosen &= getattr(module, _RULES_FOR[observation.whose], frozenset())
            elif isinstance(observation, OperationCall):
                if subject not in getattr(module, "OPERATIONS", ()):
                    continue
            elif not getattr(module, "CONSTRUCTORS", False):
                continue
            yield from chosen

    def _finding(self, rule: Rule, observation: Observation, problem: Problem) -> Finding:
        place = observation.spot.place()
        mend = _mend(problem)
        return Finding(
            code=rule.code,
            name=rule.name,
            severity=rule.severity,
            message=f"{problem.message} {mend}" if mend else problem.message,
            place=place,
            evidence=_evidence(observation, problem.trail, place),
            mend=mend,
            repair=problem.repair.placed() if problem.repair is not None else None,
            floor=problem.floor,
        )


def _subject(observation: Observation) -> str:
    match observation:
        case LossCall():
            return observation.loss
        case OperationCall():
            return observation.operation
        case ConstructorCall():
            return observation.target


def _checks(rule: Rule, observation: Observation) -> bool:
    match observation:
        case LossCall():
            return rule.check_loss is not None and (not rule.losses or observation.loss in rule.losses)
        case OperationCall():
            return rule.check_operation is not None
        case ConstructorCall():
            return rule.check_constructor is not None


def _problems(rule: Rule, observation: Observation) -> Iterable[Problem]:
    match observation:
        case LossCall():
            return rule.check_loss(observation) if rule.check_loss else ()
        case OperationCall():
            return rule.check_operation(observation) if rule.check_operation else ()
        case ConstructorCall():
            return rule.check_constructor(observation) if rule.check_constructor else ()


def _evidence(observation: Observation, trail: Trail | None, place: Place) -> tuple[Step, ...]:
    """From the source of the meaning by way of the loss object to the call."""
    steps: dict[Step, None] = dict.fromkeys(trail.steps() if trail is not None else ())
    if isinstance(observation, LossCall):
        if observation.loss_trail is not None:
            steps |= dict.fromkeys(observation.loss_trail.steps())
        steps[Step(place, f"given to {observation.loss} here")] = None
    else:
        steps[Step(place, f"given to {observation.spelling} here")] = None
    return tuple(steps)


def _mend(problem: Problem) -> str:
    """The imperative as a sentence, with the place of the source: where the rule wrote `{at}`, or else at its end."""
    if not problem.mend:
        return ""
    at = ""
    if problem.trail is not None:
        *_, source = problem.trail
        place = source.spot.place()
        cell = "" if place.cell is None else f" cell {place.cell}"
        at = f" at {place.filename}{cell}:{place.row}"
    mend = problem.mend if "{at}" in problem.mend else problem.mend + "{at}"
    if not at and "what is made{at}" not in mend:
        mend = mend.replace(" made{at}", "")  # nothing is known of where
    return mend.replace("{at}", at) + "."


def _undecided(call: LossCall) -> str:
    """Why nothing can be said of a call that no rule objects to; empty when it is clean."""
    from losslint.contracts.lookup import loss_by_name
    from losslint.contracts.schema import Role
    from losslint.contracts.torch.losses import ANY_REAL

    if call.whose is Whose.DECLARED:
        return _undeclared(call)
    if call.whose is Whose.PROJECT:
        return _misfit("input", call.argument("input"))
    contract = loss_by_name(call.loss)
    if contract is None:
        return f"losslint has no contract for {call.loss}"
    misfit = ""
    for argument in contract.arguments:
        meaning = call.argument(argument.name)
        kinds = call.ways.get(argument.name, frozenset((_kind(call, meaning),)))
        accepts = argument.accepts
        if Kind.UNKNOWN in kinds:
            takes_any = meaning.quantity and accepts >= ANY_REAL
            # What the target of a divergence is decides half of its misuses.
            counts = argument.role is Role.INPUT or (call.loss == "KLDivLoss" and argument.role is Role.TARGET)
            if counts and not takes_any and not _is_focal(call, meaning):
                return meaning.reason or f"nothing is known of the {argument.name}"
            continue
        if argument.role is Role.INPUT and contract.modes:
            from losslint.contracts.libraries.accepted import KINDS
            from losslint.contracts.library_losses import mode_of

            mode = mode_of(contract, call.settings)
            if mode is None:
                return f"a setting of {call.loss} that decides what it takes is not known"
            accepts = KINDS[mode.takes]
        if argument.role is not Role.OTHER and not kinds <= accepts:
            if meaning.kind is Kind.UNKNOWN:
                return meaning.reason or f"nothing is known of the {argument.name}"
            if _are_averages(call, meaning) or _lies_in_the_unit_interval(call, argument.name, meaning):
                continue
            misfit = misfit or _misfit(argument.name, meaning)
    return misfit


def _is_focal(call: LossCall, meaning: Meaning) -> bool:
    """Whether a loss picks, at the target, of log-probabilities that are weighted by how wrong each prediction is."""
    return call.loss == "NLLLoss" and meaning.made_by == FOCAL


def _kind(call: LossCall, meaning: Meaning) -> Kind:
    """The kind of an argument, where the columns of a sigmoid and of its complement are a distribution of two
    classes."""
    dim, rank = meaning.dim, meaning.rank
    if dim is None or meaning.size(dim) != 2 or not rank:
        return meaning.kind
    if call.loss in OVER_CLASSES and dim % rank != min(1, rank - 1):
        return meaning.kind
    of_two = {Kind.SIGMOID: Kind.PROBABILITIES, Kind.LOG_SIGMOID: Kind.LOG_PROBABILITIES}
    return of_two.get(meaning.kind, meaning.kind)


def _are_averages(call: LossCall, meaning: Meaning) -> bool:
    """Whether a cross-entropy is given averages of rectified maps, one a class, as SqueezeNet and Network in Network
    end: a softmax reaches every distribution with scores that are not negative, and an average is rarely cut off."""
    return (
        call.loss == "CrossEntropyLoss" and meaning.kind is Kind.NON_NEGATIVE and meaning.made_by.startswith("mean of")
    )


def _lies_in_the_unit_interval(call: LossCall, name: str, meaning: Meaning) -> bool:
    """Whether a binary cross-entropy is given numbers between 0 and 1 where it wants probabilities: what was clamped,
    `(tanh(x) + 1) / 2`, soft targets that are drawn."""
    from losslint.rules.facts import within

    wants_them = call.loss == "BCELoss" or (call.loss == "BCEWithLogitsLoss" and name == "target")
    return wants_them and meaning.bounds is not None and within(meaning.bounds)


def _undeclared(call: LossCall) -> str:
    """The same for a loss of which the configuration says what it takes: the input counts, or else what is given."""
    from losslint.contracts.declared import fits

    misfit = ""
    for name, word in call.declared.items():
        meaning = call.argument(name)
        if meaning.kind is Kind.UNKNOWN:
            if name == "input" or "input" not in call.declared:
                return meaning.reason or f"nothing is known of the {name}"
        elif not fits(word, meaning):
            misfit = misfit or _misfit(name, meaning)
    return misfit


def _misfit(name: str, meaning: Meaning) -> str:
    maker = f" (made by {meaning.made_by})" if meaning.made_by else ""
    return f"the {name} holds {meaning.kind.value}{maker}, and no rule says what that does here"
