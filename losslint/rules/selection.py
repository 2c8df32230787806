"""Which rules run: `--select` and `--ignore`, by code, by the beginning of a code, or by name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

#: What one place says of rules: those to run (none: nothing is said), more of them, and those to leave out.
Selection = tuple["Sequence[str]", "Sequence[str]", "Sequence[str]"]


def selected(
    select: Iterable[str], ignore: Iterable[str], advice: bool, before: Iterable[Selection] = ()
) -> tuple[frozenset[str], frozenset[str]]:
    """The codes to run, and those among them whose advice is wanted. Raises UnknownSelector.

    `before` is what configurations say, the outermost first. As in ruff, each place changes what those before it have
    said, and one that selects begins anew.
    """
    from losslint.rules.registry import names

    codes: frozenset[str] = frozenset(names())
    explicit: frozenset[str] = frozenset()
    for chosen, more, left_out in (*before, (_split(select), (), _split(ignore))):
        if chosen:
            codes, explicit = _resolved(chosen), _named(chosen)
        without = _resolved(left_out)
        codes = (codes | _resolved(more)) - without
        explicit = (explicit | _named(more)) - without
    return codes, codes if advice else explicit


def _resolved(selectors: Iterable[str]) -> frozenset[str]:
    from losslint.rules.registry import resolve

    return frozenset().union(*(resolve(selector) for selector in selectors))


def _named(selectors: Iterable[str]) -> frozenset[str]:
    """What is meant by its own name: `LL` and `LL1` choose whole families, without what is off by default."""
    return _resolved(selector for selector in selectors if not _is_family(selector))


def _is_family(selector: str) -> bool:
    return selector.upper().startswith("LL") and len(selector) <= len("LL1")


def _split(selectors: Iterable[str]) -> list[str]:
    return [part.strip() for selector in selectors for part in selector.split(",") if part.strip()]
