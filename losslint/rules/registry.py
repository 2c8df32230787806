"""Finds the rules by their files: a folder a family, a file a rule. No rule is imported before it is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType

from losslint.rules.naming import code_and_name

# Type checkers take it for true; rules are costly to import, and a start only asks for their names.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from losslint.rules.rule import Rule

_PACKAGE = __name__.rpartition(".")[0]


class UnknownSelector(ValueError):
    """A selector that names no rule, with the nearest names and codes."""

    def __init__(self, selector: str, nearest: tuple[str, ...]) -> None:
        hint = f"did you mean {' or '.join(nearest)}?" if nearest else "`losslint rule --all` lists them"
        super().__init__(f"no rule is called {selector!r} ({hint})")
        self.selector = selector
        self.nearest = nearest


@cache
def _modules() -> Mapping[str, str]:
    """The module of each rule by its code, in the order of the codes. Works from a directory and from a zip file."""
    import losslint.rules

    found: dict[str, str] = {}
    for family in iter_modules(losslint.rules.__path__):
        if not family.ispkg:
            continue
        paths = [f"{path}/{family.name}" for path in losslint.rules.__path__]
        for module in iter_modules(paths):
            if module.name.startswith("ll"):
                found[code_and_name(module.name)[0]] = f"{_PACKAGE}.{family.name}.{module.name}"
    return MappingProxyType(dict(sorted(found.items())))


@cache
def names() -> Mapping[str, str]:
    """The name of each rule by its code, from the file names alone."""
    return MappingProxyType({code: code_and_name(module)[1] for code, module in _modules().items()})


@cache
def families() -> Mapping[str, frozenset[str]]:
    """The codes of each family, by the family's module."""
    found: dict[str, set[str]] = {}
    for code, module in _modules().items():
        found.setdefault(module.rpartition(".")[0], set()).add(code)
    return MappingProxyType({family: frozenset(codes) for family, codes in found.items()})


def load(code: str) -> Rule:
    """The rule of a code. Raises UnknownSelector for a code that no file has."""
    module = _modules().get(code)
    if module is None:
        raise UnknownSelector(code, _nearest(code))
    loaded: Rule = import_module(module).RULE
    return loaded


def all_rules() -> tuple[Rule, ...]:
    """Every rule, in the order of the codes."""
    return tuple(load(code) for code in _modules())


def resolve(selector: str) -> frozenset[str]:
    """The codes that a selector means: a code, the beginning of codes (`LL1`, `LL`), or a rule's name."""
    wanted = selector.strip()
    if len(wanted) >= 2 and wanted.upper().startswith("LL"):
        codes = frozenset(code for code in names() if code.startswith(wanted.upper()))
        if codes:
            return codes
    codes = frozenset(code for code, name in names().items() if name == wanted.lower())
    if codes:
        return codes
    raise UnknownSelector(selector, _nearest(wanted))


def _nearest(wanted: str) -> tuple[str, ...]:
    from difflib import get_close_matches

    if wanted.upper().startswith("LL"):
        return tuple(get_close_matches(wanted.upper(), list(names()), n=3))
    return tuple(get_close_matches(wanted.lower(), list(names().values()), n=3))
