"""Enumerations: `class Mode(Enum)`, whose members pick the branch that a run takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from losslint.static.evaluation.values import ClassV, ConstV, FunctionV, Member, MemberV, Value

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

#: Bases whose members are equal to themselves only.
_OF_THEMSELVES = frozenset({"Enum", "Flag"})

#: Bases whose members are equal to their values.
_OF_VALUES = frozenset({"IntEnum", "StrEnum", "IntFlag"})


def is_enumeration(ev: Evaluator, cls: ClassV) -> bool:
    """Whether the objects of a class are the members that its body lists."""
    return any(base.rpartition(".")[2] in _OF_THEMSELVES | _OF_VALUES for base in ev.classes.outside_bases(cls))


def member(ev: Evaluator, cls: ClassV, name: str, holds: Value) -> MemberV | None:
    """`Mode.TRAIN`, of what the body of the class binds the name to; None where that makes no member."""
    if name.startswith("_") or isinstance(holds, (ClassV, FunctionV)) or not is_enumeration(ev, cls):
        return None
    if {base.rpartition(".")[2] for base in ev.classes.outside_bases(cls)} <= _OF_THEMSELVES | {"object"}:
        return MemberV(Member(cls.key, name), name, holds)
    # `class Mode(str, Enum)`: what it is compared with may be its value.
    return MemberV(holds.value, name, holds) if isinstance(holds, ConstV) else None
